//! Time passes: what has expired is refused.

use crate::{
    Failure,
    acts::{Officer, now},
    desk::{Desk, new_card},
    people::Cast,
    relying,
    teller::{Stop, Teller},
};
use serde_json::{Value, json};
use shirushi_profile::{
    CertificateKind::{Authentication, Signature},
    ocsp::CertificateStatus,
};
use shirushi_rules::{CARD_VALID, NOT_EXPIRED, PROCEDURE_KNOWN};
use tempfile::TempDir;

/// Longer than the visitor's card is valid.
const THIRTY_DAYS: i64 = 30 * 24 * 60 * 60;

pub(crate) async fn tell(
    teller: &mut Teller<'_>,
    officer: &Officer,
    desk: &Desk,
    cast: &Cast,
    pocket: &TempDir,
) -> Result<(), Stop> {
    let city = teller.city.clone();
    let random = teller.random;
    let both = [Signature, Authentication];
    let mut held = teller
        .accept(
            "a-visitor-gets-certificates-that-end-with-the-stay",
            async {
                let mut held = new_card(
                    &city,
                    pocket.path(),
                    &cast.visitor,
                    "individual-number-card",
                )
                .await?;
                let issued = desk
                    .issue(&cast.visitor, &mut held, &both)
                    .await?;
                let evidence = issued
                    .iter()
                    .map(|c| c.not_after.timestamp().to_string())
                    .collect::<Vec<_>>()
                    .join(", ");
                Ok((held, evidence))
            },
        )
        .await?;
    teller
        .accept("the-visitors-filing-is-accepted", async {
            let at = now(&city).await?;
            let xml = relying::filing(&cast.visitor, at, random)?
                .to_xml()
                .map_err(Failure::broken)?;
            let signed = relying::sign(&mut held, &xml, at)?;
            let answer = city.file(xml, signed.cms).await?;
            Ok(((), format!("receipt {}", answer["receipt"])))
        })
        .await?;
    let unknown = async {
        let mut filing = relying::filing(&cast.visitor, now(&city).await?, random)?;
        filing.procedure = "ZZZ9999"
            .parse()
            .map_err(Failure::broken)?;
        let xml = filing
            .to_xml()
            .map_err(Failure::broken)?;
        let signed = relying::sign(&mut held, &xml, filing.prepared_at)?;
        city.file(xml, signed.cms).await
    };
    teller
        .refuse("a-procedure-that-nobody-offers", &PROCEDURE_KNOWN, unknown)
        .await?;
    teller
        .accept("thirty-days-pass", async {
            let present: Value = city
                .send(
                    "/sandbox/clock",
                    None,
                    &json!({ "advance_seconds": THIRTY_DAYS }),
                )
                .await?;
            Ok(((), present.to_string()))
        })
        .await?;
    let certificate = relying::certificate(&mut held, Signature);
    teller
        .refuse("an-expired-certificate", &NOT_EXPIRED, async {
            let at = now(&city).await?;
            let xml = relying::filing(&cast.visitor, at, random)?
                .to_xml()
                .map_err(Failure::broken)?;
            let signed = relying::sign(&mut held, &xml, at)?;
            city.file(xml, signed.cms).await
        })
        .await?;
    teller
        .accept("the-responder-no-longer-says-good", async {
            match relying::status(&city, &certificate?, Signature).await? {
                CertificateStatus::Unknown => Ok(((), "unknown".to_owned())),
                other => Err(Failure::Broken(format!("the responder says {other:?}"))),
            }
        })
        .await?;
    let desk = teller
        .accept("the-officer-logs-in-again", async {
            let desk = officer
                .log_in(&city, &officer.password)
                .await?;
            Ok((desk, officer.name.clone()))
        })
        .await?;
    teller
        .refuse(
            "apply-with-an-expired-card",
            &CARD_VALID,
            desk.apply(&Desk::form(&cast.visitor, &held.number, &both)),
        )
        .await
}
