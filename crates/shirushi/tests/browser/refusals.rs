//! What the counter refuses, each with its reason, on the page.
//!
//! * Registered elsewhere, moved out, under 15 for the signature certificate; a resident register card, another's card, a card that has been
//!   replaced or has expired, a card that nobody knows; by mail, by proxy without reply, without document, without fee; a form that does
//!   not say what the register says; nothing applied for; a live certificate that is there already.
//! * A refused form still holds what was filled in, and nothing was recorded.
//! * Who is not known does not get in, and a code is good once.

use crate::{
    acts::TARO,
    browser::Browser,
    city::{City, Pages},
    person::{Hands, Person},
};
use thirtyfour::prelude::*;

/// Fourteen years old.
const HANA: &str = "90000000021";
/// Lives in another municipality.
const KISARAGI: &str = "90000000055";
/// Has moved out of another municipality.
const UTSURU: &str = "90000000064";
/// Lives in the officer's municipality.
const INGRID: &str = "90000000047";

#[tokio::test(flavor = "multi_thread")]
async fn the_counter_refuses_what_it_must_and_says_why() {
    let city = City::start();
    let pages = &city.pages;
    let browser = Browser::start().await;
    let person = Person::new(&browser, Hands::Mouse);
    let code = person
        .takes_a_code(pages, "窓口の登録コードを作る")
        .await;
    officers(&person, pages, &code).await;

    let replaced = person
        .makes_a_card(pages, TARO, "個人番号カード")
        .await;
    let another = person
        .makes_a_card(pages, INGRID, "個人番号カード")
        .await;
    let hers = person
        .makes_a_card(pages, HANA, "個人番号カード")
        .await;
    let own = person
        .makes_a_card(pages, TARO, "個人番号カード")
        .await;
    let counter = Counter { person, pages };

    // The register itself gives an officer nobody of elsewhere to apply for.
    for elsewhere in [KISARAGI, UTSURU] {
        counter
            .does_not_open(elsewhere, "counter/registered-here")
            .await;
    }
    counter
        .refuses(HANA, &hers, &[], "counter/age-fifteen")
        .await;
    counter
        .refuses(TARO, &replaced, &[], "counter/card-valid")
        .await;
    counter
        .refuses(TARO, &another, &[], "counter/card-holder")
        .await;
    counter
        .refuses(TARO, "0000000000000001", &[], "counter/card-registered")
        .await;
    counter
        .refuses(TARO, &own, &["郵送"], "counter/in-person")
        .await;
    counter
        .refuses(TARO, &own, &["代理人が来た"], "counter/proxy-reply")
        .await;
    counter
        .refuses(TARO, &own, &["まだ受け取っていない"], "counter/fee-paid")
        .await;
    // A box that is chosen already is left by choosing it again.
    counter
        .refuses_after(
            TARO,
            &own,
            async |person| untick(person, "個人番号カード（写真付き）").await,
            "counter/identity-document",
        )
        .await;
    counter
        .refuses_after(
            TARO,
            &own,
            async |person| {
                untick(person, "個人番号カード（写真付き）").await;
                person
                    .choose("写真のないもの（資格確認書、年金手帳など）")
                    .await;
            },
            "counter/identity-document",
        )
        .await;
    counter
        .refuses_after(
            TARO,
            &own,
            async |person| person.fill("氏名", "印　次郎").await,
            "counter/form-matches-register",
        )
        .await;
    counter
        .refuses_after(
            TARO,
            &own,
            async |person| {
                untick(person, "署名用電子証明書").await;
                untick(person, "利用者証明用電子証明書").await;
            },
            "upload/well-formed",
        )
        .await;
    nothing_is_recorded(&counter).await;

    // The old kind of card is known as soon as it is read.
    let person = &counter.person;
    person
        .makes_a_card(pages, TARO, "住民基本台帳カード")
        .await;
    person
        .opens_the_form_of(pages, TARO, None)
        .await;
    person.press("カードを読む").await;
    person
        .press("この番号をサイトに伝える")
        .await;
    person
        .sees("counter/individual-number-card")
        .await;

    // Once there are live certificates, there are no second ones.
    person
        .go(&pages.sandbox, "/cards")
        .await;
    person
        .press_css(&format!("form[action='/cards/{own}/insert'] button"))
        .await;
    browser
        .arrives(&format!("{}/cards?said=card-inserted", pages.sandbox))
        .await;
    person
        .takes_an_application(pages, TARO, None)
        .await;
    person
        .has_the_card_written(pages, None)
        .await;
    counter
        .refuses(TARO, &own, &[], "authority/one-live-certificate")
        .await;

    // A card ends on its holder's tenth birthday after it was made, or earlier; after eleven years surely.
    person.go(&pages.sandbox, "/").await;
    person.fill("進める日数", "4020").await;
    person.press("この日数だけ進める").await;
    person.sees("時計を進めますか").await;
    person.press("時計を進める").await;
    browser
        .arrives(&format!("{}/?said=", pages.sandbox))
        .await;
    person
        .go(&pages.counter, "/applications")
        .await;
    if browser.url().await.contains("/log-in") {
        person
            .logs_in_as_officer(pages, "hanako")
            .await;
    }
    counter
        .refuses(TARO, &own, &[], "counter/card-valid")
        .await;
    drop(browser);
    city.stop();
}

