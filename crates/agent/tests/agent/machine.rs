//! The readers of the computer, beside the wallet's:
//!
//! * They are on the page, with what is in them; a card in one of them serves an errand.
//! * Another kind of card in a reader before it is passed over, and gets no PIN.
//! * Of two cards that may be meant neither is taken: the readers are named.
//! * The card that was put into the wallet's reader comes first.
//! * A computer without PC/SC says what to install, and the wallet goes on.

use crate::support::{Bench, PIN, site::challenge};
use shirushi_agent::{CardSource, Connection, Reader, ReaderError, Wallet};
use shirushi_apdu::{JPKI_AID, Transmit, TransmitError, select};
use shirushi_crypto::SystemRandom;
use shirushi_reader::Several;
use shirushi_rules::InBoth;
use shirushi_wire::{Deed, Want};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

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

/// A reader with another kind of card, which writes down what it is sent.
#[derive(Default)]
struct Employee(Arc<Mutex<Vec<Vec<u8>>>>);

struct EmployeeCard(Arc<Mutex<Vec<Vec<u8>>>>);

impl CardSource for Employee {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Ok(vec![Reader {
            id: "desk".to_owned(),
            name: InBoth {
                ja: "机の上".to_owned(),
                en: "Desk".to_owned(),
            },
            has_card: true,
            changes: 1,
        }])
    }

    fn connect(&self, _: &str) -> Result<Connection, ReaderError> {
        Ok(Box::new(EmployeeCard(self.0.clone())))
    }

    fn wait(&self, _: &[Reader], _: Duration) -> Result<Vec<Reader>, ReaderError> {
        self.readers()
    }
}

impl Transmit for EmployeeCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        self.0
            .lock()
            .unwrap()
            .push(command.to_vec());
        Ok(vec![0x6A, 0x82])
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
async fn the_card_is_found_beside_another_kind_of_card() {
    let folder = tempfile::tempdir().unwrap();
    let random = || Arc::new(SystemRandom);
    let employee = Employee::default();
    let sent = employee.0.clone();
    let first = Wallet::open(&folder.path().join("first"), random()).unwrap();
    let second = Wallet::open(&folder.path().join("second"), random()).unwrap();
    let machine = Several::new(vec![
        Arc::new(employee),
        first.clone() as Arc<dyn CardSource>,
        second.clone(),
    ]);
    let bench = Bench::with_machine(Arc::new(machine)).await;
    let want = || Want::LogIn {
        challenge: challenge(),
    };
    let told = async |word: &str| {
        let errand = bench.begin(want()).await;
        let page = bench.browser.get(&errand).await;
        assert!(page.has(word), "{}", page.text);
        assert!(!page.has("name=\"pin\""), "{}", page.text);
    };
    told("公的個人認証に使えるカードがありません（仮想カードリーダー: カードなし、机の上: 別の種類のカード").await;

    let mut numbers = Vec::new();
    for (place, wallet) in [(1, &first), (2, &second)] {
        let file = bench
            .office
            .personalised(folder.path(), place)
            .await;
        numbers.push(wallet.add(&file).unwrap());
    }
    first.insert(&numbers[0]).unwrap();
    let (used, deed) = log_in(&bench).await;
    assert_eq!(used, numbers[0].as_str());
    assert!(matches!(deed, Deed::LoggedIn { .. }));

    second.insert(&numbers[1]).unwrap();
    told("2枚以上あります（仮想カードリーダー: 公的個人認証に使えるカード、仮想カードリーダー: ")
        .await;

    let select = select::application(&JPKI_AID).to_bytes();
    let sent = sent.lock().unwrap();
    assert!(!sent.is_empty());
    assert!(
        sent.iter()
            .all(|command| *command == select),
        "{sent:02X?}"
    );
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
