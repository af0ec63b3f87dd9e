//! A counter's machine that lies. It has an officer's real key, and the role token that lets it speak; it writes what it likes, cuts the
//! register's statements apart and puts them together anew. It gets nothing: each lie is refused by the rule that it breaks, and nothing
//! is kept of it.

use crate::{
    audit::audit,
    bench::{Bench, personalise, rule},
    people::{
        application, as_of, asked, card, card_number, code, date, death, event, renewal, request,
        start, taken, with_card,
    },
};
use base64ct::{Base64, Encoding as _};
use serde::de::DeserializeOwned;
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey};
use shirushi_profile::{CertificateKind, MUNICIPALITIES, RevocationReason};
use shirushi_rules::{
    AGE_FIFTEEN, APPLICATION_OPEN, CARD_HOLDER, CARD_KEYS, CARD_VALID, FEE_PAID, KEY_NEW,
    NOT_REPEATED, OFFICER_KNOWN, OFFICER_MUNICIPALITY, OFFICER_SERVING, OFFICER_SIGNED, ONE_LIVE,
    RECORD_ALIVE, RECORD_CURRENT, REGISTERED_HERE, RENEWAL_OF_LIVE, REVOCATION_HERE,
    REVOCATION_REASON, Rule, STATEMENT_FOR_THIS, STATEMENT_FRESH, STATEMENT_SIGNED, TAKEN_RECENTLY,
    WELL_FORMED,
};
use shirushi_wire::{
    Application, ApplicationId, Asked, AttestedApplication, CardState, CardStatement, EventKind,
    Fee, Message, RecordStatus, ResidentStatement, Signed, Waiver, Why,
};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// The bench, and how many lies have been told.
struct Liar {
    bench: Bench,
    told: usize,
}

impl Liar {
    async fn new() -> Self {
        Self {
            bench: Bench::new().await,
            told: 0,
        }
    }

    /// Hands in what the liar wrote, under the officer's real signature.
    async fn lie(&mut self, what: &str, message: &AttestedApplication, refused_by: &Rule) {
        let signed = Signed::sign(message, self.bench.officer(0)).unwrap();
        self.lie_signed(what, &signed, refused_by)
            .await;
    }

    async fn lie_signed(
        &mut self,
        what: &str,
        signed: &Signed<AttestedApplication>,
        refused_by: &Rule,
    ) {
        let before = self.kept().await;
        let refused = rule(self.bench.receive_signed(signed).await);
        assert_eq!(refused, refused_by.id, "{what}");
        assert_eq!(self.kept().await, before, "{what}");
        self.told += 1;
    }

    /// What the register really stated for this application, changed by the liar before it is signed.
    fn honest(&self, application: &Application) -> AttestedApplication {
        self.bench.attested(application)
    }

    async fn kept(&self) -> i64 {
        self.bench
            .authority
            .totals()
            .await
            .unwrap()
            .applications
    }

    /// A statement that the register makes for this asking.
    fn resident(&self, application: &Application, asked: Asked) -> Signed<ResidentStatement> {
        let statement = ResidentStatement {
            resident: application.applicant.clone(),
            asked,
            stated_at: application.taken_at,
        };
        Signed::sign(&statement, self.bench.register_key()).unwrap()
    }
}

/// A signed message with some of its words changed.
fn edited<T: Message>(signed: &Signed<T>, old: &str, new: &str) -> Signed<T> {
    let mut value = serde_json::to_value(signed).unwrap();
    let payload = Base64::decode_vec(value["payload"].as_str().unwrap()).unwrap();
    let json = String::from_utf8(payload).unwrap();
    let changed = json.replace(old, new);
    assert_ne!(changed, json, "nothing to change");
    value["payload"] = Base64::encode_string(changed.as_bytes()).into();
    serde_json::from_value(value).unwrap()
}

/// The same bytes, given out as another kind of message.
fn given_out_as<T: Message, U: DeserializeOwned>(signed: &Signed<T>) -> U {
    serde_json::from_value(serde_json::to_value(signed).unwrap()).unwrap()
}

