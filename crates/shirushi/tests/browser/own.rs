//! The agent by itself, as its owner uses it without any site: the card is seen and asked about, a PIN is changed, a file is signed, and
//! the signature is checked, once with its files chosen and once with both dropped.

use crate::{
    acts::{AUTHENTICATION_PIN, Look, SIGNATURE_PASSWORD},
    city::Pages,
    person::Person,
};
use base64ct::{Base64, Encoding as _};
use serde_json::json;

/// Drops two files, given in base64 with their names, on the first field of the form.
const DROP: &str = "
    const held = new DataTransfer();
    for (const [name, content] of arguments[0])
      held.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
    const zone = document.querySelector('[data-drop]');
    for (const type of ['dragover', 'drop'])
      zone.dispatchEvent(new DragEvent(type, { dataTransfer: held, bubbles: true, cancelable: true }));
    return [...document.querySelectorAll('input[type=file]')].map((field) => field.files[0]?.name ?? '');
";

impl Person<'_> {
    /// With a card in the reader whose certificates are alive.
    pub(crate) async fn uses_the_agent_alone(&self, pages: &Pages, look: Look<'_>) {
        let agent = &pages.agent;
        self.go(agent, "/").await;
        self.sees("あと4年あまり").await;
        self.look(look, "agent-card").await;
        self.press("失効していないか問い合わせる")
            .await;
        self.sees("有効です。失効していません。")
            .await;
        self.look_at_answer(look, "agent-status")
            .await;

        self.go(agent, "/certificates/sign")
            .await;
        self.look(look, "agent-certificate")
            .await;
        self.fill("署名用パスワード", "WRONG7Q")
            .await;
        self.press("証明書を見る").await;
        self.sees("根拠").await;
        self.look_at_answer(look, "agent-certificate-wrong-password")
            .await;
        self.fill("署名用パスワード", SIGNATURE_PASSWORD)
            .await;
        self.choose("失効していないかも、証明書にあるアドレスに、シリアル番号で問い合わせる")
            .await;
        self.press("証明書を見る").await;
        self.sees("有効です。失効していません。")
            .await;
        self.sees("住所").await;
        self.look_at_answer(look, "agent-certificate-seen")
            .await;

        self.go(agent, "/pins").await;
        self.look(look, "agent-pins").await;
        self.go(agent, "/pins/auth").await;
        self.look(look, "agent-pin-change")
            .await;
        self.fill("利用者証明用暗証番号", AUTHENTICATION_PIN)
            .await;
        self.fill("新しいもの", AUTHENTICATION_PIN)
            .await;
        self.fill("もう一度", AUTHENTICATION_PIN)
            .await;
        self.press("変更する").await;
        self.sees("利用者証明用暗証番号を変更しました。")
            .await;
        self.look_at_answer(look, "agent-pin-changed")
            .await;
        self.signs_a_file_and_checks_it(pages, look)
            .await;
        self.go(agent, "/revoke").await;
        self.look(look, "agent-revoke").await;
    }

    async fn signs_a_file_and_checks_it(&self, pages: &Pages, look: Look<'_>) {
        let agent = &pages.agent;
        let folder = self.browser.folder.path();
        // chromedriver takes no other characters in a path.
        let file = folder.join("estimate.txt");
        std::fs::write(&file, "見積 184,000円\n").unwrap();
        self.go(agent, "/sign").await;
        self.look(look, "agent-sign").await;
        self.attach("署名するファイル", &file)
            .await;
        self.press("次へ").await;
        self.sees("estimate.txt").await;
        self.look(look, "agent-sign-file").await;
        self.fill("署名用パスワード", SIGNATURE_PASSWORD)
            .await;
        self.press("署名する").await;
        self.sees("署名しました。").await;
        self.look(look, "agent-signed").await;
        let fetched = self
            .browser
            .script(
                "return fetch(document.getElementById('save').href)
                   .then((answer) => answer.arrayBuffer())
                   .then((bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))));",
                vec![],
            )
            .await;
        let signature = fetched
            .json()
            .as_str()
            .unwrap()
            .to_owned();
        let beside = folder.join("estimate.txt.p7s");
        std::fs::write(&beside, Base64::decode_vec(&signature).unwrap()).unwrap();

        self.go(agent, "/check").await;
        self.look(look, "agent-check").await;
        self.attach("署名のファイル", &beside)
            .await;
        self.attach("署名された元のファイル", &file)
            .await;
        self.press("確かめる").await;
        self.sees("合格: 署名は有効です").await;
        self.look_at_answer(look, "agent-checked")
            .await;
        // Another file, dropped together with the signature, in any order.
        self.go(agent, "/check").await;
        let other = Base64::encode_string("見積 1円\n".as_bytes());
        let dropped = self
            .browser
            .script(
                DROP,
                vec![json!([
                    ["見積書.txt", other],
                    ["見積書.txt.p7s", signature]
                ])],
            )
            .await;
        assert_eq!(
            dropped.json(),
            &json!(["見積書.txt.p7s", "", "", "見積書.txt"])
        );
        self.press("確かめる").await;
        self.sees("不合格: 署名は無効です")
            .await;
        self.look_at_answer(look, "agent-checked-and-failed")
            .await;
    }
}
