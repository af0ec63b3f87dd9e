//! The clerks' desk.
//!
//! * A clerk enrols with a code once, logs in, and is another session then; logged out, the old cookie is worth nothing.
//! * Ten wrong tries make a name wait, whether it is known or not; what is answered is always the same. A browser in which the
//!   clerk has logged in before does not wait for the tries of others.
//! * Nothing is seen without a log-in, and every form is refused without the token of its page or from another origin.
//! * A filing is shown with what was filed, the validation in words, and evidence that is byte for byte what was sent.
//! * It is decided once, by whoever is first; a refused one is not decided at all; the applicant's side sees outcome and reason.
//! * What applicants write is text and nothing else.
#![allow(clippy::unwrap_used, reason = "a test")]

use axum::{
    body::to_bytes,
    http::{StatusCode, header},
    response::Response,
};
use serde_json::Value;
use shirushi_accounts::AccountError;
use shirushi_agency::{
    Agency, AgencyConfig, DeskConfig, DeskState, MIGRATIONS, Outcome, Submission, desk,
};
use shirushi_crypto::Secret;
use shirushi_kit::{Front, cookie, forms, text, token};
use shirushi_kit_office::{Bench, DAY, Office, filing, hanako, signed};
use shirushi_profile::CertificateKind::Signature;
use shirushi_store::Opening;
use shirushi_test_database::Server;
use shirushi_wire::filing::Filing;
use std::sync::Arc;

const ORIGIN: &str = "http://agency.localhost:8080";
const PASSWORD: &str = "correct horse battery";

/// Every form of the desk: its path, with a receipt for the name in it.
const FORMS: [&str; 5] = [
    "/log-in",
    "/enrol",
    "/log-out",
    "/filings/{receipt}/accept",
    "/filings/{receipt}/return",
];

struct Desk {
    office: Office,
    front: Front,
}

impl std::ops::Deref for Desk {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

impl Desk {
    async fn open() -> Self {
        let office = Office::open().await;
        let config = DeskConfig {
            origin: ORIGIN.to_owned(),
            is_sandbox: true,
        };
        let router = desk(office.agency.clone(), config).unwrap();
        Self {
            office,
            front: Front::new(router, ORIGIN),
        }
    }

    /// Logs in again, to what was held.
    async fn comes_back(&self, name: &str, location: &str) -> (String, String) {
        let (cookie, token) = self.visitor().await;
        let next = location.split_once('=').unwrap().1;
        let password = PASSWORD.replace(' ', "+");
        let body = format!("form-token={token}&name={name}&password={password}&next={next}");
        let response = self
            .post("/log-in", &cookie, ORIGIN, &body)
            .await;
        assert_eq!(response.headers()[header::LOCATION], next);
        let cookie = shirushi_kit::cookie(&response);
        let page = self.page(next, &cookie).await;
        (cookie, page)
    }

    async fn log_in(&self, name: &str, password: &str) -> Response {
        let (cookie, token) = self.visitor().await;
        let body = format!("form-token={token}&name={name}&password={password}&next=%2Ffilings");
        self.post("/log-in", &cookie, ORIGIN, &body)
            .await
    }

    /// A clerk who is logged in: cookie and token.
    async fn clerk(&self, name: &str) -> (String, String) {
        let code = self
            .office
            .agency
            .enrolment_code()
            .await
            .unwrap();
        let password = Secret::from(PASSWORD.as_bytes());
        self.office
            .agency
            .enrol_clerk(&code, name, password)
            .await
            .unwrap();
        let response = self
            .log_in(name, &PASSWORD.replace(' ', "+"))
            .await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[header::LOCATION], "/filings");
        let cookie = cookie(&response);
        let token = token(&self.page("/filings", &cookie).await);
        (cookie, token)
    }

    async fn filed(&self, change: impl Fn(&mut Filing)) -> (StatusCode, Value, Submission) {
        let held = self
            .office
            .bench
            .issue(Signature, 0, &hanako());
        let mut filing = filing(&hanako(), self.office.bench.now());
        change(&mut filing);
        let submission = signed(&filing, &held);
        let (status, answer) = self.office.send(&submission).await;
        (status, answer, submission)
    }

    /// A filing that was received: its receipt.
    async fn received(&self) -> (String, Submission) {
        let (status, answer, submission) = self.filed(|_| {}).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        (
            answer["receipt"]
                .as_str()
                .unwrap()
                .to_owned(),
            submission,
        )
    }