#[tokio::test]
async fn a_counter_that_lies_gets_nothing() {
    let mut liar = Liar::new().await;
    statements(&mut liar).await;
    times(&mut liar).await;
    people(&mut liar).await;
    what_events_told(&mut liar).await;
    forms(&mut liar).await;
    officers(&mut liar).await;
    assert_eq!(liar.kept().await, 0);
    cards(&mut liar).await;
    repetition(&mut liar).await;
    revocations(&mut liar).await;
    enrolment(&mut liar).await;
    assert!(liar.told >= 30, "{} lies", liar.told);
    audit(&liar.bench).await;
}

/// The register's words, made up, changed, borrowed and swapped.
async fn statements(liar: &mut Liar) {
    let honest = application(1);
    let invented = crate::people::attested(&application(404), liar.bench.officer(0));
    liar.lie(
        "a person in no register, stated by the officer's key",
        &invented,
        &STATEMENT_SIGNED,
    )
    .await;
    let stranger = SoftwareKey::generate(KeyKind::P256).unwrap();
    let mut message = liar.honest(&honest);
    message.card = crate::people::attested(&honest, &stranger).card;
    liar.lie("a card stated by another key", &message, &STATEMENT_SIGNED)
        .await;
    let mut message = liar.honest(&honest);
    message.applicant = edited(&message.applicant, "花子", "太郎");
    liar.lie("a name changed", &message, &STATEMENT_SIGNED)
        .await;
    let mut child = application(1);
    child.applicant.birth_date = date(2020, 8, 1);
    let mut message = liar.honest(&child);
    message.applicant = edited(&message.applicant, "2020-08-01", "1990-08-01");
    liar.lie("an age changed", &message, &STATEMENT_SIGNED)
        .await;
    let mut message = liar.honest(&honest);
    message.card = edited(&message.card, &card_number(1), &card_number(2));
    liar.lie("a card's number changed", &message, &STATEMENT_SIGNED)
        .await;
    let mut message = liar.honest(&honest);
    message.applicant = given_out_as(&message.card);
    liar.lie("a card for a person", &message, &STATEMENT_SIGNED)
        .await;
    let told = Signed::sign(&death(1, 1), liar.bench.register_key()).unwrap();
    let mut message = liar.honest(&honest);
    message.applicant = given_out_as(&told);
    liar.lie("an event for a statement", &message, &STATEMENT_SIGNED)
        .await;

    let mut message = liar.honest(&honest);
    message.applicant = liar.honest(&application(1)).applicant;
    liar.lie(
        "a statement for another application",
        &message,
        &STATEMENT_FOR_THIS,
    )
    .await;
    let mut message = liar.honest(&honest);
    message.card = liar.honest(&application(1)).card;
    liar.lie(
        "a card's statement for another application",
        &message,
        &STATEMENT_FOR_THIS,
    )
    .await;
    for (what, asked) in [
        (
            "a statement to another officer",
            Asked {
                officer: "officer.1".parse().unwrap(),
                ..asked(&honest)
            },
        ),
        (
            "a statement to another municipality",
            Asked {
                municipality: MUNICIPALITIES[1].code,
                ..asked(&honest)
            },
        ),
        (
            "a statement that was asked for out of curiosity",
            Asked {
                why: Why::Enquiry { reason: None },
                ..asked(&honest)
            },
        ),
    ] {
        let mut message = liar.honest(&honest);
        message.applicant = liar.resident(&honest, asked);
        liar.lie(what, &message, &STATEMENT_FOR_THIS)
            .await;
    }
}

async fn times(liar: &mut Liar) {
    for (what, seconds, refused_by) in [
        ("three years ahead", 3 * 366 * DAY, &STATEMENT_FRESH),
        ("ten minutes ahead", 10 * MINUTE, &TAKEN_RECENTLY),
        (
            "before the register was asked",
            -10 * MINUTE,
            &STATEMENT_FRESH,
        ),
    ] {
        let mut message = liar.honest(&application(1));
        message.taken_at = start().plus_seconds(seconds);
        liar.lie(what, &message, refused_by)
            .await;
    }
    let ahead = taken(application(1), start().plus_seconds(3 * 366 * DAY));
    let message = liar.honest(&ahead);
    liar.lie("all of it three years ahead", &message, &TAKEN_RECENTLY)
        .await;
    let behind = taken(application(1), start().plus_seconds(-DAY - 1));
    let message = liar.honest(&behind);
    liar.lie("all of it yesterday", &message, &TAKEN_RECENTLY)
        .await;
    let mut message = liar.honest(&taken(application(1), start().plus_seconds(-31 * MINUTE)));
    message.taken_at = start();
    liar.lie(
        "a statement of half an hour ago",
        &message,
        &STATEMENT_FRESH,
    )
    .await;
}

