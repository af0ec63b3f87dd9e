//! The wallet:
//!
//! * What is added is there after a restart, and so is what is in the reader.
//! * The same card is not added twice: its spent tries would come back.
//! * A file that is damaged is said to be, and the agent starts all the same.
//! * Who waits for a card learns of it at once, and of another card in place of the one that was in.
//! * When no card can be reached, the page says why in both languages, and what to do; the next look finds the card again.
//! * A connection ends with the card that it was made to, also when the same card comes back.

use crate::support::{Bench, office::number};
use shirushi_agent::{AgentError, CardSource as _, ReaderError, Wallet};
use shirushi_apdu::{JPKI_AID, Transmit as _, TransmitError, select};
use shirushi_crypto::SystemRandom;
use shirushi_wire::Want;
use std::{
    os::unix::fs::PermissionsExt as _,
    sync::Arc,
    time::{Duration, Instant},
};

#[tokio::test]
async fn cards_and_the_reader_outlive_the_agent() {
    let bench = Bench::new().await;
    let bytes = bench
        .office
        .blank(bench.folder.path(), 9);
    let folder = bench.folder.path().join("wallet");
    let open = || Wallet::open(&folder, Arc::new(SystemRandom)).unwrap();
    let wallet = open();
    assert_eq!(wallet.list().unwrap(), []);
    let one = wallet.add(&bytes).unwrap();
    assert_eq!(one.as_str(), number(9));
    assert!(matches!(wallet.add(&bytes), Err(AgentError::CardExists(_))));
    assert!(matches!(
        wallet.add(&bytes[..bytes.len() / 2]),
        Err(AgentError::Card(_))
    ));
    assert!(matches!(wallet.add(b""), Err(AgentError::Card(_))));
    wallet.insert(&one).unwrap();
    assert!(matches!(wallet.add(&bytes), Err(AgentError::CardExists(_))));
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path)
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(format!("{one}.card"))), 0o600);

    drop(wallet);
    let wallet = open();
    assert_eq!(wallet.inserted(), Some(one.clone()));
    let listed = wallet.list().unwrap();
    assert_eq!((listed.len(), listed[0].is_inserted), (1, true));
    wallet.eject().unwrap();
    drop(wallet);
    let wallet = open();
    assert_eq!(wallet.inserted(), None);

    // A card in use elsewhere is not put in, and the agent starts all the same.
    let other = open();
    other.insert(&one).unwrap();
    assert!(wallet.insert(&one).is_err());
    assert_eq!(open().inserted(), None);
    other.remove(&one).unwrap();
    assert!(matches!(
        wallet.insert(&one),
        Err(AgentError::NoSuchCard(_))
    ));
    assert_eq!(wallet.list().unwrap(), []);
}

#[tokio::test]
async fn a_connection_ends_with_its_card() {
    let bench = Bench::new().await;
    let one = bench.blank(1).parse().unwrap();
    let two = bench.blank(2).parse().unwrap();
    let wallet = &bench.wallet;
    assert!(matches!(wallet.connect_first(), Err(ReaderError::NoCard)));
    wallet.insert(&one).unwrap();
    let select = select::application(&JPKI_AID).to_bytes();
    let mut connection = wallet.connect_first().unwrap();
    assert_eq!(connection.transmit(&select).unwrap(), [0x90, 0x00]);
    // The card that is in already stays in.
    wallet.insert(&one).unwrap();
    assert_eq!(connection.transmit(&select).unwrap(), [0x90, 0x00]);
    wallet.insert(&two).unwrap();
    assert!(matches!(
        connection.transmit(&select),
        Err(TransmitError::CardGone)
    ));
    wallet.insert(&one).unwrap();
    assert!(matches!(
        connection.transmit(&select),
        Err(TransmitError::CardGone)
    ));
    let mut connection = wallet.connect_first().unwrap();
    wallet.eject().unwrap();
    assert!(matches!(
        connection.transmit(&select),
        Err(TransmitError::CardGone)
    ));
    wallet.insert(&one).unwrap();
    assert!(matches!(
        connection.transmit(&select),
        Err(TransmitError::CardGone)
    ));
}

