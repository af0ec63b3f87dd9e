//! * An enrolment that broke off between the authority and the counter is taken up again, with the same key, by the same code.
//! * A wrong code costs nothing but a question: no password is hashed for it, and nothing is kept.
//! * An officer whom the authority has retired is out: at the log-in, in the middle of a session, and with everything they send.
//! * What an officer looks up is signed with their key and says what it is for.

use crate::support::{Fate, HERE, PASSWORD, TARO, Town, form_under, form_with};
use shirushi_crypto::SignatureAlgorithm;
use shirushi_rules::{LOOK_UP_REASON, OFFICER_KNOWN, OFFICER_SERVING, WELL_FORMED};
use shirushi_wire::{LookedUp, Why};

const ID: &str = "00112233445566778899aabbccddeeff";

fn retire(town: &Town) {
    let mut books = town.authority.books.lock().unwrap();
    for officer in books.officers.values_mut() {
        officer.retired = true;
    }
}

async fn enrolments(town: &Town) -> i64 {
    let row = town
        .store
        .row("SELECT count(*) AS n FROM enrolments", &[])
        .await;
    row.unwrap()
        .unwrap()
        .integer("n")
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_whose_answer_was_lost_is_taken_up_again() {
    let mut town = Town::new().await;
    let code = town.authority.code(HERE);
    town.authority.meets(Fate::AnswerLost);
    town.enrol(&code, "hanako", PASSWORD)
        .await
        .incident(503);
    assert_eq!(
        town.authority
            .books
            .lock()
            .unwrap()
            .officers
            .len(),
        1
    );
    town.authority.meets(Fate::Answered);
    // The counter dies, and begins again over what it kept.
    town.restart().await;
    town.enrol(&code, "jiro", PASSWORD)
        .await
        .refused_by(&OFFICER_KNOWN);
    let enrolled = town
        .enrol(&code, "hanako", PASSWORD)
        .await;
    assert_eq!(enrolled.status, 201, "{}", enrolled.text);
    assert_eq!(enrolments(&town).await, 0);
    let session = town.log_in("hanako", PASSWORD).await;
    assert_eq!(session.status, 200);
    // The authority knows one key, and it is the one that signs here.
    let session = session.json["session"]
        .as_str()
        .unwrap()
        .to_owned();
    town.taken(&session).await;
    assert_eq!(
        town.authority
            .books
            .lock()
            .unwrap()
            .officers
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_looked_at_first_and_leaves_nothing() {
    let town = Town::new().await;
    for n in 0..20 {
        town.enrol(&format!("no-code-{n}"), "hanako", PASSWORD)
            .await
            .refused_by(&OFFICER_KNOWN);
    }
    {
        let books = town.authority.books.lock().unwrap();
        assert_eq!((books.codes_looked_at, books.officers.len()), (20, 0));
    }
    assert_eq!(enrolments(&town).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_officers_session_ends_within_half_a_minute() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let queue = "/counter/applications";
    assert_eq!(town.read(queue, &session).await.status, 200);
    retire(&town);
    town.clock.advance(30);
    assert_eq!(town.read(queue, &session).await.status, 401);
    town.log_in("hanako", PASSWORD)
        .await
        .refused_by(&OFFICER_SERVING);
    // The authority's word is remembered while it is away.
    town.authority
        .books
        .lock()
        .unwrap()
        .officers
        .clear();
    town.log_in("hanako", PASSWORD)
        .await
        .refused_by(&OFFICER_SERVING);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_retired_officer_ends_the_session_at_once() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let retired = OFFICER_SERVING.refusal([("officer", "hanako".to_owned())]);
    *town.register.refuses.lock().unwrap() = Some(retired);
    town.apply(&session, &form_under(ID))
        .await
        .refused_by(&OFFICER_SERVING);
    let queue = town
        .read("/counter/applications", &session)
        .await;
    assert_eq!(queue.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_authority_is_away_a_session_goes_on() {
    let mut town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.authority
        .books
        .lock()
        .unwrap()
        .officers
        .clear();
    town.clock.advance(60);
    town.restart().await;
    let queue = town
        .read("/counter/applications", &session)
        .await;
    assert_eq!(queue.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_look_up_says_who_asks_and_what_for() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    town.apply(&session, &form_under(ID))
        .await;
    let read = format!("/counter/residents/{TARO}?reason=%E7%AA%93%E5%8F%A3");
    assert_eq!(town.read(&read, &session).await.status, 200);
    let asked = town
        .register
        .look_ups
        .lock()
        .unwrap()
        .clone();
    let [person, card, enquiry] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    let application = Why::Application {
        id: ID.parse().unwrap(),
    };
    assert!(matches!(&person.what, LookedUp::Resident { code } if code.as_str() == TARO));
    assert!(matches!(card.what, LookedUp::Card { .. }));
    assert_eq!((&person.why, &card.why), (&application, &application));
    assert_eq!(enquiry.why.stated_reason(), Some("窓口"));
    assert!(
        asked
            .iter()
            .all(|look_up| look_up.officer.as_str() == "hanako")
    );
    // Refused there, it is passed on as it is.
    let refusal = LOOK_UP_REASON.refusal([]);
    *town.register.refuses.lock().unwrap() = Some(refusal);
    town.read(&read, &session)
        .await
        .refused_by(&LOOK_UP_REASON);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_an_officer_types_has_a_character_that_is_not_seen() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    for (character, number) in [
        ("\u{202E}", "U+202E"),
        ("\u{200D}", "U+200D"),
        ("\u{3164}", "U+3164"),
        ("\u{378}", "U+0378"),
    ] {
        let encoded: String = character
            .bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect();
        let reason = format!("/counter/residents/{TARO}?reason=a{encoded}");
        let name = form_with("/form/name", format!("印{character}太郎").into());
        let address = form_with("/form/address", format!("東{character}").into());
        for refused in [
            town.read(&reason, &session).await,
            town.apply(&session, &name).await,
            town.apply(&session, &address).await,
        ] {
            assert!(
                refused
                    .text
                    .contains(&format!("2文字目の{number}")),
                "{}",
                refused.text
            );
            refused.refused_by(&WELL_FORMED);
        }
    }
    assert!(
        town.register
            .look_ups
            .lock()
            .unwrap()
            .is_empty(),
        "nobody was asked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_bears_the_officers_own_signature() {
    let town = Town::new().await;
    let session = town.officer("hanako", HERE).await;
    let read = format!("/counter/residents/{TARO}");
    town.read(&read, &session).await;
    let key = {
        let books = town.authority.books.lock().unwrap();
        books
            .officers
            .values()
            .next()
            .unwrap()
            .key
            .clone()
    };
    let signed = town
        .register
        .signed
        .lock()
        .unwrap()
        .clone();
    assert!(!signed.is_empty());
    for signed in signed {
        signed
            .verified(&key, SignatureAlgorithm::EcdsaP256Sha256)
            .unwrap();
    }
}
