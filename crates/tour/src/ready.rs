//! A card with certificates in it, for people who want to use one and not to live through the story: ordered from the sandbox's
//! factory and personalised at its counter, by the same way as everybody's.

use crate::{
    Failure,
    acts::Officer,
    city::City,
    desk::{Desk, Pins},
};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde_json::{Value, json};
use shirushi_apdu::{Command, ISSUER_AID, Response, StatusWord, Transmit as _, select};
use shirushi_crypto::{Random as _, SystemRandom};
use shirushi_profile::CertificateKind::{self, Authentication, Signature};
use shirushi_rules::AGE_FIFTEEN;
use shirushi_softcard::SoftCard;
use shirushi_wire::{IssuedCertificate, ResidentRecord};

/// PIN of the authentication key of a card that was made ready. Known to all the world, as the card is nobody's.
pub const READY_PIN: &str = "1234";
/// Password of the signature key of a card that was made ready.
pub const READY_PASSWORD: &str = "ABC123";

/// Tag of the municipality among the card's data objects (`facts/card.md` §15).
const MUNICIPALITY: u16 = 0x00F0;

/// A card from the factory.
#[derive(Clone, Debug)]
pub struct OrderedCard {
    /// Its number.
    pub number: String,
    /// The bytes of its file.
    pub file: Vec<u8>,
}

/// Orders a card for a resident from the factory of the city at `base`. It takes the place of an earlier one.
///
/// # Errors
/// [`Failure`].
pub async fn order_card(base: &str, resident: &str, kind: &str) -> Result<OrderedCard, Failure> {
    #[derive(Deserialize)]
    struct Made {
        number: String,
        card: String,
    }
    let made: Made = City::at(base)?
        .send(
            "/sandbox/cards",
            None,
            &json!({ "resident": resident, "kind": kind }),
        )
        .await?;
    Ok(OrderedCard {
        number: made.number,
        file: Base64::decode_vec(&made.card).map_err(Failure::broken)?,
    })
}

/// Has certificates issued into a new card of the city at `base`: an officer of its municipality is enrolled for that, applies in
/// the holder's name with what the register says, and carries the authority's commands; the PINs are [`READY_PIN`] and
/// [`READY_PASSWORD`]. A child gets the authentication certificate alone.
///
/// # Errors
/// [`Failure`]; what had been done until then stays done.
pub async fn make_ready(
    base: &str,
    resident: &str,
    card: &mut SoftCard,
) -> Result<Vec<IssuedCertificate>, Failure> {
    let city = City::at(base)?;
    let desk = desk(&city, &municipality(card)?).await?;
    let holder: ResidentRecord = city
        .read_as(&format!("/counter/residents/{resident}"), &desk.session)
        .await?;
    let both = form(&holder, card, &[Signature, Authentication]);
    let taken = match desk.apply(&both).await {
        Err(Failure::Refused(report)) if report.rule == AGE_FIFTEEN.id => {
            desk.apply(&form(&holder, card, &[Authentication]))
                .await?
        }
        taken => taken?,
    };
    let pins = Pins {
        signature: READY_PASSWORD,
        authentication: READY_PIN,
    };
    desk.personalise(&taken.application, card, &pins)
        .await
}

/// The municipality that the card is of, by what it says before any application is selected.
fn municipality(card: &mut SoftCard) -> Result<String, Failure> {
    let mut answered = Response::from(StatusWord::OK);
    let [high, low] = MUNICIPALITY.to_be_bytes();
    for command in [
        select::application(&ISSUER_AID),
        Command::new(0x00, 0xCA, high, low).ne(256),
    ] {
        let answer = card
            .transmit(&command.to_bytes())
            .map_err(Failure::broken)?;
        answered = Response::parse(&answer).map_err(Failure::broken)?;
        if answered.status != StatusWord::OK {
            return Err(Failure::Broken(format!(
                "the card answers {} when it is asked for its municipality",
                answered.status
            )));
        }
    }
    String::from_utf8(answered.data).map_err(Failure::broken)
}

/// A new officer there, logged in.
async fn desk(city: &City, municipality: &str) -> Result<Desk, Failure> {
    #[derive(Deserialize)]
    struct Code {
        code: String,
    }
    let code: Code = city
        .send(
            "/sandbox/officers",
            None,
            &json!({ "municipality": municipality }),
        )
        .await?;
    let drawn: [u8; 12] = SystemRandom.bytes();
    let officer = Officer {
        name: format!("ready-{}", hex::encode(&drawn[..4])),
        password: hex::encode(drawn),
    };
    let enrolment =
        json!({ "code": code.code, "name": officer.name, "password": officer.password });
    let _: Value = city
        .send("/counter/officers/enrol", None, &enrolment)
        .await?;
    officer
        .log_in(city, &officer.password)
        .await
}

fn form(holder: &ResidentRecord, card: &SoftCard, kinds: &[CertificateKind]) -> Value {
    json!({
        "resident_code": holder.code,
        "form": {
            "name": holder.name,
            "birth_date": holder.birth_date,
            "sex": holder.sex,
            "address": holder.address,
        },
        "kinds": kinds,
        "purpose": "new",
        "card_number": card.card_number(),
        "presence": "in-person",
        "documents": ["individual-number-card"],
        "fee": { "paid_yen": 200, "waiver": null },
    })
}
