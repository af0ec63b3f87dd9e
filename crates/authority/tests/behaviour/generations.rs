//! The authority's keys over the years (`facts/profile-and-rules.md` A.2):
//!
//! * a generation of each kind about every four years, under the same name, before anybody is refused for the want of one;
//! * made once, whatever is asked at the same time and wherever it is cut; logged before it is used;
//! * a certificate is issued by the newest that covers it, and the card gets that generation's certificate beside it;
//! * responders' certificates are replaced before they end;
//! * what comes of them is told a year ahead, and what is late by more than a day is called a fault;
//! * a key that was in use and is gone, or is another one, is told at the start; a renewal that fails is told until one goes well.

use crate::{
    bench::{BASE, Bench, Held, address, hold},
    people::{application, start},
};
use shirushi_authority::{Authority, AuthorityError, Ceremony, ListKey, LogEntry, MIGRATIONS};
use shirushi_clock::{Clock as _, Instant};
use shirushi_crypto::SystemRandom;
use shirushi_profile::{Certificate, CertificateKind, CrlScope, Generation, lint};
use shirushi_store::Store;
use shirushi_wire::KeyWarning;
use std::{fs, path::Path, sync::Arc};
use tempfile::TempDir;

const DAY: i64 = 86_400;

/// A bench with a ceremony of its own, which may be changed.
struct Own {
    folder: TempDir,
    bench: Bench,
}

impl Own {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let held = Arc::new(hold(&folder.path().join("keys")));
        let bench = Bench::at(folder.path(), held, start()).await;
        Self { folder, bench }
    }

    fn keys(&self, name: &str) -> std::path::PathBuf {
        self.folder
            .path()
            .join("keys")
            .join(name)
    }

    fn authority(&self) -> &Authority {
        &self.bench.authority
    }

    /// How many generations of each kind are in use.
    fn generations(&self) -> [usize; 2] {
        CertificateKind::ALL.map(|kind| {
            self.authority()
                .ceremony()
                .generations(kind)
                .len()
        })
    }

    async fn rolls(&self) -> Vec<(CertificateKind, i64)> {
        let log = self
            .authority()
            .verify_log()
            .await
            .unwrap();
        log.entries
            .iter()
            .filter_map(|entry| match entry {
                LogEntry::AuthorityRolled {
                    kind, generation, ..
                } => Some((*kind, generation.number())),
                _ => None,
            })
            .collect()
    }

    /// Opens the same folder again, from the keys on.
    async fn reopened(self) -> Result<Self, AuthorityError> {
        let Self { folder, bench } = self;
        let now = bench.seams.now();
        let keys = folder.path().join("keys");
        drop(bench.authority);
        bench.store.close().await;
        let store = Store::open(&address(folder.path()), MIGRATIONS)
            .await
            .unwrap();
        let ceremony = ceremony(&keys, now);
        let opened = Authority::open(
            store.clone(),
            ceremony,
            bench.seams.clone(),
            Arc::new(SystemRandom),
        )
        .await;
        store.close().await;
        opened?;
        let held: Arc<Held> = Arc::new(hold(&keys));
        let bench = Bench::at(folder.path(), held, now).await;
        Ok(Self { folder, bench })
    }
}

fn ceremony(keys: &Path, now: Instant) -> Arc<Ceremony> {
    Arc::new(Ceremony::open_or_hold(keys, BASE, now, &SystemRandom).unwrap())
}

