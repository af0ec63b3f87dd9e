//! The story, on the pages, in a real browser.
//!
//! * A card is made; an officer enrols, logs in and takes an application; the applicant sets the PINs on the agent's page and on no other;
//!   both certificates are in the card.
//! * At home the citizen logs in with the card, has the certificate checked, fills in a form, adds a file, signs what is shown, and
//!   holds a receipt. A clerk reads the validation and accepts. The portal says so.
//! * The citizen moves. The signature certificate is dead: the portal says so before a form is filled, and a filing that was under way is
//!   refused by the agency, with the reason.
//! * All of it is possible by keyboard alone, and every page that is passed stands up to inspection.

use crate::{
    acts::{Look, TARO},
    browser::Browser,
    city::{City, Pages},
    person::{Hands, Person},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_told_by_keyboard_alone() {
    let city = City::start();
    let browser = Browser::start().await;
    let person = Person::new(&browser, Hands::Keyboard);
    tell(&person, &city.pages, None).await;
    println!(
        "by keyboard: {} presses, {} characters, {:.1} s",
        person.clicks(),
        person.typed(),
        person.time().as_secs_f64()
    );
    drop(browser);
    city.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_told_with_a_mouse() {
    let city = City::start();
    let browser = Browser::start().await;
    let person = Person::new(&browser, Hands::Mouse);
    tell(&person, &city.pages, None).await;
    drop(browser);
    city.stop();
}

/// Tells the whole story.
pub(crate) async fn tell(person: &Person<'_>, pages: &Pages, look: Look<'_>) {
    let browser = person.browser;
    person
        .makes_a_card(pages, TARO, "個人番号カード")
        .await;
    person.look(look, "sandbox-cards").await;
    let code = person
        .takes_a_code(pages, "窓口の登録コードを作る")
        .await;
    person
        .look_at_answer(look, "sandbox-officer-code")
        .await;
    person
        .enrols_as_officer(pages, "hanako", &code)
        .await;
    person
        .look(look, "counter-applications-none")
        .await;
    person
        .takes_an_application(pages, TARO, look)
        .await;
    person
        .has_the_card_written(pages, look)
        .await;
    // By mouse where pages are inspected, and by keyboard.
    if look.is_some() || person.is_at_keyboard() {
        person
            .uses_the_agent_alone(pages, look)
            .await;
    }

    person
        .begins_the_tax_return(pages, look)
        .await;
    person
        .has_the_certificate_checked(pages, look)
        .await;
    person
        .fills_in_the_tax_return(look)
        .await;
    let file = browser
        .folder
        .path()
        .join("receipt.txt");
    std::fs::write(&file, "医療費の領収書 合計 184,000円\n").unwrap();
    person
        .press("保存してあとで続ける")
        .await;
    person.sees("下書き").await;
    person.look(look, "portal-my").await;
    person
        .press("所得税及び復興特別所得税の確定申告")
        .await;
    person
        .attach("ファイル（PDF、PNG、JPEG、テキスト）", &file)
        .await;
    person.press("添付する").await;
    person.sees("receipt.txt").await;
    person
        .look(look, "portal-draft-with-file")
        .await;
    person.press("確認へ進む").await;
    person
        .sees("署名のあとは変えられません")
        .await;
    person.look(look, "portal-review").await;
    person
        .signs_and_sends(pages, look)
        .await;
    person
        .sees("審査の結果を待っています")
        .await;
    person
        .look(look, "portal-receipt")
        .await;
    let receipt = browser.url().await;

    let code = person
        .takes_a_code(pages, "受付の登録コードを作る")
        .await;
    person
        .look_at_answer(look, "sandbox-clerk-code")
        .await;
    person
        .enrols_as_clerk(pages, "印刷 係子", &code)
        .await;
    person
        .look(look, "agency-filings")
        .await;
    let number = receipt.rsplit_once('/').unwrap().1;
    person
        .press_css(&format!("a[href='/filings/{number}']"))
        .await;
    person.sees("署名の検証").await;
    person.look(look, "agency-filing").await;
    person.press("受理する").await;
    person.sees("状態受理").await;
    person
        .look(look, "agency-accepted")
        .await;
    browser.open(&receipt).await;
    person.sees("受理されました。").await;
    person
        .look(look, "portal-accepted")
        .await;

    // A second filing is ready to be signed when the citizen moves.
    person
        .go(&pages.portal, "/procedures/RKO0010/start")
        .await;
    person
        .fills_in_the_tax_return(None)
        .await;
    person.press("確認へ進む").await;
    person
        .sees("署名のあとは変えられません")
        .await;
    let review = browser.url().await;
    person
        .lets_happen(pages, TARO, "move-within", look)
        .await;
    person
        .go(&pages.portal, "/procedures/RKO0010/start")
        .await;
    person.sees("失効").await;
    person
        .look(look, "portal-begin-dead")
        .await;
    assert!(
        !browser
            .text()
            .await
            .contains("書式に入力する"),
        "a dead certificate must be said before the form"
    );
    browser.open(&review).await;
    person
        .signs_and_sends(pages, None)
        .await;
    person
        .sees("受け付けられませんでした")
        .await;
    person
        .look(look, "portal-refused")
        .await;
    person.go(&pages.portal, "/apply").await;
    person.look(look, "portal-apply").await;
}
