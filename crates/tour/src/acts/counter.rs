//! The counter (窓口): an officer is enrolled, and sends away whoever must be sent away.

use crate::{
    Failure,
    acts::{Cards, Officer, record},
    desk::{Desk, new_card},
    people::{Cast, HERE},
    teller::{Stop, Teller},
};
use serde::Deserialize;
use serde_json::{Value, json};
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_rules::{
    AGE_FIFTEEN, CARD_HOLDER, CARD_REGISTERED, EVENT_FITS, FEE_PAID, FORM_MATCHES_REGISTER,
    IDENTITY_DOCUMENT, IN_PERSON, INDIVIDUAL_NUMBER_CARD, LOOK_UP_REASON, OFFICER_KNOWN,
    OFFICER_SERVING, PROXY_REPLY, RECORD_ALIVE, REGISTERED_HERE, RENEWAL_OF_LIVE, RESIDENT_KNOWN,
    Rule,
};
use shirushi_text::with_wrong_check_digit;
use tempfile::TempDir;

pub(crate) async fn enrol(teller: &mut Teller<'_>) -> Result<(Officer, Desk), Stop> {
    #[derive(Deserialize)]
    struct Code {
        code: String,
    }
    let city = teller.city.clone();
    let mut drawn = [0; 12];
    teller.random.fill(&mut drawn);
    let officer = Officer {
        name: format!("officer-{}", hex::encode(&drawn[..4])),
        password: hex::encode(drawn),
    };
    let enrolment = teller
        .accept("enrol-an-officer-by-a-one-time-code", async {
            let code: Code = city
                .send("/sandbox/officers", None, &json!({ "municipality": HERE }))
                .await?;
            let body =
                json!({ "code": code.code, "name": officer.name, "password": officer.password });
            let enrolled: Value = city
                .send("/counter/officers/enrol", None, &body)
                .await?;
            Ok((code.code, enrolled.to_string()))
        })
        .await?;
    let again = json!({ "code": enrolment, "name": format!("{}-b", officer.name), "password": officer.password });
    teller
        .refuse(
            "enrol-with-a-used-code",
            &OFFICER_KNOWN,
            city.send::<Value>("/counter/officers/enrol", None, &again),
        )
        .await?;
    teller
        .refuse(
            "log-in-with-a-wrong-password",
            &OFFICER_KNOWN,
            officer.log_in(&city, "this is not it at all"),
        )
        .await?;
    let desk = teller
        .accept("log-in", async {
            let desk = officer
                .log_in(&city, &officer.password)
                .await?;
            Ok((desk, officer.name.clone()))
        })
        .await?;
    leaver(teller).await?;
    Ok((officer, desk))
}

/// An officer who serves no more.
async fn leaver(teller: &mut Teller<'_>) -> Result<(), Stop> {
    let city = teller.city.clone();
    let mut drawn = [0; 12];
    teller.random.fill(&mut drawn);
    let leaver = Officer {
        name: format!("leaver-{}", hex::encode(&drawn[..4])),
        password: hex::encode(drawn),
    };
    teller
        .accept("an-officer-is-retired", async {
            let code: Value = city
                .send("/sandbox/officers", None, &json!({ "municipality": HERE }))
                .await?;
            let enrolment =
                json!({ "code": code["code"], "name": leaver.name, "password": leaver.password });
            let _: Value = city
                .send("/counter/officers/enrol", None, &enrolment)
                .await?;
            leaver
                .log_in(&city, &leaver.password)
                .await?;
            let _: Value = city
                .send(
                    "/sandbox/retirements",
                    None,
                    &json!({ "officer": leaver.name }),
                )
                .await?;
            Ok(((), leaver.name.clone()))
        })
        .await?;
    teller
        .refuse(
            "log-in-of-a-retired-officer",
            &OFFICER_SERVING,
            leaver.log_in(&city, &leaver.password),
        )
        .await
}

