//! Issuance (発行): keys are made in the card, the applicant sets the PINs, certificates are written.

use crate::{
    Failure,
    acts::Cards,
    desk::{Desk, PINS, SIGNATURE_PASSWORD, Taken, set_pins, unexpected},
    people::Cast,
    relying,
    teller::{Stop, Teller},
};
use shirushi_apdu::{JPKI_AID, Response, StatusWord, Transmit as _, select};
use shirushi_card::{Card, Credential, Pin};
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_rules::{
    CARD_KEYS, CERTIFICATE_NEEDS_PASSWORD, NOT_REPEATED, ONE_LIVE, PIN_FORM, PIN_RIGHT, Rule,
    SIGNATURE_NEEDS_PASSWORD,
};
use shirushi_softcard::SoftCard;
use shirushi_wire::RelayAnswer;

pub(crate) async fn tell(
    teller: &mut Teller<'_>,
    desk: &Desk,
    cast: &Cast,
    cards: &mut Cards,
) -> Result<(), Stop> {
    let both = [Signature, Authentication];
    let mut form = Desk::form(&cast.filer, &cards.filer.number, &both);
    let taken: Taken = teller
        .accept("the-application-is-taken", async {
            let taken = desk.apply(&form).await?;
            let evidence = format!("application {}", taken.application);
            Ok((taken, evidence))
        })
        .await?;
    form["id"] = serde_json::json!(taken.application);
    form["fee"] = serde_json::json!({ "paid_yen": 0, "waiver": "first-with-card" });
    teller
        .refuse(
            "the-same-application-with-other-content",
            &NOT_REPEATED,
            desk.apply(&form),
        )
        .await?;
    teller
        .refuse(
            "another-card-lies-in-the-reader",
            &CARD_KEYS,
            desk.relay(&taken.application, &mut cards.neighbour.card),
        )
        .await?;
    teller
        .accept("keys-are-made-in-the-card", async {
            match desk
                .relay(&taken.application, &mut cards.filer.card)
                .await?
            {
                RelayAnswer::SetPins { kinds } => Ok(((), format!("{} keys", kinds.len()))),
                other => Err(unexpected(&other)),
            }
        })
        .await?;
    teller
        .refuse("a-password-without-a-digit", &PIN_FORM, async {
            let letters = SIGNATURE_PASSWORD.trim_end_matches(|c: char| c.is_ascii_digit());
            Pin::signature(letters).map_err(Failure::from)
        })
        .await?;
    teller
        .accept("the-applicant-sets-both-pins", async {
            set_pins(&mut cards.filer.card, &both, &PINS)?;
            Ok(((), "set in the card; nobody else saw them".to_owned()))
        })
        .await?;
    let issued = teller
        .accept("certificates-are-issued-and-written", async {
            match desk
                .relay(&taken.application, &mut cards.filer.card)
                .await?
            {
                RelayAnswer::Done { certificates, .. } if certificates.len() == 2 => {
                    let evidence = certificates
                        .iter()
                        .map(|c| format!("{} {}", c.kind, c.serial))
                        .collect::<Vec<_>>()
                        .join(", ");
                    Ok((certificates, evidence))
                }
                other => Err(unexpected(&other)),
            }
        })
        .await?;
    teller
        .accept("the-card-holds-what-was-issued", async {
            for certificate in &issued {
                let held = relying::certificate(&mut cards.filer, certificate.kind)?;
                if held.serial() != &certificate.serial {
                    return Err(Failure::Broken(format!(
                        "the card holds serial {}",
                        held.serial()
                    )));
                }
            }
            Ok(((), "serials agree".to_owned()))
        })
        .await?;
    teller
        .refuse(
            "apply-while-certificates-live",
            &ONE_LIVE,
            desk.apply(&Desk::form(&cast.filer, &cards.filer.number, &both)),
        )
        .await?;
    others(teller, desk, cast, cards).await?;
    the_cards_own_refusals(teller, cards).await
}

async fn others(
    teller: &mut Teller<'_>,
    desk: &Desk,
    cast: &Cast,
    cards: &mut Cards,
) -> Result<(), Stop> {
    teller
        .accept("the-neighbour-gets-both-certificates", async {
            let issued = desk
                .issue(
                    &cast.neighbour,
                    &mut cards.neighbour,
                    &[Signature, Authentication],
                )
                .await?;
            Ok(((), format!("{} certificates", issued.len())))
        })
        .await?;
    teller
        .accept("the-child-gets-the-authentication-certificate", async {
            let issued = desk
                .issue(&cast.child, &mut cards.child, &[Authentication])
                .await?;
            Ok(((), format!("{} certificate", issued.len())))
        })
        .await
}

/// What the card refuses by itself. The commands are sent as bytes, for a client would not send them.
async fn the_cards_own_refusals(teller: &mut Teller<'_>, cards: &mut Cards) -> Result<(), Stop> {
    let card = &mut cards.filer.card;
    teller
        .refuse(
            "read-the-signature-certificate-without-password",
            &CERTIFICATE_NEEDS_PASSWORD,
            async {
                select_jpki(card, 0x0001)?;
                bare(
                    card,
                    &CERTIFICATE_NEEDS_PASSWORD,
                    &[0x00, 0xB0, 0x00, 0x00, 0x04],
                )
            },
        )
        .await?;
    teller
        .refuse("sign-without-password", &SIGNATURE_NEEDS_PASSWORD, async {
            select_jpki(card, 0x001A)?;
            bare(
                card,
                &SIGNATURE_NEEDS_PASSWORD,
                &[0x80, 0x2A, 0x00, 0x80, 0x02, 0x30, 0x00, 0x00],
            )
        })
        .await?;
    teller
        .refuse("a-wrong-password", &PIN_RIGHT, async {
            let mut card = Card::open(&mut *card)?;
            let result = card.verify(Credential::Signature, &Pin::signature("WRONG1234")?);
            card.leave()?;
            result.map_err(Failure::from)
        })
        .await?;
    teller
        .accept("the-right-password-restores-the-tries", async {
            let mut card = Card::open(&mut *card)?;
            let before = card.tries(Credential::Signature)?;
            card.verify(Credential::Signature, &Pin::signature(SIGNATURE_PASSWORD)?)?;
            let after = card.tries(Credential::Signature)?;
            card.leave()?;
            if (before, after) == (4, 5) {
                Ok(((), "4 tries left, then 5".to_owned()))
            } else {
                Err(Failure::Broken(format!(
                    "{before} tries left, then {after}"
                )))
            }
        })
        .await
}

fn select_jpki(card: &mut SoftCard, file: u16) -> Result<(), Failure> {
    for command in [select::application(&JPKI_AID), select::file(file)] {
        let answer = card
            .transmit(&command.to_bytes())
            .map_err(Failure::broken)?;
        let status = Response::parse(&answer)
            .map_err(Failure::broken)?
            .status;
        if status != StatusWord::OK {
            return Err(Failure::Broken(format!("SELECT was answered {status}")));
        }
    }
    Ok(())
}

/// One command; 6982 is the refusal that `rule` describes.
fn bare(card: &mut SoftCard, rule: &'static Rule, command: &[u8]) -> Result<(), Failure> {
    let answer = card
        .transmit(command)
        .map_err(Failure::broken)?;
    match Response::parse(&answer)
        .map_err(Failure::broken)?
        .status
    {
        StatusWord::OK => Ok(()),
        StatusWord::SECURITY_STATUS => Err(rule.refusal([]).into()),
        status => Err(Failure::Broken(format!("the card answered {status}"))),
    }
}
