//! A card in its holder's hand, and what the holder does with it alone.

use shirushi_apdu::Transmit as _;
use shirushi_card::{Card, Credential, Pin};
use shirushi_client::sign_detached;
use shirushi_clock::Instant;
use shirushi_crypto::SystemRandom;
use shirushi_profile::{
    Certificate,
    CertificateKind::{self, Authentication, Signature},
};
use shirushi_softcard::SoftCard;
use std::{path::Path, sync::Arc};

const SIGNATURE_PASSWORD: &str = "SHIRUSHI2026";
const AUTHENTICATION_PIN: &str = "2600";

/// A card and its number.
pub(crate) struct HeldCard {
    pub(crate) number: String,
    card: SoftCard,
}

impl HeldCard {
    /// Takes the card that came as these bytes: a file in `pocket`.
    pub(crate) fn take(pocket: &Path, number: &str, bytes: &[u8]) -> Self {
        let path = pocket.join(format!("{number}.card"));
        std::fs::write(&path, bytes).unwrap();
        Self {
            number: number.to_owned(),
            card: SoftCard::open_file(&path, Arc::new(SystemRandom)).unwrap(),
        }
    }

    /// The card's answers to the commands of a relay, both in hexadecimal.
    pub(crate) fn answer(&mut self, commands: &[String]) -> Vec<String> {
        commands
            .iter()
            .map(|command| {
                let command = hex::decode(command).unwrap();
                hex::encode(self.card.transmit(&command).unwrap())
            })
            .collect()
    }

    pub(crate) fn set_pins(&mut self, kinds: &[CertificateKind]) {
        let mut card = Card::open(&mut self.card).unwrap();
        for kind in kinds {
            let (credential, pin) = match kind {
                Signature => (
                    Credential::Signature,
                    Pin::signature(SIGNATURE_PASSWORD).unwrap(),
                ),
                Authentication => (
                    Credential::Authentication,
                    Pin::authentication(AUTHENTICATION_PIN).unwrap(),
                ),
            };
            card.set_initial_pin(credential, &pin)
                .unwrap();
        }
        card.leave().unwrap();
    }

    /// The certificate that is live in the card.
    pub(crate) fn certificate(&mut self, kind: CertificateKind) -> Certificate {
        let mut card = Card::open(&mut self.card).unwrap();
        let der = match kind {
            Authentication => card
                .certificate(Credential::Authentication, None)
                .unwrap(),
            Signature => {
                let pin = Pin::signature(SIGNATURE_PASSWORD).unwrap();
                let verified = card
                    .verify(Credential::Signature, &pin)
                    .unwrap();
                card.certificate(Credential::Signature, Some(&verified))
                    .unwrap()
            }
        };
        card.leave().unwrap();
        Certificate::from_der(&der).unwrap()
    }

    /// A detached signature with the signature certificate.
    pub(crate) fn sign(&mut self, content: &[u8], at: Instant) -> Vec<u8> {
        let mut card = Card::open(&mut self.card).unwrap();
        let pin = Pin::signature(SIGNATURE_PASSWORD).unwrap();
        let signed = sign_detached(&mut card, &pin, content, at).unwrap();
        card.leave().unwrap();
        signed.cms
    }
}
