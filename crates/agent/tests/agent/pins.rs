//! PINs, from the page to the card:
//!
//! * The right one logs in, over the site's own origin, and leaves nothing verified.
//! * A wrong one costs one try and is told with the tries left; the last one is spent only after a typed word; then it is locked.
//! * What has not the form of a PIN, what comes from an old page, and what is meant for another card never reaches the card.
//! * A PIN stands in no page and not in the history.

use crate::support::{Bench, PASSWORD, PIN, site::challenge};
use base64ct::{Base64, Encoding as _};
use shirushi_agent::CardSource as _;
use shirushi_apdu::{Command, JPKI_AID, Transmit as _, select};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_signature::verify;
use shirushi_wire::{Deed, Want};

fn log_in() -> Want {
    Want::LogIn {
        challenge: challenge(),
    }
}

#[tokio::test]
async fn the_right_pin_logs_in_at_this_origin_and_leaves_nothing_verified() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    let page = bench.browser.get(&errand).await;
    assert!(page.has(&bench.site.origin) && page.has("試験サイト"));
    assert!(!page.has("\u{202E}"), "a site cannot turn the text");
    assert_eq!(page.tries(), "3");

    let answer = bench
        .browser
        .type_into(&page, &errand, PIN, &[])
        .await;
    assert_eq!(
        (answer.status, answer.location),
        (303, format!("{errand}/done"))
    );
    let done = bench
        .browser
        .get(&format!("{errand}/done"))
        .await;
    let refresh = done.headers["refresh"]
        .to_str()
        .unwrap();
    assert!(refresh.starts_with(&format!("0;url={}/returned?code=", bench.site.origin)));
    let Deed::LoggedIn { cms } = bench.deed(&errand).await else {
        panic!("no log-in");
    };
    let cms = Base64::decode_vec(&cms).unwrap();
    let signed = verify(&cms, &challenge().statement(&bench.site.origin)).unwrap();
    assert_eq!(
        signed.signer().kind(),
        Some(CertificateKind::Authentication)
    );
    assert!(verify(&cms, &challenge().statement("http://127.0.0.1:1")).is_err());

    // The signature password was asked by nobody.
    let of_password = Command::new(0x00, 0xA4, 0x02, 0x0C).data([0x00, 0x1B]);
    let sent = bench.cable.take_sent();
    assert!(!sent.contains(&of_password.to_bytes()));
    let mut card = bench.wallet.connect("wallet").unwrap();
    card.transmit(&select::application(&JPKI_AID).to_bytes())
        .unwrap();
    card.transmit(
        &Command::new(0x00, 0xA4, 0x02, 0x0C)
            .data([0x00, 0x17])
            .to_bytes(),
    )
    .unwrap();
    let sign = Command::new(0x80, 0x2A, 0x00, 0x80)
        .data([0x5A; 51])
        .ne(256);
    assert_eq!(card.transmit(&sign.to_bytes()).unwrap(), [0x69, 0x82]);
}

#[tokio::test]
async fn wrong_pins_cost_tries_the_last_needs_a_word_and_then_it_is_locked() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    for left in ["2", "1"] {
        let page = bench
            .browser
            .type_pin(&errand, "0000", &[])
            .await;
        assert_eq!(page.status, 422);
        assert!(page.has("card/pin-right"));
        assert_eq!(page.tries(), left);
        assert!(!page.has("0000\""), "the PIN is not in the page again");
    }
    bench.cable.take_sent();
    for word in ["", "いいえ", "no"] {
        let page = bench
            .browser
            .type_pin(&errand, PIN, &[("confirm", word)])
            .await;
        assert_eq!(page.status, 422);
        assert!(page.has("agent/last-try-confirmed"));
        assert_eq!(page.tries(), "1");
    }
    assert_eq!(bench.cable.presented(), 0);
    let page = bench
        .browser
        .type_pin(&errand, "0000", &[("confirm", "はい")])
        .await;
    assert_eq!(bench.cable.presented(), 1);
    assert!(page.has("card/pin-tries") && page.has("id=\"locked\""));
    assert!(!page.has("name=\"pin\""));
    // An old page that still has the form reaches nothing.
    let card = page.between("id=\"card-number\" data-card=\"", "\"");
    let fields = [
        ("card", card.as_str()),
        ("tries", "1"),
        ("pin", PIN),
        ("confirm", "はい"),
    ];
    let again = bench
        .browser
        .submit(&page, &format!("{errand}/pin"), &fields)
        .await;
    assert!(again.has("card/pin-tries"));
    assert_eq!(bench.cable.presented(), 0);

    let answer = bench
        .browser
        .submit(&page, &format!("{errand}/decline"), &[])
        .await;
    assert_eq!(answer.status, 303);
    assert_eq!(bench.deed(&errand).await, Deed::Declined);
}

