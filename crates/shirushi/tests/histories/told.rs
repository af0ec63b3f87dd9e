//! What a city tells of certificates, as OpenSSL understands it.

use crate::{
    city::{City, text},
    http,
};
use std::path::Path;

/// The kinds, as addresses and commands call them.
pub(crate) const KINDS: [&str; 2] = ["sign", "auth"];

impl City {
    /// Keeps the certificates of the authorities, which everything is verified with.
    pub(crate) fn keep_roots(&self) {
        for kind in KINDS {
            let der = self.place.path("ca.der");
            let ca = http::get(&self.url(), &format!("/ca/{kind}.cer")).body;
            std::fs::write(&der, ca).unwrap();
            let pem = text(&self.root(kind));
            self.openssl(&["x509", "-inform", "DER", "-in", &text(&der), "-out", &pem]);
        }
    }

    fn root(&self, kind: &str) -> std::path::PathBuf {
        self.place
            .path(&format!("ca-{kind}.pem"))
    }

    /// What OCSP says of a certificate: `good`, `revoked`, `unknown`, or why it says nothing.
    pub(crate) fn status(&self, kind: &str, certificate: &Path) -> String {
        let ca = text(&self.root(kind));
        let pem = text(certificate);
        let url = format!("{}/ocsp/{kind}", self.url());
        let said = self.openssl(&[
            "ocsp",
            "-issuer",
            &ca,
            "-cert",
            &pem,
            "-url",
            &url,
            "-CAfile",
            &ca,
            "-no_nonce",
        ]);
        let status = said
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{pem}: ")));
        match status {
            Some(status) if said.contains("Response verify OK") => status.to_owned(),
            _ => said,
        }
    }

    /// The complete list of a kind as text, if the authority has signed it; otherwise what is wrong.
    pub(crate) fn list(&self, kind: &str) -> Result<String, String> {
        let answer = http::get(&self.url(), &format!("/crl/{kind}/complete.crl"));
        let file = self.place.path("list.crl");
        std::fs::write(&file, &answer.body).unwrap();
        let (ca, list) = (text(&self.root(kind)), text(&file));
        let said = self.openssl(&[
            "crl", "-inform", "DER", "-in", &list, "-CAfile", &ca, "-noout", "-text",
        ]);
        match said.contains("verify OK") {
            true => Ok(said),
            false => Err(said),
        }
    }

    /// A certificate's serial number, as OpenSSL writes it.
    pub(crate) fn serial(&self, certificate: &Path) -> String {
        let said = self.openssl(&["x509", "-in", &text(certificate), "-noout", "-serial"]);
        said.trim()
            .strip_prefix("serial=")
            .unwrap()
            .to_owned()
    }
}