#[tokio::test]
async fn who_waits_learns_of_the_card() {
    const LONG: Duration = Duration::from_secs(60);
    let bench = Bench::new().await;
    let one = bench.blank(1).parse().unwrap();
    let two = bench.blank(2).parse().unwrap();
    let wallet = &bench.wallet;
    let empty = wallet.readers().unwrap();
    assert!(!empty[0].has_card);
    let waiting = {
        let (wallet, known) = (Arc::clone(wallet), empty.clone());
        std::thread::spawn(move || wallet.wait(&known, LONG).unwrap())
    };
    wallet.insert(&one).unwrap();
    let with_one = waiting.join().unwrap();
    assert!(with_one[0].has_card);
    // What has happened before is told at once.
    wallet.insert(&two).unwrap();
    let with_two = wallet.wait(&with_one, LONG).unwrap();
    assert!(with_two[0].has_card && with_two[0].changes != with_one[0].changes);
    // Nothing happens: the wait ends all the same.
    let patience = Duration::from_millis(20);
    let began = Instant::now();
    assert_eq!(
        wallet
            .wait(&with_two, patience)
            .unwrap(),
        with_two
    );
    assert!(began.elapsed() >= patience);
    let waiting = {
        let (wallet, known) = (Arc::clone(wallet), with_two.clone());
        std::thread::spawn(move || wallet.wait(&known, LONG).unwrap())
    };
    wallet.eject().unwrap();
    assert!(!waiting.join().unwrap()[0].has_card);
    assert!(matches!(
        wallet.connect("another"),
        Err(ReaderError::NoReader)
    ));
}

#[tokio::test]
async fn why_no_card_is_reached_is_said() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(Want::ReadCard).await;
    /// What happens, what is said of it in both languages, and what to do.
    type Told = (
        fn() -> ReaderError,
        &'static str,
        &'static str,
        &'static str,
    );
    let faults: [Told; 8] = [
        (
            || ReaderError::NoLibrary {
                source: "not found".into(),
            },
            "PC/SC ライブラリー",
            "The PC/SC library",
            "apt install pcscd",
        ),
        (
            || ReaderError::NoService,
            "PC/SC サービス",
            "The PC/SC service",
            "systemctl start pcscd.socket",
        ),
        (
            || ReaderError::NoReader,
            "カードリーダーが見つかりません",
            "No card reader was found",
            "Plug in a card reader",
        ),
        (
            || ReaderError::NoCard,
            "カードリーダーにカードがありません",
            "There is no card in the reader",
            "Put the card in",
        ),
        (
            || ReaderError::Busy,
            "ほかのプログラムに使われています",
            "Another program is using the card",
            "Wait until it has ended",
        ),
        (
            || ReaderError::Mute,
            "カードが答えません",
            "does not answer",
            "the right way round",
        ),
        (
            || ReaderError::Other { code: 0x8010_002F },
            "カードリーダーを使えませんでした",
            "The card reader could not be used",
            "Unplug the reader",
        ),
        (
            || TransmitError::CardGone.into(),
            "カードリーダーにカードがありません",
            "There is no card in the reader",
            "Put the card in",
        ),
    ];
    for (fault, ja, en, remedy) in faults {
        *bench.cable.fault.lock().unwrap() = Some(fault);
        let page = bench.browser.get(&errand).await;
        assert!(page.has(ja), "{ja}: {}", page.text);
        let page = bench
            .browser
            .get_in_english(&errand)
            .await;
        assert!(page.has(en) && page.has(remedy), "{en}: {}", page.text);
    }
    *bench.cable.fault.lock().unwrap() = None;
    assert!(
        bench
            .browser
            .get(&errand)
            .await
            .has("card-number")
    );
}

#[tokio::test]
async fn a_damaged_file_is_said_to_be() {
    let bench = Bench::new().await;
    let number = bench.blank(1);
    let good = bench
        .wallet
        .file(&number.parse().unwrap())
        .unwrap();
    let folder = bench.folder.path().join("cards");
    let file = folder.join(format!("{number}.card"));
    let inserted = folder.join("inserted");
    let reopened = || Wallet::open(&folder, Arc::new(SystemRandom)).map(|w| w.inserted());
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x01;
    // Its first line is a word, the version, and a checksum.
    let mut parts: Vec<&[u8]> = good.splitn(3, |&b| b == b' ').collect();
    parts[1] = b"4000000000";
    let newer = parts.join(&b' ');
    for bytes in [
        &[][..],
        b"no card",
        &good[..good.len() - 1],
        &flipped,
        &newer,
    ] {
        std::fs::write(&file, bytes).unwrap();
        let page = bench.browser.get("/").await;
        let answer = bench
            .browser
            .submit(&page, "/reader/insert", &[("card", &number)])
            .await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(answer.has("upload/well-formed"));
        assert_eq!(bench.wallet.inserted(), None);
        std::fs::write(&inserted, &number).unwrap();
        assert_eq!(reopened().unwrap(), None);
    }
    std::fs::write(&file, &good).unwrap();
    for note in [&b"\xFF\xFE"[..], b"../../etc/passwd", b"", b"C99999999999"] {
        std::fs::write(&inserted, note).unwrap();
        assert_eq!(reopened().unwrap(), None);
    }
    std::fs::write(&inserted, &number).unwrap();
    assert_eq!(reopened().unwrap(), number.parse().ok());
}