#[tokio::test]
async fn a_new_generation_comes_in_time_and_old_and_new_verify_their_own() {
    let own = Own::new().await;
    assert!(
        !own.authority()
            .renew_keys()
            .await
            .unwrap()
    );
    let old = own
        .bench
        .issue(&application(1))
        .await
        .unwrap();
    // Three years and nine months: the founding's keys still cover the longest certificate.
    own.bench.seams.advance(1_370 * DAY);
    // Its responders were replaced, and nothing else.
    own.authority()
        .renew_keys()
        .await
        .unwrap();
    assert_eq!(own.generations(), [1, 1]);
    own.bench.seams.advance(60 * DAY);
    assert!(
        own.authority()
            .renew_keys()
            .await
            .unwrap()
    );
    assert_eq!(own.generations(), [2, 2]);
    assert!(
        !own.authority()
            .renew_keys()
            .await
            .unwrap()
    );

    let mut card = own.bench.card("SECOND");
    let second = crate::people::with_card(application(2), "SECOND");
    let token = own
        .bench
        .receive(&second)
        .await
        .unwrap();
    crate::bench::personalise(own.authority(), &token, &mut card)
        .await
        .unwrap();
    for slot in card.chip.live.values() {
        let certificate = Certificate::from_der(&slot.certificate.bytes).unwrap();
        let beside = Certificate::from_der(&slot.ca.bytes).unwrap();
        let kind = certificate.kind().unwrap();
        let newest = own.authority().ceremony().newest(kind);
        assert_eq!(newest.generation().number(), 2);
        assert_eq!(beside.der(), newest.certificate().der());
        assert_eq!(certificate.generation(), Generation::new(2).ok());
        assert_eq!(lint::lint_end_entity(&certificate, &beside), []);
        let first = own
            .authority()
            .ceremony()
            .generations(kind)[0]
            .certificate()
            .clone();
        assert_eq!(first.subject_der(), beside.subject_der());
        assert_ne!(first.serial(), beside.serial());
        assert!(!lint::lint_end_entity(&certificate, &first).is_empty());
    }
    assert_eq!(old.len(), 2);
    assert_eq!(own.rolls().await.len(), 2);
    // Each generation publishes lists of its own, and each can be made again.
    let round = own
        .authority()
        .publish_due()
        .await
        .unwrap();
    assert!(round.refused.is_empty());
    for kind in CertificateKind::ALL {
        for issuer in own
            .authority()
            .ceremony()
            .generations(kind)
        {
            for scope in [CrlScope::Complete, CrlScope::Authorities] {
                let key = ListKey {
                    kind,
                    generation: issuer.generation().number(),
                    scope,
                };
                let list = own.authority().list(&key).unwrap().list;
                let number = i64::try_from(list.number().unwrap()).unwrap();
                let again = own
                    .authority()
                    .past_list(&key, number)
                    .await
                    .unwrap();
                assert_eq!(again.as_deref(), Some(list.der()));
                assert_eq!(lint::lint_crl(&list, issuer.certificate()), []);
                assert_eq!(
                    list.authority_key_identifier(),
                    issuer
                        .certificate()
                        .subject_key_identifier()
                );
                if let Some(point) = list.issuing_distribution_point() {
                    let path = issuer.generation().path(kind);
                    let address = format!("/crl/{path}/authorities.crl");
                    assert!(point.uris[0].ends_with(&address), "{:?}", point.uris);
                }
            }
        }
    }
}

#[tokio::test]
async fn whoever_asks_at_the_same_time_makes_one_generation() {
    let own = Own::new().await;
    own.bench.seams.advance(1_430 * DAY);
    let asked = (0..4).map(|_| {
        let authority = own.authority().clone();
        tokio::spawn(async move { authority.renew_keys().await })
    });
    for asked in asked.collect::<Vec<_>>() {
        asked.await.unwrap().unwrap();
    }
    assert_eq!(own.generations(), [2, 2]);
    assert_eq!(own.rolls().await.len(), 2);
    // Another process over the same folder finds it made.
    let now = own.bench.seams.now();
    for kind in CertificateKind::ALL {
        let elsewhere = ceremony(&own.keys(""), now);
        assert_eq!(
            elsewhere.certificate(kind).der(),
            own.authority()
                .ceremony()
                .certificate(kind)
                .der()
        );
    }
}

#[tokio::test]
async fn a_generation_that_was_made_and_not_logged_is_logged_at_the_start_and_not_made_again() {
    let own = Own::new().await;
    own.bench.seams.advance(1_430 * DAY);
    own.authority()
        .renew_keys()
        .await
        .unwrap();
    let made = own
        .authority()
        .ceremony()
        .certificates();
    // As if the process had died between the disk and the store.
    for of in ["authority_keys WHERE generation = 2", "log", "log_frontier"] {
        let sql: &'static str = match of {
            "log" => "DELETE FROM log",
            "log_frontier" => "DELETE FROM log_frontier",
            _ => "DELETE FROM authority_keys WHERE generation = 2",
        };
        own.bench.tamper(sql, &[]).await;
    }
    assert_eq!(own.rolls().await, []);
    // A draft that was not finished is no generation.
    fs::create_dir(own.keys("sign-3.draft")).unwrap();
    let own = own.reopened().await.unwrap();
    assert_eq!(own.rolls().await.len(), 2);
    assert!(
        !own.authority()
            .renew_keys()
            .await
            .unwrap()
    );
    let held: Vec<_> = own
        .authority()
        .ceremony()
        .certificates();
    assert!(
        made.iter()
            .zip(&held)
            .all(|(one, other)| one.der() == other.der())
    );
    assert_eq!(made.len(), held.len());
}

