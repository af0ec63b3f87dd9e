//! An application counts as the register's word only where the register signed both statements, to this officer, for this
//! application, not long before it was taken.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as loudly as tests"
)]

use shirushi_clock::{Date, Instant};
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey};
use shirushi_profile::{CertificateKind, Sex};
use shirushi_rules::{Rule, STATEMENT_FOR_THIS, STATEMENT_FRESH, STATEMENT_SIGNED, TAKEN_RECENTLY};
use shirushi_wire::{
    ApplicationId, Asked, AttestedApplication, CardKind, CardRecord, CardState, CardStatement, Fee,
    IdentityDocument, LookUpId, Presence, Purpose, RecordStatus, ResidentRecord, ResidentStatement,
    Signed, Waiver, Why,
};

fn noon() -> Instant {
    Instant::from_unix(1_772_420_400).unwrap()
}

fn asked() -> Asked {
    Asked {
        look_up: LookUpId::from_bytes([1; 16]),
        officer: "hanako".parse().unwrap(),
        municipality: "13998".parse().unwrap(),
        why: Why::Application {
            id: ApplicationId::from_bytes([7; 16]),
        },
    }
}

fn resident() -> ResidentStatement {
    ResidentStatement {
        resident: ResidentRecord {
            code: "90000000014".parse().unwrap(),
            municipality: "13998".parse().unwrap(),
            name: "印　太郎".to_owned(),
            furigana: None,
            former_name: None,
            alias: None,
            birth_date: Date::constant(1980, 2, 17),
            sex: Sex::Male,
            address: "東京都印市朱肉一丁目１番１号".to_owned(),
            stay_until: None,
            status: RecordStatus::Alive,
            sequence: 9,
        },
        asked: asked(),
        stated_at: noon(),
    }
}

fn card() -> CardStatement {
    CardStatement {
        card: CardRecord {
            number: "TEST000000000001".parse().unwrap(),
            kind: CardKind::IndividualNumberCard,
            holder: "90000000014".parse().unwrap(),
            valid_until: Date::constant(2031, 2, 17),
            state: CardState::Valid,
        },
        sequence: 7,
        asked: asked(),
        stated_at: noon(),
    }
}

fn application(
    register: &SoftwareKey,
    resident: &ResidentStatement,
    card: &CardStatement,
) -> AttestedApplication {
    AttestedApplication {
        id: ApplicationId::from_bytes([7; 16]),
        municipality: "13998".parse().unwrap(),
        officer: "hanako".parse().unwrap(),
        taken_at: noon().plus_seconds(60),
        purpose: Purpose::New,
        kinds: CertificateKind::ALL.to_vec(),
        applicant: Signed::sign(resident, register).unwrap(),
        card: Signed::sign(card, register).unwrap(),
        presence: Presence::InPerson,
        documents: vec![IdentityDocument::IndividualNumberCard],
        fee: Fee {
            paid_yen: 0,
            waiver: Some(Waiver::FirstWithCard),
        },
    }
}

#[test]
fn the_records_count_as_of_the_older_statement() {
    let register = SoftwareKey::generate(KeyKind::P256).unwrap();
    let application = application(&register, &resident(), &card());
    let attested = application
        .attested(register.public_key())
        .unwrap();
    assert_eq!(attested.applicant.sequence, 7);
    assert_eq!(attested.card, card().card);
    assert_eq!(application.as_it_reads().unwrap(), attested);
}

#[test]
fn a_statement_of_another_key_officer_application_or_time_is_refused() {
    let register = SoftwareKey::generate(KeyKind::P256).unwrap();
    let stranger = SoftwareKey::generate(KeyKind::P256).unwrap();
    let refused = |application: &AttestedApplication, rule: &Rule| {
        let refusal = application
            .attested(register.public_key())
            .unwrap_err();
        assert_eq!(refusal.rule().id, rule.id);
    };
    let good = || application(&register, &resident(), &card());
    let mut forged = good();
    forged.applicant = Signed::sign(&resident(), &stranger).unwrap();
    refused(&forged, &STATEMENT_SIGNED);
    let mut forged = good();
    forged.card = Signed::sign(&card(), &stranger).unwrap();
    refused(&forged, &STATEMENT_SIGNED);

    let mut others = asked();
    others.officer = "jiro".parse().unwrap();
    let mut elsewhere = asked();
    elsewhere.municipality = "13999".parse().unwrap();
    let mut for_another = asked();
    for_another.why = Why::Application {
        id: ApplicationId::from_bytes([8; 16]),
    };
    let mut for_looking = asked();
    for_looking.why = Why::Enquiry { reason: None };
    for asked in [others, elsewhere, for_another, for_looking] {
        let person = ResidentStatement {
            asked: asked.clone(),
            ..resident()
        };
        refused(
            &application(&register, &person, &card()),
            &STATEMENT_FOR_THIS,
        );
        let token = CardStatement { asked, ..card() };
        refused(
            &application(&register, &resident(), &token),
            &STATEMENT_FOR_THIS,
        );
    }

    for (seconds, is_good) in [
        (-29 * 60, true),
        (-30 * 60, false),
        (6 * 60, true),
        (7 * 60, false),
    ] {
        let person = ResidentStatement {
            stated_at: noon().plus_seconds(seconds),
            ..resident()
        };
        let application = application(&register, &person, &card());
        match is_good {
            true => drop(
                application
                    .attested(register.public_key())
                    .unwrap(),
            ),
            false => refused(&application, &STATEMENT_FRESH),
        }
    }
}

#[test]
fn a_message_is_taken_today_and_not_tomorrow() {
    let register = SoftwareKey::generate(KeyKind::P256).unwrap();
    let application = application(&register, &resident(), &card())
        .attested(register.public_key())
        .unwrap();
    let taken = application.taken_at;
    for (now, is_good) in [
        (0, true),
        (24 * 60 * 60, true),
        (24 * 60 * 60 + 1, false),
        (-5 * 60, true),
        (-5 * 60 - 1, false),
    ] {
        let judged = application.require_recent(taken.plus_seconds(now));
        assert_eq!(judged.is_ok(), is_good, "{now}");
        if let Err(refusal) = judged {
            assert_eq!(refusal.rule().id, TAKEN_RECENTLY.id);
        }
    }
}
