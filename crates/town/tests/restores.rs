//! Databases that came back from a backup, in a city that is opened and served here:
//!
//! * an authority that came back lacks what a register that came back before cannot send any more: the start is refused, and after the
//!   restore is accepted events are taken again;
//! * what authority and responder have both forgotten, the counter remembers.
#![allow(clippy::unwrap_used, reason = "a test")]

use serde_json::{Value, json};
use shirushi_authority::CertificateState;
use shirushi_crypto::SystemRandom;
use shirushi_profile::CertificateKind::Signature;
use shirushi_softcard::SoftCard;
use shirushi_tour::{make_ready, order_card};
use shirushi_town::{PagesAt, Records, Residents, Town, TownConfig, TownError};
use std::{
    fs,
    future::Future,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::sync::oneshot;

async fn open(folder: &Path, accept_restore: bool) -> Result<Town, TownError> {
    Town::open(TownConfig {
        folder: folder.join("city"),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        residents: Residents::Sample,
        pages: PagesAt::default(),
        records: Records {
            accept_restore,
            ..Records::default()
        },
    })
    .await
}

/// Opens the city, lets something happen in it, and stops it.
async fn a_day<T>(folder: &Path, accept_restore: bool, what: impl AsyncFnOnce(&str) -> T) -> T {
    let town = open(folder, accept_restore)
        .await
        .unwrap();
    let base = town.base();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(town.serve(async {
        let _ = stopped.await;
    }));
    let happened = what(&base).await;
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    happened
}

/// A resident moves; whether the authority took the event.
async fn moves(base: &str, resident: &str) -> bool {
    let client = reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .build()
        .unwrap();
    let clock = client
        .get(format!("{base}/sandbox/clock"))
        .send();
    let clock: Value = json_of(clock).await;
    let change = json!({
        "resident": resident,
        "occurred_on": clock["date"],
        "what": { "kind": "move-within", "data": { "address": "東京都印市朱肉九丁目９番１号" } },
    });
    let told = client
        .post(format!("{base}/sandbox/events"))
        .json(&change)
        .send();
    json_of(told).await["delivered"] == true
}

async fn json_of(asked: impl Future<Output = Result<reqwest::Response, reqwest::Error>>) -> Value {
    asked
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
}

/// Waits until the databases of a city that was stopped in this process are closed: their last connections go in threads of their own,
/// and take the logs beside the databases with them. Two that go at the same moment may leave them there, so there is an end to it.
fn until_closed(city: &Path) {
    let begin = Instant::now();
    let is_open = || {
        fs::read_dir(city)
            .unwrap()
            .filter_map(|party| fs::read_dir(party.unwrap().path()).ok())
            .flatten()
            .any(|file| {
                file.unwrap()
                    .file_name()
                    .to_string_lossy()
                    .ends_with("-shm")
            })
    };
    while is_open() && begin.elapsed() < Duration::from_secs(3) {
        thread::yield_now();
    }
}

fn back_up(folder: &Path) {
    until_closed(&folder.join("city"));
    copy(&folder.join("city"), &folder.join("backup"));
}

fn put_back(folder: &Path, party: &str) {
    until_closed(&folder.join("city"));
    let to = folder.join("city").join(party);
    fs::remove_dir_all(&to).unwrap();
    copy(&folder.join("backup").join(party), &to);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_register_lost_is_missed_when_the_authority_comes_back_too() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    drop(open(folder, false).await.unwrap());
    back_up(folder);
    assert!(a_day(folder, false, async |base| moves(base, "90000000014").await).await);
    // The register loses the event, and goes on above its number.
    put_back(folder, "register");
    let behind = open(folder, false).await;
    assert!(matches!(behind, Err(TownError::OutOfStep(_))));
    drop(open(folder, true).await.unwrap());
    // The authority loses it too. Its checkpoints at the neighbours are accepted, and what it lacks is still missing.
    put_back(folder, "authority");
    assert!(open(folder, false).await.is_err());
    assert!(a_day(folder, true, async |base| moves(base, "90000000039").await).await);
    // Once settled, it goes on by itself.
    assert!(a_day(folder, false, async |base| moves(base, "90000000080").await).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_three_have_forgotten_the_counter_remembers() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let issued = a_day(folder, false, async |base| {
        let ordered = order_card(base, "90000000014", "individual-number-card")
            .await
            .unwrap();
        let file = folder.join("card");
        fs::write(&file, &ordered.file).unwrap();
        let mut card = SoftCard::open_file(&file, Arc::new(SystemRandom)).unwrap();
        make_ready(base, "90000000014", &mut card)
            .await
            .unwrap()
    })
    .await;
    back_up(folder);
    assert!(a_day(folder, false, async |base| moves(base, "90000000014").await).await);
    for party in ["register", "authority", "responder"] {
        put_back(folder, party);
    }
    assert!(matches!(
        open(folder, false).await,
        Err(TownError::CameBack { .. })
    ));
    let town = open(folder, true).await.unwrap();
    let signature = issued
        .iter()
        .find(|one| one.kind == Signature)
        .unwrap();
    let state = town
        .authority()
        .status(Signature, &signature.serial)
        .await
        .unwrap();
    assert!(
        matches!(state, CertificateState::Revoked { .. }),
        "{state:?}"
    );
}
