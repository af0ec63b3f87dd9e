//! Each role killed in turn, in a city of six processes and a desk that has their doors alone.
//!
//! * What was acknowledged before a role was killed is there when it is back: applications, certificates, ends, changes, and a filing's receipt.
//! * While it is away the others say so and acknowledge nothing that needs it; nobody else is started again, and whatever was asked for ends.
//! * An end waits while responder or counter is away: it is acknowledged to nobody, readiness says so, and it takes effect when they are back.
//! * At the end the authority's log has what was acknowledged and nothing else: no certificate without its record, no serial twice.

use crate::{
    account::Progress,
    audit::audit,
    draws::{Draws, seed},
    http,
    kills::{
        await_the_moment, everything_is_there, look_around, people_at_work, raise_what_went_wrong,
    },
    line::{Faces, Life},
    people::address,
    recorder::filing,
    resident::Resident,
    six::{PATIENCE, ROLES, Six},
};
use serde_json::json;
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_profile::{CertificateKind::Signature, ocsp::CertificateStatus};
use std::{
    collections::BTreeMap,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tokio::task::block_in_place;

/// Which role answers paths that begin so; the desk has the rest.
const WORDS: [(&str, &str); 6] = [
    ("ocsp", "responder"),
    ("crl", "responder"),
    ("ca", "responder"),
    ("counter", "counter"),
    ("agency", "agency"),
    ("authority", "authority"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_role_killed_in_turn_loses_nothing_acknowledged() {
    killed_in_turn(24, |kills, _| kills == ROLES.len()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "long: ./test --long"]
async fn long_each_role_killed_in_turn_loses_nothing_acknowledged() {
    killed_in_turn(200, |kills, handed_in| {
        kills >= ROLES.len() && handed_in >= 200
    })
    .await;
}

/// Kills one role after the other until it is enough for that number of kills and of applications; ends as soon as so many were handed in.
async fn killed_in_turn(applications: usize, is_enough: impl Fn(usize, usize) -> bool) {
    let seed = seed();
    println!("seed {seed}: repeat it with SHIRUSHI_DURABILITY_SEED={seed}");
    let begin = Instant::now();
    let mut draws = Draws::new(seed, 0);
    let mut six = block_in_place(|| Six::with_a_clock(|_| 365));
    block_in_place(|| six.start_all());
    let faces = faces(&six);
    let (common, mut moments, mut at_work) =
        people_at_work(&faces, &six.place.path("tmp"), seed).await;
    let mut kills = 0;
    for role in ROLES.into_iter().cycle() {
        if is_enough(kills, common.handed_in().await) {
            break;
        }
        await_the_moment(&mut draws, &common.line, &mut moments).await;
        raise_what_went_wrong(&mut at_work).await;
        kills += 1;
        common.line.will_be_cut();
        block_in_place(|| six.kill(role));
        let life = common.line.take_over().await;
        block_in_place(|| {
            six.start(role);
            six.all_well();
        });
        look_around(&mut draws, &life, &common).await;
        common.line.is_mended(life);
    }
    while common.handed_in().await < applications {
        moments.recv().await;
        raise_what_went_wrong(&mut at_work).await;
    }
    common
        .is_over
        .store(true, Ordering::SeqCst);
    let mut residents = at_work.end().await;
    an_end_waits(&mut six, &residents).await;
    a_receipt_lasts(&mut six, &mut draws, &mut residents).await;
    everything_is_there(&faces, &common, residents).await;
    block_in_place(|| six.end());
    let accounts = &*common.accounts.lock().await;
    for (id, handed) in &accounts.applications {
        assert_eq!(handed.progress, Progress::Done, "{id}");
    }
    let folder = six.place.path("authority.d");
    let story = audit(&folder, &six.base("responder"), accounts).await;
    common.tell(accounts, kills, begin, &story);
    assert!(!common.line.cut().is_empty(), "no kill cut anything off");
}

/// Waits until the authority's readiness says that an end waits: it may come to be recorded only when the register tells of it again.
fn until_it_is_told(six: &Six, away: &str) {
    let begun = Instant::now();
    loop {
        let status = http::get(&six.base("authority"), "/authority/status");
        let told = status.json()["checks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["seen"] == "revocations that wait for responder or counter: 1");
        if told && status.status == 503 {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "without the {away}: {}",
            status.text()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// While one of those who remember beside the authority is away, an end is recorded and acknowledged to nobody, the authority's readiness says that it
/// waits, and it is acknowledged by the effect as soon as they are back.
async fn an_end_waits(six: &mut Six, residents: &[Resident]) {
    let mut away = ["responder", "counter"].into_iter();
    for resident in residents {
        let Some(serial) = resident
            .holds()
            .await
            .get(&Signature)
            .copied()
        else {
            continue;
        };
        let Some(role) = away.next() else {
            return;
        };
        block_in_place(|| six.kill(role));
        let life = Life::only_asking(faces(six));
        let address = address(90);
        let change = json!({
            "resident": resident.person.code,
            "occurred_on": SystemClock.now().date_jst(),
            "what": { "kind": "move-within", "data": { "address": address } },
        });
        let said = life
            .post("/sandbox/events", None, &change)
            .await;
        assert_eq!(said["delivered"], false, "without the {role}: {said}");
        block_in_place(|| until_it_is_told(six, role));
        block_in_place(|| {
            six.start(role);
            six.all_well();
        });
        let life = Life::first(faces(six)).await;
        let status = life
            .status(Signature, &serial)
            .await
            .unwrap();
        assert!(
            matches!(status, CertificateStatus::Revoked { .. }),
            "after the {role} was away: {status:?}"
        );
        resident
            .common
            .accounts
            .lock()
            .await
            .moved(resident.place, address);
    }
    assert_eq!(away.next(), None, "too few hold a signature certificate");
}

/// What the agency has given a receipt for, it knows after a kill.
async fn a_receipt_lasts(six: &mut Six, draws: &mut Draws, residents: &mut [Resident]) {
    let mut filed = Vec::new();
    let life = Life::first(faces(six)).await;
    for resident in residents {
        let live = resident.holds().await;
        if live.contains_key(&Signature) {
            let signed = filing(draws, &resident.person, &mut resident.card, 64);
            filed.push((life.file(&signed).await, signed));
        }
    }
    block_in_place(|| {
        six.kill("agency");
        six.start("agency");
        six.all_well();
    });
    let life = Life::first(faces(six)).await;
    for (answered, signed) in filed {
        let again = life.file_again(&signed).await;
        assert_eq!(again["facts"]["receipt"], answered["receipt"], "{again}");
    }
}

fn faces(six: &Six) -> Faces {
    let elsewhere: BTreeMap<_, _> = WORDS
        .into_iter()
        .map(|(word, role)| (word, six.base(role)))
        .collect();
    Faces {
        base: six.base("desk"),
        elsewhere,
    }
}
