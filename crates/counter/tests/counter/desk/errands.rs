//! What the desk has the agent do, the agent played over its JSON; and a form that was refused.
//!
//! * A card that is read stands in the form, and everything typed is kept; what speaks against the card is said at once.
//! * What an agent reports of foreign commands is kept, seen on the application and in the list, also after a restart.
//! * Relaying ends with the log-out of the officer who handed over.
//! * A form that the authority refused can be corrected and sent again.

use super::*;
use crate::support::{Fate, card};
use axum::http::Request;
use serde_json::{Value, json};
use shirushi_rules::{
    CARD_HOLDER, CARD_REGISTERED, CARD_VALID, Facts, INDIVIDUAL_NUMBER_CARD, InBoth, ONE_LIVE,
};
use shirushi_wire::{CardKind, CardState};

/// 落款　結
const MUSUBI: &str = "90000000080";

struct Officer {
    desk: Desk,
    cookie: String,
    token: String,
}

impl Officer {
    async fn at_the_desk() -> Self {
        let desk = Desk::open().await;
        let session = desk.town.officer("hanako", HERE).await;
        let cookie = format!("shirushi-counter={session}");
        let page = text(desk.get("/applications", &cookie).await).await;
        Self {
            token: token(&page),
            desk,
            cookie,
        }
    }

    fn session(&self) -> &str {
        self.cookie.split_once('=').unwrap().1
    }

    async fn page(&self, path: &str) -> String {
        text(self.desk.get(path, &self.cookie).await).await
    }

    async fn sends(&self, path: &str, fields: &str) -> Response {
        let body = format!("form-token={}&{fields}", self.token);
        self.desk
            .post(path, &self.cookie, ORIGIN, body)
            .await
    }

    /// Takes the errand over as the agent does: its channel and what is wanted.
    async fn claims(&self, given: &Response) -> (String, Value) {
        let to = given.headers()[header::LOCATION]
            .to_str()
            .unwrap();
        assert!(to.starts_with("http://127.0.0.1:8081/enter?site="), "{to}");
        let ticket = to.split("ticket=").nth(1).unwrap();
        let errand = self
            .asks("/agent/claims", &json!({ "ticket": ticket }))
            .await;
        assert_eq!(errand.0, StatusCode::OK, "{}", errand.1);
        let channel = errand.1["channel"]
            .as_str()
            .unwrap()
            .to_owned();
        (channel, errand.1["want"].clone())
    }

    async fn asks(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        // An agent has no cookies.
        let response = self
            .desk
            .send(request, "", body.to_string())
            .await;
        let status = response.status();
        (
            status,
            serde_json::from_str(&text(response).await).unwrap_or_default(),
        )
    }

    /// Ends an errand and brings the code back.
    async fn comes_back(&self, channel: &str, deed: Value) -> Response {
        let path = format!("/agent/errands/{channel}/deed");
        let (status, answer) = self
            .asks(&path, &json!({ "deed": deed }))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let path = format!("/returned?code={}", answer["code"].as_str().unwrap());
        let response = self.desk.get(&path, &self.cookie).await;
        // A form stands under an address of its own, which can be loaded again.
        let held = response
            .headers()
            .get("location")
            .and_then(|to| to.to_str().ok())
            .filter(|to| to.starts_with("/applications/new/"))
            .map(str::to_owned);
        match held {
            Some(held) => {
                self.desk.get(&held, &self.cookie).await;
                self.desk.get(&held, &self.cookie).await
            }
            None => response,
        }
    }

    /// The form, as an officer would send it.
    fn form(id: &str) -> String {
        format!(
            "id={id}&name=%E5%8D%B0%E3%80%80%E5%A4%AA%E9%83%8E&birth-date=1980-02-17&sex=male\
             &address=%E6%9D%B1%E4%BA%AC%E9%83%BD%E5%8D%B0%E5%B8%82%E6%9C%B1%E8%82%89%E4%B8%80%E4%B8%81%E7%9B%AE%EF%BC%91%E7%95%AA%EF%BC%91%E5%8F%B7\
             &kinds=signature&kinds=authentication&purpose=new&presence=in-person&documents=passport&fee=paid&card={CARD}"
        )
    }

    async fn hands_over(&self, id: &str) -> (String, Value) {
        let given = self
            .sends(&format!("/applications/{id}/hand-over"), "")
            .await;
        self.claims(&given).await
    }
}

