//! At most one live certificate of a kind for each person, whatever comes at the same time:
//!
//! * of two applications for one person, taken at the same moment and personalised at the same moment into two cards, one
//!   wins both kinds and the other is told that a live certificate exists;
//! * the same for eight;
//! * of renewals at the same time, each that is told "done" was live at that moment, and one is live at the end.

use crate::{
    audit::audit,
    bench::{Bench, personalise, rule},
    people::{application, code, of_kind, renewal, with_card},
};
use shirushi_authority::AuthorityError;
use shirushi_crypto::SigningKey as _;
use shirushi_profile::CertificateKind;
use shirushi_rules::ONE_LIVE;
use shirushi_wire::{Application, IssuedCertificate};
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

type Outcome = (String, Result<Vec<IssuedCertificate>, AuthorityError>);

/// Receives all applications at once and, when all are received, personalises all their cards at once.
async fn at_once(bench: &Bench, applications: Vec<Application>) -> Vec<Outcome> {
    let together = Arc::new(Barrier::new(applications.len()));
    let mut tasks = JoinSet::new();
    for application in applications {
        let authority = bench.authority.clone();
        let signed = bench.signed(&application);
        let register_key = bench
            .register_key()
            .public_key()
            .clone();
        let mut card = bench.card(application.card.number.as_str());
        let together = Arc::clone(&together);
        tasks.spawn(async move {
            together.wait().await;
            let received = authority
                .receive(&signed, &register_key)
                .await;
            together.wait().await;
            let outcome = match received {
                Ok(token) => personalise(&authority, &token, &mut card).await,
                Err(error) => Err(error),
            };
            assert_eq!(outcome.is_ok(), !card.chip.live.is_empty());
            (application.applicant.code.to_string(), outcome)
        });
    }
    tasks.join_all().await
}

/// Whose application was issued from; every other one was refused by `ONE_LIVE`.
fn winners(outcomes: Vec<Outcome>) -> Vec<String> {
    let mut winners = Vec::new();
    for (resident, outcome) in outcomes {
        match outcome {
            Ok(_) => winners.push(resident),
            refused => assert_eq!(rule(refused), ONE_LIVE.id),
        }
    }
    winners.sort();
    winners
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_pairs_one_of_each_wins() {
    let bench = Bench::new().await;
    let applications = (0..100)
        .flat_map(|resident| {
            let second = with_card(application(resident), &format!("D{resident:011}"));
            [application(resident), second]
        })
        .collect();
    let winners = winners(at_once(&bench, applications).await);
    let everybody: Vec<String> = (0..100)
        .map(|resident| code(resident).to_string())
        .collect();
    assert_eq!(winners, everybody, "one of each pair, and one only");
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.issued.len()), (200, 200));
    assert!(found.revoked.is_empty(), "a loser drew a serial");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_for_one_person_one_wins() {
    let bench = Bench::new().await;
    for resident in 0..10 {
        let applications = (0..8)
            .map(|n| with_card(application(resident), &format!("E{resident:02}N{n}")))
            .collect();
        let winners = winners(at_once(&bench, applications).await);
        assert_eq!(winners, [code(resident).to_string()]);
    }
    assert_eq!(audit(&bench).await.issued.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overlapping_kinds_are_won_kind_by_kind() {
    let bench = Bench::new().await;
    let [signature, authentication] = CertificateKind::ALL;
    for resident in 0..20 {
        let number = |n| format!("F{resident:02}N{n}");
        let outcomes = at_once(
            &bench,
            vec![
                with_card(application(resident), &number(0)),
                with_card(of_kind(application(resident), signature), &number(1)),
                with_card(of_kind(application(resident), authentication), &number(2)),
            ],
        )
        .await;
        // Both kinds by the first, or each by one of the others, or one of the others against the first.
        assert!(!winners(outcomes).is_empty());
    }
    let found = audit(&bench).await;
    assert_eq!(found.live.len(), found.issued.len());
    assert!(found.live.len() >= 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn renewals_at_once_leave_one_alive() {
    let bench = Bench::new().await;
    for resident in 0..5 {
        bench
            .issue(&application(resident))
            .await
            .unwrap();
        let applications = (0..8)
            .map(|n| with_card(renewal(resident), &format!("R{resident:02}N{n}")))
            .collect();
        // One that finds another being signed is refused; one that comes after it takes its place.
        assert!(!winners(at_once(&bench, applications).await).is_empty());
    }
    let found = audit(&bench).await;
    assert_eq!(found.live.len(), 10);
    assert_eq!(found.revoked.len(), found.issued.len() - 10);
}
