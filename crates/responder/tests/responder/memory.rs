//! What the responder remembers by itself:
//!
//! * what has ended is known at once, also after a restart, with the earlier of two dates, and never forgotten again;
//! * of each list the newest is kept, by its number; a date stands for it only where it is later than all before it;
//! * a memory that could not write says that it is not sound, until it can; also where what was called a failure had reached the disk.
#![allow(clippy::unwrap_used, reason = "a test")]

use shirushi_clock::Instant;
use shirushi_crypto::{KeyKind, SoftwareKey, SystemRandom};
use shirushi_profile::{CertificateKind, Generation, RevocationReason, SerialNumber};
use shirushi_responder::{MIGRATIONS, Memory};
use shirushi_store::{Guard, Opening, Store};
use shirushi_wire::Revocation;
use std::{path::Path, sync::Arc};

pub(crate) async fn open(folder: &Path) -> (Store, Memory) {
    let url = shirushi_test_database::address(folder, "responder");
    let store = Store::open(&url, MIGRATIONS)
        .await
        .unwrap();
    let memory = Memory::open(store.clone())
        .await
        .unwrap();
    (store, memory)
}

pub(crate) fn at(seconds: i64) -> Instant {
    Instant::from_unix(1_900_000_000 + seconds).unwrap()
}

pub(crate) fn ended(position: i64, kind: CertificateKind, revoked_at: Instant) -> Revocation {
    Revocation {
        kind,
        serial: SerialNumber::random(&SystemRandom),
        position,
        generation: 1,
        municipality: "13998".parse().unwrap(),
        revoked_at,
        reason: RevocationReason::KeyCompromise,
        not_after: at(1_000_000),
    }
}

#[tokio::test]
async fn what_has_ended_is_known_at_once_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (store, memory) = open(folder.path()).await;
    let mut told: Vec<Revocation> = (1..=6000)
        .map(|position| {
            let kind = CertificateKind::ALL[usize::from(position % 7 == 0)];
            ended(position, kind, at(position))
        })
        .collect();
    memory.remember(&told).await.unwrap();
    // Again, with one earlier and one later: the earlier date stays, of each.
    told[10].revoked_at = at(-5);
    let mut later = told[20].clone();
    later.revoked_at = at(99_999);
    memory
        .remember(&[told[10].clone(), later])
        .await
        .unwrap();
    let check = |memory: &Memory| {
        assert_eq!(memory.count(), told.len());
        for one in &told {
            let known = memory.ended(one.kind, Generation::FIRST, &one.serial);
            assert_eq!(known, Some((one.revoked_at, one.reason)));
            // Of the other kind it says nothing.
            let other = CertificateKind::ALL
                .into_iter()
                .find(|kind| *kind != one.kind)
                .unwrap();
            assert_eq!(memory.ended(other, Generation::FIRST, &one.serial), None);
            // Nor of another generation's certificate with the same number.
            let next = Generation::FIRST.following().unwrap();
            assert_eq!(memory.ended(one.kind, next, &one.serial), None);
        }
    };
    check(&memory);
    drop(memory);
    store.close().await;
    let (_, memory) = open(folder.path()).await;
    check(&memory);
    let mut read = Vec::new();
    for kind in CertificateKind::ALL {
        let mut after = None;
        loop {
            let page = memory
                .recorded(kind, after.as_ref())
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.serial);
            read.extend(page);
        }
    }
    read.sort_by_key(|one| one.position);
    assert_eq!(read, told);
}

#[tokio::test]
async fn what_was_called_a_failure_and_had_been_written_is_known_when_it_is_told_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = shirushi_test_database::address(folder.path(), "responder");
    let place = folder.path().join("responder.db");
    let key = Arc::new(SoftwareKey::generate(KeyKind::Ed25519).unwrap());
    let open = async || {
        let guard = Guard {
            key: key.clone(),
            random: Arc::new(SystemRandom),
            accept_restore: false,
        };
        Opening::of(&url, MIGRATIONS)
            .guarded_by(guard)
            .placed_at(place.clone())
            .open()
            .await
            .unwrap()
    };
    open().await.close().await;
    let memory = Memory::open(open().await)
        .await
        .unwrap();
    // The file beside the database cannot be written: what is in the database is not acknowledged.
    let checkpoint = folder
        .path()
        .join("responder.db.checkpoint");
    let elsewhere = folder.path().join("elsewhere");
    std::fs::rename(&checkpoint, &elsewhere).unwrap();
    let told: Vec<Revocation> = (1..=3)
        .map(|position| ended(position, CertificateKind::Signature, at(position)))
        .collect();
    assert!(
        memory
            .remember(&told[..2])
            .await
            .is_err()
    );
    assert!(!memory.is_sound());
    assert!(
        memory
            .remember(&told[..2])
            .await
            .is_err()
    );
    std::fs::rename(&elsewhere, &checkpoint).unwrap();
    // Who was refused comes again, with what has ended since and an earlier date.
    let mut again = told.clone();
    again[0].revoked_at = at(-5);
    memory.remember(&again).await.unwrap();
    assert!(memory.is_sound());
    for one in &again {
        let known = memory.ended(one.kind, Generation::FIRST, &one.serial);
        assert_eq!(known, Some((one.revoked_at, one.reason)));
    }
    assert_eq!(
        memory
            .recorded(CertificateKind::Signature, None)
            .await
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_memory_that_could_not_write_is_not_sound_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let (store, memory) = open(folder.path()).await;
    let one = ended(1, CertificateKind::Signature, at(0));
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute("ALTER TABLE ended RENAME TO elsewhere", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert!(
        memory
            .remember(std::slice::from_ref(&one))
            .await
            .is_err()
    );
    assert!(!memory.is_sound());
    assert_eq!(memory.ended(one.kind, Generation::FIRST, &one.serial), None);
    let mut transaction = store.begin().await.unwrap();
    transaction
        .execute("ALTER TABLE elsewhere RENAME TO ended", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    memory
        .remember(std::slice::from_ref(&one))
        .await
        .unwrap();
    assert!(memory.is_sound());
    assert_eq!(
        memory.ended(one.kind, Generation::FIRST, &one.serial),
        Some((at(0), one.reason))
    );
}
