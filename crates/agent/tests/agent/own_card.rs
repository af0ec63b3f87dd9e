//! The agent by itself, without any site: the card and its PINs.
//!
//! * The first page tells what the card tells without a PIN, and nothing else is asked of it.
//! * Name and expiry of the signature certificate are seen after its password, which is asked for as everywhere.
//! * Each PIN can be changed; what is typed wrongly costs what it must, and the same form sent again costs nothing.
//! * Revocation wants its word before a PIN is used, and says whom it could not reach.

use crate::support::{Bench, PASSWORD, PIN, browser::Answer, cable::Pull};
use shirushi_agent::CardSource as _;
use shirushi_apdu::Command;
use std::{sync::Arc, time::Duration};

/// Sends the form of a page for a PIN, with what else it asks.
async fn send(bench: &Bench, path: &str, pin: &str, more: &[(&str, &str)]) -> Answer {
    let page = bench.browser.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    send_from(bench, &page, path, pin, more).await
}

async fn send_from(
    bench: &Bench,
    page: &Answer,
    path: &str,
    pin: &str,
    more: &[(&str, &str)],
) -> Answer {
    let hidden = ["card", "tries", "press"].map(|name| (name, page.hidden(name)));
    let mut fields: Vec<(&str, &str)> = hidden
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    fields.push(("pin", pin));
    fields.extend(more);
    bench
        .browser
        .submit(page, path, &fields)
        .await
}

/// A form that was taken, once more: nothing is presented to the card.
async fn require_taken_once(
    bench: &Bench,
    page: &Answer,
    path: &str,
    pin: &str,
    more: &[(&str, &str)],
) {
    bench.cable.take_sent();
    let again = send_from(bench, page, path, pin, more).await;
    assert_eq!(again.status, 422, "{}", again.text);
    assert!(again.has("カードには何も送っていません"), "{}", again.text);
    for command in bench.cable.take_sent() {
        let is_pin = command[1] == 0x20 && command.len() > 5;
        assert!(
            !is_pin && ![0x24, 0x2A].contains(&command[1]),
            "{command:02X?}"
        );
    }
}

#[tokio::test]
async fn the_first_page_tells_what_the_card_tells_without_a_pin() {
    let bench = Bench::with_card().await;
    let page = bench.browser.get("/").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for shown in [
        "マイナンバーカード",
        "利用者証明用電子証明書",
        "暗証番号なしでは分かりません",
        "あと4年あまり",
        "署名用パスワードがないと、有効期限も読めません",
        "data-pin=\"auth\" data-left=\"3\"",
        "data-pin=\"sign\" data-left=\"5\"",
        "http://127.0.0.1:8099",
    ] {
        assert!(page.has(shown), "{shown} is not in {}", page.text);
    }
    assert!(!page.has("花子"), "whose card it is needs the password");
    let english = bench.browser.get_in_english("/").await;
    assert!(english.has("Not told without a PIN") && english.has("(in 4 years)"));

    let sent = bench.cable.take_sent();
    assert!(!sent.is_empty());
    for command in &sent {
        let (verb, length) = (command[1], command.len());
        assert!([0xA4, 0xB0, 0x20].contains(&verb), "{command:02X?}");
        assert!(verb != 0x20 || length <= 5, "a PIN was sent");
    }
    // The signature certificate's file is not even selected.
    let behind_password = Command::new(0x00, 0xA4, 0x02, 0x0C).data([0x00, 0x01]);
    assert!(!sent.contains(&behind_password.to_bytes()));

    bench.wallet.eject().unwrap();
    let page = bench.browser.get("/").await;
    assert!(page.has("id=\"no-card\"") && page.has("id=\"insert\""));
}