    /// What the applicant's side sees.
    async fn kept(&self, receipt: &str) -> Value {
        let path = format!("/agency/filings/{receipt}");
        self.office
            .get(&path)
            .await
            .json()
            .await
            .unwrap()
    }
}

/// The number of what is kept of a refusal.
fn evidence_of(answer: &Value) -> &str {
    answer["facts"]["evidence"]
        .as_str()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_enrols_once_and_is_another_session_after_the_log_in() {
    let desk = Desk::open().await;
    let code = desk
        .office
        .agency
        .enrolment_code()
        .await
        .unwrap();
    let code = std::str::from_utf8(code.expose()).unwrap();
    let (visitor, form) = desk.visitor().await;
    let enrol = |name: &str, password: &str, again: &str| {
        format!("form-token={form}&code={code}&name={name}&password={password}&again={again}")
    };
    for (body, words) in [
        (enrol("mori", "short", "short"), "12文字以上"),
        (
            enrol("mori", "long+enough+1", "long+enough+2"),
            "一致しません",
        ),
        (enrol("", "long+enough+1", "long+enough+1"), "1～60文字"),
    ] {
        let refused = desk
            .post("/enrol", &visitor, ORIGIN, &body)
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(refused).await.contains(words), "{words}");
    }
    let body = enrol("mori", "long+enough+1", "long+enough+1");
    let done = desk
        .post("/enrol", &visitor, ORIGIN, &body)
        .await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let body = enrol("hayashi", "long+enough+1", "long+enough+1");
    let again = desk
        .post("/enrol", &visitor, ORIGIN, &body)
        .await;
    assert!(
        text(again)
            .await
            .contains("agency/clerk-known")
    );

    let body =
        format!("form-token={form}&name=mori&password=long+enough+1&next=%2F%2Fevil.example");
    let response = desk
        .post("/log-in", &visitor, ORIGIN, &body)
        .await;
    assert_eq!(response.headers()[header::LOCATION], "/filings");
    let clerk = cookie(&response);
    assert_ne!(
        clerk, visitor,
        "the session of before the log-in is no clerk's"
    );
    assert_eq!(
        desk.get("/filings", &visitor)
            .await
            .status(),
        StatusCode::SEE_OTHER
    );
    let page = desk.page("/filings", &clerk).await;
    assert!(page.contains("mori"));
    let body = format!("form-token={}", token(&page));
    let out = desk
        .post("/log-out", &clerk, ORIGIN, &body)
        .await;
    assert!(
        out.headers()[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    let stolen = desk.get("/filings", &clerk).await;
    assert_eq!(stolen.headers()[header::LOCATION], "/log-in?next=/filings");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_a_working_day_and_a_code_after_a_day() {
    let desk = Desk::open().await;
    let (clerk, _) = desk.clerk("mori").await;
    let code = desk
        .office
        .agency
        .enrolment_code()
        .await
        .unwrap();
    desk.office
        .bench
        .clock
        .advance(8 * 60 * 60 + 1);
    assert_eq!(
        desk.get("/filings", &clerk)
            .await
            .status(),
        StatusCode::SEE_OTHER
    );
    desk.office.bench.clock.advance(DAY);
    let late = desk
        .office
        .agency
        .enrol_clerk(&code, "hayashi", Secret::from(PASSWORD.as_bytes()))
        .await;
    assert!(matches!(late, Err(AccountError::Refused(_))));
    assert_eq!(
        desk.office
            .agency
            .accounts()
            .count()
            .await
            .unwrap(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_wrong_tries_make_a_name_wait_whether_it_is_known_or_not() {
    let desk = Desk::open().await;
    desk.clerk("mori").await;
    let right = PASSWORD.replace(' ', "+");
    let known = desk
        .log_in("mori", &right)
        .await
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with("shirushi-agency-known="))
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    for name in ["mori", "nobody"] {
        let mut answers = Vec::new();
        for _ in 0..10 {
            let response = desk
                .log_in(name, "wrong+wrong+wrong")
                .await;
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
            answers.push(
                text(response)
                    .await
                    .contains("agency/clerk-known"),
            );
        }
        assert_eq!(answers, [true; 10]);
    }
    let (cookie, token) = desk.visitor().await;
    let body = format!("form-token={token}&name=mori&password={right}&next=%2Ffilings");
    let own = desk
        .post("/log-in", &format!("{cookie}; {known}"), ORIGIN, &body)
        .await;
    assert_eq!(own.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        desk.log_in("mori", &right)
            .await
            .status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    desk.office
        .bench
        .clock
        .advance(15 * 60 + 1);
    assert_eq!(
        desk.log_in("mori", &right)
            .await
            .status(),
        StatusCode::SEE_OTHER
    );
}

#[test]
fn the_table_has_every_form_of_the_sources() {
    let source = include_str!("../../src/desk.rs");
    let found: Vec<&str> = source
        .split(".route(\"")
        .skip(1)
        .filter_map(|route| {
            let (path, rest) = route.split_once('"')?;
            rest.split('\n')
                .next()?
                .contains("post(")
                .then_some(path)
        })
        .collect();
    assert_eq!(found.len(), FORMS.len());
    assert!(
        found
            .iter()
            .all(|path| FORMS.contains(path)),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_from_elsewhere_do_nothing() {
    let desk = Desk::open().await;
    let (receipt, _) = desk.received().await;
    let (clerk, form) = desk.clerk("mori").await;
    let (_, others) = desk.visitor().await;
    for path in FORMS {
        let path = path.replace("{receipt}", &receipt);
        for (origin, token) in [
            (ORIGIN, ""),
            (ORIGIN, others.as_str()),
            ("http://evil.example", form.as_str()),
            ("null", form.as_str()),
            ("http://portal.localhost:8080", form.as_str()),
        ] {
            let body = format!("form-token={token}&name=mori&password=x&code=x&reason=x");
            let refused = desk
                .post(&path, &clerk, origin, &body)
                .await;
            assert_eq!(
                refused.status(),
                StatusCode::UNPROCESSABLE_ENTITY,
                "{path} {origin}"
            );
            assert!(
                text(refused)
                    .await
                    .contains("page/of-this-session"),
                "{path} {origin}"
            );
        }
        let response = desk.get(&path, &clerk).await;
        assert_eq!(response.headers()["x-frame-options"], "DENY", "{path}");
    }
    assert_eq!(
        desk.get("/filings", &clerk)
            .await
            .status(),
        StatusCode::OK
    );
    assert_eq!(desk.kept(&receipt).await["decision"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_after_the_log_in_ended_comes_back_to_who_typed_it() {
    use forms::{assert_named, encoded, forms_of, held_in, links_of};
    let desk = Desk::open().await;
    let (clerk, _) = desk.clerk("mori").await;
    desk.clerk("hayashi").await;
    desk.received().await;
    let mut pages = std::collections::BTreeSet::from(["/filings".to_owned()]);
    pages.extend(links_of(&desk.page("/filings", &clerk).await));
    let (mut seen, mut held) = (std::collections::BTreeSet::new(), Vec::new());
    for path in &pages {
        let page = text(desk.get(path, &clerk).await).await;
        for form in forms_of(&page) {
            seen.insert(form.action.clone());
            let typed = form.typed();
            let (body, _) = encoded(&form, &typed);
            if form.action == "/log-out" {
                continue;
            }
            // The cookie is gone: the log-in has ended.
            let (nobody, _) = desk.visitor().await;
            let led = desk
                .post(&form.action, &nobody, ORIGIN, &body)
                .await;
            let location = led.headers()[header::LOCATION]
                .to_str()
                .unwrap();
            let typed: Vec<_> = typed
                .into_iter()
                .filter(|(name, _)| !forms::is_own(name))
                .collect();
            if typed.is_empty() {
                assert_eq!(location, "/log-in?next=/filings");
                continue;
            }
            let page = text(desk.get(location, &nobody).await).await;
            assert!(page.contains("入力した内容は残してあり"), "{page}");
            let (_, page) = desk
                .comes_back("hayashi", location)
                .await;
            assert!(page.contains("別の方のもの"), "{page}");
            let (cookie, page) = desk.comes_back("mori", location).await;
            let again = forms_of(&page)
                .into_iter()
                .find(|again| again.action == form.action)
                .unwrap();
            assert_eq!(again.given(), typed);
            assert_named(&page, &form);
            let all: Vec<_> = again
                .fields
                .iter()
                .map(|field| (field.name.clone(), field.value.clone()))
                .collect();
            let sent = desk
                .post(&form.action, &cookie, ORIGIN, &encoded(&again, &all).0)
                .await;
            assert_ne!(sent.status(), StatusCode::FORBIDDEN);
            assert!(held_in(location).is_some());
            held.push(form.action);
        }
    }
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(forms::unseen(&FORMS, &seen), ["/log-in", "/enrol"]);
    // Who never was here fills no memory with forms.
    let (nobody, token) = desk.visitor().await;
    let path = &held[0];
    for mark in ["", &"0".repeat(96)] {
        let body = format!("form-token={token}&form-who={mark}&reason=x");
        let led = desk
            .post(path, &nobody, ORIGIN, &body)
            .await;
        assert_eq!(led.headers()[header::LOCATION], "/log-in?next=/filings");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_seen_without_a_log_in() {
    let desk = Desk::open().await;
    let (receipt, _) = desk.received().await;
    for path in [
        "/filings".to_owned(),
        format!("/filings/{receipt}"),
        format!("/filings/{receipt}/report"),
        format!("/filings/{receipt}/evidence/document"),
        format!("/filings/{receipt}/attachments/0"),
    ] {
        let response = desk.get(&path, "").await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        let to = response.headers()[header::LOCATION]
            .to_str()
            .unwrap();
        assert_eq!(to, format!("/log-in?next={path}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filing_is_shown_with_its_validation_in_words_and_its_evidence_in_bytes() {
    let desk = Desk::open().await;
    let (receipt, submission) = desk.received().await;
    let (clerk, _) = desk.clerk("mori").await;
    let path = format!("/filings/{receipt}");
    for (cookie, words) in [
        (
            clerk.clone(),
            [
                "署名は有効です。",
                "署名されたときから変わっていません",
                "失効していませんでした",
                "所得金額の合計",
                "領収書.txt",
            ],
        ),
        (
            format!("{clerk}; shirushi-language=en"),
            [
                "The signature is valid.",
                "not been changed since",
                "had not been revoked",
                "Total income",
                "領収書.txt",
            ],
        ),
    ] {
        let page = desk.page(&path, &cookie).await;
        for words in words
            .into_iter()
            .chain(["TOTAL-PASSED", "filing/not-revoked", "3210000"])
        {
            assert!(page.contains(words), "{words}");
        }
        assert!(
            desk.page(&format!("{path}/report"), &cookie)
                .await
                .contains("TOTAL-PASSED")
        );
    }
    for (name, bytes) in [
        ("document", &submission.document),
        ("signature", &submission.signature),
    ] {
        let response = desk
            .get(&format!("{path}/evidence/{name}"), &clerk)
            .await;
        let disposition = response.headers()[header::CONTENT_DISPOSITION].clone();
        assert_eq!(disposition, format!("attachment; filename=\"{name}\""));
        assert_eq!(
            to_bytes(response.into_body(), 1 << 20)
                .await
                .unwrap(),
            *bytes
        );
    }
    let attachment = desk
        .get(&format!("{path}/attachments/0"), &clerk)
        .await;
    assert_eq!(text(attachment).await, "one receipt");
    for missing in ["/attachments/1", "/evidence/nothing"] {
        let response = desk
            .get(&format!("{path}{missing}"), &clerk)
            .await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(
        desk.get("/filings/00", &clerk)
            .await
            .status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filing_is_decided_once() {
    let desk = Desk::open().await;
    let (clerk, form) = desk.clerk("mori").await;
    let (receipt, _) = desk.received().await;
    let give_back = format!("/filings/{receipt}/return");
    let long = "あ".repeat(1_001);
    for reason in ["", "++", long.as_str()] {
        let body = format!("form-token={form}&reason={reason}");
        let refused = desk
            .post(&give_back, &clerk, ORIGIN, &body)
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    // Refused with its number, and what was typed stands there still.
    for (sent, number) in [
        ("%E2%80%AE", "U+202E"),
        ("%E2%80%8D", "U+200D"),
        ("%E3%85%A4", "U+3164"),
        ("%CD%B8", "U+0378"),
    ] {
        let body = format!("form-token={form}&reason=%E4%B8%8D%E8%B6%B3{sent}");
        let refused = desk
            .post(&give_back, &clerk, ORIGIN, &body)
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = text(refused).await;
        assert!(page.contains(&format!("3文字目の{number}")), "{page}");
        assert!(page.contains(">不足"), "{page}");
        let path = "/enrol";
        let body = format!(
            "form-token={form}&code=x&password={PASSWORD}&again={PASSWORD}&name=mori{sent}"
        );
        let refused = desk
            .post(path, &clerk, ORIGIN, &body)
            .await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(refused).await.contains(number));
    }
    let body = format!("form-token={form}&reason=%3Cb%3E%E4%B8%8D%E8%B6%B3%0D%0Asecond");
    let done = desk
        .post(&give_back, &clerk, ORIGIN, &body)
        .await;
    assert_eq!(
        done.headers()[header::LOCATION],
        format!("/filings/{receipt}")
    );
    let decision = &desk.kept(&receipt).await["decision"];
    assert_eq!(decision["outcome"], "returned");
    assert_eq!(decision["reason"], "<b>不足\nsecond");
    assert_eq!(decision["decided_at"], desk.office.bench.now().unix());
    assert_eq!(
        decision["clerk"],
        Value::Null,
        "the clerk is the agency's own matter"
    );
    let page = desk
        .page(&format!("/filings/{receipt}"), &clerk)
        .await;
    assert!(page.contains("&lt;b&gt;不足") && !page.contains("/accept\""));
    let second = desk
        .post(
            &format!("/filings/{receipt}/accept"),
            &clerk,
            ORIGIN,
            &format!("form-token={form}"),
        )
        .await;
    assert_eq!(second.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text(second)
            .await
            .contains("agency/decided-once")
    );
    assert_eq!(desk.kept(&receipt).await["decision"]["outcome"], "returned");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_decisions_at_once_one_wins() {
    let desk = Desk::open().await;
    let (cookie, _) = desk.clerk("mori").await;
    let session = cookie.split('=').nth(1).unwrap();
    let clerk = desk
        .office
        .agency
        .clerk(session)
        .await
        .unwrap()
        .unwrap();
    let (receipt, _) = desk.received().await;
    let tries = (0..16).map(|number| {
        let (agency, clerk, receipt) = (desk.office.agency.clone(), clerk.clone(), receipt.clone());
        tokio::spawn(async move {
            let outcome = [Outcome::Accepted, Outcome::Returned][number % 2];
            agency
                .decide(&receipt, outcome, None, &clerk)
                .await
                .unwrap()
        })
    });
    let mut won = 0;
    for decided in tries.collect::<Vec<_>>() {
        won += usize::from(decided.await.unwrap());
    }
    assert_eq!(won, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_filing_is_shown_with_its_rule_and_not_decided() {
    let desk = Desk::open().await;
    let (clerk, form) = desk.clerk("mori").await;
    let (status, answer, _) = desk
        .filed(|filing| filing.applicant.name = "<script>alert(1)</script>".to_owned())
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer["rule"], "filing/signer-is-applicant");
    let receipt = evidence_of(&answer);
    for path in ["/filings".to_owned(), format!("/filings/{receipt}")] {
        let page = desk.page(&path, &clerk).await;
        assert!(page.contains("filing/signer-is-applicant"), "{path}");
        assert!(
            page.contains("&lt;script&gt;") && !page.contains("<script>alert"),
            "{path}"
        );
        assert!(!page.contains("/accept\""));
    }
    let accepted = desk
        .post(
            &format!("/filings/{receipt}/accept"),
            &clerk,
            ORIGIN,
            &format!("form-token={form}"),
        )
        .await;
    assert!(
        text(accepted)
            .await
            .contains("agency/decided-once")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_asked_is_not_shown_as_holding() {
    let desk = Desk::open().await;
    let (clerk, _) = desk.clerk("mori").await;
    for fails in [
        &desk.office.bench.statuses_fail,
        &desk.office.bench.lists_fail,
    ] {
        fails.store(true, std::sync::atomic::Ordering::SeqCst);
    }
    let (_, answer, _) = desk.filed(|_| {}).await;
    assert_eq!(answer["rule"], "filing/status-known");
    let receipt = evidence_of(&answer);
    let page = desk
        .page(&format!("/filings/{receipt}"), &clerk)
        .await;
    for words in [
        "INDETERMINATE / TRY_LATER",
        "<strong>未確認</strong> 確かめていません: 証明書は失効していませんでした。",
        "<strong>不適合</strong> 署名用電子証明書の有効性を今は確認できません（OCSP: 今は答えられないとのことです（tryLater）、CRL: サーバーの障害です（HTTP 503））。",
        "申請者への案内: あなたの署名にもカードにも問題はありません。",
        // For the clerk, who can neither sign nor mend the network.
        "認証局のサーバーが、今は答えません。続くときは、システムの担当者に知らせてください。",
        "<strong>適合</strong> 文書は、署名されたときから変わっていません。",
    ] {
        assert!(page.contains(words), "no {words:?} in {page}");
    }
    assert!(!page.contains("<strong>適合</strong> 証明書は失効していませんでした"));
}

/// A sentence that holds says nothing of what another rule finds broken.
#[tokio::test(flavor = "multi_thread")]
async fn of_what_is_broken_nothing_is_said_to_hold() {
    let desk = Desk::open().await;
    let (clerk, _) = desk.clerk("mori").await;
    let bench = &desk.office.bench;
    let held = bench.issue(Signature, 0, &hanako());
    bench.revoke(&held.certificate);
    let submission = signed(&filing(&hanako(), bench.now()), &held);
    let (_, answer) = desk.office.send(&submission).await;
    assert_eq!(answer["rule"], "filing/not-revoked");
    let receipt = evidence_of(&answer);
    let page = desk
        .page(&format!("/filings/{receipt}"), &clerk)
        .await;
    for words in [
        "<strong>不適合</strong> 署名用電子証明書は失効しています",
        "<strong>適合</strong> 失効しているかどうかを、認証局の情報で確かめました。",
        // Of the end of its validity alone: that it has begun is another rule's.
        "<strong>適合</strong> 証明書の有効期限は過ぎていませんでした。",
    ] {
        assert!(page.contains(words), "no {words:?} in {page}");
    }
    for untrue in [
        "失効していないことを",
        "失効していませんでした",
        "有効期間内",
    ] {
        assert!(!page.contains(untrue), "{untrue:?} in {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_by_state_and_go_on() {
    let desk = Desk::open().await;
    let (cookie, form) = desk.clerk("mori").await;
    let mut receipts = Vec::new();
    for _ in 0..52 {
        receipts.push(desk.received().await.0);
        desk.office.bench.clock.advance(1);
    }
    let accept = format!("/filings/{}/accept", receipts[3]);
    desk.post(&accept, &cookie, ORIGIN, &format!("form-token={form}"))
        .await;
    let agency = &desk.office.agency;
    let waiting = agency
        .filings(Some(DeskState::Waiting), None, 100)
        .await
        .unwrap();
    assert_eq!(waiting.len(), 51);
    assert_eq!(waiting[0].receipt, receipts[51]);
    let accepted = desk
        .page("/filings?state=accepted", &cookie)
        .await;
    assert!(accepted.contains(&format!("/filings/{}\"", receipts[3])));
    assert!(!accepted.contains(&format!("/filings/{}\"", receipts[4])));
    let first = desk.page("/filings", &cookie).await;
    let more = first
        .split("href=\"/filings?state=&amp;at=")
        .nth(1)
        .unwrap();
    let more = more
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    let second = desk
        .page(&format!("/filings?state=&at={more}"), &cookie)
        .await;
    for (place, receipt) in receipts.iter().enumerate() {
        let link = format!("/filings/{receipt}\"");
        assert_eq!(
            (first.contains(&link), second.contains(&link)),
            (place >= 2, place < 2),
            "{place}"
        );
    }
}

/// Several processes serve one desk, on a server: a form goes back to whichever answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_one_process_is_taken_by_another_that_shares_its_database() {
    let address = Server::shared().new_database("two_agencies");
    let bench = Bench::new();
    let front = async || {
        let store = Opening::of(&address, MIGRATIONS)
            .shared()
            .open()
            .await
            .unwrap();
        let config = AgencyConfig {
            anchors: vec![bench.signature.certificate.clone()],
            status_base: "http://127.0.0.1:1".to_owned(),
        };
        let agency = Agency::open(store, bench.clock.clone(), config)
            .await
            .unwrap();
        let agency = Arc::new(agency);
        let config = DeskConfig {
            origin: ORIGIN.to_owned(),
            is_sandbox: true,
        };
        let front = Front::new(desk(agency.clone(), config).unwrap(), ORIGIN);
        (agency, front)
    };
    let ((agency, one), (_, other)) = (front().await, front().await);
    let code = agency.enrolment_code().await.unwrap();
    let password = Secret::from(PASSWORD.as_bytes());
    agency
        .enrol_clerk(&code, "hanako", password)
        .await
        .unwrap();
    let (cookie, token) = one.visitor().await;
    let password = PASSWORD.replace(' ', "+");
    let body = format!("form-token={token}&name=hanako&password={password}&next=%2Ffilings");
    let response = other
        .post("/log-in", &cookie, ORIGIN, &body)
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    // Who has logged in at one is known to both.
    let cookie = shirushi_kit::cookie(&response);
    one.page("/filings", &cookie).await;
}
