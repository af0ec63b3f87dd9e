//! A citizen with a card that an authority has personalised.

use crate::pki::{Authority, Draft, policies};
use shirushi_apdu::{Command, JPKI_AID, select};
use shirushi_card::{Card, Credential, Pin};
use shirushi_clock::Date;
use shirushi_crypto::{PublicKey, Secret, SystemRandom};
use shirushi_path::Evidence;
use shirushi_personalisation::{
    Answer, CardKeys, HostSession, Kind, MasterKey, PersonalisationCommand, TransactionId,
    diversify,
};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_softcard::{
    CardKind, Disk, Generation, HolderText, Manufacture, Sex, SoftCard, Variant,
};
use std::{
    io,
    sync::{Arc, Mutex},
};

pub(crate) const SIGNATURE_PASSWORD: &str = "SHIRUSHI7Q";
pub(crate) const AUTHENTICATION_PIN: &str = "4829";
pub(crate) const TEXT_PIN: &str = "2604";
pub(crate) const INDIVIDUAL_NUMBER: &str = "123456789010";
const CARD_NUMBER: &str = "0000000020610077";

/// The card, what was written into it, and the authority.
pub(crate) struct Home {
    pub(crate) card: SoftCard,
    pub(crate) authority: Authority,
    pub(crate) signature: Certificate,
    pub(crate) authentication: Certificate,
}

#[derive(Default)]
struct MemoryDisk(Mutex<Option<Vec<u8>>>);

impl Disk for MemoryDisk {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        *self.0.lock().unwrap() = Some(bytes.to_vec());
        Ok(())
    }
}

fn keys() -> CardKeys {
    let master = MasterKey::new(Secret::new(vec![0x4D; 16])).unwrap();
    diversify(&master, CARD_NUMBER).unwrap()
}

/// The holder as printed on the card; the number's check digit is wrong.
fn holder() -> HolderText {
    HolderText {
        name: "印　花子".to_owned(),
        address: "東京都印市朱肉一丁目１番１号".to_owned(),
        birth: Date::constant(1985, 3, 1),
        sex: Sex::Female,
        individual_number: Secret::from(INDIVIDUAL_NUMBER.as_bytes()),
        pin: Secret::from(TEXT_PIN.as_bytes()),
        municipality: "13998".to_owned(),
        expires: Date::constant(2035, 3, 1),
        security_code: Secret::from(b"2285".as_slice()),
    }
}

/// A card as it leaves the factory.
pub(crate) fn blank() -> SoftCard {
    manufactured(Some(holder()))
}

/// A card with the JPKI application alone.
pub(crate) fn without_text() -> SoftCard {
    manufactured(None)
}

fn manufactured(text: Option<HolderText>) -> SoftCard {
    made(CardKind::IndividualNumberCard, text, Variant::default())
}

