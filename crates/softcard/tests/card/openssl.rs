//! The `openssl` program as the other side: it makes the certificates and judges the signatures.

use shirushi_kit::openssl::{openssl, try_openssl};
use std::{
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};
use tempfile::TempDir;

/// A certificate authority of the test run.
pub(crate) struct Authority {
    folder: TempDir,
    /// DER.
    pub(crate) certificate: Vec<u8>,
}

pub(crate) fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| path(&folder, name);
        openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-subj",
            "/C=JP/O=JPKI-SANDBOX/OU=Test of the card in software",
            "-keyout",
            &at("key.pem"),
            "-out",
            &at("ca.pem"),
        ]);
        openssl(&[
            "x509",
            "-in",
            &at("ca.pem"),
            "-outform",
            "DER",
            "-out",
            &at("ca.der"),
        ]);
        let certificate = std::fs::read(at("ca.der")).unwrap();
        Authority {
            folder,
            certificate,
        }
    })
}

/// A certificate (DER) for a public key (SubjectPublicKeyInfo, DER).
pub(crate) fn certificate(public_key: &[u8]) -> Vec<u8> {
    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| path(&folder, name);
    let ca = &authority().folder;
    std::fs::write(at("key.der"), public_key).unwrap();
    openssl(&[
        "pkey",
        "-pubin",
        "-inform",
        "DER",
        "-in",
        &at("key.der"),
        "-out",
        &at("key.pem"),
    ]);
    openssl(&[
        "x509",
        "-new",
        "-force_pubkey",
        &at("key.pem"),
        "-subj",
        &format!("/C=JP/O=JPKI-SANDBOX/CN=holder {number}"),
        "-days",
        "30",
        "-CA",
        &path(ca, "ca.pem"),
        "-CAkey",
        &path(ca, "key.pem"),
        "-set_serial",
        &number.to_string(),
        "-outform",
        "DER",
        "-out",
        &at("certificate.der"),
    ]);
    std::fs::read(at("certificate.der")).unwrap()
}

/// Whether a signature is right under the key of a certificate (DER), as `openssl dgst` judges it with these options.
pub(crate) fn verifies(
    certificate: &[u8],
    message: &[u8],
    signature: &[u8],
    options: &[&str],
) -> bool {
    let files = Files::new(certificate, message, signature);
    let (key, message, signature) = (
        files.at("key.pem"),
        files.at("message"),
        files.at("signature"),
    );
    let mut arguments = vec!["dgst", "-sha256", "-verify", &key, "-signature", &signature];
    arguments.extend_from_slice(options);
    arguments.push(&message);
    try_openssl(&arguments).status.success()
}

/// What a signature was made over, by PKCS#1 v1.5 under the key of a certificate (DER).
pub(crate) fn recovers(certificate: &[u8], signature: &[u8]) -> Vec<u8> {
    let files = Files::new(certificate, &[], signature);
    openssl(&[
        "pkeyutl",
        "-verifyrecover",
        "-pubin",
        "-inkey",
        &files.at("key.pem"),
        "-in",
        &files.at("signature"),
        "-pkeyopt",
        "rsa_padding_mode:pkcs1",
    ])
}

/// The subject of a certificate (DER).
pub(crate) fn subject(certificate: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let der = path(&folder, "certificate.der");
    std::fs::write(&der, certificate).unwrap();
    let subject = openssl(&["x509", "-inform", "DER", "-in", &der, "-noout", "-subject"]);
    String::from_utf8(subject).unwrap()
}

struct Files(TempDir);

impl Files {
    fn new(certificate: &[u8], message: &[u8], signature: &[u8]) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        std::fs::write(files.at("certificate.der"), certificate).unwrap();
        std::fs::write(files.at("message"), message).unwrap();
        std::fs::write(files.at("signature"), signature).unwrap();
        let key = openssl(&[
            "x509",
            "-inform",
            "DER",
            "-in",
            &files.at("certificate.der"),
            "-noout",
            "-pubkey",
        ]);
        std::fs::write(files.at("key.pem"), key).unwrap();
        files
    }

    fn at(&self, name: &str) -> String {
        path(&self.0, name)
    }
}

fn path(folder: impl AsRef<Path>, name: &str) -> String {
    let path: PathBuf = folder.as_ref().join(name);
    path.to_str().unwrap().to_owned()
}
