//! What people have typed outlives what happens to the page.
//!
//! * A form, filled in: after a reload, and after leaving and coming back, everything stands there. The sweep asks it of every form that a
//!   page has, this test of those that it goes on with.
//! * A file is attached, or a card is read: what was typed stands there.
//! * The log-in ends before the form is sent: after the next one everything stands there.

use crate::{
    acts::{AUTHENTICATION_PIN, TARO},
    browser::Browser,
    city::City,
    look::origin_of,
    person::{Hands, Person},
};
use serde_json::Value;

const OFFICER: &str = "hanako";

/// Where the forms lead that something can be typed into. Where a password is among it, nothing is kept.
const LEADS: &str = "return [...document.querySelectorAll('main form[method=post]')]\
     .filter(form => !form.querySelector('[type=password]') && form.querySelector(\
       'input:not([type=hidden], [type=file], [type=submit]), select, textarea'))\
     .map(form => form.getAttribute('action'));";

/// What stands in the fields of the page's forms, by their names.
const STANDS: &str = "return [...document.querySelectorAll('main form[method=post]')]\
     .filter(form => !form.querySelector('[type=password]')).flatMap(form => \
     [...form.querySelectorAll('input:not([type=hidden], [type=password], [type=file], [type=submit]), select, textarea')])\
     .map(field => [field.name, field.matches('[type=checkbox], [type=radio]') ? field.checked : field.value]);";

/// Types something into each field, as a person would: the page hears of it.
const TYPES: &str = "let number = 0; \
     for (const form of [...document.querySelectorAll('main form[method=post]')].filter(form => !form.querySelector('[type=password]'))) \
       for (const field of form.querySelectorAll(\
         'input:not([type=hidden], [type=password], [type=file], [type=submit]), select, textarea')) { \
         number += 1; \
         if (field.matches('[type=checkbox], [type=radio]')) field.checked = true; \
         else if (field.matches('select')) field.selectedIndex = field.options.length - 1; \
         else field.value = field.type === 'date' ? '2001-02-03' : '入力' + number; \
         field.dispatchEvent(new Event('input', { bubbles: true })); \
       } \
     return number;";

/// What was typed, and in which ways it was lost.
pub(crate) struct Outlived {
    typed: Value,
    pub(crate) lost: Vec<String>,
}

/// Where the page's forms lead that something can be typed into.
pub(crate) async fn leads(browser: &Browser) -> Vec<String> {
    let leads = browser.script(LEADS, vec![]).await;
    serde_json::from_value(leads.json().clone()).unwrap()
}

/// Fills in the page's forms and loses the page in both ways.
pub(crate) async fn outlives(browser: &Browser) -> Outlived {
    let number = browser.script(TYPES, vec![]).await;
    assert!(number.json().as_u64() > Some(0), "no field");
    let typed = stands(browser).await;
    let here = browser.url().await;
    let mut lost = Vec::new();
    browser.open(&here).await;
    let reloaded = stands(browser).await;
    if reloaded != typed {
        lost.push(format!("reloaded: {reloaded} instead of {typed}"));
    }
    browser
        .open(&format!("{}/no/such/page", origin_of(&here)))
        .await;
    browser
        .script("history.back();", vec![])
        .await;
    browser.arrives(&here).await;
    holds(browser, &typed).await;
    Outlived { typed, lost }
}

/// The same where nothing may be lost; what was typed.
async fn keeps(browser: &Browser) -> Value {
    let Outlived { typed, lost } = outlives(browser).await;
    assert_eq!(lost, [""; 0]);
    typed
}

async fn stands(browser: &Browser) -> Value {
    browser
        .script(STANDS, vec![])
        .await
        .json()
        .clone()
}

async fn holds(browser: &Browser, typed: &Value) {
    browser
        .until("what was typed stands there", async || {
            stands(browser).await == *typed
        })
        .await;
}

/// Ends every log-in, as time does.
async fn ends_log_ins(browser: &Browser) {
    browser
        .cdp("Network.clearBrowserCookies", serde_json::json!({}))
        .await;
}

/// What was typed to be lost is forgotten, and the page as it was.
pub(crate) async fn begins_anew(browser: &Browser) {
    let here = browser.url().await;
    browser
        .script("sessionStorage.clear();", vec![])
        .await;
    browser.open(&here).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_outlives_reload_back_attaching_and_an_ended_log_in() {
    let city = City::start();
    let pages = &city.pages;
    let browser = &Browser::start().await;
    let person = Person::new(browser, Hands::Mouse);
    person
        .makes_a_card(pages, TARO, "個人番号カード")
        .await;
    let code = person
        .takes_a_code(pages, "窓口の登録コードを作る")
        .await;
    person
        .enrols_as_officer(pages, OFFICER, &code)
        .await;

    // The counter: before and after the card was read.
    person
        .opens_the_form_of(pages, TARO, None)
        .await;
    let typed = keeps(browser).await;
    let form = browser.url().await;
    ends_log_ins(browser).await;
    browser.open(&form).await;
    person
        .logs_in_as_officer(pages, OFFICER)
        .await;
    browser.open(&form).await;
    holds(browser, &typed).await;
    begins_anew(browser).await;
    person
        .choose("個人番号カード（写真付き）")
        .await;
    person.press("カードを読む").await;
    browser
        .arrives(&format!("{}/errands/", pages.agent))
        .await;
    person
        .press("この番号をサイトに伝える")
        .await;
    person.sees("カードの台帳の内容").await;
    let read = stands(browser).await;
    let here = browser.url().await;
    browser.open(&here).await;
    person.sees("カードの台帳の内容").await;
    assert_eq!(stands(browser).await, read);
    person.press("申請を受け付ける").await;
    person.sees("申請者に席を譲る").await;
    person
        .has_the_card_written(pages, None)
        .await;

    // The portal.
    person
        .begins_the_tax_return(pages, None)
        .await;
    person
        .has_the_certificate_checked(pages, None)
        .await;
    person
        .fills_in_the_tax_return(None)
        .await;
    let draft = browser.url().await;
    let file = browser
        .folder
        .path()
        .join("receipt.txt");
    std::fs::write(&file, "領収書\n").unwrap();
    let before = stands(browser).await;
    person
        .attach("ファイル（PDF、PNG、JPEG、テキスト）", &file)
        .await;
    person.press("添付する").await;
    person.sees("receipt.txt").await;
    assert_eq!(stands(browser).await, before);
    let typed = keeps(browser).await;
    ends_log_ins(browser).await;
    person
        .press("保存してあとで続ける")
        .await;
    person
        .sees("カードでログインする")
        .await;
    person
        .press("カードでログインする")
        .await;
    person
        .gives_the_pin(
            pages,
            "利用者証明用暗証番号",
            AUTHENTICATION_PIN,
            "ログインする",
        )
        .await;
    // What was sent is shown, and is sent by a press alone.
    person
        .sees("まだ何も送っていません")
        .await;
    browser.open(&draft).await;
    holds(browser, &typed).await;
    begins_anew(browser).await;
    assert_eq!(stands(browser).await, before);
    person.press("確認へ進む").await;
    person
        .sees("署名のあとは変えられません")
        .await;
    person
        .signs_and_sends(pages, None)
        .await;
    person
        .sees("審査の結果を待っています")
        .await;
    city.stop();
}