#[tokio::test]
async fn the_last_try_with_its_word_is_a_try_like_others() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    for _ in 0..2 {
        bench
            .browser
            .type_pin(&errand, "0000", &[])
            .await;
    }
    let answer = bench
        .browser
        .type_pin(&errand, PIN, &[("confirm", " Yes ")])
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert!(matches!(bench.deed(&errand).await, Deed::LoggedIn { .. }));
}

#[tokio::test]
async fn what_has_not_the_form_costs_no_try() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    bench.cable.take_sent();
    for pin in ["", "123", "12345", "12a4", "１２３４", "123 ", PASSWORD] {
        let page = bench
            .browser
            .type_pin(&errand, pin, &[])
            .await;
        assert_eq!(page.status, 422, "{pin}");
        assert!(page.has("card/pin-form"), "{pin}");
        assert_eq!(page.tries(), "3");
    }
    let errand = bench
        .begin(Want::SignatureCertificate)
        .await;
    for pin in [
        "shirushi_7q",
        "SHIRUSHI",
        "1234567",
        "SHI7",
        "SHIRUSHI7Q SHIRUSHI7Q",
        PIN,
    ] {
        let page = bench
            .browser
            .type_pin(&errand, pin, &[])
            .await;
        assert_eq!(page.status, 422, "{pin}");
        assert!(page.has("card/pin-form"), "{pin}");
        assert_eq!(page.tries(), "5");
        assert!(pin.is_empty() || !page.has(&format!("\"{pin}\"")), "{pin}");
    }
    assert_eq!(bench.cable.presented(), 0);
}

#[tokio::test]
async fn an_old_page_spends_no_try_that_it_does_not_show() {
    let bench = Bench::with_card().await;
    let errand = bench.begin(log_in()).await;
    let old = bench.browser.get(&errand).await;
    bench
        .browser
        .type_pin(&errand, "0000", &[])
        .await;
    bench.cable.take_sent();
    let page = bench
        .browser
        .type_into(&old, &errand, PIN, &[])
        .await;
    assert_eq!(page.status, 422);
    assert_eq!(page.tries(), "2");
    assert_eq!(bench.cable.presented(), 0);
    // Nor on another card than the page named.
    let other = bench.personalised(2).await;
    bench
        .wallet
        .insert(&other.parse().unwrap())
        .unwrap();
    let moved = bench
        .browser
        .type_into(&page, &errand, PIN, &[])
        .await;
    assert_eq!(moved.status, 422);
    assert_eq!(bench.cable.presented(), 0);
    assert!(moved.has(&format!("data-card=\"{other}\"")));
}

#[tokio::test]
async fn without_a_card_one_is_put_in_and_the_errand_goes_on() {
    let bench = Bench::new().await;
    let number = bench.personalised(1).await;
    let blank = bench.blank(2);
    let errand = bench.begin(log_in()).await;
    let page = bench.browser.get(&errand).await;
    assert!(page.has("id=\"empty\"") && !page.has("name=\"pin\""));
    let insert = async |page, number: &str| {
        let fields = [("card", number), ("back", errand.as_str())];
        bench
            .browser
            .submit(page, "/reader/insert", &fields)
            .await
    };
    let answer = insert(&page, &blank).await;
    assert_eq!((answer.status, answer.location), (303, errand.clone()));
    let page = bench.browser.get(&errand).await;
    assert!(!page.has("name=\"pin\""), "a blank card has no PIN");
    insert(&page, &number).await;
    let answer = bench
        .browser
        .type_pin(&errand, PIN, &[])
        .await;
    assert_eq!(answer.status, 303);
    let page = bench.browser.get("/").await;
    let answer = bench
        .browser
        .submit(&page, "/reader/eject", &[("back", "//evil.example")])
        .await;
    assert_eq!((answer.status, answer.location.as_str()), (303, "/"));
    assert_eq!(bench.wallet.inserted(), None);
}

#[tokio::test]
async fn the_certificate_and_the_number_are_given_when_the_person_wants_it() {
    let bench = Bench::with_card().await;
    let errand = bench
        .begin(Want::SignatureCertificate)
        .await;
    let page = bench.browser.get(&errand).await;
    assert!(page.has("生年月日"));
    let answer = bench
        .browser
        .type_into(&page, &errand, PASSWORD, &[])
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let Deed::Certificate { certificate } = bench.deed(&errand).await else {
        panic!("no certificate");
    };
    let certificate = Certificate::from_der(&Base64::decode_vec(&certificate).unwrap()).unwrap();
    assert_eq!(certificate.kind(), Some(CertificateKind::Signature));

    let errand = bench.begin(Want::ReadCard).await;
    let page = bench.browser.get(&errand).await;
    assert!(!page.has("name=\"pin\""));
    let number = bench
        .wallet
        .inserted()
        .unwrap()
        .to_string();
    let fields = [("card", number.as_str())];
    bench
        .browser
        .submit(&page, &format!("{errand}/consent"), &fields)
        .await;
    let deed = Deed::Card {
        number,
        is_individual_number_card: true,
    };
    assert_eq!(bench.deed(&errand).await, deed);
}