fn made(kind: CardKind, text: Option<HolderText>, variant: Variant) -> SoftCard {
    let manufacture = Manufacture {
        kind,
        card_number: CARD_NUMBER.to_owned(),
        keys: keys(),
        text,
        variant,
    };
    let disk = Arc::new(MemoryDisk::default());
    SoftCard::make(disk, manufacture, Arc::new(SystemRandom)).unwrap()
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::with(Authority::signature_draft)
    }

    /// A home with another signature certificate than there should be, over the card's key or not.
    pub(crate) fn with(signature: impl FnOnce(&Authority, &PublicKey) -> Draft) -> Self {
        Self::with_both(signature, Authority::authentication_draft)
    }

    /// A home with the next card, as it is assumed to be: its keys are on P-384.
    pub(crate) fn with_the_next_card() -> Self {
        let variant = Variant {
            generation: Generation::Next,
            ..Variant::default()
        };
        let card = made(CardKind::IndividualNumberCard, Some(holder()), variant);
        Self::on(
            card,
            Authority::signature_draft,
            Authority::authentication_draft,
        )
    }

    /// A home with a telephone in place of a card, whose certificates have the policies that such are assumed to have.
    pub(crate) fn with_a_telephone() -> Self {
        let policy = |kind: CertificateKind| policies(&[kind.assumed_phone_policy()]);
        Self::on(
            made(CardKind::AndroidToken, None, Variant::default()),
            |authority, key| {
                authority
                    .signature_draft(key)
                    .with(policy(CertificateKind::Signature))
            },
            |authority, key| {
                authority
                    .authentication_draft(key)
                    .with(policy(CertificateKind::Authentication))
            },
        )
    }

    /// A home with other certificates than there should be.
    pub(crate) fn with_both(
        signature: impl FnOnce(&Authority, &PublicKey) -> Draft,
        authentication: impl FnOnce(&Authority, &PublicKey) -> Draft,
    ) -> Self {
        Self::on(blank(), signature, authentication)
    }

    fn on(
        mut card: SoftCard,
        signature: impl FnOnce(&Authority, &PublicKey) -> Draft,
        authentication: impl FnOnce(&Authority, &PublicKey) -> Draft,
    ) -> Self {
        let authority = Authority::root("Root");
        let transaction = TransactionId::new([0x11; 16]);
        let mut channel = Channel::open(&mut card);
        let kinds = Kind::ALL.to_vec();
        channel.run(
            &mut card,
            &PersonalisationCommand::Begin { transaction, kinds },
        );
        let signature_key = channel.make_key(&mut card, Kind::Signature);
        let authentication_key = channel.make_key(&mut card, Kind::Authentication);
        channel.run(&mut card, &PersonalisationCommand::PinsToBeSet);
        set_pins(&mut card);

        let signature = signature(&authority, &signature_key).sign(&authority.key);
        let authentication = authentication(&authority, &authentication_key)
            .serial(&[0x41, 0x02])
            .sign(&authority.key);
        let mut channel = Channel::open(&mut card);
        for (kind, certificate) in [
            (Kind::Signature, &signature),
            (Kind::Authentication, &authentication),
        ] {
            let der = certificate.der().to_vec();
            channel.run(
                &mut card,
                &PersonalisationCommand::WriteCertificate { kind, der },
            );
            let der = authority.certificate.der().to_vec();
            channel.run(
                &mut card,
                &PersonalisationCommand::WriteCaCertificate { kind, der },
            );
        }
        channel.run(&mut card, &PersonalisationCommand::Activate { transaction });
        card.power_off();
        card.power_on();
        Self {
            card,
            authority,
            signature,
            authentication,
        }
    }

    pub(crate) fn evidence(&self) -> Evidence {
        let list = self
            .authority
            .list()
            .sign(&self.authority.key);
        Evidence {
            crls: vec![list],
            ..Evidence::default()
        }
    }

    /// What the signature key signs for somebody who has no password; empty when it signs nothing.
    pub(crate) fn signs_unasked(&mut self) -> Vec<u8> {
        let select_key = Command::new(0x00, 0xA4, 0x02, 0x0C).data([0x00, 0x1A]);
        let sign = Command::new(0x80, 0x2A, 0x00, 0x80)
            .data([0x5A; 20])
            .expect(256);
        self.card
            .answer(&select::application(&JPKI_AID).to_bytes());
        self.card.answer(&select_key.to_bytes());
        let answer = self.card.answer(&sign.to_bytes());
        match answer.as_slice() {
            [signature @ .., 0x90, 0x00] => signature.to_vec(),
            _ => Vec::new(),
        }
    }
}

/// The holder sets the PINs.
fn set_pins(card: &mut SoftCard) {
    let mut card = Card::open(card).unwrap();
    let password = Pin::signature(SIGNATURE_PASSWORD).unwrap();
    card.set_initial_pin(Credential::Signature, &password)
        .unwrap();
    let pin = Pin::authentication(AUTHENTICATION_PIN).unwrap();
    card.set_initial_pin(Credential::Authentication, &pin)
        .unwrap();
    card.leave().unwrap();
}

/// The authority's end of an open channel.
struct Channel(HostSession);

impl Channel {
    fn open(card: &mut SoftCard) -> Self {
        let (mut session, commands) = HostSession::start(keys(), [0x5A; 8]);
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

    fn make_key(&mut self, card: &mut SoftCard, kind: Kind) -> PublicKey {
        self.run(card, &PersonalisationCommand::GenerateKey(kind));
        let Answer::PublicKey(der) = self.run(card, &PersonalisationCommand::ReadPublicKey(kind))
        else {
            panic!("a public key is answered");
        };
        PublicKey::from_spki_der(&der).unwrap()
    }
}

fn send_all(card: &mut SoftCard, commands: &[Vec<u8>]) -> Vec<Vec<u8>> {
    commands
        .iter()
        .map(|command| card.answer(command))
        .collect()
}
