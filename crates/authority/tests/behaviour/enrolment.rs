//! Officers are enrolled once, by a code that is used once, and every enrolment is logged.

use crate::{
    audit::audit,
    bench::{Bench, rule},
    people::here,
};
use shirushi_authority::{AuthorityError, LogEntry};
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey};
use shirushi_profile::MUNICIPALITIES;
use shirushi_rules::OFFICER_KNOWN;

fn key() -> SoftwareKey {
    SoftwareKey::generate(KeyKind::P256).unwrap()
}

#[tokio::test]
async fn a_code_enrols_one_officer_of_its_municipality() {
    let bench = Bench::new().await;
    let place = MUNICIPALITIES[2].code;
    let code = bench
        .authority
        .enrolment_code(&place)
        .await
        .unwrap();
    let name = "hanako.1".parse().unwrap();
    let (first, second) = (key(), key());
    let enrolled = bench
        .authority
        .enrol_officer(code.expose(), &name, first.public_key().spki_der())
        .await;
    assert_eq!(enrolled.unwrap(), place);
    assert_eq!(
        bench
            .authority
            .officers()
            .await
            .unwrap(),
        4
    );
    let again = bench
        .authority
        .enrol_officer(
            code.expose(),
            &"hanako.2".parse().unwrap(),
            second.public_key().spki_der(),
        )
        .await;
    assert_eq!(rule(again), OFFICER_KNOWN.id);
    assert_eq!(
        bench
            .authority
            .officers()
            .await
            .unwrap(),
        4
    );
    let log = bench
        .authority
        .verify_log()
        .await
        .unwrap();
    let identifier = hex::encode(first.public_key().key_identifier());
    assert!(log.entries.iter().any(|entry| matches!(
        entry,
        LogEntry::OfficerEnrolled { officer, key, .. }
            if officer == "hanako.1" && *key == identifier
    )));
    audit(&bench).await;
}

#[tokio::test]
async fn a_wrong_code_a_taken_name_and_a_taken_key_enrol_nobody_and_spend_no_code() {
    let bench = Bench::new().await;
    let code = bench
        .authority
        .enrolment_code(&here())
        .await
        .unwrap();
    let new = key();
    let enrol = async |code: &str, name: &str, key: &SoftwareKey| {
        bench
            .authority
            .enrol_officer(code, &name.parse().unwrap(), key.public_key().spki_der())
            .await
    };
    for wrong in ["", "0123456789abcdef0123456789abcdef"] {
        assert_eq!(rule(enrol(wrong, "new", &new).await), OFFICER_KNOWN.id);
    }
    let taken_name = enrol(code.expose(), "officer.0", &new).await;
    assert_eq!(rule(taken_name), OFFICER_KNOWN.id);
    let taken_key = enrol(code.expose(), "new", bench.officer(1)).await;
    assert_eq!(rule(taken_key), OFFICER_KNOWN.id);
    let no_key = bench
        .authority
        .enrol_officer(code.expose(), &"new".parse().unwrap(), b"no key")
        .await;
    assert!(matches!(no_key, Err(AuthorityError::Crypto(_))));
    enrol(code.expose(), "new", &new)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_who_use_one_code_at_once_one_is_enrolled() {
    let bench = Bench::new().await;
    let code = bench
        .authority
        .enrolment_code(&here())
        .await
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..8 {
        let authority = bench.authority.clone();
        let code = code.expose().to_owned();
        tasks.spawn(async move {
            let name = format!("rush.{n}").parse().unwrap();
            authority
                .enrol_officer(&code, &name, key().public_key().spki_der())
                .await
                .is_ok()
        });
    }
    let enrolled = tasks.join_all().await;
    assert_eq!(
        enrolled
            .iter()
            .filter(|ok| **ok)
            .count(),
        1
    );
    assert_eq!(
        bench
            .authority
            .officers()
            .await
            .unwrap(),
        4
    );
}

#[tokio::test]
async fn a_code_is_shown_once_and_kept_nowhere() {
    let bench = Bench::new().await;
    let code = bench
        .authority
        .enrolment_code(&here())
        .await
        .unwrap();
    assert!(!format!("{code:?}").contains(code.expose()));
    let hashes = bench
        .store
        .rows("SELECT code_hash FROM enrolment_codes", &[])
        .await
        .unwrap();
    assert_eq!(hashes.len(), 4);
    for row in hashes {
        let hash = row.bytes("code_hash").unwrap();
        assert_ne!(hash, code.expose().as_bytes());
        assert_ne!(hash, hex::decode(code.expose()).unwrap());
    }
}
