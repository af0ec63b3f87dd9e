//! The way back, and what stays:
//!
//! * A site that does not hear of the end is told again, and gets one deed.
//! * The history has everything that was asked, over a restart too, and no PIN.

use crate::support::{Bench, PIN, site::challenge};
use shirushi_wire::{Deed, Want};

fn log_in() -> Want {
    Want::LogIn {
        challenge: challenge(),
    }
}

#[tokio::test]
async fn a_site_that_does_not_hear_is_told_again() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    *bench.site.state.is_deaf.lock().unwrap() = true;
    let answer = bench
        .browser
        .type_pin(&errand, PIN, &[])
        .await;
    assert_eq!(answer.status, 303);
    let page = bench
        .browser
        .get(&format!("{errand}/done"))
        .await;
    assert!(page.has("id=\"undelivered\""));
    bench
        .browser
        .submit(&page, &format!("{errand}/deliver"), &[])
        .await;
    *bench.site.state.is_deaf.lock().unwrap() = false;
    bench.cable.take_sent();
    bench
        .browser
        .submit(&page, &format!("{errand}/deliver"), &[])
        .await;
    assert!(matches!(bench.deed(&errand).await, Deed::LoggedIn { .. }));
    assert_eq!(bench.cable.presented(), 0, "the PIN was needed once");
}

#[tokio::test]
async fn the_history_has_everything_and_no_pin() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    bench
        .browser
        .type_pin(&errand, "9173", &[])
        .await;
    let page = bench.browser.get("/history").await;
    assert!(page.has("ログイン") && page.has("受け付けられなかった"));
    bench
        .browser
        .type_pin(&errand, PIN, &[])
        .await;
    let errand = bench.begin(Want::ReadCard).await;
    let page = bench.browser.get(&errand).await;
    bench
        .browser
        .submit(&page, &format!("{errand}/decline"), &[])
        .await;
    bench
        .begin(Want::SignatureCertificate)
        .await;
    let page = bench.browser.get("/history").await;
    for shown in [
        "済み",
        "やめた",
        "途中",
        "署名用電子証明書の読み出し",
        &bench.site.origin,
    ] {
        assert!(page.has(shown), "{shown}");
    }
    for name in ["agent.db", "agent.db-wal"] {
        let bytes = std::fs::read(bench.folder.path().join(name)).unwrap_or_default();
        for pin in [PIN, "9173"] {
            assert!(
                !bytes
                    .windows(4)
                    .any(|window| window == pin.as_bytes()),
                "{name}"
            );
        }
    }
}
