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
        self.enters_as_clerk(pages, name).await;
    }

    /// The clerk who has just enrolled logs in, if that is still to be done.
    pub(crate) async fn enters_as_clerk(&self, pages: &Pages, name: &str) {
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

    /// The officer takes an application of a resident who has come with the card in the reader, up to the applicant's turn.
    pub(crate) async fn takes_an_application(&self, pages: &Pages, resident: &str, look: Look<'_>) {
        self.opens_the_form_of(pages, resident, look)
            .await;
        self.choose("個人番号カード（写真付き）")
            .await;
        self.press("カードを読む").await;
        self.browser
            .arrives(&format!("{}/errands/", pages.agent))
            .await;
        self.look(look, "agent-read-card").await;
        self.press("この番号をサイトに伝える")
            .await;
        self.sees("カードの台帳の内容").await;
        self.look_at_answer(look, "counter-form-with-card")
            .await;
        self.press("申請を受け付ける").await;
        self.sees("申請者に席を譲る").await;
        self.look(look, "counter-application")
            .await;
    }

    /// The officer finds a resident and opens the form.
    pub(crate) async fn opens_the_form_of(&self, pages: &Pages, resident: &str, look: Look<'_>) {
        self.go(&pages.counter, "/applications")
            .await;
        self.press("申請を受ける").await;
        self.look(look, "counter-find").await;
        self.fill("住民票コード、氏名または振り仮名", resident)
            .await;
        self.press("探す").await;
        self.look(look, "counter-found").await;
        self.press_css(&format!("a[href='/applications/new/{resident}']"))
            .await;
        self.sees("申請書に書かれたこと").await;
        self.look(look, "counter-form").await;
    }

    /// The officer hands over, and the applicant sets the PINs; the certificates are in the card.
    pub(crate) async fn has_the_card_written(&self, pages: &Pages, look: Look<'_>) {
        self.press("申請者の画面へ").await;
        self.sets_the_pins(pages, look).await;
        self.sees("電子証明書をカードに書き込みました")
            .await;
        self.look(look, "counter-result").await;
    }

    /// The citizen begins a procedure at the portal, and logs in on the way.
    pub(crate) async fn begins_the_tax_return(&self, pages: &Pages, look: Look<'_>) {
        self.go(&pages.portal, "/").await;
        self.look(look, "portal-start").await;
        self.press("手続きを選ぶ").await;
        self.look(look, "portal-procedures")
            .await;
        self.press("所得税及び復興特別所得税の確定申告")
            .await;
        self.look(look, "portal-procedure")
            .await;
        self.press("この手続きを始める").await;
        self.look(look, "portal-log-in").await;
        self.press("カードでログインする").await;
        self.browser
            .arrives(&format!("{}/errands/", pages.agent))
            .await;
        self.look(look, "agent-log-in").await;
        self.gives_the_pin(
            pages,
            "利用者証明用暗証番号",
            AUTHENTICATION_PIN,
            "ログインする",
        )
        .await;
        self.sees("ログイン中").await;
        self.browser
            .arrives(&format!("{}/procedures/RKO0010/start", pages.portal))
            .await;
        self.look(look, "portal-begin").await;
    }

    /// The citizen has the signature certificate checked, which also fills in name and address.
    pub(crate) async fn has_the_certificate_checked(&self, pages: &Pages, look: Look<'_>) {
        self.press("署名用電子証明書を確かめる")
            .await;
        self.browser
            .arrives(&format!("{}/errands/", pages.agent))
            .await;
        self.look(look, "agent-certificate")
            .await;
        self.gives_the_pin(
            pages,
            "署名用パスワード",
            SIGNATURE_PASSWORD,
            "証明書を渡す",
        )
        .await;
        self.sees("有効です。").await;
        self.look(look, "portal-begin-checked")
            .await;
    }

    /// The citizen fills in the tax return, whose name and address stand there already.
    pub(crate) async fn fills_in_the_tax_return(&self, look: Look<'_>) {
        self.press("書式に入力する").await;
        self.sees("手続きの内容").await;
        self.look(look, "portal-draft").await;
        self.fill("年分", "2025").await;
        self.fill("所得金額の合計", "4200000")
            .await;
        self.fill("納める税金（還付は負の数）", "-18400")
            .await;
    }

    /// The citizen reviews, signs and gets the receipt; its number.
    pub(crate) async fn signs_and_sends(&self, pages: &Pages, look: Look<'_>) {
        self.press("電子署名をして送る").await;
        self.browser
            .arrives(&format!("{}/errands/", pages.agent))
            .await;
        self.look(look, "agent-sign").await;
        self.gives_the_pin(pages, "署名用パスワード", SIGNATURE_PASSWORD, "署名する")
            .await;
        self.browser
            .arrives(&pages.portal)
            .await;
    }

    /// What the sandbox's desk records of a resident.
    pub(crate) async fn lets_happen(
        &self,
        pages: &Pages,
        resident: &str,
        change: &str,
        look: Look<'_>,
    ) {
        self.go(&pages.sandbox, &format!("/residents/{resident}"))
            .await;
        self.look(look, "sandbox-resident")
            .await;
        self.press_css(&format!("a[href='/residents/{resident}/changes/{change}']"))
            .await;
        self.look(look, "sandbox-change").await;
        self.press("記録する").await;
        self.sees("記録しました").await;
        self.sees("認証局に届きました").await;
        self.look(look, "sandbox-changed").await;
    }
}
