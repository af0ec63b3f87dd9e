//! The way back, and what stays:
//!
//! * A site that does not hear of the end is told again, and gets one deed.
//! * The history has everything that was asked, over a restart too, and no PIN.

use crate::support::{Bench, PASSWORD, PIN, site::challenge};
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
    // What is typed for a signature is long: no number in the file is it by chance.
    let errand = bench
        .begin(Want::SignatureCertificate)
        .await;
    for typed in ["WR0NGPASSW0RD", "wr0ngpassw0rd", PASSWORD] {
        bench
            .browser
            .type_pin(&errand, typed, &[])
            .await;
    }
    for name in ["agent.db", "agent.db-wal"] {
        let bytes = std::fs::read(bench.folder.path().join(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).to_uppercase();
        for password in ["WR0NGPASSW0RD", PASSWORD] {
            assert!(!text.contains(password), "{name}");
        }
        // Four digits stand in digests, names of errands and ports as well.
        for pin in [PIN, "9173"] {
            let alone = |place: usize| {
                let around = [place.wrapping_sub(1), place + 4];
                around.iter().all(|&at| {
                    !bytes
                        .get(at)
                        .is_some_and(u8::is_ascii_hexdigit)
                })
            };
            let found = bytes
                .windows(4)
                .enumerate()
                .any(|(place, window)| window == pin.as_bytes() && alone(place));
            assert!(!found, "{name}");
        }
    }
}

#[tokio::test]
async fn the_history_shows_the_newest_two_hundred() {
    let bench = Bench::new().await;
    for place in 0..202 {
        let want = match place {
            0 | 1 => Want::SignatureCertificate,
            _ => Want::ReadCard,
        };
        let errand = bench.begin(want).await;
        let page = bench.browser.get(&errand).await;
        bench
            .browser
            .submit(&page, &format!("{errand}/decline"), &[])
            .await;
        bench.clock.advance(1);
        if place == 200 {
            let page = bench.browser.get("/history").await;
            assert!(page.has("署名用電子証明書の読み出し"));
        }
    }
    let page = bench.browser.get("/history").await;
    assert_eq!(page.text.matches("<tr").count(), 201, "with the head");
    assert!(!page.has("署名用電子証明書の読み出し"));
}