/// What the register truly states, and the officer passes over.
async fn people(liar: &mut Liar) {
    let mut elsewhere = application(1);
    elsewhere.applicant.municipality = MUNICIPALITIES[1].code;
    let mut dead = application(1);
    dead.applicant.status = RecordStatus::Dead;
    let mut child = application(1);
    child.applicant.birth_date = date(2020, 8, 1);
    let mut anothers = application(1);
    anothers.card = card(&card_number(2), 2);
    let mut invalid = application(1);
    invalid.card.state = CardState::Invalid;
    for (what, lie, refused_by) in [
        ("of another municipality", elsewhere, &REGISTERED_HERE),
        ("dead", dead, &RECORD_ALIVE),
        ("nine years old", child, &AGE_FIFTEEN),
        ("the neighbour's card", anothers, &CARD_HOLDER),
        ("a card that is invalid", invalid, &CARD_VALID),
    ] {
        let message = liar.honest(&lie);
        liar.lie(what, &message, refused_by)
            .await;
    }
}

/// Statements from before an event, and one that the events contradict.
async fn what_events_told(liar: &mut Liar) {
    let died = liar.honest(&application(11));
    let moved = liar.honest(&application(12));
    let lost_card = liar.honest(&application(13));
    liar.bench
        .tell(&death(1, 11))
        .await
        .unwrap();
    let mut away = event(2, 12, EventKind::MoveIn, &[CertificateKind::Signature]);
    away.municipality = MUNICIPALITIES[1].code;
    liar.bench.tell(&away).await.unwrap();
    let ends = event(3, 13, EventKind::CardInvalidated, &CertificateKind::ALL);
    liar.bench.tell(&ends).await.unwrap();
    liar.lie("dead since the statement", &died, &RECORD_CURRENT)
        .await;
    liar.lie("moved since the statement", &moved, &RECORD_CURRENT)
        .await;
    // The person as of now, with the card as it was before it was invalidated.
    let now = as_of(application(13), 3);
    let mut message = liar.honest(&now);
    message.card = {
        let statement = CardStatement {
            card: now.card.clone(),
            sequence: 0,
            asked: asked(&now),
            stated_at: now.taken_at,
        };
        Signed::sign(&statement, liar.bench.register_key()).unwrap()
    };
    liar.lie("a card since invalidated", &message, &RECORD_CURRENT)
        .await;
    liar.lie("the same as it was then", &lost_card, &RECORD_CURRENT)
        .await;
    // Two witnesses, and the events are believed.
    let message = liar.honest(&as_of(application(11), 3));
    liar.lie("alive against the events", &message, &RECORD_ALIVE)
        .await;
    let message = liar.honest(&as_of(application(12), 3));
    liar.lie("here against the events", &message, &REGISTERED_HERE)
        .await;
}

async fn forms(liar: &mut Liar) {
    let [signature, _] = CertificateKind::ALL;
    let both = |paid_yen, waiver| Fee { paid_yen, waiver };
    let mut twice = application(1);
    twice.kinds = vec![signature, signature];
    let mut unpaid = application(1);
    unpaid.fee = both(0, None);
    let mut waived = application(1);
    waived.fee = both(0, Some(Waiver::Renewal));
    for (what, lie, refused_by) in [
        ("one kind twice", twice, &WELL_FORMED),
        ("without the fee", unpaid, &FEE_PAID),
        ("a renewal's waiver for a first issue", waived, &FEE_PAID),
        ("a renewal of nothing", renewal(1), &RENEWAL_OF_LIVE),
    ] {
        let message = liar.honest(&lie);
        liar.lie(what, &message, refused_by)
            .await;
    }
}

