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
use shirushi_authority::{AuthorityError, CertificateState, RegisterTrouble};
use shirushi_clock::Clock as _;
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey, SystemRandom};
use shirushi_profile::{
    CertificateKind::{self, Authentication, Signature},
    RevocationReason,
};
use shirushi_rules::RECORD_CURRENT;
use shirushi_wire::{
    EventHash, EventKind, EventName, LogLife, NewLife, RegisterEvent, RegisterGreeting, Signed,
};

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
        Err(AuthorityError::Register(RegisterTrouble::Gap {
            taken: 0,
            sent: 2
        }))
    ));
    bench.tell(&death(1, 1)).await.unwrap();
    let first = audit(&bench).await;
    assert_eq!((first.live.len(), first.revoked.len()), (2, 2));
    // Told again an hour later: nothing changes, the times neither.
    bench.seams.advance(3600);
    bench.tell(&death(1, 1)).await.unwrap();
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

/// Events of one life of a register, each naming the one before it.
struct Chain {
    life: LogLife,
    last: EventHash,
    sequence: i64,
}

impl Chain {
    fn new() -> Self {
        Self {
            life: LogLife::random(&SystemRandom),
            last: EventHash::NONE,
            sequence: 0,
        }
    }

    fn next(&mut self, resident: u32) -> RegisterEvent {
        self.sequence += 1;
        let event = RegisterEvent {
            life: self.life,
            previous: Some(self.last),
            ..death(self.sequence, resident)
        };
        self.last = EventHash::of(&serde_json::to_vec(&event).unwrap());
        event
    }

    fn name(&self) -> EventName {
        EventName {
            life: self.life,
            sequence: self.sequence,
            hash: self.last,
        }
    }
}

fn greeting(
    newest: EventName,
    seen: Option<EventName>,
    own: Option<EventName>,
) -> RegisterGreeting {
    RegisterGreeting {
        newest,
        seen,
        own,
        about: None,
        checkpoint: None,
    }
}

#[tokio::test]
async fn another_event_under_a_number_that_was_taken_is_refused_and_nothing_is_told_as_good() {
    let bench = Bench::new().await;
    let issued = bench
        .issue(&application(1))
        .await
        .unwrap();
    let gone = bench
        .issue(&application(2))
        .await
        .unwrap();
    bench
        .issue(&application(3))
        .await
        .unwrap();
    let mut chain = Chain::new();
    let first = chain.next(2);
    bench.tell(&first).await.unwrap();
    let forked = RegisterEvent {
        resident: code(3),
        ..first.clone()
    };
    let fork = RegisterTrouble::Fork { sequence: 1 };
    assert!(matches!(
        bench.tell(&forked).await,
        Err(AuthorityError::Register(trouble)) if trouble == fork
    ));
    // What has ended is told as ended; what has not cannot be told, also after a restart.
    let bench = bench.restart().await;
    assert_eq!(bench.authority.trouble(), Some(fork));
    let dead = bench
        .authority
        .status(gone[0].kind, &gone[0].serial)
        .await
        .unwrap();
    assert!(matches!(dead, CertificateState::Revoked { .. }));
    assert!(matches!(
        bench
            .authority
            .status(issued[0].kind, &issued[0].serial)
            .await,
        Err(AuthorityError::Register(_))
    ));
    let refused = bench
        .issue(&as_of(application(4), 1))
        .await;
    assert!(
        matches!(refused, Err(AuthorityError::Register(_))),
        "{refused:?}"
    );
    // The register that the authority knows goes on: the next event names the right one before it.
    bench
        .tell(&chain.next(5))
        .await
        .unwrap();
    assert_eq!(bench.authority.trouble(), None);
    assert_eq!(audit(&bench).await.live.len(), 4);
}

