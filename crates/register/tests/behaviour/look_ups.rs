//! What officers look up:
//!
//! * only what a serving officer's own key signs, now and once, is answered, and the answer bears the register's signature;
//! * a resident of elsewhere is looked up for a stated reason, and for no application or revocation;
//! * who asked about whom and why is recorded, also where the answer was a refusal.

use crate::support::{Fresh, NOBODY, TARO, TODAY, code, number};
use shirushi_clock::Instant;
use shirushi_crypto::{KeyKind, SignatureAlgorithm, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_register::{Register, RegisterError};
use shirushi_rules::{
    LOOK_UP_FRESH, LOOK_UP_REASON, LOOK_UP_SIGNED, OFFICER_SERVING, REGISTERED_HERE, Rule,
    WELL_FORMED,
};
use shirushi_wire::{
    ApplicationId, CardKind, KnownOfficer, LookUp, LookUpAnswer, LookUpId, LookedUp, Signed, Why,
};

const P256: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;

/// An officer at a counter, the register before them, and its key.
struct Window {
    register: Register,
    officer: SoftwareKey,
    key: SoftwareKey,
    known: KnownOfficer,
}

impl Window {
    /// An officer of `municipality`.
    async fn of(fresh: &Fresh, municipality: &str) -> Self {
        let (register, _) = fresh.town().await;
        let officer = SoftwareKey::generate(KeyKind::P256).unwrap();
        let known = KnownOfficer {
            officer: "hanako".parse().unwrap(),
            municipality: municipality.parse().unwrap(),
            public_key: hex::encode(officer.public_key().spki_der()),
            enrolled_at: noon(),
            retired_at: None,
        };
        Self {
            register,
            officer,
            key: SoftwareKey::generate(KeyKind::P256).unwrap(),
            known,
        }
    }

    fn question(&self, what: LookedUp, why: Why) -> LookUp {
        LookUp {
            id: LookUpId::random(&SystemRandom),
            officer: self.known.officer.clone(),
            municipality: self.known.municipality,
            what,
            why,
            at: noon(),
        }
    }

    async fn ask(&self, look_up: &LookUp) -> Result<LookUpAnswer, RegisterError> {
        let signed = Signed::sign(look_up, &self.officer).unwrap();
        self.register
            .look_up(&signed, Some(&self.known), &self.key)
            .await
    }

    async fn recorded(&self) -> usize {
        self.register
            .look_ups(None)
            .await
            .unwrap()
            .len()
    }
}

fn noon() -> Instant {
    Instant::end_of_day_jst(TODAY)
        .unwrap()
        .plus_seconds(-43_199)
}

fn taro() -> LookedUp {
    LookedUp::Resident { code: code(TARO) }
}

fn enquiry(reason: Option<&str>) -> Why {
    Why::Enquiry {
        reason: reason.map(str::to_owned),
    }
}

fn application() -> Why {
    Why::Application {
        id: ApplicationId::random(&SystemRandom),
    }
}

#[track_caller]
fn refused(answer: Result<LookUpAnswer, RegisterError>, rule: &Rule) {
    match answer {
        Err(RegisterError::Refused(refusal)) => assert_eq!(refusal.rule().id, rule.id),
        other => panic!("no refusal by {}: {other:?}", rule.id),
    }
}

pub(crate) async fn what_is_stated_bears_the_registers_signature(fresh: &Fresh) {
    let window = Window::of(fresh, "13998").await;
    let card = number("C1");
    window
        .register
        .issue_card(&card, CardKind::IndividualNumberCard, &code(TARO), TODAY)
        .await
        .unwrap();
    let why = application();
    let question = window.question(taro(), why.clone());
    let Ok(LookUpAnswer::Resident(stated)) = window.ask(&question).await else {
        panic!("no resident");
    };
    let statement = stated
        .verified(window.key.public_key(), P256)
        .unwrap();
    assert_eq!(statement.resident.code, code(TARO));
    assert_eq!(statement.stated_at, noon());
    assert_eq!(statement.asked.look_up, question.id);
    assert_eq!(statement.asked.officer, question.officer);
    assert_eq!(statement.asked.why, why);

    let what = LookedUp::Card {
        number: card.clone(),
    };
    let Ok(LookUpAnswer::Card(stated)) = window
        .ask(&window.question(what, why))
        .await
    else {
        panic!("no card");
    };
    let statement = stated
        .verified(window.key.public_key(), P256)
        .unwrap();
    assert_eq!(
        (statement.card.number, statement.card.holder),
        (card, code(TARO))
    );

    let nobody = LookedUp::Resident { code: code(NOBODY) };
    let answer = window
        .ask(&window.question(nobody, application()))
        .await;
    assert_eq!(answer.unwrap(), LookUpAnswer::Nothing);
    let named = LookedUp::Named {
        name: "印".to_owned(),
        birth: None,
    };
    match window
        .ask(&window.question(named, enquiry(None)))
        .await
        .unwrap()
    {
        LookUpAnswer::Residents(found) => assert!(!found.is_empty()),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn only_a_serving_officers_own_key_is_answered(fresh: &Fresh) {
    let window = Window::of(fresh, "13998").await;
    let look_up = window.question(taro(), enquiry(None));
    let signed = Signed::sign(&look_up, &window.officer).unwrap();
    let ask = async |signed: &Signed<LookUp>, officer: Option<&KnownOfficer>| {
        window
            .register
            .look_up(signed, officer, &window.key)
            .await
    };
    // The authority knows nobody by this key.
    refused(ask(&signed, None).await, &LOOK_UP_SIGNED);
    let stranger = SoftwareKey::generate(KeyKind::P256).unwrap();
    let forged = Signed::sign(&look_up, &stranger).unwrap();
    refused(ask(&forged, Some(&window.known)).await, &LOOK_UP_SIGNED);
    // In another's name, and of another municipality than the officer's.
    let other = LookUp {
        officer: "jiro".parse().unwrap(),
        ..look_up.clone()
    };
    refused(window.ask(&other).await, &LOOK_UP_SIGNED);
    let elsewhere = LookUp {
        municipality: "14998".parse().unwrap(),
        ..look_up.clone()
    };
    refused(window.ask(&elsewhere).await, &LOOK_UP_SIGNED);
    let retired = KnownOfficer {
        retired_at: Some(noon()),
        ..window.known.clone()
    };
    refused(ask(&signed, Some(&retired)).await, &OFFICER_SERVING);
    assert_eq!(window.recorded().await, 0);
    ask(&signed, Some(&window.known))
        .await
        .unwrap();
}

pub(crate) async fn a_look_up_is_answered_once_and_now(fresh: &Fresh) {
    let window = Window::of(fresh, "13998").await;
    let look_up = window.question(taro(), enquiry(None));
    window.ask(&look_up).await.unwrap();
    refused(window.ask(&look_up).await, &LOOK_UP_FRESH);
    for seconds in [-301, 301] {
        let off = LookUp {
            at: noon().plus_seconds(seconds),
            ..window.question(taro(), enquiry(None))
        };
        refused(window.ask(&off).await, &LOOK_UP_FRESH);
    }
    assert_eq!(window.recorded().await, 1);
}

pub(crate) async fn a_resident_of_elsewhere_is_looked_up_for_a_reason(fresh: &Fresh) {
    let window = Window::of(fresh, "14998").await;
    for reason in ["a\u{202E}", "a\u{200D}", "a\u{3164}", "a\u{378}"] {
        let question = window.question(taro(), enquiry(Some(reason)));
        refused(window.ask(&question).await, &WELL_FORMED);
    }
    let long = "長".repeat(201);
    for reason in [None, Some(""), Some(" \u{3000}"), Some(long.as_str())] {
        refused(
            window
                .ask(&window.question(taro(), enquiry(reason)))
                .await,
            &LOOK_UP_REASON,
        );
    }
    for why in [
        application(),
        Why::Revocation {
            id: ApplicationId::random(&SystemRandom),
        },
    ] {
        refused(
            window
                .ask(&window.question(taro(), why))
                .await,
            &REGISTERED_HERE,
        );
    }
    let reason = enquiry(Some("転入の相談"));
    let answer = window
        .ask(&window.question(taro(), reason.clone()))
        .await;
    assert!(matches!(answer, Ok(LookUpAnswer::Resident(_))));

    let recorded = window
        .register
        .look_ups(Some(&code(TARO)))
        .await
        .unwrap();
    assert_eq!(recorded.len(), 11, "refusals are recorded too");
    let answered: Vec<_> = recorded
        .iter()
        .filter(|look_up| look_up.answered)
        .collect();
    assert_eq!(answered.len(), 1);
    assert_eq!(answered[0].why, reason);
    assert_eq!(answered[0].officer.as_str(), "hanako");
    assert_eq!(answered[0].at, noon());
    let others = window
        .register
        .look_ups(Some(&code(NOBODY)))
        .await;
    assert_eq!(others.unwrap(), []);
}