/// Whose word it is.
async fn officers(liar: &mut Liar) {
    let mut named = application(1);
    named.officer = "officer.1".parse().unwrap();
    let message = liar.honest(&named);
    liar.lie("in another officer's name", &message, &OFFICER_SIGNED)
        .await;
    let mut place = application(1);
    place.municipality = MUNICIPALITIES[1].code;
    place.applicant.municipality = MUNICIPALITIES[1].code;
    let message = liar.honest(&place);
    liar.lie(
        "at another municipality's counter",
        &message,
        &OFFICER_MUNICIPALITY,
    )
    .await;
    // The form from before the register signed: no statement, only records.
    let old = Signed::sign(&application(1), liar.bench.officer(0)).unwrap();
    liar.lie_signed("bare records", &given_out_as(&old), &OFFICER_SIGNED)
        .await;
    let revocation = Signed::sign(&request(1), liar.bench.officer(0)).unwrap();
    liar.lie_signed(
        "a revocation as an application",
        &given_out_as(&revocation),
        &OFFICER_SIGNED,
    )
    .await;
    let message = liar.honest(&application(1));
    let signed = Signed::sign(&message, liar.bench.register_key()).unwrap();
    liar.lie_signed("the register as an officer", &signed, &OFFICER_SIGNED)
        .await;

    let leaver = SoftwareKey::generate(KeyKind::P256).unwrap();
    liar.bench
        .enrol("leaver", &MUNICIPALITIES[0].code, &leaver)
        .await;
    let name = "leaver".parse().unwrap();
    liar.bench
        .authority
        .retire_officer(&name)
        .await
        .unwrap();
    let mut retired = application(1);
    retired.officer = name.clone();
    let signed = Signed::sign(&liar.honest(&retired), &leaver).unwrap();
    liar.lie_signed("an officer who has left", &signed, &OFFICER_SERVING)
        .await;
    let mut ends = request(1);
    ends.officer = name;
    let signed = Signed::sign(&ends, &leaver).unwrap();
    assert_eq!(
        rule(
            liar.bench
                .authority
                .revoke(&signed)
                .await
        ),
        OFFICER_SERVING.id
    );
    liar.told += 1;
}

/// What lies in the reader.
async fn cards(liar: &mut Liar) {
    let bench = &liar.bench;
    let refused = async |application: Application, card: &mut crate::card::LightCard| {
        let token = bench
            .receive(&application)
            .await
            .unwrap();
        let outcome = rule(personalise(&bench.authority, &token, card).await);
        assert!(card.chip.live.is_empty());
        outcome
    };
    // With its own keys, and with the right number over its own keys.
    let mut other = bench.card("OTHER1");
    assert_eq!(refused(application(21), &mut other).await, CARD_KEYS.id);
    let mut lying = bench
        .card("OTHER1")
        .lying(&card_number(22));
    assert_eq!(refused(application(22), &mut lying).await, CARD_KEYS.id);
    let weak = SoftwareKey::generate(KeyKind::P256).unwrap();
    let mut weak = bench
        .card_of(23)
        .with_key(weak.public_key().spki_der());
    assert_eq!(refused(application(23), &mut weak).await, CARD_KEYS.id);

    bench
        .issue(&application(24))
        .await
        .unwrap();
    let issued = bench
        .store
        .row("SELECT der FROM certificates ORDER BY kind LIMIT 1", &[])
        .await
        .unwrap();
    let der = issued.unwrap().bytes("der").unwrap();
    let certificate = shirushi_profile::Certificate::from_der(&der).unwrap();
    let mut copied = bench
        .card_of(25)
        .with_key(certificate.public_key().spki_der());
    let one = crate::people::of_kind(application(25), CertificateKind::Signature);
    assert_eq!(refused(one, &mut copied).await, KEY_NEW.id);
    let key = SoftwareKey::generate(KeyKind::Rsa2048).unwrap();
    let mut doubled = bench
        .card_of(26)
        .with_key(key.public_key().spki_der());
    assert_eq!(refused(application(26), &mut doubled).await, KEY_NEW.id);

    let (token, mut forgotten) = bench.prepare(&application(27)).await;
    bench.seams.advance(30 * DAY + 1);
    let outcome = personalise(&bench.authority, &token, &mut forgotten).await;
    assert_eq!(rule(outcome), APPLICATION_OPEN.id);
    assert!(forgotten.chip.live.is_empty());
    // Nor are new keys made for it.
    let mut blank = bench.card_of(27);
    let outcome = personalise(&bench.authority, &token, &mut blank).await;
    assert_eq!(rule(outcome), APPLICATION_OPEN.id);
    assert_eq!(blank.chip.pending, None);
    bench.seams.set(start());
    liar.told += 7;
}

