//! Certificates into a card, through the agent, with a real authority:
//!
//! * Smooth; and with the card pulled at each command in turn; and with the connection lost at each request in turn: it always goes on and
//!   the card ends with what the authority says it has issued, and no key is made twice.
//! * Another card in the reader is noticed, before and at any command, and gets nothing.
//! * PINs that differ or have not their form never reach the card.

use crate::support::{Bench, PASSWORD, PIN, browser::Answer, cable::Pull, site::Loss};
use shirushi_agent::CardSource as _;
use shirushi_authority::CertificateState;
use shirushi_card::{Card, Credential};
use shirushi_profile::Certificate;
use shirushi_wire::{CardNumber, Deed};
use std::{sync::atomic::Ordering, time::Duration};

/// What the applicant types.
const PINS: [(&str, &str); 4] = [
    ("signature", PASSWORD),
    ("signature-again", PASSWORD),
    ("authentication", PIN),
    ("authentication-again", PIN),
];

/// Begins the personalisation of this resident's card, blank and in the reader.
pub(crate) async fn begin(bench: &Bench, resident: u32) -> (String, String) {
    let number = bench.blank(resident);
    bench
        .wallet
        .insert(&number.parse().unwrap())
        .unwrap();
    let (token, want) = bench.office.apply(resident).await;
    *bench.site.state.token.lock().unwrap() = Some(token);
    bench
        .site
        .state
        .relayed
        .store(0, Ordering::SeqCst);
    (bench.begin(want).await, number)
}

/// What the two people do, whatever the page says, until it is done. Answers how often the work was begun.
async fn persist(bench: &Bench, errand: &str, number: &str) -> usize {
    let mut begun = 0;
    for _ in 0..400 {
        let page = bench.browser.get(errand).await;
        if page.status == 303 {
            return begun;
        }
        if page.has("id=\"empty\"") {
            let fields = [("card", number), ("back", errand)];
            bench
                .browser
                .submit(&page, "/reader/insert", &fields)
                .await;
        } else if advance(bench, errand, &page).await {
            begun += 1;
        }
    }
    panic!("it does not end");
}

/// Does what the page with a card asks for. Answers whether that was to begin the work.
async fn advance(bench: &Bench, errand: &str, page: &Answer) -> bool {
    if page.has("id=\"working\"") {
        wait(bench, errand).await;
        return false;
    }
    let sets_pins = page.has("id=\"set-pins\"");
    let begins = page.has("id=\"start\"") || page.has("id=\"continue\"");
    let (act, fields) = match sets_pins {
        true => ("pins", &PINS[..]),
        false => ("start", &[][..]),
    };
    // What is seen while the card comes out, or its neighbour is in, asks for nothing.
    if sets_pins || begins {
        let path = format!("{errand}/{act}");
        bench
            .browser
            .submit(page, &path, fields)
            .await;
    }
    begins && !sets_pins
}

