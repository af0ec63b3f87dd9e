//! Filings signed and sent from the portal.
//!
//! * A signed filing gets its receipt, and the clerk's decision later; another account sees neither.
//! * A refused one says why; its draft is kept, and corrected it is received.
//! * Pressed twice, the same document is signed; once anything has changed, or after ten minutes, another one.
//! * With the agency away, or its answer lost, a filing is kept, sent again, and received once.
//! * Many filings are shown fifty at once, each on one page of the list.
//! * What people write is text and nothing else.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::hall::{DEAF, DOWN, Hall, ORIGIN, UP, form_of, hanako, location, text};
use axum::http::StatusCode;
use shirushi_agency::Outcome;
use shirushi_crypto::Secret;
use shirushi_wire::Want;
use std::collections::BTreeSet;

const SCRIPT: &str = "<script>alert(1)</script>";

fn name() -> String {
    hanako().name
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filing_gets_its_receipt_and_the_clerks_decision() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let held = hall.signature();
    let draft = hall.filled(&citizen, &name()).await;
    let outbox = location(
        &hall
            .signed(&citizen, &draft, &held)
            .await,
    )
    .to_owned();
    let on = hall.get(&outbox, &citizen.cookie).await;
    let receipt = location(&on).to_owned();
    assert!(receipt.starts_with("/filings/"), "{receipt}");
    let page = hall.page(&receipt, &citizen).await;
    assert!(page.contains("審査の結果を待っています") && page.contains("3210000"));
    assert_eq!(
        hall.get(&draft, &citizen.cookie)
            .await
            .status(),
        StatusCode::NOT_FOUND
    );
    let other = hall.citizen().await;
    for path in [&receipt, &outbox] {
        assert_eq!(
            hall.get(path, &other.cookie)
                .await
                .status(),
            StatusCode::NOT_FOUND
        );
    }

    let agency = &hall.office.agency;
    let code = agency.enrolment_code().await.unwrap();
    let password = "correct horse battery";
    agency
        .enrol_clerk(&code, "mori", Secret::from(password.as_bytes()))
        .await
        .unwrap();
    let session = agency
        .accounts()
        .log_in("mori", Secret::from(password.as_bytes()), None)
        .await
        .unwrap();
    let clerk = agency
        .clerk(&session.session)
        .await
        .unwrap()
        .unwrap();
    let number = receipt.rsplit('/').next().unwrap();
    assert!(
        agency
            .decide(number, Outcome::Returned, Some(SCRIPT), &clerk)
            .await
            .unwrap()
    );
    let page = hall.page(&receipt, &citizen).await;
    assert!(page.contains("差し戻されました。") && page.contains("&lt;script&gt;"));
    assert!(!page.contains(SCRIPT));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_filings_are_shown_fifty_at_once_and_each_on_one_page() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let held = hall.signature();
    for count in 0..101 {
        let draft = hall.filled(&citizen, &name()).await;
        let response = hall
            .signed(&citizen, &draft, &held)
            .await;
        let outbox = hall
            .get(location(&response), &citizen.cookie)
            .await;
        assert!(location(&outbox).starts_with("/filings/"));
        // Some are of one second, also where a page ends.
        if count % 4 == 0 {
            hall.later(1);
        }
    }
    let (mut path, mut pages, mut shown) = ("/my".to_owned(), Vec::new(), BTreeSet::new());
    loop {
        let page = hall.page(&path, &citizen).await;
        let receipts: Vec<_> = page
            .split("href=\"/filings/")
            .skip(1)
            .map(|link| {
                link.split('"')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        pages.push(receipts.len());
        shown.extend(receipts);
        let Some((_, link)) = page.split_once("href=\"/my?at=") else {
            break;
        };
        let (link, label) = link.split_once("\">").unwrap();
        assert!(label.starts_with("古いものを見る"), "{label}");
        path = format!("/my?at={}", link.split('#').next().unwrap()).replace("&amp;", "&");
    }
    assert_eq!(pages, [50, 50, 1]);
    assert_eq!(shown.len(), 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_filing_says_why_and_keeps_its_draft() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let draft = hall.filled(&citizen, SCRIPT).await;
    let review = hall
        .page(&format!("{draft}/review"), &citizen)
        .await;
    let outbox = location(
        &hall
            .signed(&citizen, &draft, &hall.signature())
            .await,
    )
    .to_owned();
    let refused = hall.page(&outbox, &citizen).await;
    let kept = hall.page(&draft, &citizen).await;
    for page in [&refused, &kept] {
        assert!(page.contains("filing/signer-is-applicant"));
    }
    for page in [&review, &refused, &kept] {
        assert!(page.contains("&lt;script&gt;") && !page.contains(SCRIPT));
    }
    assert_eq!(hall.received().await, 0);

    hall.send(&draft, &citizen, &form_of(&name()))
        .await;
    let outbox = location(
        &hall
            .signed(&citizen, &draft, &hall.signature())
            .await,
    )
    .to_owned();
    let on = hall.get(&outbox, &citizen.cookie).await;
    assert!(
        location(&on).starts_with("/filings/"),
        "corrected, it is received"
    );
    assert_eq!(hall.received().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_presses_twice_signs_the_same_document() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let draft = hall.filled(&citizen, &name()).await;
    let press = async || {
        let sent = hall
            .send(&format!("{draft}/sign"), &citizen, &[])
            .await;
        let errand = hall.errand(&sent).await;
        let Want::Sign { document } = &errand.want else {
            panic!("{:?} is wanted", errand.want);
        };
        document.content.clone()
    };
    let first = press().await;
    assert_eq!(press().await, first);
    // The same while no agent has asked for the first.
    for _ in 0..2 {
        let sent = hall
            .send(&format!("{draft}/sign"), &citizen, &[])
            .await;
        assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    }
    assert_eq!(press().await, first);
    let attachments = format!("{draft}/attachments");
    hall.upload(&attachments, &citizen, ORIGIN, "a.txt", b"more")
        .await;
    let with_more = press().await;
    assert_ne!(with_more, first);
    hall.later(601);
    let later = press().await;
    assert_ne!(later, with_more);
    assert_eq!(press().await, later);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_draft_is_not_signed() {
    let hall = Hall::open().await;
    let citizen = hall.citizen().await;
    let draft = hall.draft(&citizen).await;
    let review = hall
        .get(&format!("{draft}/review"), &citizen.cookie)
        .await;
    assert_eq!(review.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let sign = hall
        .send(&format!("{draft}/sign"), &citizen, &[])
        .await;
    assert_eq!(sign.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text(sign)
            .await
            .contains("field-total-income-error")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_agency_away_a_filing_is_kept_and_received_once() {
    for way in [DOWN, DEAF] {
        let hall = Hall::open().await;
        let citizen = hall.citizen().await;
        let draft = hall.filled(&citizen, &name()).await;
        hall.is_at(way);
        let outbox = location(
            &hall
                .signed(&citizen, &draft, &hall.signature())
                .await,
        )
        .to_owned();
        assert!(
            hall.page(&outbox, &citizen)
                .await
                .contains("もう一度送る")
        );
        let rests = hall.get(&draft, &citizen.cookie).await;
        assert_eq!(location(&rests), outbox, "the draft rests");
        hall.is_at(UP);
        let again = format!("{outbox}/send");
        for _ in 0..2 {
            // The button pressed twice.
            let (one, two) = tokio::join!(
                hall.send(&again, &citizen, &[]),
                hall.send(&again, &citizen, &[]),
            );
            assert_eq!([one.status(), two.status()], [StatusCode::SEE_OTHER; 2]);
            let on = hall.get(&outbox, &citizen.cookie).await;
            assert!(location(&on).starts_with("/filings/"));
        }
        assert_eq!(hall.received().await, 1);
    }
}