async fn repetition(liar: &mut Liar) {
    let first = as_of(application(31), 3);
    liar.bench.issue(&first).await.unwrap();
    let again = with_card(as_of(application(31), 3), "SECOND1");
    let message = liar.honest(&again);
    liar.lie("a second living pair", &message, &ONE_LIVE)
        .await;
    let mut other = application(32);
    other.id = first.id;
    let message = liar.honest(&other);
    liar.lie("another person under a used id", &message, &NOT_REPEATED)
        .await;
}

async fn revocations(liar: &mut Liar) {
    let bench = &liar.bench;
    let mut elsewhere = application(41);
    elsewhere.municipality = MUNICIPALITIES[1].code;
    elsewhere.applicant.municipality = MUNICIPALITIES[1].code;
    elsewhere.officer = "officer.1".parse().unwrap();
    let signed = Signed::sign(&bench.attested(&elsewhere), bench.officer(1)).unwrap();
    let token = bench
        .receive_signed(&signed)
        .await
        .unwrap();
    personalise(&bench.authority, &token, &mut bench.card_of(41))
        .await
        .unwrap();
    let before = audit(bench).await;

    let changed = |change: fn(&mut shirushi_wire::RevocationRequest)| {
        let mut lie = request(31);
        change(&mut lie);
        lie
    };
    for (what, lie, refused_by) in [
        (
            "across municipalities",
            changed(|r| r.resident = code(41)),
            &REVOCATION_HERE,
        ),
        (
            "of someone who has moved away",
            changed(|r| r.resident = code(12)),
            &REVOCATION_HERE,
        ),
        (
            "with a time of 2001",
            changed(|r| r.taken_at = shirushi_clock::Instant::from_unix(1_000_000_000).unwrap()),
            &TAKEN_RECENTLY,
        ),
        (
            "with tomorrow's time",
            changed(|r| r.taken_at = start().plus_seconds(DAY)),
            &TAKEN_RECENTLY,
        ),
        (
            "for the authority's own reason",
            changed(|r| r.reason = RevocationReason::CaCompromise),
            &REVOCATION_REASON,
        ),
        (
            "for a reason of the register's",
            changed(|r| r.reason = RevocationReason::AffiliationChanged),
            &REVOCATION_REASON,
        ),
        (
            "of one kind twice",
            changed(|r| r.kinds = vec![CertificateKind::Signature; 2]),
            &WELL_FORMED,
        ),
    ] {
        assert_eq!(rule(bench.revoke(&lie).await), refused_by.id, "{what}");
        liar.told += 1;
    }
    let after = audit(bench).await;
    assert_eq!(after.live, before.live);
    assert_eq!(after.revoked, before.revoked);
}

async fn enrolment(liar: &mut Liar) {
    let bench = &liar.bench;
    let code = bench
        .authority
        .enrolment_code(&MUNICIPALITIES[0].code)
        .await
        .unwrap();
    let keys = [(); 2].map(|()| SoftwareKey::generate(KeyKind::P256).unwrap());
    let enrol = async |name: &str, key: &SoftwareKey| {
        bench
            .authority
            .enrol_officer(
                code.expose(),
                &name.parse().unwrap(),
                key.public_key().spki_der(),
            )
            .await
    };
    enrol("new", &keys[0]).await.unwrap();
    // An answer that was lost is given again; to nobody else, and under no other name.
    enrol("new", &keys[0]).await.unwrap();
    for (name, key) in [("new", &keys[1]), ("newer", &keys[0]), ("newer", &keys[1])] {
        assert_eq!(rule(enrol(name, key).await), OFFICER_KNOWN.id);
        liar.told += 1;
    }
    bench
        .authority
        .retire_officer(&"new".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(rule(enrol("new", &keys[0]).await), OFFICER_KNOWN.id);
    liar.told += 1;
}

/// What is refused is refused whatever an honest application says besides.
#[tokio::test]
async fn the_honest_application_beside_the_lies_is_issued_from() {
    let bench = Bench::new().await;
    let honest = application(1);
    assert_ne!(honest.id, ApplicationId::from_bytes([0; 16]));
    bench.issue(&honest).await.unwrap();
    assert_eq!(audit(&bench).await.live.len(), 2);
}
