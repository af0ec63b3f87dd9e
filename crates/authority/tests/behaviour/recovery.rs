//! After a crash:
//!
//! * what was acknowledged is there; what was in the middle is issued-and-revoked: never good, in the CRL, in the log;
//! * no serial is used twice; the same token goes on with the same card;
//! * what cannot be logged has not happened.

use crate::{
    audit::{audit, serials},
    bench::{Bench, personalise, with_meanwhile},
    people::{application, here},
    seams::Place,
};
use shirushi_authority::{AuthorityError, CertificateState, LogEntry};
use shirushi_profile::{CertificateKind, SerialNumber, municipality};

async fn open_serials(bench: &Bench) -> Vec<(CertificateKind, SerialNumber)> {
    let rows = bench
        .store
        .rows("SELECT serial, kind FROM intents WHERE state = 'open'", &[])
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            let kind = row.text("kind").unwrap();
            let kind = CertificateKind::ALL
                .into_iter()
                .find(|k| k.to_string() == kind);
            (
                kind.unwrap(),
                row.text("serial")
                    .unwrap()
                    .parse()
                    .unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn what_a_crash_leaves_open_is_issued_and_revoked() {
    for place in [Place::BetweenIntentAndStore, Place::WritingLog] {
        let bench = Bench::new().await;
        let before = bench
            .issue(&application(1))
            .await
            .unwrap();
        let (token, mut card) = bench.prepare(&application(2)).await;
        bench.seams.die_at(place);
        let died = personalise(&bench.authority, &token, &mut card).await;
        assert!(matches!(died, Err(AuthorityError::Stopped)), "{died:?}");
        let open = open_serials(&bench).await;
        assert_eq!(open.len(), 2);
        for (kind, serial) in &open {
            let status = bench
                .authority
                .status(*kind, serial)
                .await
                .unwrap();
            assert_eq!(
                status,
                CertificateState::Unknown,
                "not good before recovery either"
            );
        }

        let bench = bench.restart().await;
        assert_eq!(open_serials(&bench).await, []);
        let log = bench
            .authority
            .verify_log()
            .await
            .unwrap();
        for (kind, serial) in &open {
            let status = bench
                .authority
                .status(*kind, serial)
                .await
                .unwrap();
            assert!(
                matches!(status, CertificateState::Revoked { .. }),
                "{status:?}"
            );
            for scope in [None, municipality(&here())] {
                let list = bench.crl(*kind, scope).await.unwrap();
                assert!(serials(&list).contains(serial));
            }
            assert!(log.entries.iter().any(|entry| matches!(
                entry,
                LogEntry::IntentClosed { serial: s, kind: k, .. } if s == serial && k == kind
            )));
        }
        let issued = personalise(&bench.authority, &token, &mut card)
            .await
            .unwrap();
        assert_eq!(card.chip.live.len(), 2);
        assert!(
            issued
                .iter()
                .all(|c| !open.contains(&(c.kind, c.serial)))
        );
        let found = audit(&bench).await;
        assert_eq!((found.live.len(), found.revoked.len()), (4, 2));
        assert!(before.iter().all(|c| {
            found
                .issued
                .contains(&(c.kind, c.serial))
        }));
    }
}

#[tokio::test]
async fn an_authority_that_stopped_issues_nothing_until_it_is_started_again() {
    let bench = Bench::new().await;
    let (token, mut card) = bench.prepare(&application(1)).await;
    let (other_token, mut other) = bench.prepare(&application(2)).await;
    bench
        .seams
        .die_at(Place::BetweenIntentAndStore);
    personalise(&bench.authority, &token, &mut card)
        .await
        .unwrap_err();
    let stopped = personalise(&bench.authority, &other_token, &mut other).await;
    assert!(matches!(stopped, Err(AuthorityError::Stopped)));
    let bench = bench.restart().await;
    personalise(&bench.authority, &other_token, &mut other)
        .await
        .unwrap();
    audit(&bench).await;
}

#[tokio::test]
async fn a_restart_without_a_crash_changes_nothing() {
    let bench = Bench::new().await;
    let issued = bench
        .issue(&application(1))
        .await
        .unwrap();
    let before = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    let bench = bench.restart().await.restart().await;
    assert_eq!(
        bench
            .authority
            .checkpoint()
            .await
            .unwrap(),
        before
    );
    let found = audit(&bench).await;
    assert_eq!(found.live.len(), issued.len());
}

#[tokio::test]
async fn the_log_fails_closed() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    let (token, mut card) = bench.prepare(&application(2)).await;
    // Somebody has put a row where the next entry belongs.
    let inserted = bench
        .tamper(
            "INSERT INTO log (position, leaf) SELECT position + 1, leaf FROM log ORDER BY position DESC LIMIT 1",
            &[],
        )
        .await;
    assert_eq!(inserted, 1);
    let refused = personalise(&bench.authority, &token, &mut card).await;
    assert!(
        matches!(refused, Err(AuthorityError::Stopped)),
        "{refused:?}"
    );
    assert!(card.chip.live.is_empty());
    assert_eq!(
        bench
            .authority
            .totals()
            .await
            .unwrap()
            .certificates,
        2
    );
    let revoked = bench
        .revoke(&crate::people::request(1))
        .await;
    assert!(
        matches!(revoked, Err(AuthorityError::Store(_))),
        "{revoked:?}"
    );
    assert_eq!(
        bench
            .authority
            .totals()
            .await
            .unwrap()
            .live,
        2
    );
    let list = bench
        .crl(CertificateKind::Signature, None)
        .await;
    assert!(matches!(list, Err(AuthorityError::Store(_))), "{list:?}");

    // The row is taken away: recovery can write again.
    bench
        .tamper(
            "DELETE FROM log WHERE position = (SELECT max(position) FROM log)",
            &[],
        )
        .await;
    let bench = bench.restart().await;
    personalise(&bench.authority, &token, &mut card)
        .await
        .unwrap();
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.revoked.len()), (4, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_cannot_be_stored_is_closed_without_a_restart() {
    let bench = Bench::new().await;
    let (token, card) = bench.prepare(&application(1)).await;
    let mut again = card.clone();
    let refused = with_meanwhile(&bench, (token, card), async || {
        // Somebody stores the same serials first.
        let inserted = bench
            .tamper(
                "INSERT INTO certificates
                 SELECT serial, kind, 'odd', municipality, 'odd', 0, 0, 0, tbs_hash, 'odd', 1 FROM intents",
                &[],
            )
            .await;
        assert_eq!(inserted, 2);
    })
    .await;
    assert!(
        matches!(refused, Err(AuthorityError::Stopped)),
        "{refused:?}"
    );
    assert_eq!(open_serials(&bench).await, []);
    bench
        .tamper("DELETE FROM certificates WHERE state = 'odd'", &[])
        .await;
    personalise(&bench.authority, &token, &mut again)
        .await
        .unwrap();
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.revoked.len()), (2, 2));
}

#[tokio::test]
async fn a_crl_that_was_not_finished_does_not_give_its_number_away() {
    let bench = Bench::new().await;
    let kind = CertificateKind::Signature;
    assert_eq!(
        bench
            .crl(kind, None)
            .await
            .unwrap()
            .number(),
        Some(1)
    );
    bench
        .issue(&application(1))
        .await
        .unwrap();
    bench
        .revoke(&crate::people::request(1))
        .await
        .unwrap();
    bench.seams.die_at(Place::WritingLog);
    let authority = bench.authority.clone();
    let died = tokio::spawn(async move {
        authority
            .publish_due()
            .await
            .map(|_| ())
    })
    .await;
    assert!(died.unwrap_err().is_panic());
    let bench = bench.restart().await;
    let list = bench.crl(kind, None).await.unwrap();
    assert_eq!((list.number(), list.len()), (Some(3), 1));
    audit(&bench).await;
}
