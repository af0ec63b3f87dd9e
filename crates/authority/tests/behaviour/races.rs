//! What happens in the middle of an issue, and beside it:
//!
//! * an event that arrives before the intent leaves no intent; one between the intent and the store leaves a serial that is
//!   revoked; one after the store ends the certificate. None leaves a live certificate;
//! * a hundred issues beside as many events leave no live certificate that an event ends;
//! * renewals beside revocations leave exactly what the order of their answers says.

use crate::{
    audit::audit,
    bench::{Bench, personalise, rule, with_meanwhile},
    people::{application, as_of, code, death, event, renewal, request, with_card},
};
use shirushi_profile::CertificateKind;
use shirushi_rules::{ONE_LIVE, RECORD_CURRENT};
use shirushi_wire::{EventKind, Signed};
use tokio::task::JoinSet;

#[tokio::test]
async fn an_event_before_the_intent_leaves_nothing() {
    let bench = Bench::new().await;
    let (token, mut card) = bench.prepare(&application(1)).await;
    bench.tell(&death(1, 1)).await.unwrap();
    let refused = personalise(&bench.authority, &token, &mut card).await;
    assert_eq!(rule(refused), RECORD_CURRENT.id);
    assert_eq!(
        bench
            .count("SELECT count(*) AS n FROM intents")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_between_intent_and_store_leaves_serials_that_are_revoked() {
    let bench = Bench::new().await;
    let prepared = bench.prepare(&application(1)).await;
    let refused = with_meanwhile(&bench, prepared, async || {
        assert_eq!(
            bench
                .authority
                .totals()
                .await
                .unwrap()
                .open_intents,
            2
        );
        bench.tell(&death(1, 1)).await.unwrap();
    })
    .await;
    assert_eq!(rule(refused), RECORD_CURRENT.id);
    let found = audit(&bench).await;
    assert_eq!((found.issued.len(), found.revoked.len()), (0, 2));
    let complete = bench
        .crl(CertificateKind::Signature, None)
        .await
        .unwrap();
    assert_eq!(complete.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_another_person_between_intent_and_store_disturbs_nothing() {
    let bench = Bench::new().await;
    let prepared = bench.prepare(&application(1)).await;
    let issued = with_meanwhile(&bench, prepared, async || {
        bench.tell(&death(1, 2)).await.unwrap();
    })
    .await;
    assert_eq!(issued.unwrap(), 2);
    assert_eq!(audit(&bench).await.live.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_signed_counts_as_live_for_others() {
    let bench = Bench::new().await;
    let second = bench
        .prepare(&with_card(application(1), "SECOND1"))
        .await;
    let prepared = bench.prepare(&application(1)).await;
    let (token, mut card) = second;
    let authority = bench.authority.clone();
    let mut other = JoinSet::new();
    let first = with_meanwhile(&bench, prepared, async || {
        // Its issue waits behind the first in the one task that issues.
        other.spawn(async move { personalise(&authority, &token, &mut card).await });
    })
    .await;
    assert_eq!(first.unwrap(), 2);
    let refused = other
        .join_next()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(rule(refused), ONE_LIVE.id);
    assert_eq!(audit(&bench).await.issued.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_while_a_renewal_is_signed_ends_the_old_one_with_its_own_reason() {
    let bench = Bench::new().await;
    let old = bench
        .issue(&application(1))
        .await
        .unwrap();
    let prepared = bench
        .prepare(&with_card(renewal(1), "NEW1"))
        .await;
    let issued = with_meanwhile(&bench, prepared, async || {
        let ended = bench.revoke(&request(1)).await.unwrap();
        assert_eq!(ended.len(), 2);
        assert!(
            old.iter()
                .all(|c| ended.contains(&c.serial))
        );
    })
    .await;
    assert_eq!(issued.unwrap(), 2);
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.revoked.len()), (2, 2));
    assert!(old.iter().all(|c| {
        let (_, reason) = found.revoked[&(c.kind, c.serial)];
        reason == shirushi_profile::RevocationReason::KeyCompromise
    }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_certificate_survives_an_event_that_ends_it() {
    const PEOPLE: u32 = 60;
    let bench = Bench::new().await;
    let mut prepared = Vec::new();
    for resident in 1..=PEOPLE {
        // Half of them renew.
        if resident % 2 == 0 {
            bench
                .issue(&application(resident))
                .await
                .unwrap();
        }
        let new = match resident % 2 {
            0 => renewal(resident),
            _ => application(resident),
        };
        let new = with_card(new, &format!("N{resident:011}"));
        prepared.push(bench.prepare(&new).await);
    }
    let mut tasks = JoinSet::new();
    for (token, mut card) in prepared {
        let authority = bench.authority.clone();
        tasks.spawn(async move { personalise(&authority, &token, &mut card).await });
    }
    let mut issued = 0;
    for resident in 1..=PEOPLE {
        bench
            .tell(&death(resident.into(), resident))
            .await
            .unwrap();
        tokio::task::yield_now().await;
    }
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(_) => issued += 1,
            refused => assert_eq!(rule(refused), RECORD_CURRENT.id),
        }
    }
    let found = audit(&bench).await;
    assert!(
        found.live.is_empty(),
        "{} live: {:?}",
        found.live.len(),
        found.live
    );
    assert!(issued <= PEOPLE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_an_event_does_not_end_survives_it() {
    const PEOPLE: u32 = 20;
    let bench = Bench::new().await;
    for resident in 1..=PEOPLE {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
    }
    for resident in 1..=PEOPLE {
        let moved = event(
            resident.into(),
            resident,
            EventKind::MoveWithin,
            &[CertificateKind::Signature],
        );
        bench.tell(&moved).await.unwrap();
    }
    let mut tasks = JoinSet::new();
    for resident in 1..=PEOPLE {
        let authority = bench.authority.clone();
        let new = as_of(renewal(resident), PEOPLE.into());
        let (token, mut card) = bench
            .prepare(&with_card(new, &format!("N{resident:011}")))
            .await;
        tasks.spawn(async move { personalise(&authority, &token, &mut card).await });
    }
    for outcome in tasks.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(audit(&bench).await.live.len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn renewals_beside_revocations_leave_what_their_answers_say() {
    const PEOPLE: u32 = 40;
    let bench = Bench::new().await;
    let mut tasks = JoinSet::new();
    for resident in 0..PEOPLE {
        let old = bench
            .issue(&application(resident))
            .await
            .unwrap();
        let new = with_card(renewal(resident), &format!("N{resident:011}"));
        let (token, mut card) = bench.prepare(&new).await;
        let authority = bench.authority.clone();
        let signed = Signed::sign(&request(resident), bench.officer(0)).unwrap();
        tasks.spawn(async move {
            let revoker = authority.clone();
            let revoke = tokio::spawn(async move { revoker.revoke(&signed).await.unwrap() });
            let renewed = personalise(&authority, &token, &mut card)
                .await
                .unwrap();
            (resident, old, renewed, revoke.await.unwrap())
        });
    }
    let outcomes = tasks.join_all().await;
    let found = audit(&bench).await;
    for (resident, old, renewed, ended) in outcomes {
        assert_eq!(ended.len(), 2, "one set was live at every moment");
        assert!(old.iter().all(|c| {
            found
                .revoked
                .contains_key(&(c.kind, c.serial))
        }));
        for certificate in &renewed {
            let place = (code(resident).to_string(), certificate.kind);
            let is_live = found.live.get(&place) == Some(&certificate.serial);
            assert_eq!(is_live, !ended.contains(&certificate.serial));
        }
    }
}
