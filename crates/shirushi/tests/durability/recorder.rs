//! No acknowledgement leaves before everything written for it is on the disk.

use crate::{
    card::HeldCard,
    city::City,
    draws::{Draws, seed},
    line::{Life, SignedFiling},
    people::{Person, address, log_in, settle},
    trace::{Acknowledgement, acknowledgements, has_tasks},
};
use serde_json::{Value, json};
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_profile::CertificateKind::{self, Authentication, Signature};
use shirushi_wire::{
    ApplicationId, RelayAnswer, RelayRequest,
    filing::{Attachment, Filing, FilingApplicant, FilingId},
};
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use tokio::task::block_in_place;

/// strace, after the city has stopped.
const LONGEST_LAG: Duration = Duration::from_secs(30);

/// An attachment after which SQLite carries its write-ahead log over into the database, which is another order of writes and syncs.
const LARGE: usize = 4 * 1024 * 1024;

/// Whose databases each kind of request must have written at least, so that the recorder is seen to see it.
const WRITES: [(&str, &[&str]); 11] = [
    ("POST /agency/filings", &["agency"]),
    ("POST /authority/applications", &["authority"]),
    ("POST /authority/officers", &["authority"]),
    ("POST /authority/register-events", &["authority"]),
    ("POST /authority/revocations", &["authority"]),
    ("POST /counter/applications", &["authority", "counter"]),
    ("POST /counter/log-in", &["counter"]),
    ("POST /counter/revocations", &["authority", "counter"]),
    ("POST /sandbox/cards", &["register"]),
    ("POST /sandbox/events", &["authority", "register"]),
    ("POST /sandbox/officers", &["authority"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_acknowledgement_returns_after_its_sync() {
    let (issues, found) = recorded("nothing").await;
    let relays = |found: &&Acknowledgement| {
        found
            .request
            .contains("/authority/relay/")
    };
    let issuing = found
        .iter()
        .filter(relays)
        .filter(|found| writes(found, "authority/authority.db-wal"))
        .count();
    // Each personalisation writes twice: issuing, and completing. What the publisher of lists writes beside another step passes for
    // that step's.
    assert!(issuing >= 2 * issues, "{issuing} of {issues}: {found:#?}");
    let large: Vec<&Acknowledgement> = found
        .iter()
        .filter(|found| found.request == "POST /agency/filings")
        .collect();
    assert!(
        large
            .iter()
            .all(|found| writes(found, "agency/agency.db"))
    );
    let clock = found
        .iter()
        .find(|found| found.request == "POST /sandbox/clock")
        .unwrap();
    assert!(writes(clock, "sandbox"), "{clock:#?}");
    for (request, parties) in WRITES {
        let of_it: Vec<&Acknowledgement> = found
            .iter()
            .filter(|found| found.request == request)
            .collect();
        assert!(!of_it.is_empty(), "no {request} was acknowledged");
        for acknowledged in of_it {
            for party in parties {
                // The checkpoint beside the database is as much part of it.
                for end in ["db-wal", "db.checkpoint"] {
                    let file = format!("{party}/{party}.{end}");
                    assert!(writes(acknowledged, &file), "{file} by {acknowledged:#?}");
                }
            }
        }
    }
    early(&found);
    let wrong: Vec<&Acknowledgement> = found
        .iter()
        .filter(|found| {
            found
                .early
                .iter()
                .any(|file| !has_tasks(file) || is_its_own(found, file))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "acknowledged before it was on the disk: {wrong:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledgements_that_return_before_their_sync_are_found_out() {
    let (_, found) = recorded("sync").await;
    let (early, stored) = early(&found);
    assert!(stored > 50, "{stored}");
    assert_eq!(early, stored, "the recorder misses what is not synced");
}

/// A day of a city that breaks this promise: how many cards were personalised, and what strace saw acknowledged.
async fn recorded(broken: &str) -> (usize, Vec<Acknowledgement>) {
    let seed = seed();
    println!("seed {seed}: repeat it with SHIRUSHI_DURABILITY_SEED={seed}");
    let mut draws = Draws::new(seed, 0);
    let mut city = City::new(&mut draws);
    let record = city.outside().join("record");
    let mut strace = strace(&record);
    strace.env("SHIRUSHI_WEAKENED", broken);
    block_in_place(|| city.start_under(strace));
    let issues = a_day_at_work(&city, &mut draws).await;
    block_in_place(|| city.stop());
    let text = block_in_place(|| finished(&record));
    (issues, acknowledgements(&text, &city.folder()))
}

/// How many times a database had been written to for an answer that was early, and how many times at all.
fn early(found: &[Acknowledgement]) -> (usize, usize) {
    let mut early = BTreeMap::new();
    let mut stored = 0;
    for acknowledged in found {
        let to_a_database = acknowledged
            .written
            .iter()
            .filter(|file| is_of_a_database(file) && is_its_own(acknowledged, file));
        for file in to_a_database {
            stored += 1;
            if acknowledged.early.contains(file) {
                *early
                    .entry(acknowledged.request.as_str())
                    .or_insert(0) += 1;
            }
        }
    }
    let early_count = early.values().sum();
    println!(
        "{} acknowledgements; of {stored} that a database had been written for, {early_count} were early: {early:?}",
        found.len(),
    );
    (early_count, stored)
}

fn is_of_a_database(file: &Path) -> bool {
    let file = file.to_string_lossy();
    file.ends_with(".db-wal") || file.ends_with(".db.checkpoint")
}

/// Whether what was written to this file of a database was written for this answer: of its party it is known, or a whole commit was seen.
/// Anything else there is a task's, which writes to the same files meanwhile.
fn is_its_own(acknowledged: &Acknowledgement, file: &Path) -> bool {
    let known = WRITES
        .iter()
        .find(|(request, _)| *request == acknowledged.request)
        .is_some_and(|(_, parties)| {
            parties
                .iter()
                .any(|party| file.starts_with(party))
        });
    let is_relay = acknowledged
        .request
        .contains("/authority/relay/");
    !has_tasks(file)
        || known
        || (is_relay
            && file.starts_with("authority")
            && writes(acknowledged, "authority/authority.db-wal")
            && writes(acknowledged, "authority/authority.db.checkpoint"))
}

fn writes(acknowledged: &Acknowledgement, file: &str) -> bool {
    acknowledged
        .written
        .contains(Path::new(file))
}

/// strace as a grandchild (`-D`), so that the child is the city itself and can be told to stop.
fn strace(record: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace
        // What a probe writes between a request and its answer would pass for the answer's.
        .env("SHIRUSHI_PROBE_SECONDS", "3600")
        .args(["-D", "-f", "--seccomp-bpf", "-yy", "-s", "160", "-e"])
        .arg(
            "trace=openat,mkdir,mkdirat,rename,renameat,renameat2,pwrite64,pwritev,write,writev,ftruncate,\
             accept4,fsync,fdatasync,read,recvfrom,sendto,sendmsg",
        )
        .arg("-o")
        .arg(record)
        .arg(env!("CARGO_BIN_EXE_shirushi"));
    strace
}

/// The record, as soon as it has the city's end.
fn finished(record: &Path) -> String {
    let begin = Instant::now();
    loop {
        let text = fs::read_to_string(record).unwrap();
        if text
            .lines()
            .last()
            .is_some_and(|line| line.ends_with("+++ exited with 0 +++"))
        {
            return text;
        }
        assert!(begin.elapsed() < LONGEST_LAG, "the record has no end");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Everything that changes something, one request after the other; answers how many cards were personalised.
async fn a_day_at_work(city: &City, draws: &mut Draws) -> usize {
    let life = Life::first(city.base()).await;
    let session = log_in(&life, draws).await;
    let mut issues = 0;
    for (mut person, mut card) in settle(&life, draws, 3, city.outside()).await {
        let both = CertificateKind::ALL;
        obtain(&life, &session, draws, (&person, &mut card), &both, "new").await;
        let signed = filing(draws, &person, &mut card, LARGE);
        let receipt = life.file(&signed).await;
        assert!(receipt["receipt"].is_string(), "{receipt}");
        obtain(
            &life,
            &session,
            draws,
            (&person, &mut card),
            &both,
            "renewal",
        )
        .await;
        let ends = move_house(&life, &mut person).await;
        assert_eq!(ends, json!([Signature]));
        obtain(
            &life,
            &session,
            draws,
            (&person, &mut card),
            &[Signature],
            "new",
        )
        .await;
        revoke(
            &life,
            &session,
            draws,
            &person,
            &[Signature, Authentication],
        )
        .await;
        life.bytes("/crl/sign/complete.crl")
            .await;
        life.bytes("/crl/auth/13998.crl").await;
        let clock = json!({ "advance_seconds": 60 });
        life.post("/sandbox/clock", None, &clock)
            .await;
        issues += 3;
    }
    issues
}

async fn obtain(
    life: &Life,
    session: &str,
    draws: &mut Draws,
    (person, card): (&Person, &mut HeldCard),
    kinds: &[CertificateKind],
    purpose: &str,
) {
    let id = ApplicationId::from_bytes(draws.bytes());
    let form = person.application(id, &card.number, kinds, purpose);
    life.post("/counter/applications", Some(session), &form)
        .await;
    let path = format!("/counter/applications/{id}/relay");
    let mut request = RelayRequest { responses: None };
    loop {
        let answer = life
            .post(&path, Some(session), &request)
            .await;
        request.responses = match serde_json::from_value(answer).unwrap() {
            RelayAnswer::Transmit { commands } => Some(block_in_place(|| card.answer(&commands))),
            RelayAnswer::SetPins { kinds } => {
                block_in_place(|| card.set_pins(&kinds));
                None
            }
            RelayAnswer::Done { certificates, .. } => {
                assert_eq!(certificates.len(), kinds.len());
                return;
            }
        };
    }
}

/// A filing with an attachment of this size, signed.
pub(crate) fn filing(
    draws: &mut Draws,
    person: &Person,
    card: &mut HeldCard,
    attached: usize,
) -> SignedFiling {
    let now = SystemClock.now();
    let filing = Filing {
        id: FilingId::from_bytes(draws.bytes()),
        procedure: "RKO0010".parse().unwrap(),
        prepared_at: now,
        applicant: FilingApplicant {
            name: person.name.clone(),
            birth_date: person.birth,
            address: person.address.clone(),
        },
        form: vec![
            ("tax-year".to_owned(), "2026".to_owned()),
            ("total-income".to_owned(), "3210000".to_owned()),
            ("tax-due".to_owned(), "123400".to_owned()),
        ],
        attachments: vec![Attachment {
            name: "図面.bin".to_owned(),
            media_type: "application/octet-stream".to_owned(),
            content: vec![0x5A; attached],
        }],
    };
    let document = filing.to_xml().unwrap();
    let signature = block_in_place(|| card.sign(&document, now));
    SignedFiling {
        document,
        signature,
    }
}

async fn move_house(life: &Life, person: &mut Person) -> Value {
    person.address = address(1);
    let change = json!({
        "resident": person.code,
        "occurred_on": SystemClock.now().date_jst(),
        "what": { "kind": "move-within", "data": { "address": person.address } },
    });
    let event = life
        .post("/sandbox/events", None, &change)
        .await;
    assert_eq!(event["delivered"], true);
    event["ends"].clone()
}

async fn revoke(
    life: &Life,
    session: &str,
    draws: &mut Draws,
    person: &Person,
    kinds: &[CertificateKind],
) {
    let form = json!({
        "id": ApplicationId::from_bytes(draws.bytes()),
        "resident_code": person.code,
        "kinds": kinds,
        "reason": "cessation-of-operation",
    });
    let answer = life
        .post("/counter/revocations", Some(session), &form)
        .await;
    assert_eq!(
        answer["serials"]
            .as_array()
            .unwrap()
            .len(),
        kinds.len()
    );
}
