//! What the register tells (Law 12, 31):
//!
//! * events are taken in order, each once, and only under the register's signature;
//! * an event ends what it says and no more, with its own reason, in the moment in which it is recorded;
//! * an application that was made with the knowledge of an event is not stale because of it.

use crate::{
    audit::audit,
    bench::{Bench, rule},
    people::{application, as_of, code, date, death, event, with_card},
};
use shirushi_authority::{AuthorityError, CertificateState};
use shirushi_clock::Clock as _;
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey};
use shirushi_profile::{
    CertificateKind::{self, Authentication, Signature},
    RevocationReason,
};
use shirushi_rules::RECORD_CURRENT;
use shirushi_wire::{EventKind, Signed};

#[tokio::test]
async fn events_come_in_order_and_each_counts_once() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    bench
        .issue(&application(2))
        .await
        .unwrap();
    let gap = bench.tell(&death(2, 1)).await;
    assert!(matches!(
        gap,
        Err(AuthorityError::EventGap {
            sequence: 2,
            expected: 1
        })
    ));
    assert_eq!(audit(&bench).await.live.len(), 4);
    bench.tell(&death(1, 1)).await.unwrap();
    let first = audit(&bench).await;
    assert_eq!((first.live.len(), first.revoked.len()), (2, 2));
    // Told again an hour later, also with other words: nothing changes, the times neither.
    bench.seams.advance(3600);
    bench.tell(&death(1, 1)).await.unwrap();
    bench.tell(&death(1, 2)).await.unwrap();
    bench.tell(&death(0, 2)).await.unwrap();
    bench.tell(&death(-1, 2)).await.unwrap();
    let second = audit(&bench).await;
    assert_eq!(second.revoked, first.revoked);
    assert_eq!(second.live, first.live);
    bench.tell(&death(2, 2)).await.unwrap();
    assert!(audit(&bench).await.live.is_empty());
}

#[tokio::test]
async fn an_event_is_believed_under_the_registers_signature_only() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    let stranger = SoftwareKey::generate(KeyKind::P256).unwrap();
    let signed = Signed::sign(&death(1, 1), &stranger).unwrap();
    assert!(matches!(
        bench.tell_signed(&signed).await,
        Err(AuthorityError::EventNotSigned)
    ));
    // Nor under an officer's.
    let signed = Signed::sign(&death(1, 1), bench.officer(0)).unwrap();
    assert!(matches!(
        bench.tell_signed(&signed).await,
        Err(AuthorityError::EventNotSigned)
    ));
    assert_ne!(
        stranger.public_key().key_identifier(),
        bench
            .officer(0)
            .public_key()
            .key_identifier()
    );
    assert_eq!(audit(&bench).await.live.len(), 2);
    bench.tell(&death(1, 1)).await.unwrap();
    assert!(audit(&bench).await.live.is_empty());
}

#[tokio::test]
async fn an_event_ends_the_kinds_that_it_names_and_no_more() {
    let bench = Bench::new().await;
    let cases: [(EventKind, &[CertificateKind], RevocationReason); 5] = [
        (
            EventKind::MoveWithin,
            &[Signature],
            RevocationReason::AffiliationChanged,
        ),
        (
            EventKind::NameChange,
            &[Signature],
            RevocationReason::AffiliationChanged,
        ),
        (
            EventKind::Death,
            &[Signature, Authentication],
            RevocationReason::CessationOfOperation,
        ),
        (
            EventKind::CardInvalidated,
            &[Signature, Authentication],
            RevocationReason::CessationOfOperation,
        ),
        (
            EventKind::MinorCorrection,
            &[],
            RevocationReason::Unspecified,
        ),
    ];
    for (resident, (kind, ends, reason)) in (1..).zip(cases) {
        let issued = bench
            .issue(&as_of(application(resident), 0))
            .await
            .unwrap();
        bench.seams.advance(60);
        bench
            .tell(&event(resident.into(), resident, kind, ends))
            .await
            .unwrap();
        for certificate in issued {
            let status = bench
                .authority
                .status(certificate.kind, &certificate.serial)
                .await
                .unwrap();
            let expected = if ends.contains(&certificate.kind) {
                CertificateState::Revoked {
                    // Law 15: the moment at which the authority records it, not the day on which it happened.
                    at: bench.seams.now(),
                    reason,
                }
            } else {
                CertificateState::Good
            };
            assert_eq!(status, expected, "{kind:?} of {:?}", certificate.kind);
        }
    }
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.revoked.len()), (4, 6));
}

#[tokio::test]
async fn an_event_of_one_person_touches_nobody_else() {
    let bench = Bench::new().await;
    for resident in 1..=3 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
    }
    bench.tell(&death(1, 2)).await.unwrap();
    let live = audit(&bench).await.live;
    assert_eq!(live.len(), 4);
    assert!(
        live.keys()
            .all(|(resident, _)| *resident != code(2).to_string())
    );
}

#[tokio::test]
async fn an_application_that_knew_of_the_event_is_issued_from_and_outlives_it() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    let moved = event(1, 1, EventKind::MoveWithin, &CertificateKind::ALL);
    bench.tell(&moved).await.unwrap();
    let issued = bench
        .issue(&with_card(as_of(application(1), 1), "NEW1"))
        .await
        .unwrap();
    // The register's outbox sends it once more.
    bench.tell(&moved).await.unwrap();
    let live = audit(&bench).await.live;
    assert_eq!(live.len(), 2);
    assert!(
        issued
            .iter()
            .all(|c| live.values().any(|s| *s == c.serial))
    );
    // The next event is news again.
    bench.tell(&death(2, 1)).await.unwrap();
    assert!(audit(&bench).await.live.is_empty());
}

#[tokio::test]
async fn any_event_of_the_person_makes_an_earlier_application_stale() {
    let bench = Bench::new().await;
    let token = bench
        .receive(&application(1))
        .await
        .unwrap();
    bench
        .tell(&event(1, 1, EventKind::MinorCorrection, &[]))
        .await
        .unwrap();
    let mut card = bench.card_of(1);
    let refused = crate::bench::personalise(&bench.authority, &token, &mut card).await;
    assert_eq!(rule(refused), RECORD_CURRENT.id);
    assert_eq!(card.chip.pending, None);
    // Somebody else's event does not.
    bench.tell(&death(2, 2)).await.unwrap();
    bench
        .issue(&as_of(application(1), 1))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_not_revoked_by_an_event() {
    let bench = Bench::new().await;
    let issued = bench
        .issue(&application(1))
        .await
        .unwrap();
    bench
        .seams
        .set(issued[0].not_after.plus_seconds(1));
    assert_eq!(issued[0].not_after.date_jst(), date(2034, 8, 1));
    bench.tell(&death(1, 1)).await.unwrap();
    let found = audit(&bench).await;
    assert!(found.revoked.is_empty() && found.live.is_empty());
}
