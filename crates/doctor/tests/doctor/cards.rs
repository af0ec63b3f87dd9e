//! The card and its certificates.

use crate::{
    home::{Home, blank},
    pki::{Authority, DAY, NOW, ResponseDraft, Said, at},
    server::{Server, ocsp},
    world::{OfReaders as _, Slot, World, named, only_fault, only_warning},
};
use shirushi_apdu::{Command, JPKI_AID, Transmit, TransmitError, select};
use shirushi_crypto::{Secret, SystemRandom};
use shirushi_doctor::{Cards, Outcome, Surroundings, examine};
use shirushi_personalisation::CardKeys;
use shirushi_softcard::{CardKind, Manufacture, SoftCard, Variant};
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

const AUTHENTICATION_PIN: u16 = 0x0018;
const SIGNATURE_PASSWORD: u16 = 0x001B;

/// Enters a wrong PIN.
fn fail(card: &mut SoftCard, file: u16, times: usize) {
    card.answer(&select::application(&JPKI_AID).to_bytes());
    card.answer(&select::file(file).to_bytes());
    let verify = Command::new(0x00, 0x20, 0x00, 0x80).data(*b"00000000");
    for _ in 0..times {
        let answer = card.answer(&verify.to_bytes());
        assert_ne!(answer, [0x90, 0x00]);
    }
}

fn made_at(path: &Path, kind: CardKind) -> SoftCard {
    let manufacture = Manufacture {
        kind,
        card_number: "0000000020610078".to_owned(),
        keys: CardKeys::from_secret(&Secret::new(vec![0x4B; 32])).unwrap(),
        text: None,
        variant: Variant::default(),
    };
    SoftCard::create_file(path, manufacture, Arc::new(SystemRandom)).unwrap()
}

/// The world at another time, its responder answering then.
fn later(seconds: i64) -> (World, Surroundings) {
    let home = Home::new();
    let mut draft = ResponseDraft::about(
        &home.authentication,
        &home.authority.certificate,
        Said::Good,
    );
    draft.produced_at = seconds - 60;
    draft.this_update = seconds - 60;
    draft.next_update = Some(seconds + 900);
    let response = draft.sign_der(&home.authority.key);
    let mut world = World::with(home, Server::start(move |_| ocsp(&response, seconds)));
    let mut surroundings = world.surroundings();
    surroundings.now = at(seconds);
    (world, surroundings)
}

#[test]
fn a_locked_authentication_pin() {
    let mut world = World::new();
    fail(&mut world.home.card, AUTHENTICATION_PIN, 3);
    let finding = only_fault(&world.surroundings(), "card/pin-locked-authentication");
    assert!(
        finding
            .seen
            .ja
            .contains("利用者証明用暗証番号")
    );
}

#[test]
fn a_locked_signature_password() {
    let mut world = World::new();
    fail(&mut world.home.card, SIGNATURE_PASSWORD, 5);
    let finding = only_fault(&world.surroundings(), "card/pin-locked-signature");
    assert!(
        finding
            .seen
            .ja
            .contains("署名用パスワード")
    );
}

#[test]
fn few_tries_left() {
    for (file, times, left) in [
        (AUTHENTICATION_PIN, 2, "authentication PIN: 1 left"),
        (SIGNATURE_PASSWORD, 3, "signature password: 2 left"),
    ] {
        let mut world = World::new();
        fail(&mut world.home.card, file, times);
        let finding = only_warning(&world.surroundings(), "card/few-tries");
        assert_eq!(finding.seen.en, left);
    }
}

#[test]
fn looking_spends_no_try() {
    let mut world = World::new();
    let card = Arc::new(Mutex::new(std::mem::replace(&mut world.home.card, blank())));
    for _ in 0..4 {
        let report =
            examine(&world.around(Cards::readers(vec![("Reader 0", Slot::Card(card.clone()))])));
        let finding = named(&report, "card/pin-locked-authentication", Outcome::Ok);
        assert!(finding.seen.en.starts_with("3 tries"), "{finding:?}");
    }
}

