//! No log line tells who came, which card they brought, or anything by which one could act in an officer's place: also not when
//! things go wrong, which is when addresses and bodies like to be logged. One test, because the log is the whole process's.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

#[path = "counter/support.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the other tests")]
mod support;

use serde_json::json;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};
use support::{
    CARD, Fate, HERE, PASSWORD, ROLE_TOKEN, TARO, Town, form, form_under, form_with, peer, token,
};
use tracing_subscriber::filter::LevelFilter;

const ID: &str = "00112233445566778899aabbccddeeff";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap()
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_incidents_and_applications_and_nobody() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let mut incidents = Vec::new();
    let mut secrets = vec![
        "印　太郎".to_owned(),
        "朱肉一丁目".to_owned(),
        "1980-02-17".to_owned(),
        TARO.to_owned(),
        CARD.to_owned(),
        PASSWORD.to_owned(),
        ROLE_TOKEN.to_owned(),
        "enrolment-code".to_owned(),
        "hanako".to_owned(),
        "31323334".to_owned(),
        token(ID),
    ];

    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    secrets.push(session.clone());
    town.log_in("hanako", "another good password")
        .await;
    town.authority.meets(Fate::Lost);
    incidents.push(
        town.apply(&session, &form_under(ID))
            .await,
    );
    town.authority.meets(Fate::Answered);
    assert_eq!(
        town.apply(&session, &form_under(ID))
            .await
            .status,
        201
    );
    let wrong = form_with("/form/name", json!("印　太郎二世"));
    assert_eq!(
        town.apply(&session, &wrong)
            .await
            .status,
        422
    );
    let relay = format!("/counter/applications/{ID}/relay");
    let begin = json!({ "responses": null });
    town.authority
        .says(json!({ "next": "transmit", "commands": ["002000800431323334"] }));
    incidents.push(
        town.post(&relay, &session, &begin)
            .await,
    );
    town.authority.meets(Fate::Lost);
    incidents.push(
        town.post(&relay, &session, &begin)
            .await,
    );
    town.authority.meets(Fate::Says(
        422,
        format!("{{\"name\":\"印　太郎\",\"token\":\"{}\"}}", token(ID)),
    ));
    incidents.push(
        town.post(&relay, &session, &begin)
            .await,
    );
    town.authority.meets(Fate::Answered);
    let revocation = json!({ "resident_code": TARO, "kinds": ["signature"], "reason": "cessation-of-operation" });
    let revoked = town
        .post("/counter/revocations", &session, &revocation)
        .await;
    assert_eq!(revoked.status, 200);

    // A register that is away: the address asked for names the resident.
    let mut config = town.config().clone();
    config.register = peer(&Town::nobody(), ROLE_TOKEN);
    let away = Town::with(
        Arc::clone(&town.register),
        Arc::clone(&town.authority),
        config,
    )
    .await;
    let other = away.officer("hanako", HERE).await;
    secrets.push(other.clone());
    incidents.push(away.apply(&other, &form()).await);
    let resident = format!("/counter/residents/{TARO}");
    incidents.push(away.read(&resident, &other).await);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for incident in incidents {
        let number = incident.json["incident"]
            .as_str()
            .unwrap();
        assert!(text.contains(number), "{}", incident.text);
    }
    assert!(text.contains("header 00200080"), "what was foreign is told");
    assert!(text.contains(ID));
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} stands in:\n{text}");
    }
}