#[tokio::test]
async fn a_gap_stands_until_it_is_filled() {
    let bench = Bench::new().await;
    bench
        .issue(&application(1))
        .await
        .unwrap();
    let mut chain = Chain::new();
    let events: Vec<_> = (1..=3)
        .map(|resident| chain.next(resident))
        .collect();
    bench
        .tell(&events[2])
        .await
        .unwrap_err();
    let gap = RegisterTrouble::Gap { taken: 0, sent: 3 };
    assert_eq!(bench.authority.trouble(), Some(gap));
    bench.tell(&events[0]).await.unwrap();
    assert_eq!(bench.authority.trouble(), Some(gap));
    bench.tell(&events[1]).await.unwrap();
    assert_eq!(bench.authority.trouble(), None);
    bench.tell(&events[2]).await.unwrap();
    audit(&bench).await;
}

#[tokio::test]
async fn an_event_that_does_not_name_the_one_before_it_is_of_a_fork() {
    let bench = Bench::new().await;
    let mut chain = Chain::new();
    bench
        .tell(&chain.next(1))
        .await
        .unwrap();
    let next = chain.next(2);
    for previous in [None, Some(EventHash::NONE), Some(EventHash::of(b"other"))] {
        let forked = RegisterEvent {
            previous,
            ..next.clone()
        };
        let refused = bench.tell(&forked).await;
        assert!(
            matches!(
                refused,
                Err(AuthorityError::Register(RegisterTrouble::Fork {
                    sequence: 1
                }))
            ),
            "{refused:?}"
        );
    }
    bench.tell(&next).await.unwrap();
}

#[tokio::test]
async fn a_greeting_proves_that_the_register_has_less_only_when_it_names_what_was_taken() {
    let bench = Bench::new().await;
    let mut chain = Chain::new();
    bench
        .tell(&chain.next(1))
        .await
        .unwrap();
    let backup = chain.name();
    bench
        .tell(&chain.next(2))
        .await
        .unwrap();
    let taken = chain.name();
    // Anybody may send an old greeting again.
    let position = bench
        .greet(&greeting(backup, None, None))
        .await
        .unwrap();
    assert_eq!(position.taken, Some(taken));
    assert_eq!(bench.authority.trouble(), None);
    bench
        .greet(&greeting(backup, Some(taken), None))
        .await
        .unwrap();
    let behind = RegisterTrouble::Behind { taken: 2, has: 1 };
    assert_eq!(bench.authority.trouble(), Some(behind));
    // The right database was found.
    bench
        .greet(&greeting(taken, Some(taken), None))
        .await
        .unwrap();
    assert_eq!(bench.authority.trouble(), None);
}

#[tokio::test]
async fn a_register_that_came_back_goes_on_in_a_life_that_it_declares() {
    let bench = Bench::new().await;
    let mut chain = Chain::new();
    bench
        .tell(&chain.next(1))
        .await
        .unwrap();
    let backup = chain.name();
    bench
        .tell(&chain.next(2))
        .await
        .unwrap();
    let taken = chain.name();
    let life = LogLife::random(&SystemRandom);
    let declaration = NewLife {
        life,
        first: 3,
        continues: backup,
        after: taken,
        declared_at: bench.seams.now(),
    };
    let moved = RegisterEvent {
        life,
        previous: Some(taken.hash),
        ..death(3, 3)
    };
    let undeclared = bench.tell(&moved).await;
    assert!(matches!(
        undeclared,
        Err(AuthorityError::Register(RegisterTrouble::OtherLife {
            sequence: 3
        }))
    ));
    for unfit in [
        NewLife {
            first: 2,
            ..declaration.clone()
        },
        NewLife {
            after: backup,
            ..declaration.clone()
        },
        NewLife {
            continues: EventName {
                hash: EventHash::of(b"other"),
                ..backup
            },
            ..declaration.clone()
        },
    ] {
        let refused = bench.declare(&unfit).await;
        assert!(
            matches!(refused, Err(AuthorityError::LifeUnfit { .. })),
            "{unfit:?}: {refused:?}"
        );
    }
    bench
        .declare(&declaration)
        .await
        .unwrap();
    bench
        .declare(&declaration)
        .await
        .unwrap();
    bench.tell(&moved).await.unwrap();
    // The old life is over.
    bench
        .tell(&chain.next(4))
        .await
        .unwrap_err();
    bench.restart().await;
}