fn hidden_id(page: &str) -> String {
    page.split("name=\"id\" value=\"")
        .nth(1)
        .unwrap()[..32]
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_read_stands_in_the_form_and_is_judged_at_once() {
    let officer = Officer::at_the_desk().await;
    let register = &officer.desk.town.register;
    register.put_card(card("TEST000000000002", MUSUBI));
    let mut expired = card("TEST000000000003", TARO);
    expired.valid_until = shirushi_clock::Date::constant(2026, 3, 1);
    register.put_card(expired);
    let mut invalid = card("TEST000000000004", TARO);
    invalid.state = CardState::Invalid;
    register.put_card(invalid);
    let mut old = card("TEST000000000005", TARO);
    old.kind = CardKind::ResidentRegisterCard;
    register.put_card(old);
    for (number, is_new, rule) in [
        (CARD, true, None),
        ("TEST000000000002", true, Some(&CARD_HOLDER)),
        ("TEST000000000003", true, Some(&CARD_VALID)),
        ("TEST000000000004", true, Some(&CARD_VALID)),
        ("TEST000000000005", true, Some(&INDIVIDUAL_NUMBER_CARD)),
        (CARD, false, Some(&INDIVIDUAL_NUMBER_CARD)),
        ("TEST000000000009", true, Some(&CARD_REGISTERED)),
    ] {
        let fields = Officer::form("").replace("documents=passport", "documents=residence-card")
            + "&act=card";
        let given = officer
            .sends(&format!("/applications/new/{TARO}"), &fields)
            .await;
        let (channel, want) = officer.claims(&given).await;
        assert_eq!(want["want"], "read-card");
        let deed = json!({ "deed": "card", "number": number, "is_individual_number_card": is_new });
        let back = officer.comes_back(&channel, deed).await;
        let status = match rule {
            None => StatusCode::OK,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        assert_eq!(back.status(), status, "{number}");
        let page = text(back).await;
        assert!(
            page.contains(&format!("name=\"card\" type=\"text\" value=\"{number}\"")),
            "{number}: {page}"
        );
        assert!(
            page.contains("value=\"residence-card\" checked"),
            "what was typed is kept"
        );
        assert_eq!(rule.is_some(), page.contains("role=\"alert\""), "{number}");
        if let Some(rule) = rule {
            assert!(page.contains(rule.id), "{number} {}", rule.id);
        }
    }
    let given = officer
        .sends(&format!("/applications/new/{TARO}"), "act=card")
        .await;
    let (channel, _) = officer.claims(&given).await;
    let back = officer
        .comes_back(&channel, json!({ "deed": "declined" }))
        .await;
    assert!(
        text(back)
            .await
            .contains("counter/card-read")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_command_that_is_reported_is_kept_and_seen() {
    let officer = Officer::at_the_desk().await;
    let id = officer
        .desk
        .town
        .taken(officer.session())
        .await;
    assert!(
        !officer
            .page("/applications")
            .await
            .contains("要確認")
    );
    let (channel, want) = officer.hands_over(&id).await;
    assert_eq!(
        (&want["want"], &want["card"]),
        (&json!("personalise"), &json!(CARD))
    );
    let path = format!("/agent/errands/{channel}/foreign-command");
    let report = json!({ "position": 2, "header": "002000<b>80" });
    let (status, _) = officer.asks(&path, &report).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let failed = json!({ "deed": "failed", "reason": { "ja": "x", "en": "x" } });
    let back = officer
        .comes_back(&channel, failed)
        .await;
    let to = back.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(to, format!("/applications/{id}?ended=failed"));
    for page in [
        officer.page(&to).await,
        officer
            .page(&format!("/applications/{id}"))
            .await,
    ] {
        // Hexadecimal digits are kept and nothing else.
        assert!(page.contains("<code>002000b8</code>"), "{page}");
    }
    assert!(
        officer
            .page("/applications")
            .await
            .contains("要確認")
    );
    // Nobody else's channel reports anything.
    let (status, _) = officer
        .asks(
            "/agent/errands/00112233445566778899aabbccddeeff/foreign-command",
            &report,
        )
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);

    let Officer { desk, cookie, .. } = officer;
    let Desk { mut town, .. } = desk;
    town.restart().await;
    let again = Desk::over(town).await;
    let page = text(
        again
            .get(&format!("/applications/{id}"), &cookie)
            .await,
    )
    .await;
    assert!(page.contains("<code>002000b8</code>"), "it is durable");
}

#[tokio::test(flavor = "multi_thread")]
async fn relaying_is_the_officers_and_ends_with_their_log_out() {
    let officer = Officer::at_the_desk().await;
    let id = officer
        .desk
        .town
        .taken(officer.session())
        .await;
    let (channel, _) = officer.hands_over(&id).await;
    let path = format!("/agent/errands/{channel}/relay");
    officer
        .desk
        .town
        .authority
        .says(json!({ "next": "set-pins", "kinds": ["signature"] }));
    let (status, answer) = officer
        .asks(&path, &json!({ "responses": null }))
        .await;
    assert_eq!(
        (status, &answer["next"]),
        (StatusCode::OK, &json!("set-pins"))
    );
    officer.sends("/log-out", "").await;
    let (status, _) = officer
        .asks(&path, &json!({ "responses": null }))
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_the_authority_refused_can_be_corrected() {
    let officer = Officer::at_the_desk().await;
    let path = format!("/applications/new/{TARO}");
    let first = hidden_id(&officer.page(&path).await);
    let refusal = ONE_LIVE.refusal(Facts::new().and("kind", InBoth::new("署名用", "signature")));
    officer
        .desk
        .town
        .authority
        .meets(Fate::Refused(refusal));
    let refused = officer
        .sends(&path, &(Officer::form(&first) + "&act=send"))
        .await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = text(refused).await;
    assert!(page.contains("authority/one-live-certificate"), "{page}");
    let second = hidden_id(&page);
    assert_ne!(first, second, "what was refused stays as it was sent");
    officer
        .desk
        .town
        .authority
        .meets(Fate::Answered);
    let corrected = Officer::form(&second).replace("purpose=new", "purpose=renewal") + "&act=send";
    let taken = officer.sends(&path, &corrected).await;
    assert_eq!(
        taken.headers()[header::LOCATION],
        format!("/applications/{second}")
    );
    let list = officer.page("/applications").await;
    assert!(list.contains(&first) && list.contains(&second));
    // The refused one is not handed over any more.
    let again = officer
        .sends(&format!("/applications/{first}/hand-over"), "")
        .await;
    assert_eq!(
        again.headers()[header::LOCATION],
        format!("/applications/{first}")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_is_found_by_the_code() {
    let officer = Officer::at_the_desk().await;
    let found = officer
        .page(&format!("/applications/new?q={TARO}"))
        .await;
    assert!(
        found.contains(&format!("/applications/new/{TARO}\"")),
        "{found}"
    );
    assert!(found.contains("<rt>シルシ　タロウ</rt>"));
    let nobody = officer
        .page("/applications/new?q=90000000999")
        .await;
    assert!(nobody.contains("この市区町村の住民基本台帳に見つかりません"));
}
