//! A citizen with a card that an authority has personalised.

pub use crate::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD};

use crate::channel::{Channel, keys};
use shirushi_apdu::{Command, JPKI_AID, select};
use shirushi_clock::Date;
use shirushi_crypto::{PublicKey, Secret, SystemRandom};
use shirushi_kit::pki::{Authority, Draft, policies};
use shirushi_path::Evidence;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_softcard::{
    CardKind, Disk, Generation, HolderText, Manufacture, Sex, SoftCard, Variant,
};
use std::{
    io,
    sync::{Arc, Mutex},
};

pub const TEXT_PIN: &str = "2604";
pub const INDIVIDUAL_NUMBER: &str = "123456789010";
const CARD_NUMBER: &str = "0000000020610077";

/// The card, what was written into it, and the authority.
pub struct Home {
    pub card: SoftCard,
    pub authority: Authority,
    pub signature: Certificate,
    pub authentication: Certificate,
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
pub fn blank() -> SoftCard {
    manufactured(Some(holder()))
}

/// A card with the JPKI application alone.
pub fn without_text() -> SoftCard {
    manufactured(None)
}

fn manufactured(text: Option<HolderText>) -> SoftCard {
    made(CardKind::IndividualNumberCard, text, Variant::default())
}

fn made(kind: CardKind, text: Option<HolderText>, variant: Variant) -> SoftCard {
    let manufacture = Manufacture {
        kind,
        card_number: CARD_NUMBER.to_owned(),
        keys: keys(CARD_NUMBER),
        text,
        variant,
    };
    let disk = Arc::new(MemoryDisk::default());
    SoftCard::make(disk, manufacture, Arc::new(SystemRandom)).unwrap()
}

impl Home {
    pub fn new() -> Self {
        Self::with(Authority::signature_draft)
    }

    /// A home with another signature certificate than there should be, over the card's key or not.
    pub fn with(signature: impl FnOnce(&Authority, &PublicKey) -> Draft) -> Self {
        Self::with_both(signature, Authority::authentication_draft)
    }

    /// A home with the next card, as it is assumed to be: its keys are on P-384.
    pub fn with_the_next_card() -> Self {
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
    pub fn with_a_telephone() -> Self {
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
    pub fn with_both(
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
        let keys = || keys(CARD_NUMBER);
        let [signature_key, authentication_key] =
            Channel::prepare(&mut card, keys()).map(|der| PublicKey::from_spki_der(&der).unwrap());
        let signature = signature(&authority, &signature_key).sign(&authority.key);
        let authentication = authentication(&authority, &authentication_key)
            .serial(&[0x41, 0x02])
            .sign(&authority.key);
        let certificates = [&signature, &authentication].map(|it| it.der().to_vec());
        Channel::complete(&mut card, keys(), certificates, authority.certificate.der());
        card.power_off();
        card.power_on();
        Self {
            card,
            authority,
            signature,
            authentication,
        }
    }

    pub fn evidence(&self) -> Evidence {
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
    pub fn signs_unasked(&mut self) -> Vec<u8> {
        let select_key = Command::new(0x00, 0xA4, 0x02, 0x0C).data([0x00, 0x1A]);
        let sign = Command::new(0x80, 0x2A, 0x00, 0x80)
            .data([0x5A; 20])
            .ne(256);
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
