//! The readers of the computer, beside the wallet's:
//!
//! * They are on the page, with what is in them; a card in one of them serves an errand.
//! * The card that was put into the wallet's reader comes first.
//! * A computer without PC/SC says what to install, and the wallet goes on.

use crate::support::{Bench, PIN, site::challenge};
use shirushi_agent::{CardSource, Connection, Reader, ReaderError, Wallet};
use shirushi_crypto::SystemRandom;
use shirushi_wire::{Deed, Want};
use std::{sync::Arc, time::Duration};

/// A computer on which nothing of PC/SC is installed.
struct WithoutService;

impl CardSource for WithoutService {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Err(ReaderError::NoService)
    }

    fn connect(&self, _: &str) -> Result<Connection, ReaderError> {
        Err(ReaderError::NoService)
    }

    fn wait(&self, _: &[Reader], _: Duration) -> Result<Vec<Reader>, ReaderError> {
        Err(ReaderError::NoService)
    }
}

async fn log_in(bench: &Bench) -> (String, Deed) {
    let want = Want::LogIn {
        challenge: challenge(),
    };
    let errand = bench.begin(want).await;
    let page = bench.browser.get(&errand).await;
    let number = page.between("id=\"card-number\" data-card=\"", "\"");
    let answer = bench
        .browser
        .type_into(&page, &errand, PIN, &[])
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    (number, bench.deed(&errand).await)
}

#[tokio::test]
async fn a_card_in_a_reader_of_the_computer_serves_an_errand() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Wallet::open(folder.path(), Arc::new(SystemRandom)).unwrap();
    let bench = Bench::with_machine(machine.clone()).await;
    let page = bench.browser.get("/").await;
    assert!(page.has("id=\"readers\"") && page.has("仮想カードリーダー: カードはありません"));

    let file = bench
        .office
        .personalised(folder.path(), 1)
        .await;
    let far = machine.add(&file).unwrap();
    machine.insert(&far).unwrap();
    let page = bench.browser.get("/").await;
    assert!(page.has("仮想カードリーダー: カードがあります"));
    let (number, deed) = log_in(&bench).await;
    assert_eq!(number, far.as_str());
    assert!(matches!(deed, Deed::LoggedIn { .. }));

    // Put into the wallet's reader on purpose, another card is the one that is meant.
    let near = bench.personalised(2).await;
    bench
        .wallet
        .insert(&near.parse().unwrap())
        .unwrap();
    let (number, deed) = log_in(&bench).await;
    assert_eq!(number, near);
    assert!(matches!(deed, Deed::LoggedIn { .. }));
}

#[tokio::test]
async fn a_computer_without_the_service_is_told_what_to_do_and_the_wallet_goes_on() {
    let bench = Bench::with_machine(Arc::new(WithoutService)).await;
    let page = bench.browser.get("/").await;
    assert!(
        page.has("sudo systemctl start pcscd.socket"),
        "{}",
        page.text
    );
    let number = bench.personalised(1).await;
    bench
        .wallet
        .insert(&number.parse().unwrap())
        .unwrap();
    let (used, deed) = log_in(&bench).await;
    assert_eq!(used, number);
    assert!(matches!(deed, Deed::LoggedIn { .. }));
}