/// Who is not known does not get in.
async fn officers(person: &Person<'_>, pages: &Pages, code: &str) {
    person
        .go(&pages.counter, "/enrol")
        .await;
    person
        .fill("登録コード", "WRONG-CODE-0000-0000")
        .await;
    enrol(person).await;
    person
        .sees("counter/officer-known")
        .await;
    person
        .enrols_as_officer(pages, "hanako", code)
        .await;
    person.press("ログアウト").await;
    person.sees("担当者のログイン").await;
    person
        .fill("担当者の名前", "hanako")
        .await;
    person
        .fill("パスワード", "another password")
        .await;
    person.press("ログイン").await;
    person
        .sees("counter/officer-known")
        .await;
    // The code is used.
    person
        .go(&pages.counter, "/enrol")
        .await;
    person.fill("登録コード", code).await;
    enrol(person).await;
    person
        .sees("counter/officer-known")
        .await;
    person
        .go(&pages.counter, "/log-in")
        .await;
    person
        .logs_in_as_officer(pages, "hanako")
        .await;
}

async fn enrol(person: &Person<'_>) {
    person
        .fill("担当者の名前", "mallory")
        .await;
    person
        .fill("パスワード", "a password of mine")
        .await;
    person
        .fill("パスワード（確認）", "a password of mine")
        .await;
    person.press("登録する").await;
}

/// Takes the tick from a box.
async fn untick(person: &Person<'_>, label: &str) {
    let box_ = person.browser.field(label).await;
    if box_.is_selected().await.unwrap() {
        box_.click().await.unwrap();
    }
}

async fn nothing_is_recorded(counter: &Counter<'_>) {
    counter
        .person
        .go(&counter.pages.counter, "/applications")
        .await;
    counter
        .person
        .sees("まだ申請はありません")
        .await;
}

struct Counter<'c> {
    person: Person<'c>,
    pages: &'c Pages,
}

impl Counter<'_> {
    /// The form of a resident with this card and these further choices is refused by `rule`.
    /// The form for this resident is not even shown.
    async fn does_not_open(&self, resident: &str, rule: &str) {
        self.person
            .go(
                &self.pages.counter,
                &format!("/applications/new/{resident}"),
            )
            .await;
        self.person.sees(rule).await;
    }

    async fn refuses(&self, resident: &str, card: &str, choices: &[&str], rule: &str) {
        self.refuses_after(
            resident,
            card,
            async |person| {
                for choice in choices {
                    person.choose(choice).await;
                }
            },
            rule,
        )
        .await;
    }

    async fn refuses_after(
        &self,
        resident: &str,
        card: &str,
        change: impl AsyncFn(&Person<'_>),
        rule: &str,
    ) {
        let (person, browser) = (&self.person, self.person.browser);
        person
            .go(
                &self.pages.counter,
                &format!("/applications/new/{resident}"),
            )
            .await;
        person
            .choose("個人番号カード（写真付き）")
            .await;
        person.fill("カードの番号", card).await;
        change(person).await;
        person.press("申請を受け付ける").await;
        person.sees(rule).await;
        let refusals = browser
            .script(
                "return [...document.querySelectorAll('[role=alert] .rule code')].map(said);",
                vec![],
            )
            .await;
        assert_eq!(refusals.json(), &serde_json::json!([rule]), "{resident}");
        let notice = browser
            .driver
            .find(By::Css("[role=alert]"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert!(notice.lines().count() >= 3, "no remedy in {notice}");
        let kept = browser.field("カードの番号").await;
        assert_eq!(
            kept.prop("value")
                .await
                .unwrap()
                .as_deref(),
            Some(card),
            "{rule}"
        );
    }
}
