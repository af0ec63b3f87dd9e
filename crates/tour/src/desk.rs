//! The counter seen from its front: the officer's session, applications, and the card that lies in the reader.

use crate::{Failure, city::City, people::Person};
use serde::Deserialize;
use serde_json::{Value, json};
use shirushi_apdu::Transmit as _;
use shirushi_card::{Card, Credential, Pin};
use shirushi_crypto::SystemRandom;
use shirushi_profile::CertificateKind;
use shirushi_softcard::SoftCard;
use shirushi_wire::{IssuedCertificate, RelayAnswer, RelayRequest};
use std::{path::Path, sync::Arc};

/// The password that the filer and everybody else of the story chooses for the signature key.
pub(crate) const SIGNATURE_PASSWORD: &str = "SHIRUSHI2026";
/// The PIN that everybody of the story chooses for the authentication key.
pub(crate) const AUTHENTICATION_PIN: &str = "2600";

/// What an applicant sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pins {
    pub(crate) signature: &'static str,
    pub(crate) authentication: &'static str,
}

/// Those of the story.
pub(crate) const PINS: Pins = Pins {
    signature: SIGNATURE_PASSWORD,
    authentication: AUTHENTICATION_PIN,
};

/// Most exchanges that personalisation takes; more would be a loop.
const MOST_EXCHANGES: usize = 32;

/// An officer who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) city: City,
    pub(crate) session: String,
}

/// A card in its holder's hand.
pub(crate) struct Held {
    pub(crate) number: String,
    pub(crate) valid_until: String,
    pub(crate) card: SoftCard,
}

/// An application that the counter has taken.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Taken {
    pub(crate) application: String,
}

impl Desk {
    /// The application form of `person` with everything as it should be; a step changes what it wants refused.
    pub(crate) fn form(person: &Person, card: &str, kinds: &[CertificateKind]) -> Value {
        json!({
            "resident_code": person.code,
            "form": {
                "name": person.name,
                "birth_date": person.birth,
                "sex": person.sex,
                "address": person.address,
            },
            "kinds": kinds,
            "purpose": "new",
            "card_number": card,
            "presence": "in-person",
            "documents": ["individual-number-card"],
            "fee": { "paid_yen": 200, "waiver": null },
        })
    }

    pub(crate) async fn apply(&self, form: &Value) -> Result<Taken, Failure> {
        self.city
            .send("/counter/applications", Some(&self.session), form)
            .await
    }

    /// Relays between the authority and the card until the authority wants something else than an exchange.
    pub(crate) async fn relay(
        &self,
        application: &str,
        card: &mut SoftCard,
    ) -> Result<RelayAnswer, Failure> {
        let path = format!("/counter/applications/{application}/relay");
        let mut request = RelayRequest { responses: None };
        for _ in 0..MOST_EXCHANGES {
            let answer: RelayAnswer = self
                .city
                .send(&path, Some(&self.session), &request)
                .await?;
            let RelayAnswer::Transmit { commands } = answer else {
                return Ok(answer);
            };
            let mut responses = Vec::with_capacity(commands.len());
            for command in commands {
                let command = hex::decode(command).map_err(Failure::broken)?;
                let response = card
                    .transmit(&command)
                    .map_err(Failure::broken)?;
                responses.push(hex::encode(response));
            }
            request.responses = Some(responses);
        }
        Err(Failure::Broken("personalisation does not end".to_owned()))
    }

    /// The whole of personalisation: keys, PINs by the applicant, certificates.
    pub(crate) async fn personalise(
        &self,
        application: &str,
        card: &mut SoftCard,
        pins: &Pins,
    ) -> Result<Vec<IssuedCertificate>, Failure> {
        match self.relay(application, card).await? {
            RelayAnswer::SetPins { kinds } => set_pins(card, &kinds, pins)?,
            other => return Err(unexpected(&other)),
        }
        match self.relay(application, card).await? {
            RelayAnswer::Done { certificates, .. } => Ok(certificates),
            other => Err(unexpected(&other)),
        }
    }

    /// Application and personalisation in one, for those whom the story does not dwell on.
    pub(crate) async fn issue(
        &self,
        person: &Person,
        held: &mut Held,
        kinds: &[CertificateKind],
    ) -> Result<Vec<IssuedCertificate>, Failure> {
        let taken = self
            .apply(&Self::form(person, &held.number, kinds))
            .await?;
        self.personalise(&taken.application, &mut held.card, &PINS)
            .await
    }
}

/// What the applicant does alone at the reader.
pub(crate) fn set_pins(
    card: &mut SoftCard,
    kinds: &[CertificateKind],
    pins: &Pins,
) -> Result<(), Failure> {
    let mut opened = Card::open(card)?;
    for kind in kinds {
        let (credential, pin) = match kind {
            CertificateKind::Signature => (Credential::Signature, Pin::signature(pins.signature)?),
            CertificateKind::Authentication => (
                Credential::Authentication,
                Pin::authentication(pins.authentication)?,
            ),
        };
        opened.set_initial_pin(credential, &pin)?;
    }
    opened.leave()?;
    Ok(())
}

pub(crate) fn unexpected(answer: &RelayAnswer) -> Failure {
    let what = match answer {
        RelayAnswer::Transmit { .. } => "more commands",
        RelayAnswer::SetPins { .. } => "PINs to be set",
        RelayAnswer::Done { .. } => "the end of personalisation",
    };
    Failure::Broken(format!(
        "the authority answers {what} where something else is due"
    ))
}

/// Has the sandbox make a card for `person`, and takes it into the hand: a file in `pocket`.
pub(crate) async fn new_card(
    city: &City,
    pocket: &Path,
    person: &Person,
    kind: &str,
) -> Result<Held, Failure> {
    #[derive(Deserialize)]
    struct Made {
        number: String,
        valid_until: String,
        card: String,
    }
    let made: Made = city
        .send(
            "/sandbox/cards",
            None,
            &json!({ "resident": person.code, "kind": kind }),
        )
        .await?;
    let path = pocket.join(format!("{}.card", made.number));
    let bytes = <base64ct::Base64 as base64ct::Encoding>::decode_vec(&made.card)
        .map_err(Failure::broken)?;
    std::fs::write(&path, bytes).map_err(Failure::broken)?;
    let card = SoftCard::open_file(&path, Arc::new(SystemRandom)).map_err(Failure::broken)?;
    Ok(Held {
        number: made.number,
        valid_until: made.valid_until,
        card,
    })
}
