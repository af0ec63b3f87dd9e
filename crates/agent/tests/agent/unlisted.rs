//! A certificate of a policy that is on no list (a telephone's, a newer card's) is used, and its owner is told: at own pages, and before the way
//! back to a site, which is not taken by itself then.

use crate::support::{Bench, PASSWORD, PIN, site::challenge};
use shirushi_wire::{Deed, Want};

const NOTE: &str = "id=\"unlisted\"";

/// Does an errand; the page at its end.
async fn end_of(bench: &Bench, want: Want, pin: &str) -> (String, crate::support::browser::Answer) {
    let errand = bench.begin(want).await;
    let page = bench.browser.get(&errand).await;
    let answer = bench
        .browser
        .type_into(&page, &errand, pin, &[])
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let end = bench
        .browser
        .get(&format!("{errand}/done"))
        .await;
    assert_eq!(end.status, 200, "{}", end.text);
    (errand, end)
}

fn log_in() -> Want {
    Want::LogIn {
        challenge: challenge(),
    }
}

#[tokio::test]
async fn who_does_an_errand_with_such_a_certificate_reads_so_before_the_way_back() {
    let bench = Bench::with_unlisted_policies().await;
    let home = bench.browser.get("/").await;
    assert!(home.has(NOTE), "{}", home.text);
    for (want, pin) in [(log_in(), PIN), (Want::SignatureCertificate, PASSWORD)] {
        let (errand, end) = end_of(&bench, want, pin).await;
        assert!(end.has(NOTE) && end.has("知られているもの"), "{}", end.text);
        assert!(!end.headers.contains_key("refresh"), "it is to be read");
        let deed = bench.deed(&errand).await;
        assert!(
            matches!(deed, Deed::LoggedIn { .. } | Deed::Certificate { .. }),
            "the way back is there"
        );
    }
}

#[tokio::test]
async fn who_has_a_usual_one_reads_nothing_and_goes_back() {
    let bench = Bench::with_card().await;
    assert!(!bench.browser.get("/").await.has(NOTE));
    for (want, pin) in [(log_in(), PIN), (Want::SignatureCertificate, PASSWORD)] {
        let (_, end) = end_of(&bench, want, pin).await;
        assert!(!end.has(NOTE), "{}", end.text);
        assert!(end.headers.contains_key("refresh"));
    }
}
