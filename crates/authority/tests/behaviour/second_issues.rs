//! From one application is issued once:
//!
//! * a token never undoes a newer application on its card, nor drops what waits there;
//! * certificates are never written over keys that they do not name;
//! * relays of one token at the same time end with one set.

use crate::{
    audit::audit,
    bench::{Bench, personalise, prepare, rule, walk_until},
    people::{application, renewal, request},
    personalisation::names,
};
use shirushi_authority::{AuthorityError, CertificateState};
use shirushi_rules::{CARD_KEYS, NOT_REPEATED, ONE_LIVE};

#[tokio::test]
async fn a_finished_application_does_not_undo_the_newer_one_on_its_card() {
    let bench = Bench::new().await;
    let old = bench
        .receive(&application(1))
        .await
        .unwrap();
    let mut card = bench.card_of(1);
    personalise(&bench.authority, &old, &mut card)
        .await
        .unwrap();
    let new = bench
        .receive(&renewal(1))
        .await
        .unwrap();
    personalise(&bench.authority, &new, &mut card)
        .await
        .unwrap();
    let live = card.chip.live.clone();

    // A stale page at the counter sends the old token once more.
    let refused = personalise(&bench.authority, &old, &mut card).await;
    assert_eq!(rule(refused), ONE_LIVE.id);
    assert_eq!(card.chip.live, live, "the renewed certificates are gone");
    assert_eq!(card.chip.pending, None);
    for certificate in card.certificates() {
        let status = bench
            .authority
            .status(certificate.kind().unwrap(), certificate.serial())
            .await;
        assert_eq!(status.unwrap(), CertificateState::Good);
    }
}

#[tokio::test]
async fn certificates_are_never_written_over_keys_that_they_do_not_name() {
    let bench = Bench::new().await;
    let (token, card) = bench.prepare(&application(1)).await;
    // Another card of the same number and keys, prepared at the same time: a chip replaced, or copied.
    let mut second = card.clone();
    let others = bench.prepare(&application(2)).await.1;
    second.adopt_keys(&others);
    // Issued, and the answer lost: the certificates are on record for keys that only the first card has.
    let mut first = card;
    walk_until(&bench.authority, &token, &mut first, 3).await;
    assert!(first.chip.live.is_empty());
    assert_eq!(
        bench
            .authority
            .totals()
            .await
            .unwrap()
            .live,
        2
    );

    let refused = personalise(&bench.authority, &token, &mut second).await;
    assert_eq!(rule(refused), ONE_LIVE.id);
    assert!(second.chip.live.is_empty());
    // And one that has lost its keys: new ones would never be certified under the same application.
    let mut blank = bench.card_of(1);
    let refused = personalise(&bench.authority, &token, &mut blank).await;
    assert_eq!(rule(refused), ONE_LIVE.id);
    assert_eq!(blank.chip.pending, None, "keys were made for nothing");
    // The card that has the keys is finished.
    personalise(&bench.authority, &token, &mut first)
        .await
        .unwrap();
    assert_eq!(first.certificates().len(), 2);
    // What has ended meanwhile is no reason to issue from the same application again.
    bench.revoke(&request(1)).await.unwrap();
    let refused = personalise(&bench.authority, &token, &mut blank).await;
    assert_eq!(rule(refused), NOT_REPEATED.id);
    assert_eq!(blank.chip.pending, None);
    assert_eq!(audit(&bench).await.issued.len(), 2);
}

#[tokio::test]
async fn an_application_that_cannot_be_issued_from_does_not_disturb_what_waits_in_the_card() {
    let bench = Bench::new().await;
    let late = bench
        .receive(&application(1))
        .await
        .unwrap();
    // The second application is issued from, and the card loses power while it is written.
    let token = bench
        .receive(&application(1))
        .await
        .unwrap();
    let mut card = bench.card_of(1);
    prepare(&bench.authority, &token, &mut card).await;
    let waiting = card.chip.pending.clone();
    assert!(waiting.is_some());
    let mut copy = card.clone();
    personalise(&bench.authority, &token, &mut copy)
        .await
        .unwrap();

    let refused = personalise(&bench.authority, &late, &mut card).await;
    assert_eq!(rule(refused), ONE_LIVE.id);
    assert_eq!(card.chip.pending, waiting, "what waited was dropped");
}

#[tokio::test]
async fn two_relays_of_one_token_at_once_issue_once() {
    let bench = Bench::new().await;
    let application = application(1);
    let token = bench
        .receive(&application)
        .await
        .unwrap();
    let card = bench.prepare(&application).await.1;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let authority = bench.authority.clone();
        let mut card = card.clone();
        tasks.spawn(async move {
            // Each takes the channel from the others: whoever is out of step begins anew.
            for _ in 0..200 {
                match personalise(&authority, &token, &mut card).await {
                    Ok(issued) => return issued,
                    Err(AuthorityError::OutOfStep) => tokio::task::yield_now().await,
                    Err(AuthorityError::Refused(refusal)) => {
                        assert_eq!(refusal.rule().id, CARD_KEYS.id);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            Vec::new()
        });
    }
    let all = tasks.join_all().await;
    let finished: Vec<_> = all
        .iter()
        .filter(|issued| !issued.is_empty())
        .collect();
    assert!(!finished.is_empty());
    assert!(
        finished
            .iter()
            .all(|issued| names(issued) == names(finished[0]))
    );
    assert_eq!(audit(&bench).await.issued.len(), 2);
}
