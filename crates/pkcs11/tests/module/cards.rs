//! Cards that an authority has personalised, as files; the `openssl` program makes the certificates.

use shirushi_card::{Card, Credential, Pin};
use shirushi_crypto::{Secret, SystemRandom};
use shirushi_personalisation::{
    Answer, CardKeys, HostSession, Kind, MasterKey, PersonalisationCommand, TransactionId,
    diversify,
};
use shirushi_softcard::{CardKind, Generation, Manufacture, SoftCard, Variant};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, OnceLock},
};
use tempfile::TempDir;

pub(crate) const PIN: &str = "4829";
pub(crate) const PASSWORD: &str = "SHIRUSHI7Q";

/// A folder with the authority and a card for each name asked for.
pub(crate) struct Town {
    folder: TempDir,
}

/// Cards of the test run.
pub(crate) fn town() -> &'static Town {
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
pub(crate) const FIRST: &str = "0000000020610077";
/// The number of another.
pub(crate) const SECOND: &str = "0000000020610088";
/// The number of one of the next generation.
pub(crate) const NEXT: &str = "0000000020610099";

impl Town {
    pub(crate) fn at(&self, name: &str) -> String {
        self.folder
            .path()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// A copy of a card in another folder.
    pub(crate) fn card_in(&self, folder: &Path, number: &str) -> PathBuf {
        let path = folder.join(number);
        fs::copy(self.at(number), &path).unwrap();
        path
    }

    /// The certificate of a card, DER.
    pub(crate) fn certificate(&self, number: &str, kind: &str) -> Vec<u8> {
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
        let transaction = TransactionId::new([0x11; 16]);
        let kinds = Kind::ALL.to_vec();
        let mut channel = Channel::open(&mut card, number);
        channel.run(
            &mut card,
            &PersonalisationCommand::Begin { transaction, kinds },
        );
        let keys = Kind::ALL.map(|kind| (kind, channel.make_key(&mut card, kind)));
        channel.run(&mut card, &PersonalisationCommand::PinsToBeSet);
        set_pins(&mut card);
        let mut channel = Channel::open(&mut card, number);
        let ca = der(&self.at("ca.pem"));
        for (kind, key) in keys {
            let der = self.certify(number, kind, &key);
            channel.run(
                &mut card,
                &PersonalisationCommand::WriteCertificate { kind, der },
            );
            let der = ca.clone();
            channel.run(
                &mut card,
                &PersonalisationCommand::WriteCaCertificate { kind, der },
            );
        }
        channel.run(&mut card, &PersonalisationCommand::Activate { transaction });
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

fn keys(number: &str) -> CardKeys {
    let master = MasterKey::new(Secret::new(vec![0x4D; 16])).unwrap();
    diversify(&master, number).unwrap()
}

fn set_pins(card: &mut SoftCard) {
    let mut card = Card::open(card).unwrap();
    let password = Pin::signature(PASSWORD).unwrap();
    card.set_initial_pin(Credential::Signature, &password)
        .unwrap();
    let pin = Pin::authentication(PIN).unwrap();
    card.set_initial_pin(Credential::Authentication, &pin)
        .unwrap();
    card.leave().unwrap();
}

/// The authority's end of an open channel.
struct Channel(HostSession);

impl Channel {
    fn open(card: &mut SoftCard, number: &str) -> Self {
        let (mut session, commands) = HostSession::start(keys(number), [0x5A; 8]);
        let commands = session
            .authenticate(&send_all(card, &commands))
            .unwrap();
        session
            .status(&send_all(card, &commands))
            .unwrap();
        Self(session)
    }

    fn run(&mut self, card: &mut SoftCard, command: &PersonalisationCommand) -> Answer {
        let commands = self.0.wrap(command).unwrap();
        let answers = send_all(card, &commands);
        self.0
            .unwrap(command, &answers)
            .unwrap()
    }

    fn make_key(&mut self, card: &mut SoftCard, kind: Kind) -> Vec<u8> {
        self.run(card, &PersonalisationCommand::GenerateKey(kind));
        match self.run(card, &PersonalisationCommand::ReadPublicKey(kind)) {
            Answer::PublicKey(der) => der,
            _ => panic!("a public key is answered"),
        }
    }
}

fn send_all(card: &mut SoftCard, commands: &[Vec<u8>]) -> Vec<Vec<u8>> {
    commands
        .iter()
        .map(|command| card.answer(command))
        .collect()
}

fn der(pem: &str) -> Vec<u8> {
    openssl(&["x509", "-in", pem, "-outform", "DER"])
}

/// Runs `openssl`, which must succeed.
pub(crate) fn openssl(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "openssl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
