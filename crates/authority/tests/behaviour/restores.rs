//! A database that came back from a backup, or was changed behind the authority's back:
//!
//! * what others have kept of its log shows it, at the size and the root, until a restore is accepted;
//! * the log shows what was changed in the tables, and where the log itself was changed;
//! * nothing is told as good and nothing issued meanwhile; what has ended is told as ended;
//! * going on adds revocations and takes none away;
//! * nothing is issued by a clock that went back behind the log.

use crate::{
    audit::audit,
    bench::{Bench, DATABASE, address, rule},
    people::{application, request},
};
use shirushi_authority::{
    AuthorityError, CertificateState, Damage, LogEntry, Replayed, verify_database,
};
use shirushi_clock::Clock as _;
use shirushi_profile::RevocationReason;
use shirushi_rules::CLOCK_RIGHT;
use shirushi_store::ReadOnly;
use shirushi_wire::IssuedCertificate;
use std::path::Path;

async fn is_revoked(bench: &Bench, certificate: &IssuedCertificate) -> bool {
    let state = bench
        .authority
        .status(certificate.kind, &certificate.serial)
        .await;
    matches!(state, Ok(CertificateState::Revoked { .. }))
}

async fn is_good(bench: &Bench, certificate: &IssuedCertificate) -> bool {
    let state = bench
        .authority
        .status(certificate.kind, &certificate.serial)
        .await;
    matches!(state, Ok(CertificateState::Good))
}

/// What the backup of the database is called.
const BACKUP: &str = "backup";

/// Two people with certificates, a backup, and one of them revoked after it.
async fn backed_up() -> (Bench, Vec<IssuedCertificate>, Vec<IssuedCertificate>) {
    let bench = Bench::new().await;
    let ended = bench
        .issue(&application(1))
        .await
        .unwrap();
    let stays = bench
        .issue(&application(2))
        .await
        .unwrap();
    let bench = bench
        .restart_after(|folder| shirushi_test_database::duplicate(folder, DATABASE, BACKUP))
        .await;
    bench.revoke(&request(1)).await.unwrap();
    (bench, ended, stays)
}

fn put_back(folder: &Path) {
    shirushi_test_database::duplicate(folder, BACKUP, DATABASE);
}