#[test]
fn another_kind_of_card() {
    struct Bus;
    impl Transmit for Bus {
        fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, TransmitError> {
            Ok(vec![0x6A, 0x82])
        }
    }
    let world = World::new();
    let slot = Slot::Card(Arc::new(Mutex::new(Bus)));
    only_fault(
        &world.around(Cards::readers(vec![("Reader 0", slot)])),
        "card/application",
    );
}

#[test]
fn a_card_pulled_while_it_is_looked_at() {
    let mut world = World::new();
    world.home.card.power_off();
    only_fault(&world.surroundings(), "card/answers");
}

#[test]
fn a_resident_register_card() {
    let world = World::new();
    let card = made_at(&world.path("old"), CardKind::ResidentRegisterCard);
    let report = examine(&world.around(Cards::readers(vec![("Reader 0", Slot::card(card))])));
    let finding = named(&report, "card/resident-register-card", Outcome::Fault);
    assert!(
        finding
            .seen
            .ja
            .contains("住民基本台帳カード")
    );
}

#[test]
fn a_card_without_certificates() {
    let world = World::new();
    let surroundings = world.around(Cards::readers(vec![("Reader 0", Slot::card(blank()))]));
    only_fault(&surroundings, "card/certificate-authentication");
    only_warning_beside_faults(&surroundings, "card/certificate-signature");
}

fn only_warning_beside_faults(surroundings: &Surroundings, id: &str) {
    named(&examine(surroundings), id, Outcome::Warning);
}

#[test]
fn an_expired_certificate() {
    let (_world, surroundings) = later(NOW + 366 * DAY);
    only_fault(&surroundings, "certificate/expired");
}

#[test]
fn a_certificate_about_to_expire() {
    let (_world, surroundings) = later(NOW + 275 * DAY);
    let finding = only_warning(&surroundings, "certificate/expiring");
    assert!(
        finding
            .fix
            .unwrap()
            .ja
            .contains("2027年7月1日")
    );
    let (_world, surroundings) = later(NOW + 270 * DAY);
    assert_eq!(
        examine(&surroundings)
            .with(Outcome::Warning)
            .count(),
        0
    );
}

#[test]
fn a_generation_near_its_end() {
    let (_world, surroundings) = later(NOW + 2_700 * DAY);
    let report = examine(&surroundings);
    named(&report, "card/generation", Outcome::Warning);
    let (_world, surroundings) = later(NOW + 2_921 * DAY);
    named(&examine(&surroundings), "card/generation", Outcome::Fault);
}

/// A card that plays files to whoever asks.
struct Played {
    files: BTreeMap<u16, Vec<u8>>,
    current: u16,
}

impl Transmit for Played {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        let current = self.files.get(&self.current);
        Ok(match command {
            [0x00, 0xA4, 0x04, ..] => vec![0x90, 0x00],
            [0x00, 0xA4, 0x02, _, 2, high, low] => {
                self.current = u16::from_be_bytes([*high, *low]);
                match self.files.contains_key(&self.current) {
                    true => vec![0x90, 0x00],
                    false => vec![0x6A, 0x82],
                }
            }
            [0x00, 0xB0, high @ 0..0x80, low, length] => {
                let offset = usize::from(u16::from_be_bytes([*high, *low]));
                let length = if *length == 0 {
                    256
                } else {
                    usize::from(*length)
                };
                let rest = current.unwrap().get(offset..).unwrap();
                let mut answer = rest[..length.min(rest.len())].to_vec();
                answer.extend([0x90, 0x00]);
                answer
            }
            [0x00, 0x20, 0x00, 0x80] => vec![0x63, 0xC3],
            _ => vec![0x6A, 0x82],
        })
    }
}

