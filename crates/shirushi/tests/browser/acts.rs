//! What people do, page by page: an officer, an applicant beside, a citizen at home, a clerk.

use crate::{city::Pages, inspect::Inspector, person::Person};

/// The resident whom newcomers begin with, and the names that the city's pages call by.
pub(crate) const TARO: &str = "90000000014";

/// The PINs that the applicant chooses.
pub(crate) const AUTHENTICATION_PIN: &str = "4649";
pub(crate) const SIGNATURE_PASSWORD: &str = "SHIRUSHI8";

/// What officers and clerks log in with.
pub(crate) const PASSWORD: &str = "the seal is in the drawer";

/// Whether pages are inspected on the way.
pub(crate) type Look<'i> = Option<&'i Inspector>;

impl Person<'_> {
    /// Inspects the page, if that is wanted.
    pub(crate) async fn look(&self, look: Look<'_>, name: &str) {
        if let Some(inspector) = look {
            inspector.page(self.browser, name).await;
        }
    }

    /// Inspects the answer to a form, if that is wanted.
    pub(crate) async fn look_at_answer(&self, look: Look<'_>, name: &str) {
        if let Some(inspector) = look {
            inspector
                .answer(self.browser, name)
                .await;
        }
    }

    /// Goes to an address, as by a bookmark.
    pub(crate) async fn go(&self, origin: &str, path: &str) {
        self.browser
            .open(&format!("{origin}{path}"))
            .await;
    }

    /// Makes a card for a resident at the card desk and puts it into the reader; its number.
    pub(crate) async fn makes_a_card(&self, pages: &Pages, resident: &str, kind: &str) -> String {
        self.go(&pages.sandbox, "/cards").await;
        self.fill("住民票コード", resident)
            .await;
        self.choose(kind).await;
        self.press("カードを作る").await;
        self.browser
            .until("the card is in the reader", async || {
                self.browser
                    .url()
                    .await
                    .contains("card-inserted")
            })
            .await;
        let url = self.browser.url().await;
        url.rsplit_once("card=")
            .map(|(_, number)| number.to_owned())
            .unwrap()
    }

    /// Takes a code from the desk of codes.
    pub(crate) async fn takes_a_code(&self, pages: &Pages, button: &str) -> String {
        self.go(&pages.sandbox, "/codes").await;
        self.press(button).await;
        self.browser
            .until("the code is shown", async || {
                self.browser
                    .script("return !!document.querySelector('#code');", vec![])
                    .await
                    .json()
                    .as_bool()
                    == Some(true)
            })
            .await;
        let code = self
            .browser
            .script(
                "return document.querySelector('#code').textContent;",
                vec![],
            )
            .await;
        code.json().as_str().unwrap().to_owned()
    }

    /// An officer enrols at the counter and logs in.
    pub(crate) async fn enrols_as_officer(&self, pages: &Pages, name: &str, code: &str) {
        self.go(&pages.counter, "/enrol").await;
        self.fill("登録コード", code).await;
        self.fill("担当者の名前", name).await;
        self.fill("パスワード", PASSWORD).await;
        self.fill("パスワード（確認）", PASSWORD)
            .await;
        self.press("登録する").await;
        self.logs_in_as_officer(pages, name)
            .await;
    }

    /// The officer logs in.
    pub(crate) async fn logs_in_as_officer(&self, pages: &Pages, name: &str) {
        self.browser
            .arrives(&format!("{}/log-in", pages.counter))
            .await;
        self.fill("担当者の名前", name).await;
        self.fill("パスワード", PASSWORD).await;
        self.press("ログイン").await;
        self.browser
            .arrives(&format!("{}/applications", pages.counter))
            .await;
    }

    /// A clerk enrols at the agency and logs in.
    pub(crate) async fn enrols_as_clerk(&self, pages: &Pages, name: &str, code: &str) {
        self.go(&pages.agency, "/enrol").await;
        self.fill("登録コード", code).await;
        self.fill("氏名", name).await;
        self.fill("パスワード", PASSWORD).await;
        self.fill("パスワード（確認）", PASSWORD)
            .await;
        self.press("登録する").await;
        self.browser
            .until("the clerk is enrolled", async || {
                !self
                    .browser
                    .url()
                    .await
                    .ends_with("/enrol")
            })
            .await;
        if self
            .browser
            .url()
            .await
            .contains("/log-in")
        {
            self.fill("氏名", name).await;
            self.fill("パスワード", PASSWORD).await;
            self.press("ログイン").await;
        }
        self.browser
            .arrives(&format!("{}/filings", pages.agency))
            .await;
    }

    /// On the agent's page: types the PIN of a log-in or signature and is sent back to the site.
    pub(crate) async fn gives_the_pin(&self, pages: &Pages, label: &str, pin: &str, button: &str) {
        self.browser
            .arrives(&format!("{}/errands/", pages.agent))
            .await;
        self.fill(label, pin).await;
        self.press(button).await;
    }

    /// On the agent's page: the keys are made, the applicant sets both PINs, the certificates are written.
    pub(crate) async fn sets_the_pins(&self, pages: &Pages, look: Look<'_>) {
        self.browser
            .arrives(&format!("{}/errands/", pages.agent))
            .await;
        self.look(look, "agent-personalise-start")
            .await;
        self.press("始める").await;
        self.sees("ここからは申請者本人が入力してください")
            .await;
        self.look(look, "agent-personalise-pins")
            .await;
        for (field, pin) in [
            ("signature", SIGNATURE_PASSWORD),
            ("authentication", AUTHENTICATION_PIN),
        ] {
            self.fill_css(&format!("#{field}"), pin)
                .await;
            self.fill_css(&format!("#{field}-again"), pin)
                .await;
        }
        self.press("この暗証番号にする").await;
        self.browser
            .arrives(&pages.counter)
            .await;
    }
}