pub(crate) async fn refusals(
    teller: &mut Teller<'_>,
    desk: &Desk,
    cast: &Cast,
    pocket: &TempDir,
) -> Result<Cards, Stop> {
    let city = teller.city.clone();
    let card = |person, kind: &'static str| {
        let (city, pocket) = (city.clone(), pocket.path().to_owned());
        async move { new_card(&city, &pocket, person, kind).await }
    };
    let (filer, neighbour, child, outsider, old, departed) = teller
        .accept("cards-are-handed-out", async {
            let filer = card(&cast.filer, "individual-number-card").await?;
            let neighbour = card(&cast.neighbour, "individual-number-card").await?;
            let child = card(&cast.child, "individual-number-card").await?;
            let outsider = card(&cast.outsider, "individual-number-card").await?;
            let old = card(&cast.neighbour, "resident-register-card").await?;
            let evidence = format!("the filer's card is valid until {}", filer.valid_until);
            let departed = card(&cast.departed, "individual-number-card").await?;
            Ok(((filer, neighbour, child, outsider, old, departed), evidence))
        })
        .await?;

    teller
        .accept("someone-moves-out", async {
            let what = json!({ "kind": "move-out" });
            let event = record(&city, &cast.departed, what).await?;
            Ok(((), format!("ends {}", event["ends"])))
        })
        .await?;
    let what = json!({ "kind": "move-within", "data": { "address": "東京都印市白文９丁目" } });
    teller
        .refuse(
            "a-move-of-someone-who-has-left",
            &EVENT_FITS,
            record(&city, &cast.departed, what),
        )
        .await?;

    let both = [Signature, Authentication];
    let good = Desk::form(&cast.filer, &filer.number, &both);
    let with = |key: &str, value: Value| {
        let mut form = good.clone();
        form[key] = value;
        form
    };
    let other_address = {
        let mut form = good.clone();
        form["form"]["address"] = json!("東京都印市朱肉町の外れ");
        form
    };
    let mut nobody = good.clone();
    nobody["resident_code"] = json!(with_wrong_check_digit("0000000000"));
    let outsider_at_home = format!("/counter/residents/{}", cast.outsider.code);
    teller
        .refuse(
            "look-up-a-resident-of-elsewhere-without-a-reason",
            &LOOK_UP_REASON,
            city.read_as::<Value>(&outsider_at_home, &desk.session),
        )
        .await?;
    teller
        .accept("look-up-a-resident-of-elsewhere-for-a-reason", async {
            let with_reason = format!("{outsider_at_home}?reason=asks+where+to+apply");
            let record: Value = city
                .read_as(&with_reason, &desk.session)
                .await?;
            let looked_up: Vec<Value> = city
                .read(&format!(
                    "/sandbox/look-ups?resident={}",
                    cast.outsider.code
                ))
                .await?;
            match looked_up
                .iter()
                .any(|one| one["answered"] == true && one["why"]["reason"] == "asks where to apply")
            {
                true => Ok(((), format!("registered in {}", record["municipality"]))),
                false => Err(Failure::Broken("the look-up is not on record".to_owned())),
            }
        })
        .await?;
    let cases: [(&str, &'static Rule, Value); 14] = [
        ("apply-for-someone-unknown", &RESIDENT_KNOWN, nobody),
        (
            "apply-outside-the-municipality-of-registration",
            &REGISTERED_HERE,
            Desk::form(&cast.outsider, &outsider.number, &both),
        ),
        (
            "apply-after-the-record-was-deleted",
            &RECORD_ALIVE,
            Desk::form(&cast.departed, &departed.number, &both),
        ),
        (
            "apply-with-a-resident-register-card",
            &INDIVIDUAL_NUMBER_CARD,
            Desk::form(&cast.neighbour, &old.number, &both),
        ),
        (
            "apply-with-an-unknown-card",
            &CARD_REGISTERED,
            with("card_number", json!("0000000000000000")),
        ),
        (
            "apply-with-the-neighbours-card",
            &CARD_HOLDER,
            with("card_number", json!(neighbour.number)),
        ),
        (
            "apply-for-a-signature-certificate-at-fourteen",
            &AGE_FIFTEEN,
            Desk::form(&cast.child, &child.number, &both),
        ),
        ("apply-by-mail", &IN_PERSON, with("presence", json!("mail"))),
        (
            "apply-by-a-proxy-without-the-reply",
            &PROXY_REPLY,
            with("presence", json!({ "proxy": { "reply": false } })),
        ),
        (
            "apply-without-an-identity-document",
            &IDENTITY_DOCUMENT,
            with("documents", json!([])),
        ),
        (
            "apply-with-one-document-without-photo",
            &IDENTITY_DOCUMENT,
            with("documents", json!(["without-photo"])),
        ),
        (
            "apply-with-another-address-than-registered",
            &FORM_MATCHES_REGISTER,
            other_address,
        ),
        (
            "apply-without-paying",
            &FEE_PAID,
            with("fee", json!({ "paid_yen": 0, "waiver": null })),
        ),
        (
            "apply-for-the-renewal-of-nothing",
            &RENEWAL_OF_LIVE,
            with("purpose", json!("renewal")),
        ),
    ];
    for (name, rule, form) in cases {
        teller
            .refuse(name, rule, desk.apply(&form))
            .await?;
    }
    Ok(Cards {
        filer,
        neighbour,
        child,
    })
}

impl From<Stop> for Failure {
    fn from(_: Stop) -> Self {
        Self::Broken("the story has stopped".to_owned())
    }
}