#[tokio::test]
async fn a_checkpoint_that_was_kept_shows_that_the_database_came_back() {
    let (bench, ended, stays) = backed_up().await;
    let kept = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    let answered: Vec<_> = ended
        .iter()
        .map(|c| {
            (
                c.kind,
                c.serial,
                RevocationReason::KeyCompromise,
                bench.seams.now(),
            )
        })
        .collect();
    bench
        .authority
        .meet(&kept)
        .await
        .unwrap();
    let bench = bench.restart_after(put_back).await;
    assert!(is_good(&bench, &ended[0]).await, "nothing inside shows it");
    let refused = bench.authority.meet(&kept).await;
    assert!(
        matches!(
            refused,
            Err(AuthorityError::Damage(Damage::LogIsBehind { .. }))
        ),
        "{refused:?}"
    );
    assert!(!is_good(&bench, &stays[0]).await);
    let refused = bench.issue(&application(3)).await;
    assert!(
        matches!(refused, Err(AuthorityError::Damage(_))),
        "{refused:?}"
    );

    // What the counter was answered is put back; what others kept of the lost entries is no reproach any more.
    let accepted = bench
        .authority
        .accept_restore(&[], &answered)
        .await
        .unwrap();
    assert_eq!(accepted.added, 2);
    assert!(is_revoked(&bench, &ended[0]).await && is_revoked(&bench, &ended[1]).await);
    assert!(is_good(&bench, &stays[0]).await);
    bench
        .authority
        .meet(&kept)
        .await
        .unwrap();
    let bench = bench.restart().await;
    bench
        .authority
        .meet(&kept)
        .await
        .unwrap();
    audit(&bench).await;

    // The new life is kept like the old one: the same copy once more is noticed again.
    let kept = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    let bench = bench.restart_after(put_back).await;
    let refused = bench.authority.meet(&kept).await;
    assert!(
        matches!(
            refused,
            Err(AuthorityError::Damage(Damage::UnknownLife { .. }))
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_log_that_went_on_after_a_restore_is_shown_as_another_one() {
    let (bench, ..) = backed_up().await;
    let kept = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    let bench = bench.restart_after(put_back).await;
    // As many entries as were lost, and more.
    bench
        .issue(&application(3))
        .await
        .unwrap();
    bench
        .issue(&application(4))
        .await
        .unwrap();
    let refused = bench.authority.meet(&kept).await;
    assert!(
        matches!(
            refused,
            Err(AuthorityError::Damage(Damage::OtherTree { .. }))
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_note_that_is_not_of_this_log_is_no_damage() {
    let bench = Bench::new().await;
    let refused = bench.authority.meet("hello").await;
    assert!(matches!(
        refused,
        Err(AuthorityError::Damage(Damage::ForeignCheckpoint))
    ));
    assert_eq!(bench.authority.damage(), None);
}

#[tokio::test]
async fn two_statements_behind_its_back_do_not_bring_a_certificate_back() {
    let (bench, ended, stays) = backed_up().await;
    bench
        .tamper(
            "DELETE FROM revocations WHERE serial = $1",
            &[ended[0].serial.to_string().into()],
        )
        .await;
    bench
        .tamper(
            "UPDATE certificates SET state = 'live' WHERE serial = $1",
            &[ended[0].serial.to_string().into()],
        )
        .await;
    let bench = bench.restart().await;
    assert!(
        matches!(
            bench.authority.damage(),
            Some(Damage::Rows {
                table: "revocations",
                ..
            })
        ),
        "{:?}",
        bench.authority.damage()
    );
    assert!(!is_good(&bench, &ended[0]).await && !is_good(&bench, &stays[0]).await);
    let accepted = bench
        .authority
        .accept_restore(&[], &[])
        .await
        .unwrap();
    assert_eq!(accepted.added, 1);
    assert!(is_revoked(&bench, &ended[0]).await);
    assert!(is_good(&bench, &stays[0]).await);
    assert_eq!(bench.authority.damage(), None);
    audit(&bench).await;
}

#[tokio::test]
async fn a_row_that_was_exchanged_for_another_is_found_by_the_walk_through_the_log() {
    let (bench, ended, _) = backed_up().await;
    bench
        .tamper(
            "UPDATE revocations SET serial = '00112233445566778899aabbccddeeff' WHERE serial = $1",
            &[ended[0].serial.to_string().into()],
        )
        .await;
    let found = bench
        .authority
        .look_through()
        .await
        .unwrap();
    let damage = Damage::Certificate {
        serial: ended[0].serial.to_string(),
    };
    assert_eq!(found.findings, std::slice::from_ref(&damage));
    assert_eq!(bench.authority.damage(), Some(damage));
}

/// What `log verify` finds after this was done to the tables.
async fn found_after(statements: &[&'static str]) -> Vec<Damage> {
    let (bench, ..) = backed_up().await;
    for statement in statements {
        assert_ne!(bench.tamper(statement, &[]).await, 0, "{statement}");
    }
    verified(&bench, &[]).await.findings
}

async fn verified(bench: &Bench, checkpoints: &[String]) -> Replayed {
    let database = ReadOnly::at(&address(bench.folder()))
        .await
        .unwrap();
    verify_database(database, Some(&bench.authority.log_key()), checkpoints)
        .await
        .unwrap()
}

#[tokio::test]
async fn verifying_says_where_the_log_was_changed() {
    assert_eq!(found_after(&[]).await, []);
    let edited = found_after(&["UPDATE log SET entry = salt WHERE position = 4"]).await;
    assert_eq!(edited.first(), Some(&Damage::Entry { position: 4 }));
    // Also where it stays an entry, of another place.
    let told =
        "UPDATE log SET entry = (SELECT entry FROM log WHERE position = 5) WHERE position = 4";
    let edited = found_after(&[told]).await;
    assert_eq!(edited.first(), Some(&Damage::Entry { position: 4 }));
    let deleted = found_after(&["DELETE FROM log WHERE position = 4"]).await;
    assert_eq!(deleted.first(), Some(&Damage::Missing { position: 4 }));
    let reordered = found_after(&[
        "UPDATE log SET position = -1 WHERE position = 4",
        "UPDATE log SET position = 4 WHERE position = 5",
        "UPDATE log SET position = 5 WHERE position = -1",
    ])
    .await;
    assert!(
        matches!(reordered[..], [Damage::Rewritten { from, to }] if from <= 4 && (4..7).contains(&to)),
        "{reordered:?}"
    );
    let cut = found_after(&["DELETE FROM log WHERE position > 5"]).await;
    assert!(
        cut.iter()
            .any(|d| matches!(d, Damage::Rows { table: "log", .. })),
        "{cut:?}"
    );
    let officer =
        found_after(&["UPDATE officers SET key_identifier = '00' WHERE name = 'officer.1'"]).await;
    assert_eq!(
        officer,
        [Damage::Officer {
            officer: "officer.1".to_owned()
        }]
    );
}

#[tokio::test]
async fn a_log_that_was_cut_cleanly_is_shown_by_a_checkpoint_that_was_kept() {
    let (bench, ..) = backed_up().await;
    let kept = bench
        .authority
        .checkpoint()
        .await
        .unwrap();
    assert_eq!(
        verified(&bench, std::slice::from_ref(&kept))
            .await
            .findings,
        []
    );
    let bench = bench.restart_after(put_back).await;
    assert_eq!(verified(&bench, &[]).await.findings, []);
    let found = verified(&bench, &[kept]).await.findings;
    assert!(
        matches!(found[..], [Damage::LogIsBehind { .. }]),
        "{found:?}"
    );
}

#[tokio::test]
async fn nothing_is_issued_by_a_clock_that_went_back_behind_the_log() {
    let (bench, _, stays) = backed_up().await;
    let right = bench.seams.now();
    let behind = right.plus_seconds(-400 * 24 * 60 * 60);
    bench.seams.set(behind);
    assert_eq!(
        bench
            .authority
            .clock_is_behind()
            .await
            .unwrap(),
        Some(right)
    );
    assert_eq!(rule(bench.issue(&application(3)).await), CLOCK_RIGHT.id);
    // Ending is never put off.
    assert_eq!(
        bench
            .revoke(&request(2))
            .await
            .unwrap()
            .len(),
        2
    );
    assert!(is_revoked(&bench, &stays[0]).await);
    let bench = bench.restart().await;
    assert_eq!(rule(bench.issue(&application(3)).await), CLOCK_RIGHT.id);
    bench.seams.set(right);
    bench
        .issue(&application(3))
        .await
        .unwrap();
    // Once 400 days ahead, and back: the operator says that it is right now.
    bench
        .seams
        .set(right.plus_seconds(400 * 24 * 60 * 60));
    bench
        .issue(&application(5))
        .await
        .unwrap();
    bench.seams.set(right.plus_seconds(60));
    assert_eq!(rule(bench.issue(&application(4)).await), CLOCK_RIGHT.id);
    bench
        .authority
        .accept_clock()
        .await
        .unwrap();
    bench
        .issue(&application(4))
        .await
        .unwrap();
    let log = bench
        .authority
        .verify_log()
        .await
        .unwrap();
    assert!(
        log.entries
            .iter()
            .any(|entry| matches!(entry, LogEntry::ClockAccepted { .. }))
    );
}
