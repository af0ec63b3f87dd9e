//! A change in the register kills the signature certificate at once; a new one is applied for.

use crate::{
    Failure,
    acts::{Cards, filing::Filed, filing::good, now, record},
    desk::{Desk, PINS, new_card, set_pins, unexpected},
    people::{Cast, Person},
    relying,
    teller::{Stop, Teller},
};
use serde_json::{Value, json};
use shirushi_card::{Card, Credential, Pin};
use shirushi_profile::{
    CertificateKind::{Authentication, Signature},
    ocsp::CertificateStatus,
};
use shirushi_rules::{NOT_REVOKED, PIN_TRIES, RECORD_CURRENT};
use shirushi_wire::RelayAnswer;
use tempfile::TempDir;

pub(crate) async fn tell(
    teller: &mut Teller<'_>,
    desk: &Desk,
    cast: &Cast,
    cards: &mut Cards,
    filed: &Filed,
    pocket: &TempDir,
) -> Result<(), Stop> {
    let moved = Person {
        address: "東京都印市朱肉９丁目９番９号".to_owned(),
        ..cast.filer.clone()
    };
    move_within(teller, "the-filer-moves", &moved).await?;
    let city = teller.city.clone();
    teller
        .accept("the-authentication-certificate-lives-on", async {
            let status = relying::status(&city, &filed.authentication, Authentication).await?;
            good(&status)?;
            Ok(((), format!("{status:?}")))
        })
        .await?;
    teller
        .refuse(
            "said-before-the-form-is-filled",
            &NOT_REVOKED,
            relying::check(&city, &filed.certificate),
        )
        .await?;
    file_again(teller, "the-next-filing-is-refused", &moved, cards, false).await?;
    teller
        .accept("a-new-signature-certificate", async {
            let issued = desk
                .issue(&moved, &mut cards.filer, &[Signature])
                .await?;
            Ok(((), format!("{} certificate", issued.len())))
        })
        .await?;
    file_again(teller, "a-filing-is-accepted-again", &moved, cards, true).await?;
    a_move_overtakes_an_application(teller, desk, cast, pocket).await?;
    the_holder_revokes(teller, desk, cast, cards).await?;
    a_locked_card(teller, cards).await?;
    a_death(teller, cast, cards).await
}

async fn move_within(teller: &mut Teller<'_>, name: &str, person: &Person) -> Result<(), Stop> {
    let what = json!({ "kind": "move-within", "data": { "address": person.address } });
    let city = teller.city.clone();
    teller
        .accept(name, async {
            let event = record(&city, person, what).await?;
            Ok(((), format!("ends {}", event["ends"])))
        })
        .await
}

async fn file_again(
    teller: &mut Teller<'_>,
    name: &str,
    person: &Person,
    cards: &mut Cards,
    is_good: bool,
) -> Result<(), Stop> {
    let city = teller.city.clone();
    let random = teller.random;
    let filing = async {
        let at = now(&city).await?;
        let xml = relying::filing(person, at, random)?
            .to_xml()
            .map_err(Failure::broken)?;
        let signed = relying::sign(&mut cards.filer, &xml, at)?;
        city.file(xml, signed.cms).await
    };
    if is_good {
        teller
            .accept(name, async {
                let answer: Value = filing.await?;
                Ok(((), format!("receipt {}", answer["receipt"])))
            })
            .await
    } else {
        teller
            .refuse(name, &NOT_REVOKED, filing)
            .await
    }
}

