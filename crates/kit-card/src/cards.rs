//! Cards that an authority has personalised, as files; the `openssl` program makes the certificates.

pub use crate::{AUTHENTICATION_PIN as PIN, SIGNATURE_PASSWORD as PASSWORD};
pub use shirushi_kit::openssl::openssl;

use crate::channel::{Channel, keys};
use shirushi_crypto::SystemRandom;
use shirushi_personalisation::Kind;
use shirushi_softcard::{CardKind, Generation, Manufacture, SoftCard, Variant};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};
use tempfile::TempDir;

/// A folder with the authority and a card for each name asked for.
pub struct Town {
    folder: TempDir,
}

/// Cards of the test run.
pub fn town() -> &'static Town {
    static TOWN: OnceLock<Town> = OnceLock::new();
    TOWN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let town = Town { folder };
        openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "3650",
            "-subj",
            "/C=JP/O=JPKI-SANDBOX/OU=Test of the module",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout",
            &town.at("ca-key.pem"),
            "-out",
            &town.at("ca.pem"),
        ]);
        // Made beforehand, so that tests in parallel only copy them.
        town.make(FIRST, Generation::Current);
        town.make(SECOND, Generation::Current);
        town.make(NEXT, Generation::Next);
        town
    })
}

/// The number of one card.
pub const FIRST: &str = "0000000020610077";
/// The number of another.
pub const SECOND: &str = "0000000020610088";
/// The number of one of the next generation.
pub const NEXT: &str = "0000000020610099";

impl Town {
    pub fn at(&self, name: &str) -> String {
        self.folder
            .path()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// A copy of a card in another folder.
    pub fn card_in(&self, folder: &Path, number: &str) -> PathBuf {
        let path = folder.join(number);
        fs::copy(self.at(number), &path).unwrap();
        path
    }

    /// The certificate of a card, DER.
    pub fn certificate(&self, number: &str, kind: &str) -> Vec<u8> {
        fs::read(self.at(&format!("{number}-{kind}.der"))).unwrap()
    }

    fn make(&self, number: &str, generation: Generation) {
        let manufacture = Manufacture {
            kind: CardKind::IndividualNumberCard,
            card_number: number.to_owned(),
            keys: keys(number),
            text: None,
            variant: Variant {
                generation,
                ..Variant::default()
            },
        };
        let path = self.folder.path().join(number);
        let mut card = SoftCard::create_file(&path, manufacture, Arc::new(SystemRandom)).unwrap();
        let made = Channel::prepare(&mut card, keys(number));
        let [signature, authentication] = &made;
        let certificates = [
            self.certify(number, Kind::Signature, signature),
            self.certify(number, Kind::Authentication, authentication),
        ];
        let authority = der(&self.at("ca.pem"));
        Channel::complete(&mut card, keys(number), certificates, &authority);
    }

    fn certify(&self, number: &str, kind: Kind, key: &[u8]) -> Vec<u8> {
        let (name, usage) = match kind {
            Kind::Signature => ("sign", "keyUsage=critical,digitalSignature,nonRepudiation"),
            Kind::Authentication => (
                "auth",
                "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth",
            ),
        };
        let at = |suffix: &str| self.at(&format!("{number}-{name}{suffix}"));
        fs::write(at("-key.der"), key).unwrap();
        fs::write(at(".ext"), usage).unwrap();
        openssl(&[
            "pkey",
            "-pubin",
            "-inform",
            "DER",
            "-in",
            &at("-key.der"),
            "-out",
            &at("-key.pem"),
        ]);
        openssl(&[
            "x509",
            "-new",
            "-force_pubkey",
            &at("-key.pem"),
            "-subj",
            &format!("/C=JP/O=JPKI-SANDBOX/CN=holder {number} {name}"),
            "-days",
            "3650",
            "-CA",
            &self.at("ca.pem"),
            "-CAkey",
            &self.at("ca-key.pem"),
            "-extfile",
            &at(".ext"),
            "-outform",
            "DER",
            "-out",
            &at(".der"),
        ]);
        fs::read(at(".der")).unwrap()
    }
}

fn der(pem: &str) -> Vec<u8> {
    openssl(&["x509", "-in", pem, "-outform", "DER"])
}