/// Until the relay has stopped.
pub(crate) async fn wait(bench: &Bench, errand: &str) -> Answer {
    loop {
        let part = bench
            .browser
            .get(&format!("{errand}/progress"))
            .await;
        if part.has("data-done") {
            return part;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The card in the reader holds what the site was told, and works.
async fn require_complete(bench: &Bench, errand: &str) {
    let Deed::Personalised { certificates } = bench.deed(errand).await else {
        panic!("not personalised");
    };
    assert_eq!(certificates.len(), 2);
    if bench.wallet.inserted().is_none() {
        let number = bench
            .wallet
            .list()
            .unwrap()
            .pop()
            .unwrap()
            .number;
        bench.wallet.insert(&number).unwrap();
    }
    let mut card = Card::open(bench.wallet.connect("wallet").unwrap()).unwrap();
    for credential in Credential::ALL {
        let pin = match credential {
            Credential::Signature => PASSWORD,
            Credential::Authentication => PIN,
        };
        assert_eq!(card.tries(credential).unwrap(), credential.most_tries());
        let pin = shirushi_card::Pin::new(credential, pin).unwrap();
        let verified = card.verify(credential, &pin).unwrap();
        let der = card
            .certificate(credential, Some(&verified))
            .unwrap();
        let certificate = Certificate::from_der(&der).unwrap();
        let told = certificates
            .iter()
            .find(|told| Some(told.kind) == certificate.kind())
            .unwrap();
        assert_eq!(told.serial, *certificate.serial());
        let state = bench
            .office
            .authority
            .status(told.kind, &told.serial)
            .await
            .unwrap();
        assert_eq!(state, CertificateState::Good);
    }
    card.leave().unwrap();
    let totals = bench
        .office
        .authority
        .totals()
        .await
        .unwrap();
    let issued = (totals.certificates, totals.live, totals.revocations);
    assert_eq!((issued, totals.open_intents), ((2, 2, 0), 0));
}

/// How many keys the card has made.
fn keys_made(bench: &Bench) -> usize {
    bench
        .cable
        .keys_made
        .load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_card_ends_with_certificates_and_the_applicants_pins() {
    let bench = Bench::new().await;
    let (errand, number) = begin(&bench, 1).await;
    let page = bench.browser.get(&errand).await;
    assert!(page.has("印\u{3000}花子") && page.has("id=\"start\""));
    assert_eq!(persist(&bench, &errand, &number).await, 1);
    require_complete(&bench, &errand).await;
    assert!(
        bench
            .browser
            .get("/history")
            .await
            .has("済み")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_pulled_at_any_command_goes_on_where_it_stands() {
    for last_arrives in [false, true] {
        for after in 0.. {
            let bench = Bench::new().await;
            let (errand, number) = begin(&bench, 1).await;
            *bench.cable.pull.lock().unwrap() = Some(Pull {
                after,
                last_arrives,
            });
            persist(&bench, &errand, &number).await;
            let was_pulled = bench
                .cable
                .pull
                .lock()
                .unwrap()
                .take()
                .is_none();
            require_complete(&bench, &errand).await;
            assert_eq!(keys_made(&bench), 2, "{after} {last_arrives}");
            if !was_pulled {
                assert!(after > 30, "{after}");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_at_any_request_goes_on_where_the_card_stands() {
    for loss in [Loss::Request, Loss::Answer] {
        for at in 0.. {
            let bench = Bench::new().await;
            let (errand, number) = begin(&bench, 1).await;
            *bench.site.state.lose.lock().unwrap() = Some((at, loss));
            let begun = persist(&bench, &errand, &number).await;
            require_complete(&bench, &errand).await;
            assert_eq!(keys_made(&bench), 2, "{loss:?} {at}");
            if bench
                .site
                .state
                .relayed
                .load(Ordering::SeqCst)
                <= at
            {
                assert!(at > 4, "{at}");
                break;
            }
            assert_eq!(begun, 2, "{loss:?} {at}: interrupted and continued");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_card_is_noticed_and_the_right_one_goes_on() {
    let bench = Bench::new().await;
    let (errand, number) = begin(&bench, 1).await;
    let other = bench.blank(2);
    bench
        .wallet
        .insert(&other.parse().unwrap())
        .unwrap();
    let page = bench.browser.get(&errand).await;
    assert!(page.has("id=\"wrong-card\"") && !page.has("id=\"start\""));
    bench.cable.take_sent();
    bench
        .browser
        .submit(&page, &format!("{errand}/start"), &[])
        .await;
    wait(&bench, &errand).await;
    assert_eq!(
        bench
            .site
            .state
            .relayed
            .load(Ordering::SeqCst),
        0
    );
    bench
        .wallet
        .insert(&number.parse().unwrap())
        .unwrap();
    let page = bench.browser.get(&errand).await;
    assert!(page.has("id=\"interrupted\"") && page.has("id=\"continue\""));

    // Swapped while the PINs are awaited: they do not go into another card.
    bench
        .browser
        .submit(&page, &format!("{errand}/start"), &[])
        .await;
    wait(&bench, &errand).await;
    let page = bench.browser.get(&errand).await;
    assert!(page.has("id=\"set-pins\""));
    bench
        .wallet
        .insert(&other.parse().unwrap())
        .unwrap();
    bench.cable.take_sent();
    let answer = bench
        .browser
        .submit(&page, &format!("{errand}/pins"), &PINS)
        .await;
    assert_eq!(answer.status, 422);
    let sent = bench.cable.take_sent();
    assert!(
        sent.iter()
            .all(|command| command[..2] != [0x80, 0x24])
    );
    bench
        .wallet
        .insert(&number.parse().unwrap())
        .unwrap();
    persist(&bench, &errand, &number).await;
    require_complete(&bench, &errand).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_swapped_at_a_command_gets_nothing_that_is_meant_for_the_first() {
    for after in (0..28).step_by(3) {
        let bench = Bench::new().await;
        let (errand, number) = begin(&bench, 1).await;
        let other: CardNumber = bench.blank(2).parse().unwrap();
        let before = bench.wallet.file(&other).unwrap();
        *bench.cable.swap.lock().unwrap() = Some(other.clone());
        *bench.cable.pull.lock().unwrap() = Some(Pull {
            after,
            last_arrives: after % 2 == 0,
        });
        // The applicant and the officer do what they are asked, until it stops.
        while bench.wallet.inserted().as_ref() != Some(&other) {
            let page = bench.browser.get(&errand).await;
            advance(&bench, &errand, &page).await;
        }
        wait(&bench, &errand).await;
        bench.cable.take_sent();
        let page = bench.browser.get(&errand).await;
        assert!(page.has("id=\"wrong-card\""), "{after}");
        assert!(!page.has("id=\"continue\"") && !page.has("name=\"signature\""));
        for act in ["start", "pins"] {
            let sites = bench.browser.get("/sites").await;
            let path = format!("{errand}/{act}");
            bench
                .browser
                .submit(&sites, &path, &PINS)
                .await;
            wait(&bench, &errand).await;
        }
        // It is looked at: no command of the issuer's channel, and no PIN, is sent.
        let sent = bench.cable.take_sent();
        assert!(
            sent.iter()
                .all(|command| command[0] & 0x80 == 0),
            "{after}: {sent:02X?}"
        );
        assert_eq!(bench.wallet.file(&other).unwrap(), before);
        bench
            .wallet
            .insert(&number.parse().unwrap())
            .unwrap();
        persist(&bench, &errand, &number).await;
        require_complete(&bench, &errand).await;
        assert_eq!(keys_made(&bench), 2, "{after}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pins_that_differ_or_have_not_their_form_never_reach_the_card() {
    let bench = Bench::new().await;
    let (errand, number) = begin(&bench, 1).await;
    let page = bench.browser.get(&errand).await;
    bench
        .browser
        .submit(&page, &format!("{errand}/start"), &[])
        .await;
    wait(&bench, &errand).await;
    let page = bench.browser.get(&errand).await;
    for (signature, again, authentication, rule) in [
        (PASSWORD, "SHIRUSHI8Q", PIN, "upload/well-formed"),
        ("shirushi_q", "shirushi_q", PIN, "card/pin-form"),
        (PASSWORD, PASSWORD, "12345", "card/pin-form"),
        ("", "", PIN, "card/pin-form"),
    ] {
        bench.cable.take_sent();
        let fields = [
            ("signature", signature),
            ("signature-again", again),
            ("authentication", authentication),
            ("authentication-again", authentication),
        ];
        let answer = bench
            .browser
            .submit(&page, &format!("{errand}/pins"), &fields)
            .await;
        assert_eq!(answer.status, 422);
        assert!(answer.has(rule), "{signature}");
        assert!(answer.has("id=\"set-pins\""));
        assert!(!answer.has("SHIRUSHI"));
        let sent = bench.cable.take_sent();
        assert!(
            sent.iter()
                .all(|command| command[..2] != [0x80, 0x24])
        );
    }
    persist(&bench, &errand, &number).await;
    require_complete(&bench, &errand).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_authority_is_shown_and_can_be_tried_again() {
    let bench = Bench::new().await;
    let (errand, number) = begin(&bench, 1).await;
    *bench.site.state.refuses.lock().unwrap() = true;
    let page = bench.browser.get(&errand).await;
    bench
        .browser
        .submit(&page, &format!("{errand}/start"), &[])
        .await;
    wait(&bench, &errand).await;
    let page = bench.browser.get(&errand).await;
    assert!(
        page.has("authority/card-keys") || page.has("card-keys"),
        "{}",
        page.text
    );
    assert!(page.has("id=\"continue\"") && page.has("id=\"decline\""));
    persist(&bench, &errand, &number).await;
    require_complete(&bench, &errand).await;
}
