//! The way of a newcomer, from the start page to an accepted filing, with nothing but a browser; what it costs is counted.
//!
//! The words in front of a button are read by nobody here: the seconds are the machine's and the typing's, without a person's thinking.

use crate::{
    acts::{AUTHENTICATION_PIN, PASSWORD, SIGNATURE_PASSWORD},
    browser::Browser,
    city::{City, Pages},
    person::{Hands, Person},
    tools,
};
use serde_json::{Value, json};
use std::{cell::RefCell, path::PathBuf};

/// More would be too long a way.
const MOST_CLICKS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_reaches_an_accepted_filing() {
    let walk = walk(None).await;
    println!("{walk:#}");
    let path = tools::workspace().join("target/walk.json");
    std::fs::write(path, format!("{walk:#}\n")).unwrap();
    let last = walk["stops"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    let clicks = usize::try_from(last["clicks"].as_u64().unwrap()).unwrap();
    assert!(clicks <= MOST_CLICKS, "{clicks} clicks");
}

/// The pictures of the README: `cargo test -p shirushi --test browser -- --ignored write_the_walk`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it writes into docs/"]
async fn write_the_walk() {
    let folder = tools::workspace().join("docs/walk");
    std::fs::create_dir_all(&folder).unwrap();
    let walk = walk(Some(folder.clone())).await;
    std::fs::write(folder.join("walk.json"), format!("{walk:#}\n")).unwrap();
}

/// What stands at each stop of the way.
struct Way<'w> {
    person: &'w Person<'w>,
    pictures: Option<PathBuf>,
    stops: RefCell<Vec<Value>>,
}

impl Way<'_> {
    /// Notes where the newcomer is, and takes a picture if that is wanted.
    async fn stop(&self, name: &str, what: &str) {
        let number = self.stops.borrow().len();
        self.stops.borrow_mut().push(json!({
            "stop": name,
            "what": what,
            "clicks": self.person.clicks(),
            "characters": self.person.typed(),
            "seconds": (self.person.time().as_secs_f64() * 10.0).round() / 10.0,
        }));
        if let Some(folder) = &self.pictures {
            let path = folder.join(format!("{:02}-{name}.png", number + 1));
            self.person
                .browser
                .driver
                .screenshot(&path)
                .await
                .unwrap();
        }
    }
}

async fn walk(pictures: Option<PathBuf>) -> Value {
    let city = City::start();
    let browser = Browser::start().await;
    let pages = &city.pages;
    browser
        .open(&format!("{}/", pages.sandbox))
        .await;
    let person = Person::new(&browser, Hands::Mouse);
    let way = Way {
        person: &person,
        pictures,
        stops: RefCell::default(),
    };
    way.stop("start", "the start page, the only address that is typed")
        .await;
    issue(&way, pages).await;
    file(&way, pages).await;
    accept(&way, pages).await;
    let stops = way.stops.into_inner();
    drop(browser);
    city.stop();
    json!({ "stops": stops })
}

/// The card, the counter, the PINs.
async fn issue(way: &Way<'_>, pages: &Pages) {
    let person = way.person;
    person
        .press("印 太郎さんのカードを作って入れる")
        .await;
    person
        .sees("リーダーに入っているカード")
        .await;
    way.stop("card", "a card is made and in the reader")
        .await;
    person
        .press("登録コードを作る: 印市")
        .await;
    person
        .sees("1回だけ使えるコードです")
        .await;
    let code = code(person).await;
    way.stop("code", "a code for the first officer")
        .await;
    person
        .press("窓口の担当者として登録する")
        .await;
    person.sees("担当者の登録").await;
    person.fill("登録コード", &code).await;
    person
        .fill("担当者の名前", "hanako")
        .await;
    person
        .fill("パスワード", PASSWORD)
        .await;
    person
        .fill("パスワード（確認）", PASSWORD)
        .await;
    person.press("登録する").await;
    person
        .logs_in_as_officer(pages, "hanako")
        .await;
    way.stop("counter", "the officer is logged in")
        .await;
    person.press("申請を受ける").await;
    person
        .fill("住民票コード、氏名または振り仮名", "印")
        .await;
    person.press("探す").await;
    person
        .press_css("a[href='/applications/new/90000000014']")
        .await;
    person
        .choose("個人番号カード（写真付き）")
        .await;
    way.stop("form", "the application, with what the register says")
        .await;
    person.press("カードを読む").await;
    person
        .press("この番号をサイトに伝える")
        .await;
    person.sees("カードの台帳の内容").await;
    person.press("申請を受け付ける").await;
    person.press("申請者の画面へ").await;
    person.press("始める").await;
    person
        .sees("ここからは申請者本人が入力してください")
        .await;
    way.stop("pins", "the applicant sets the PINs, on the agent's page")
        .await;
    for (field, pin) in [
        ("signature", SIGNATURE_PASSWORD),
        ("authentication", AUTHENTICATION_PIN),
    ] {
        person
            .fill_css(&format!("#{field}"), pin)
            .await;
        person
            .fill_css(&format!("#{field}-again"), pin)
            .await;
    }
    person.press("この暗証番号にする").await;
    person
        .sees("電子証明書をカードに書き込みました")
        .await;
    way.stop("issued", "both certificates are in the card")
        .await;
}

