//! Wrong PINs.
//!
//! * A wrong PIN costs one try, and the page says how many are left; the site learns nothing of it.
//! * What has not the form of a PIN costs none. Small letters count as capitals.
//! * The last try asks for a confirmation, and without it costs nothing.
//! * A locked PIN is said to be locked, with the way to the counter; the other PIN is as good as before.
//! * A right PIN gives back all tries.

use crate::{
    acts::{AUTHENTICATION_PIN, SIGNATURE_PASSWORD, TARO},
    browser::Browser,
    city::{City, Pages},
    person::{Hands, Person},
};

const AUTHENTICATION: &str = "利用者証明用暗証番号";
const SIGNATURE: &str = "署名用パスワード";

#[tokio::test(flavor = "multi_thread")]
async fn wrong_pins_lock_the_card_and_nothing_else_does() {
    let city = City::start();
    let pages = &city.pages;
    let browser = Browser::start().await;
    let person = &Person::new(&browser, Hands::Mouse);
    let code = person
        .takes_a_code(pages, "窓口の登録コードを作る")
        .await;
    person
        .makes_a_card(pages, TARO, "個人番号カード")
        .await;
    person
        .enrols_as_officer(pages, "hanako", &code)
        .await;
    person
        .takes_an_application(pages, TARO, None)
        .await;
    person
        .has_the_card_written(pages, None)
        .await;

    // One wrong entry, then the right one, which gives all tries back.
    starts_to_log_in(person, pages).await;
    assert_eq!(tries(&browser).await, 3);
    sends(person, AUTHENTICATION, "0000", "ログインする").await;
    expects_tries(&browser, 2).await;
    person.sees("card/pin-right").await;
    sends(person, AUTHENTICATION, "12a4", "ログインする").await;
    person.sees("card/pin-form").await;
    assert_eq!(tries(&browser).await, 2, "what is no PIN must cost no try");
    sends(person, AUTHENTICATION, AUTHENTICATION_PIN, "ログインする").await;
    person.sees("ログイン中").await;

    // The signature password: no digit in it, a wrong one, and the right one in small letters.
    person
        .go(&pages.portal, "/certificates")
        .await;
    person
        .press("署名用電子証明書を確かめる")
        .await;
    expects_tries(&browser, 5).await;
    sends(person, SIGNATURE, "shirushi", "証明書を渡す").await;
    person.sees("card/pin-form").await;
    assert_eq!(tries(&browser).await, 5);
    for left in (2..=4).rev() {
        sends(person, SIGNATURE, "WRONG1", "証明書を渡す").await;
        expects_tries(&browser, left).await;
    }
    sends(person, SIGNATURE, "WRONG1", "証明書を渡す").await;
    expects_tries(&browser, 1).await;
    person.sees("これが最後の1回です").await;
    // Without the confirmation even the right one is not sent to the card.
    sends(person, SIGNATURE, SIGNATURE_PASSWORD, "証明書を渡す").await;
    person
        .sees("agent/last-try-confirmed")
        .await;
    assert_eq!(tries(&browser).await, 1);
    person
        .fill("暗証番号に確信があれば「はい」と入力してください", "はい")
        .await;
    let small = SIGNATURE_PASSWORD.to_lowercase();
    sends(person, SIGNATURE, &small, "証明書を渡す").await;
    person.sees("有効です。").await;
    person
        .press("新しい証明書がある: 確かめる")
        .await;
    expects_tries(&browser, 5).await;

    // To the lock.
    for left in (1..=4).rev() {
        sends(person, SIGNATURE, "WRONG1", "証明書を渡す").await;
        expects_tries(&browser, left).await;
    }
    person
        .fill("暗証番号に確信があれば「はい」と入力してください", "はい")
        .await;
    sends(person, SIGNATURE, "WRONG1", "証明書を渡す").await;
    person.sees("card/pin-tries").await;
    assert!(
        !browser
            .text()
            .await
            .contains("証明書を渡す"),
        "a locked PIN is still asked for"
    );
    person.press("やめてサイトに戻る").await;
    browser.arrives(&pages.portal).await;

    // The other PIN works, until it is locked as well.
    person.press("ログアウト").await;
    person.sees("手続きを選ぶ").await;
    starts_to_log_in(person, pages).await;
    assert_eq!(tries(&browser).await, 3);
    for left in (1..=2).rev() {
        sends(person, AUTHENTICATION, "0000", "ログインする").await;
        expects_tries(&browser, left).await;
    }
    person
        .fill("暗証番号に確信があれば「はい」と入力してください", "はい")
        .await;
    sends(person, AUTHENTICATION, "0000", "ログインする").await;
    person.sees("card/pin-tries").await;
    person.press("やめてサイトに戻る").await;
    browser.arrives(&pages.portal).await;
    assert!(
        !browser
            .text()
            .await
            .contains("ログイン中")
    );
    drop(browser);
    city.stop();
}

async fn starts_to_log_in(person: &Person<'_>, pages: &Pages) {
    person
        .go(&pages.portal, "/log-in")
        .await;
    person
        .press("カードでログインする")
        .await;
    person
        .browser
        .arrives(&format!("{}/errands/", pages.agent))
        .await;
}

async fn sends(person: &Person<'_>, label: &str, pin: &str, button: &str) {
    person.fill(label, pin).await;
    person.press(button).await;
}

/// The tries that the page says are left.
async fn tries(browser: &Browser) -> u64 {
    let tries = browser
        .script(
            "const t = document.querySelector('#tries'); return t ? Number(t.dataset.tries) : 99;",
            vec![],
        )
        .await;
    tries.json().as_u64().unwrap()
}

async fn expects_tries(browser: &Browser, wanted: u64) {
    browser
        .until(&format!("{wanted} tries are left"), async || {
            let tries = browser
                .driver
                .execute("const t = document.querySelector('#tries'); return t ? Number(t.dataset.tries) : 99;", vec![])
                .await;
            tries.is_ok_and(|tries| tries.json().as_u64() == Some(wanted))
        })
        .await;
}