#[tokio::test]
async fn a_responder_is_replaced_before_its_end_and_never_outlives_its_authority() {
    let own = Own::new().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..45 {
        own.bench.seams.advance(90 * DAY);
        own.authority()
            .renew_keys()
            .await
            .unwrap();
        let now = own.bench.seams.now();
        for issuer in own.authority().ceremony().all() {
            if now > issuer.certificate().not_after() {
                continue;
            }
            let responder = issuer.responder().certificate();
            assert!(responder.is_valid_at(now));
            // Whoever looks once in three months is in time.
            let end = responder.not_after();
            assert!(end > now.plus_seconds(90 * DAY) || end == issuer.certificate().not_after());
            assert!(end <= issuer.certificate().not_after());
            assert_eq!(lint::lint_responder(responder, issuer.certificate()), []);
            assert_eq!(
                responder.public_key(),
                issuer.responder().key().public_key()
            );
            seen.insert(hex::encode(responder.sha256()));
        }
    }
    let log = own
        .authority()
        .verify_log()
        .await
        .unwrap();
    let logged = log.entries.iter().filter(|entry| {
        matches!(entry, LogEntry::ResponderDelegated { certificate, .. } if seen.contains(certificate))
    });
    // Those of the founding are as old as the log.
    assert_eq!(logged.count(), seen.len() - 2);
    assert_eq!(own.generations(), [3, 3]);
    let own = own.reopened().await.unwrap();
    assert!(
        !own.authority()
            .renew_keys()
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_key_that_was_in_use_and_is_gone_or_exchanged_is_told_at_the_start() {
    let own = Own::new().await;
    own.bench.seams.advance(1_430 * DAY);
    own.authority()
        .renew_keys()
        .await
        .unwrap();
    let (first, away) = (own.keys("sign-2"), own.keys("away"));
    fs::rename(&first, &away).unwrap();
    let folder = own.folder.path().to_owned();
    let lost = Own {
        folder: own.folder,
        bench: own.bench,
    };
    // The folder of an older backup: whole, and without the second generation.
    let seams = lost.bench.seams.clone();
    let lost = lost.reopened().await;
    assert!(matches!(
        lost,
        Err(AuthorityError::KeysLost { kind: CertificateKind::Signature, generation })
            if generation.number() == 2
    ));
    let _ = (folder, seams);
}

#[tokio::test]
async fn a_renewal_that_fails_is_told_until_one_goes_well_and_nobody_is_refused_meanwhile() {
    let own = Own::new().await;
    own.bench.seams.advance(1_400 * DAY);
    fs::write(own.keys("sign-2.draft"), b"in the way").unwrap();
    let failed = own.authority().renew_keys().await;
    assert!(matches!(failed, Err(AuthorityError::Ceremony(_))));
    let told = own
        .authority()
        .failed_renewal()
        .unwrap();
    assert_eq!(told.at, own.bench.seams.now());
    assert!(told.why.contains("sign-2.draft"), "{}", told.why);
    // It held up only what it was about.
    assert_eq!(own.generations().iter().sum::<usize>(), 3);
    own.bench
        .issue(&application(1))
        .await
        .unwrap();
    fs::remove_file(own.keys("sign-2.draft")).unwrap();
    assert!(
        own.authority()
            .renew_keys()
            .await
            .unwrap()
    );
    assert_eq!(own.authority().failed_renewal(), None);
    assert_eq!(own.generations(), [2, 2]);
}

#[tokio::test]
async fn what_comes_of_keys_is_told_a_year_ahead_and_what_is_late_is_a_fault() {
    let own = Own::new().await;
    let warnings = || own.authority().key_warnings();
    let told = |what: fn(&KeyWarning) -> bool| {
        own.authority()
            .key_warnings()
            .iter()
            .filter(|warning| what(warning))
            .count()
    };
    assert_eq!(warnings(), []);
    own.bench.seams.advance(1_000 * DAY);
    own.authority()
        .renew_keys()
        .await
        .unwrap();
    assert_eq!(warnings(), []);
    own.bench.seams.advance(50 * DAY);
    let ahead = warnings();
    assert_eq!(ahead.len(), 2, "{ahead:?}");
    let now = own.bench.seams.now();
    for warning in &ahead {
        let KeyWarning::NextGeneration {
            generation, from, ..
        } = warning
        else {
            panic!("{warning:?}");
        };
        assert_eq!(generation.number(), 2);
        assert!(now < *from && *from < now.plus_seconds(365 * DAY));
    }

    // The disk refuses the new keys of one kind.
    own.bench.seams.advance(350 * DAY);
    fs::write(own.keys("sign-2.draft"), b"in the way").unwrap();
    assert!(
        own.authority()
            .renew_keys()
            .await
            .is_err()
    );
    assert_eq!(
        told(|warning| matches!(warning, KeyWarning::RenewalFailed { .. })),
        1
    );
    own.bench.seams.advance(10 * DAY);
    let now = own.bench.seams.now();
    let late: Vec<KeyWarning> = warnings()
        .into_iter()
        .filter(|warning| !matches!(warning, KeyWarning::RenewalFailed { .. }))
        .collect();
    let [
        KeyWarning::GenerationLate {
            kind: CertificateKind::Signature,
            generation: Generation::FIRST,
            ends,
            refused_from,
        },
    ] = late[..]
    else {
        panic!("{late:?}");
    };
    assert!(now < refused_from && refused_from < now.plus_seconds(62 * DAY));
    assert!(refused_from < ends);

    // Nobody looks for most of a year.
    own.bench.seams.advance(300 * DAY);
    assert_eq!(
        told(|warning| matches!(warning, KeyWarning::ResponderLate { .. })),
        3
    );
    fs::remove_file(own.keys("sign-2.draft")).unwrap();
    own.authority()
        .renew_keys()
        .await
        .unwrap();
    assert_eq!(warnings(), []);
    let keys = own
        .authority()
        .keys_in_use()
        .generations;
    assert_eq!(keys.len(), 4);
}