/// The portal, up to the receipt.
async fn file(way: &Way<'_>, pages: &Pages) {
    let person = way.person;
    back_to_the_start(person, pages).await;
    person.press("ポータルを開く").await;
    person.press("手続きを選ぶ").await;
    person
        .press("所得税及び復興特別所得税の確定申告")
        .await;
    person.press("この手続きを始める").await;
    person
        .press("カードでログインする")
        .await;
    person.sees("求めているサイト").await;
    way.stop("log-in", "the agent says who asks, and takes the PIN")
        .await;
    person
        .fill("利用者証明用暗証番号", AUTHENTICATION_PIN)
        .await;
    person.press("ログインする").await;
    person
        .press("署名用電子証明書を確かめる")
        .await;
    person
        .fill("署名用パスワード", SIGNATURE_PASSWORD)
        .await;
    person.press("証明書を渡す").await;
    person
        .fills_in_the_tax_return(None)
        .await;
    way.stop(
        "draft",
        "the form, with name and address from the certificate",
    )
    .await;
    person.press("確認へ進む").await;
    person.press("電子署名をして送る").await;
    person.sees("求めているサイト").await;
    way.stop("sign", "the agent shows what is signed")
        .await;
    person
        .fill("署名用パスワード", SIGNATURE_PASSWORD)
        .await;
    person.press("署名する").await;
    person
        .sees("審査の結果を待っています")
        .await;
    way.stop("receipt", "the agency has received the filing")
        .await;
}

/// The clerk, and the portal again.
async fn accept(way: &Way<'_>, pages: &Pages) {
    let person = way.person;
    let receipt = person.browser.url().await;
    back_to_the_start(person, pages).await;
    person
        .press("受付の登録コードを作る")
        .await;
    person
        .sees("1回だけ使えるコードです")
        .await;
    let code = code(person).await;
    person
        .press("受付の担当者として登録する")
        .await;
    person.sees("係員の登録").await;
    person.fill("登録コード", &code).await;
    person.fill("氏名", "印刷 係子").await;
    person
        .fill("パスワード", PASSWORD)
        .await;
    person
        .fill("パスワード（確認）", PASSWORD)
        .await;
    person.press("登録する").await;
    person
        .enters_as_clerk(pages, "印刷 係子")
        .await;
    person.press_css("main table a").await;
    person.sees("署名は有効です。").await;
    way.stop("validation", "the clerk reads the validation")
        .await;
    person.press("受理する").await;
    person.sees("状態受理").await;
    person.browser.open(&receipt).await;
    person.sees("受理されました。").await;
    way.stop("accepted", "the portal says that it is accepted")
        .await;
}

/// The start page is in another tab.
async fn back_to_the_start(person: &Person<'_>, pages: &Pages) {
    person.counts_a_click();
    person.go(&pages.sandbox, "/").await;
}

async fn code(person: &Person<'_>) -> String {
    let code = person
        .browser
        .script(
            "return document.querySelector('#code').textContent;",
            vec![],
        )
        .await;
    code.json().as_str().unwrap().to_owned()
}