/// The register changes between the counter and the issue: nothing may be issued from the old record.
async fn a_move_overtakes_an_application(
    teller: &mut Teller<'_>,
    desk: &Desk,
    cast: &Cast,
    pocket: &TempDir,
) -> Result<(), Stop> {
    let city = teller.city.clone();
    let both = [Signature, Authentication];
    let (mut held, application) = teller
        .accept("another-application-is-on-its-way", async {
            let mut held =
                new_card(&city, pocket.path(), &cast.mover, "individual-number-card").await?;
            let taken = desk
                .apply(&Desk::form(&cast.mover, &held.number, &both))
                .await?;
            match desk
                .relay(&taken.application, &mut held.card)
                .await?
            {
                RelayAnswer::SetPins { kinds } => set_pins(&mut held.card, &kinds, &PINS)?,
                other => return Err(unexpected(&other)),
            }
            Ok(((held, taken.application.clone()), taken.application))
        })
        .await?;
    let moved = Person {
        address: "東京都印市白文２丁目２番".to_owned(),
        ..cast.mover.clone()
    };
    move_within(teller, "its-applicant-moves-meanwhile", &moved).await?;
    teller
        .refuse(
            "nothing-is-issued-from-the-old-record",
            &RECORD_CURRENT,
            desk.relay(&application, &mut held.card),
        )
        .await?;
    teller
        .accept("a-new-application-is-issued", async {
            let issued = desk
                .issue(&moved, &mut held, &both)
                .await?;
            Ok(((), format!("{} certificates", issued.len())))
        })
        .await
}

/// 失効申請 at the counter.
async fn the_holder_revokes(
    teller: &mut Teller<'_>,
    desk: &Desk,
    cast: &Cast,
    cards: &mut Cards,
) -> Result<(), Stop> {
    let city = teller.city.clone();
    let certificate = relying::certificate(&mut cards.neighbour, Signature);
    let certificate = teller
        .accept("the-neighbour-asks-for-revocation", async {
            let certificate = certificate?;
            let answer: Value = city
                .send(
                    "/counter/revocations",
                    Some(&desk.session),
                    &json!({
                        "resident_code": cast.neighbour.code,
                        "kinds": [Signature],
                        "reason": "key-compromise",
                    }),
                )
                .await?;
            let evidence = answer["serials"].to_string();
            if evidence.contains(&certificate.serial().to_string()) {
                Ok((certificate, evidence))
            } else {
                Err(Failure::Broken(format!("revoked: {evidence}")))
            }
        })
        .await?;
    teller
        .refuse(
            "a-revoked-certificate-will-not-do",
            &NOT_REVOKED,
            relying::check(&city, &certificate),
        )
        .await
}

async fn a_locked_card(teller: &mut Teller<'_>, cards: &mut Cards) -> Result<(), Stop> {
    let card = &mut cards.neighbour.card;
    teller
        .refuse("a-wrong-password-until-the-card-locks", &PIN_TRIES, async {
            let mut card = Card::open(&mut *card)?;
            let wrong = Pin::signature("WRONG1234")?;
            let mut last = card.verify(Credential::Signature, &wrong);
            for _ in 1..5 {
                last = card.verify(Credential::Signature, &wrong);
            }
            card.leave()?;
            last.map_err(Failure::from)
        })
        .await?;
    teller
        .refuse("now-the-right-password-is-refused-too", &PIN_TRIES, async {
            let mut card = Card::open(&mut *card)?;
            let right = Pin::signature(crate::desk::SIGNATURE_PASSWORD)?;
            let result = card.verify(Credential::Signature, &right);
            card.leave()?;
            result.map_err(Failure::from)
        })
        .await
}

async fn a_death(teller: &mut Teller<'_>, cast: &Cast, cards: &mut Cards) -> Result<(), Stop> {
    let city = teller.city.clone();
    let certificate = relying::certificate(&mut cards.child, Authentication);
    teller
        .accept("a-death-ends-the-authentication-certificate-too", async {
            record(&city, &cast.child, json!({ "kind": "death" })).await?;
            match relying::status(&city, &certificate?, Authentication).await? {
                CertificateStatus::Revoked { reason, .. } => Ok(((), format!("{reason:?}"))),
                other => Err(Failure::Broken(format!("the responder says {other:?}"))),
            }
        })
        .await
}