#[tokio::test]
async fn the_signature_certificate_is_seen_after_its_password() {
    let bench = Bench::with_card().await;
    bench.cable.take_sent();
    let wrong = send(&bench, "/certificates/sign", "WRONG7Q", &[]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("card/pin-right"));
    assert_eq!(wrong.hidden("tries"), "4");
    assert!(!wrong.has("WRONG7Q"));
    assert_eq!(bench.cable.presented(), 1);

    let page = send(&bench, "/certificates/sign", PASSWORD, &[]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!(bench.cable.presented(), 1);
    // The tries of this form are right again once it was taken.
    let form = bench
        .browser
        .get("/certificates/sign")
        .await;
    send_from(&bench, &form, "/certificates/sign", PASSWORD, &[]).await;
    require_taken_once(&bench, &form, "/certificates/sign", PASSWORD, &[]).await;
    for shown in ["印\u{3000}花子", "朱肉", "有効期限", "あと4年あまり"] {
        assert!(page.has(shown), "{shown}");
    }
    assert!(!page.has("id=\"standing\""), "nobody was asked");
    // Asked too: this bench has nobody at the address in the certificate.
    let page = send(&bench, "/certificates/sign", PASSWORD, &[("ask", "yes")]).await;
    assert!(page.has("data-standing=\"unknown\"") && page.has("http://127.0.0.1:8099"));
}

#[tokio::test]
async fn a_telephone_shows_its_authentication_certificate_after_the_pin() {
    let bench = Bench::with_telephone().await;
    let page = bench.browser.get("/").await;
    assert!(page.has("スマートフォン") && page.has("href=\"/certificates/auth\""));
    assert!(
        !page.has("あと4年あまり") && !page.has("id=\"ask\""),
        "{}",
        page.text
    );
    let wrong = send(&bench, "/certificates/auth", "0000", &[]).await;
    assert!(wrong.has("card/pin-right") && wrong.hidden("tries") == "2");
    let shown = send(&bench, "/certificates/auth", PIN, &[("ask", "yes")]).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(shown.has("あと4年あまり") && shown.has("data-standing=\"unknown\""));
    assert_eq!(
        bench
            .browser
            .get("/certificates/text")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn how_the_authentication_certificate_stands_is_asked_when_wished() {
    let bench = Bench::with_card().await;
    let page = bench.browser.get("/").await;
    let answer = bench
        .browser
        .submit(&page, "/status", &[])
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.has("data-standing=\"unknown\"") && answer.has("有効とみなさないでください"));
    assert!(answer.has("OCSP: http://127.0.0.1:8099"));
    assert_eq!(bench.cable.presented(), 0);

    bench.wallet.eject().unwrap();
    let answer = bench
        .browser
        .submit(&page, "/status", &[])
        .await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("カードリーダーにカードがありません"));
}

#[tokio::test]
async fn a_pin_is_changed_and_the_old_one_is_gone() {
    let bench = Bench::with_card().await;
    let new = [("new", "9876"), ("new-again", "9876")];
    let page = bench.browser.get("/pins/auth").await;
    bench.cable.take_sent();
    for unfit in [
        [("new", "9876"), ("new-again", "9875")],
        [("new", "98765"), ("new-again", "98765")],
    ] {
        let answer = send_from(&bench, &page, "/pins/auth", PIN, &unfit).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
    }
    assert_eq!(
        bench.cable.presented(),
        0,
        "nothing was tried for an unfit one"
    );

    let wrong = send_from(&bench, &page, "/pins/auth", "0000", &new).await;
    assert!(wrong.has("card/pin-right") && wrong.hidden("tries") == "2");
    assert_eq!(bench.cable.presented(), 1);
    // The same form once more, as a reload sends it: the page's number of tries is no longer so.
    let again = send_from(&bench, &page, "/pins/auth", "0000", &new).await;
    assert_eq!(again.status, 422);
    assert!(again.has("カードには何も送っていません"));
    assert_eq!(bench.cable.presented(), 0);

    let done = send(&bench, "/pins/auth", PIN, &new).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(done.has("data-outcome=\"done\""));
    // That of a success, sent again: the tries are right again, and the PIN would be a wrong one.
    let page = bench.browser.get("/pins/auth").await;
    let same = [("new", "9876"), ("new-again", "9876")];
    let done = send_from(&bench, &page, "/pins/auth", "9876", &same).await;
    assert!(done.has("data-outcome=\"done\""), "{}", done.text);
    require_taken_once(&bench, &page, "/pins/auth", "9876", &same).await;
    let old = send(&bench, "/pins/auth", PIN, &new).await;
    assert!(old.has("card/pin-right") && old.hidden("tries") == "2");
    let back = [("new", PIN), ("new-again", PIN)];
    let done = send(&bench, "/pins/auth", "9876", &back).await;
    assert!(done.has("data-outcome=\"done\""));

    let history = bench.browser.get("/history").await;
    assert!(history.has("暗証番号の変更") && history.has("（自分で）"));
    for secret in [PIN, "9876"] {
        assert!(!history.has(&format!(">{secret}<")));
    }
    assert_eq!(
        bench
            .browser
            .get("/pins/puk")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn the_last_try_of_a_change_needs_its_word() {
    let bench = Bench::with_card().await;
    let new = [("new", "9876"), ("new-again", "9876")];
    for _ in 0..2 {
        send(&bench, "/pins/auth", "0000", &new).await;
    }
    bench.cable.take_sent();
    let answer = send(&bench, "/pins/auth", PIN, &new).await;
    assert!(answer.has("agent/last-try-confirmed"));
    assert_eq!(bench.cable.presented(), 0);
    let confirmed = [new[0], new[1], ("confirm", "はい")];
    let answer = send(&bench, "/pins/auth", PIN, &confirmed).await;
    assert!(answer.has("data-outcome=\"done\""), "{}", answer.text);
    for _ in 0..2 {
        send(&bench, "/pins/auth", "0000", &new).await;
    }
    send(&bench, "/pins/auth", "0000", &confirmed).await;
    let page = bench.browser.get("/pins/auth").await;
    assert!(page.has("id=\"locked\"") && !page.has("name=\"pin\""));
    let page = bench.browser.get("/").await;
    assert!(page.has("data-pin=\"auth\" data-left=\"0\"") && page.has("ロックされています"));
}

#[tokio::test]
async fn a_change_that_is_cut_is_settled_by_asking_the_card() {
    let bench = Bench::with_card().await;
    let number = bench.wallet.inserted().unwrap();
    let page = bench.browser.get("/pins/auth").await;
    // The commands of one change, counted by one that is not cut.
    bench.cable.take_sent();
    let same = [("new", PIN), ("new-again", PIN)];
    send_from(&bench, &page, "/pins/auth", PIN, &same).await;
    let sent = bench.cable.take_sent();
    let at = sent
        .iter()
        .position(|command| command[1] == 0x24)
        .unwrap();
    for (last_arrives, old, new, said) in [
        (true, PIN, "9876", "新しいものに変わっています"),
        (false, "9876", PIN, "元のままです"),
    ] {
        let page = bench.browser.get("/pins/auth").await;
        *bench.cable.pull.lock().unwrap() = Some(Pull {
            after: at,
            last_arrives,
        });
        // Somebody puts it in again.
        let (wallet, number) = (Arc::clone(&bench.wallet), number.clone());
        let known = wallet.readers().unwrap();
        let hand = tokio::task::spawn_blocking(move || {
            wallet
                .wait(&known, Duration::from_secs(60))
                .unwrap();
            wallet.insert(&number).unwrap();
        });
        let both = [("new", new), ("new-again", new)];
        let answer = send_from(&bench, &page, "/pins/auth", old, &both).await;
        assert!(answer.has(said), "{said}: {}", answer.text);
        hand.await.unwrap();
    }
}

#[tokio::test]
async fn revocation_wants_its_word_and_says_whom_it_could_not_reach() {
    let bench = Bench::with_card().await;
    let both = [("end", "signature"), ("end", "authentication")];
    let page = bench.browser.get("/revoke").await;
    assert!(page.has("http://127.0.0.1:8099/authority/holder-revocations"));
    bench.cable.take_sent();
    for unconfirmed in [
        &[both[0], both[1], ("word", "")][..],
        &[both[0], both[1], ("word", "はい")],
        &[("word", "失効する")],
    ] {
        let answer = send_from(&bench, &page, "/revoke", PASSWORD, unconfirmed).await;
        assert_eq!(answer.status, 422);
    }
    assert_eq!(bench.cable.presented(), 0);
    let confirmed = [both[0], both[1], ("word", "失効する")];
    let wrong = send_from(&bench, &page, "/revoke", "WRONG7Q", &confirmed).await;
    assert!(wrong.has("card/pin-right") && wrong.hidden("tries") == "4");
    assert_eq!(bench.cable.presented(), 1);
    // What was chosen stays.
    for end in ["signature", "authentication"] {
        assert!(
            wrong.has(&format!("value=\"{end}\" checked")),
            "{}",
            wrong.text
        );
    }
    assert!(!page.has("value=\"signature\" checked"));
    let answer = send_from(&bench, &wrong, "/revoke", PASSWORD, &confirmed).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("認証局に届いていません") && answer.has("何も失効していません"));
    let full = bench.browser.get("/revoke").await;
    send_from(&bench, &full, "/revoke", PASSWORD, &confirmed).await;
    require_taken_once(&bench, &full, "/revoke", PASSWORD, &confirmed).await;
    let history = bench.browser.get("/history").await;
    assert!(history.has("失効の申請"));
}

#[tokio::test]
async fn what_was_done_is_told_also_when_the_history_cannot_be_written() {
    let bench = Bench::with_card().await;
    let ending = [("end", "signature"), ("word", "失効する"), ("why", "lost")];
    bench.let_no_line_end().await;
    let new = [("new", "9876"), ("new-again", "9876")];
    let wrong = send(&bench, "/pins/auth", "0000", &new).await;
    assert_eq!((wrong.status, wrong.hidden("tries").as_str()), (422, "2"));
    assert!(wrong.has("card/pin-right") && wrong.has("id=\"unrecorded\""));
    let done = send(&bench, "/pins/auth", PIN, &new).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(done.has("data-outcome=\"done\"") && done.has("id=\"unrecorded\""));
    let wrong = send(&bench, "/revoke", "WRONG7Q", &ending).await;
    assert_eq!((wrong.status, wrong.hidden("tries").as_str()), (422, "4"));
    assert!(wrong.has("id=\"unrecorded\"") && wrong.has("value=\"lost\" checked"));
    let unsent = send(&bench, "/revoke", PASSWORD, &ending).await;
    assert!(unsent.has("認証局に届いていません") && unsent.has("id=\"unrecorded\""));
    // Each of the four was on disk before the card had it.
    let history = bench.browser.get("/history").await;
    assert_eq!(history.text.matches("途中").count(), 4, "{}", history.text);

    // What cannot even be begun is not done.
    bench.let_no_line_begin().await;
    let page = bench.browser.get("/pins/auth").await;
    bench.cable.take_sent();
    let back = [("new", PIN), ("new-again", PIN)];
    let answer = send_from(&bench, &page, "/pins/auth", "9876", &back).await;
    assert_eq!(answer.status, 500);
    let page = bench.browser.get("/revoke").await;
    let answer = send_from(&bench, &page, "/revoke", PASSWORD, &ending).await;
    assert_eq!(answer.status, 500);
    assert_eq!(bench.cable.presented(), 0);
}

#[tokio::test]
async fn another_card_than_the_forms_is_not_ended() {
    let bench = Bench::with_card().await;
    let page = bench.browser.get("/revoke").await;
    let other = bench.personalised(2).await;
    bench
        .wallet
        .insert(&other.parse().unwrap())
        .unwrap();
    let both = [
        ("end", "signature"),
        ("end", "authentication"),
        ("word", "失効する"),
    ];
    require_taken_once(&bench, &page, "/revoke", PASSWORD, &both).await;
    let history = bench.browser.get("/history").await;
    assert!(!history.has("失効の申請"), "nothing was begun");
}

#[tokio::test]
async fn a_telephone_is_told_what_it_can_end() {
    let bench = Bench::with_telephone().await;
    let page = bench.browser.get("/revoke").await;
    assert!(page.has("id=\"hidden\""), "{}", page.text);
    bench.cable.take_sent();
    let both = [
        ("end", "signature"),
        ("end", "authentication"),
        ("word", "失効する"),
    ];
    let answer = send_from(&bench, &page, "/revoke", PASSWORD, &both).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("暗証番号なしでは見せません") && answer.has("署名用電子証明書だけを選べば"));
    assert!(!answer.has("利用者証明用電子証明書がありません"));
    assert_eq!(bench.cable.presented(), 0);
    // What is offered works, as far as this bench goes: nobody is at the address.
    let one = [both[0], both[2]];
    let answer = send(&bench, "/revoke", PASSWORD, &one).await;
    assert!(answer.has("認証局に届いていません"), "{}", answer.text);
}
