//! Invented people, their cards, and what they apply for.

use shirushi_clock::{Date, Instant};
use shirushi_crypto::{SoftwareKey, SystemRandom};
use shirushi_profile::{CertificateKind, MUNICIPALITIES, MunicipalityCode, RevocationReason, Sex};
use shirushi_wire::{
    Application, ApplicationId, Asked, AttestedApplication, CardKind, CardRecord, CardState,
    CardStatement, EventKind, Fee, IdentityDocument, LogLife, LookUpId, Presence, Purpose,
    RecordStatus, RegisterEvent, ResidentCode, ResidentRecord, ResidentStatement,
    RevocationRequest, Signed, Waiver, Why,
};

/// Noon in Japan on the day on which everything begins.
pub(crate) fn start() -> Instant {
    noon(date(2030, 4, 1))
}

pub(crate) fn noon(day: Date) -> Instant {
    Instant::end_of_day_jst(day)
        .unwrap()
        .plus_seconds(1 - 12 * 60 * 60)
}

pub(crate) const fn date(year: i16, month: i8, day: i8) -> Date {
    Date::constant(year, month, day)
}

/// The first municipality of the sandbox: everybody lives here unless a test says otherwise.
pub(crate) fn here() -> MunicipalityCode {
    MUNICIPALITIES[0].code
}

pub(crate) fn code(resident: u32) -> ResidentCode {
    format!("{resident:011}")
        .parse()
        .unwrap()
}

pub(crate) fn resident(number: u32) -> ResidentRecord {
    ResidentRecord {
        code: code(number),
        municipality: here(),
        name: "印\u{3000}花子".to_owned(),
        furigana: Some("シルシ\u{3000}ハナコ".to_owned()),
        former_name: None,
        alias: None,
        birth_date: date(1990, 8, 1),
        sex: Sex::Female,
        address: "東京都印市朱肉一丁目２番３号".to_owned(),
        stay_until: None,
        status: RecordStatus::Alive,
        sequence: 0,
    }
}

/// The card with this number, held by this resident.
pub(crate) fn card(number: &str, resident: u32) -> CardRecord {
    CardRecord {
        number: number.parse().unwrap(),
        kind: CardKind::IndividualNumberCard,
        holder: code(resident),
        valid_until: date(2045, 8, 1),
        state: CardState::Valid,
    }
}

/// The number of a resident's first card.
pub(crate) fn card_number(resident: u32) -> String {
    format!("C{resident:011}")
}

/// A first application for both certificates, into the resident's first card.
pub(crate) fn application(number: u32) -> Application {
    Application {
        id: ApplicationId::random(&SystemRandom),
        municipality: here(),
        officer: "officer.0".parse().unwrap(),
        taken_at: start(),
        purpose: Purpose::New,
        kinds: CertificateKind::ALL.to_vec(),
        applicant: resident(number),
        card: card(&card_number(number), number),
        presence: Presence::InPerson,
        documents: vec![IdentityDocument::IndividualNumberCard],
        fee: Fee {
            paid_yen: 0,
            waiver: Some(Waiver::FirstWithCard),
        },
    }
}

/// The same person, later on the way.
pub(crate) fn taken(mut application: Application, taken_at: Instant) -> Application {
    application.taken_at = taken_at;
    application
}

/// To whom the register states something for this application.
pub(crate) fn asked(application: &Application) -> Asked {
    Asked {
        look_up: LookUpId::random(&SystemRandom),
        officer: application.officer.clone(),
        municipality: application.municipality,
        why: Why::Application { id: application.id },
    }
}

/// The application with its records stated by the register, just when it is taken.
pub(crate) fn attested(application: &Application, register: &SoftwareKey) -> AttestedApplication {
    let application = application.clone();
    let asked = asked(&application);
    let resident = ResidentStatement {
        resident: application.applicant.clone(),
        asked: asked.clone(),
        stated_at: application.taken_at,
    };
    let card = CardStatement {
        card: application.card,
        sequence: application.applicant.sequence,
        asked,
        stated_at: application.taken_at,
    };
    AttestedApplication {
        id: application.id,
        municipality: application.municipality,
        officer: application.officer,
        taken_at: application.taken_at,
        purpose: application.purpose,
        kinds: application.kinds,
        applicant: Signed::sign(&resident, register).unwrap(),
        card: Signed::sign(&card, register).unwrap(),
        presence: application.presence,
        documents: application.documents,
        fee: application.fee,
    }
}

pub(crate) fn renewal(number: u32) -> Application {
    Application {
        purpose: Purpose::Renewal,
        ..application(number)
    }
}

/// The same person at another card.
pub(crate) fn with_card(mut application: Application, number: &str) -> Application {
    application.card.number = number.parse().unwrap();
    application
}

/// The same person as the register had it after its event `sequence`.
pub(crate) fn as_of(mut application: Application, sequence: i64) -> Application {
    application.applicant.sequence = sequence;
    application
}

pub(crate) fn of_kind(mut application: Application, kind: CertificateKind) -> Application {
    application.kinds = vec![kind];
    application
}

/// A holder's request that both certificates end.
pub(crate) fn request(resident: u32) -> RevocationRequest {
    RevocationRequest {
        id: ApplicationId::random(&SystemRandom),
        municipality: here(),
        officer: "officer.0".parse().unwrap(),
        resident: code(resident),
        kinds: CertificateKind::ALL.to_vec(),
        reason: RevocationReason::KeyCompromise,
        taken_at: start(),
    }
}

/// An event that ends `ends`.
pub(crate) fn event(
    sequence: i64,
    resident: u32,
    kind: EventKind,
    ends: &[CertificateKind],
) -> RegisterEvent {
    RegisterEvent {
        sequence,
        resident: code(resident),
        municipality: here(),
        kind,
        ends: ends.to_vec(),
        occurred_on: date(2030, 3, 31),
        recorded_at: start(),
        life: LogLife::default(),
        previous: None,
    }
}

/// A death, which ends both.
pub(crate) fn death(sequence: i64, resident: u32) -> RegisterEvent {
    event(sequence, resident, EventKind::Death, &CertificateKind::ALL)
}