#[test]
fn a_card_of_the_next_generation_is_told_as_an_assumption() {
    let world = World::new();
    let authority = &world.home.authority;
    let certificate = authority
        .authentication_draft(&crate::pki::p256())
        .sign(&authority.key);
    let files = BTreeMap::from([
        (0x0008, vec![0x8F, 0x8F, 0x00]),
        (0x000A, certificate.der().to_vec()),
        (0x000B, authority.certificate.der().to_vec()),
        (AUTHENTICATION_PIN, Vec::new()),
        (SIGNATURE_PASSWORD, Vec::new()),
    ]);
    let card = Arc::new(Mutex::new(Played { files, current: 0 }));
    let mut surroundings = world.around(Cards::readers(vec![("Reader 0", Slot::Card(card))]));
    surroundings.is_online = false;
    let report = examine(&surroundings);
    assert_eq!(report.worst(), None, "{report:#?}");
    let finding = named(&report, "card/generation", Outcome::Ok);
    assert!(finding.seen.en.contains("assumption"), "{finding:?}");
    assert!(finding.seen.ja.contains("仮定"), "{finding:?}");
}

#[test]
fn a_revoked_certificate() {
    let mut world = World::answering(Said::Revoked(NOW - DAY, 4));
    let finding = only_fault(&world.surroundings(), "certificate/revoked");
    assert!(
        finding
            .seen
            .ja
            .contains("新しい証明書の発行"),
        "{finding:?}"
    );
}

#[test]
fn a_certificate_on_hold() {
    let mut world = World::answering(Said::Revoked(NOW - DAY, 6));
    only_fault(&world.surroundings(), "certificate/on-hold");
}

#[test]
fn a_responder_that_does_not_know_the_certificate() {
    let mut world = World::answering(Said::Unknown);
    let report = examine(&world.surroundings());
    named(&report, "certificate/revoked", Outcome::NotLookedAt);
    assert_eq!(report.worst(), Some(Outcome::NotLookedAt));
}

#[test]
fn an_answer_by_a_stranger_counts_for_nothing() {
    let home = Home::new();
    let draft = ResponseDraft::about(
        &home.authentication,
        &home.authority.certificate,
        Said::Revoked(NOW - DAY, 1),
    );
    let response = draft.sign_der(&crate::pki::p256());
    let mut world = World::with(home, Server::start(move |_| ocsp(&response, NOW)));
    let report = examine(&world.surroundings());
    named(&report, "certificate/revoked", Outcome::NotLookedAt);
}

#[test]
fn an_authority_that_is_not_trusted() {
    let mut world = World::new();
    let mut surroundings = world.surroundings();
    surroundings.anchors = vec![Authority::root("Root").certificate];
    only_fault(&surroundings, "certificate/anchor");
    // Whose authority is not trusted does not choose who is asked.
    surroundings.responder = None;
    let report = examine(&surroundings);
    named(&report, "network/responder", Outcome::NotConcerned);
    surroundings.anchors.clear();
    only_warning(&surroundings, "certificate/anchor");
}

#[test]
fn a_damaged_card_file() {
    let world = World::new();
    let path = world.path("some.card");
    drop(made_at(&path, CardKind::IndividualNumberCard));
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let surroundings = world.around(Cards::File(path.clone()));
    named(&examine(&surroundings), "card/file", Outcome::Ok);
    for damaged in [&whole[..whole.len() - 1], &flipped, b"nonsense", b""] {
        fs::write(&path, damaged).unwrap();
        let finding = only_fault(&surroundings, "card/file");
        assert!(finding.seen.en.contains("some.card"), "{finding:?}");
    }
    fs::remove_file(&path).unwrap();
    let finding = only_fault(&surroundings, "card/named");
    let fix = finding.fix.unwrap();
    assert!(fix.en.contains("shirushi card new") && fix.en.contains("some.card"));
}

#[test]
fn a_damaged_card_in_the_agents_wallet() {
    let mut world = World::new();
    let path = world.path("home/.local/share/shirushi-agent/cards/7.card");
    drop(made_at(&path, CardKind::IndividualNumberCard));
    let surroundings = world.surroundings();
    named(&examine(&surroundings), "card/file", Outcome::Ok);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[1..]).unwrap();
    only_fault(&surroundings, "card/file");
}

#[test]
fn a_card_file_in_use_is_looked_at_all_the_same() {
    let world = World::new();
    let path = world.path("used.card");
    let _used = made_at(&path, CardKind::IndividualNumberCard);
    let before = fs::read(&path).unwrap();
    named(
        &examine(&world.around(Cards::File(path.clone()))),
        "card/file",
        Outcome::Ok,
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}
