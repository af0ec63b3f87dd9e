//! Logging in at the portal.
//!
//! * A log-in gives another session than the one before it, to the path that was wanted; a log-out makes its cookie worthless.
//! * A session ends after half an hour in which nothing happens, and after eight hours in any case.
//! * A log-in counts only with a living authentication certificate over this site's challenge to this session, once.
//! * A responder that does not answer is not the citizen's fault, and is not told as one.
//! * News from after the site's clock is none yet.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::hall::{
    self, Browser, DAY, Hall, Held, ORIGIN, Office, cms, cookie, hanako, location, odd, text, token,
};
use axum::http::{StatusCode, header};
use serde_json::json;
use shirushi_profile::CertificateKind::{Authentication, Signature};
use std::sync::atomic::Ordering;

const MINUTE: i64 = 60;

fn held(hall: &Hall) -> Held {
    hall.office
        .bench
        .issue(Authentication, 1, &hanako())
}

async fn is_logged_in(hall: &Hall, cookie: &str) -> bool {
    let response = hall.get("/my", cookie).await;
    match response.status() {
        StatusCode::OK => true,
        StatusCode::SEE_OTHER => {
            assert_eq!(location(&response), "/log-in?to=/my");
            false
        }
        status => panic!("{status}"),
    }
}

/// The log-in is refused with these words, and nobody is logged in.
async fn assert_refused(
    hall: &Hall,
    browser: &Browser,
    response: axum::response::Response,
    words: &str,
) {
    assert_eq!(
        response.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "{words}"
    );
    assert!(
        response
            .headers()
            .get(header::SET_COOKIE)
            .is_none()
    );
    let page = text(response).await;
    assert!(page.contains(words), "{words}: {page}");
    assert!(!is_logged_in(hall, &browser.cookie).await, "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_gives_another_session_and_a_log_out_ends_it() {
    let hall = Hall::open().await;
    let held = held(&hall);
    let visitor = hall.visitor().await;
    let response = hall.try_log_in(&visitor, &held).await;
    assert_eq!(location(&response), "/my");
    let set = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"));
    let citizen = cookie(&response);
    assert_ne!(citizen, visitor.cookie);
    assert!(
        !is_logged_in(&hall, &visitor.cookie).await,
        "the session known before is nobody's"
    );
    assert!(is_logged_in(&hall, &citizen).await);
    let page = text(hall.get("/my", &citizen).await).await;
    let serial = held.certificate.serial().to_string();
    assert!(
        page.replace("</span><span>", "")
            .contains(&serial)
    );
    let out = hall
        .post(
            "/log-out",
            &citizen,
            ORIGIN,
            &[("form-token", &token(&page))],
        )
        .await;
    assert_eq!(location(&out), "/");
    assert!(
        out.headers()[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert!(
        !is_logged_in(&hall, &citizen).await,
        "a stolen cookie is worth nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_leads_on_within_the_site_alone() {
    let hall = Hall::open().await;
    let held = held(&hall);
    for (to, leads) in [
        ("/procedures/RKO0010/start", "/procedures/RKO0010/start"),
        ("//evil.example", "/my"),
        ("https://evil.example/", "/my"),
        ("/\\evil.example", "/my"),
    ] {
        let visitor = hall.visitor().await;
        let given = hall
            .send("/log-in", &visitor, &[("to", to)])
            .await;
        let errand = hall.errand(&given).await;
        let shirushi_wire::Want::LogIn { challenge } = &errand.want else {
            panic!("no log-in");
        };
        let statement = challenge.statement(ORIGIN);
        let response = hall
            .answer(&visitor, &errand, &statement, &held)
            .await;
        assert_eq!(location(&response), leads, "{to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_idle_and_after_eight_hours() {
    let hall = Hall::open().await;
    let held = held(&hall);
    let idle = hall.log_in(&held).await;
    hall.later(30 * MINUTE);
    assert!(
        is_logged_in(&hall, &idle.cookie).await,
        "half an hour is allowed"
    );
    hall.later(30 * MINUTE + 1);
    assert!(!is_logged_in(&hall, &idle.cookie).await);

    let busy = hall.log_in(&held).await;
    for _ in 0..24 {
        hall.later(20 * MINUTE);
        assert!(is_logged_in(&hall, &busy.cookie).await);
    }
    hall.later(1);
    assert!(
        !is_logged_in(&hall, &busy.cookie).await,
        "eight hours are over"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_is_a_signature_for_this_site_and_this_session() {
    let hall = Hall::open().await;
    let held = held(&hall);
    let words = "このサイトの、この画面への署名ではありません";

    for other in [
        "http://evil.example",
        "https://portal.localhost:8080",
        "http://portal.localhost",
    ] {
        let browser = hall.visitor().await;
        let (errand, challenge) = hall.challenged(&browser).await;
        let response = hall
            .answer(&browser, &errand, &challenge.statement(other), &held)
            .await;
        assert_refused(&hall, &browser, response, words).await;
    }

    let (browser, another) = (hall.visitor().await, hall.visitor().await);
    let (errand, _) = hall.challenged(&browser).await;
    let (_, foreign) = hall.challenged(&another).await;
    let response = hall
        .answer(&browser, &errand, &foreign.statement(ORIGIN), &held)
        .await;
    assert_refused(&hall, &browser, response, words).await;

    let browser = hall.visitor().await;
    let (errand, challenge) = hall.challenged(&browser).await;
    let mut statement = challenge.statement(ORIGIN);
    statement[20] ^= 1;
    let response = hall
        .answer(&browser, &errand, &statement, &held)
        .await;
    assert_refused(&hall, &browser, response, words).await;

    for broken in ["", "AAAA", "not base64!"] {
        let browser = hall.visitor().await;
        let (errand, _) = hall.challenged(&browser).await;
        let deed = json!({ "deed": "logged-in", "cms": broken });
        let back = hall.settle(&errand, deed).await;
        let response = hall.get(&back, &browser.cookie).await;
        assert_refused(&hall, &browser, response, "portal/log-in-proven").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_takes_a_living_authentication_certificate() {
    let hall = Hall::open().await;
    let bench = hall.office.bench.clone();

    let browser = hall.visitor().await;
    let response = hall
        .try_log_in(&browser, &hall.signature())
        .await;
    assert_refused(
        &hall,
        &browser,
        response,
        "利用者証明用電子証明書ではありません",
    )
    .await;

    let revoked = held(&hall);
    bench.revoke(&revoked.certificate);
    let browser = hall.visitor().await;
    let response = hall
        .try_log_in(&browser, &revoked)
        .await;
    assert_refused(&hall, &browser, response, "証明書は失効しています").await;

    let impostor = hall::impostor(hall.now());
    let mut unknown = hall::issue(&impostor, &hall::rsa(), &hanako(), hall.now());
    let response = hall
        .try_log_in(&browser, &unknown)
        .await;
    assert_refused(&hall, &browser, response, "発行者を信頼していません").await;
    let forged = hall::Authority {
        key: hall::rsa(),
        ..bench.authentication.clone()
    };
    unknown = hall::issue(&forged, &hall::rsa(), &hanako(), hall.now());
    bench.set(&unknown.certificate, shirushi_wire::CertificateState::Good);
    let response = hall
        .try_log_in(&browser, &unknown)
        .await;
    assert_refused(&hall, &browser, response, "発行者を信頼していません").await;

    let old = held(&hall);
    let citizen = hall.log_in(&old).await;
    assert!(is_logged_in(&hall, &citizen.cookie).await);
    hall.later(301 * DAY);
    let browser = hall.visitor().await;
    let response = hall.try_log_in(&browser, &old).await;
    assert_refused(&hall, &browser, response, "証明書の有効期間の外です").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_code_is_good_once_in_the_session_that_asked() {
    let hall = Hall::open().await;
    let held = held(&hall);
    let (browser, thief) = (hall.visitor().await, hall.visitor().await);
    let (errand, challenge) = hall.challenged(&browser).await;
    let signed = cms(&challenge.statement(ORIGIN), &held, hall.now());
    let back = hall
        .settle(&errand, json!({ "deed": "logged-in", "cms": signed }))
        .await;
    let stolen = hall.get(&back, &thief.cookie).await;
    assert_refused(&hall, &thief, stolen, "agent/ticket-good").await;
    let own = hall.get(&back, &browser.cookie).await;
    assert_eq!(
        own.status(),
        StatusCode::SEE_OTHER,
        "the theft has not spent it"
    );
    for session in [&browser.cookie, &cookie(&own)] {
        let again = hall.get(&back, session).await;
        assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            text(again)
                .await
                .contains("agent/ticket-good")
        );
    }
    for code in ["", "0", "%00", "<script>alert(1)</script>"] {
        let path = format!("/returned?code={}", code.replace(['<', '>'], "%3C"));
        let response = hall.get(&path, &browser.cookie).await;
        assert_eq!(
            response.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{code}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_answered_within_ten_minutes() {
    let hall = Hall::open().await;
    let held = held(&hall);
    let browser = hall.visitor().await;
    let (errand, challenge) = hall.challenged(&browser).await;
    hall.later(10 * MINUTE + 1);
    let response = hall
        .answer(&browser, &errand, &challenge.statement(ORIGIN), &held)
        .await;
    assert_refused(&hall, &browser, response, "時間がかかりすぎました").await;

    let (errand, challenge) = hall.challenged(&browser).await;
    let early = hall.now().plus_seconds(-11 * MINUTE);
    let signed = cms(&challenge.statement(ORIGIN), &held, early);
    let back = hall
        .settle(&errand, json!({ "deed": "logged-in", "cms": signed }))
        .await;
    let response = hall.get(&back, &browser.cookie).await;
    assert_refused(&hall, &browser, response, "署名した時刻が合いません").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_stands_in_for_a_silent_responder_and_without_both_it_is_not_the_citizens_fault() {
    let hall = Hall::open().await;
    let held = held(&hall);
    hall.office
        .bench
        .statuses_fail
        .store(true, Ordering::SeqCst);
    hall.log_in(&held).await;
    hall.office
        .bench
        .lists_fail
        .store(true, Ordering::SeqCst);
    for (language, words) in [
        ("ja", "今は確かめられないため"),
        ("en", "cannot be found out now"),
    ] {
        let visitor = hall.visitor().await;
        let browser = match language {
            "en" => visitor.in_english(),
            _ => visitor,
        };
        let response = hall.try_log_in(&browser, &held).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let page = text(response).await;
        assert!(page.contains(words), "{page}");
        assert!(!page.contains("portal/log-in-proven") && !page.contains("失効"));
        assert!(page.contains("href=\"/log-in?to=/my\""));
        assert!(!is_logged_in(&hall, &browser.cookie).await);
    }
    hall.office
        .bench
        .statuses_fail
        .store(false, Ordering::SeqCst);
    hall.log_in(&held).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_answers_instead_of_the_responder_is_told_apart_to_the_citizen() {
    let bench = hall::Bench::new();
    let held = bench.issue(Authentication, 1, &hanako());
    for odd in odd(&bench, Authentication, &held).await {
        let cause = odd.cause;
        let office = Office::beside(bench.clone(), odd.base).await;
        let hall = Hall::over(office, tempfile::tempdir().unwrap()).await;
        let visitor = hall.visitor().await.in_english();
        let response = hall.try_log_in(&visitor, &held).await;
        assert_eq!(
            response.status(),
            StatusCode::SERVICE_UNAVAILABLE,
            "{cause}"
        );
        let page = text(response).await;
        let advice = match cause {
            "unknown-to-responder" => "counter where it was issued",
            "not-reached" | "http-status" | "try-later" | "responder-error" => "Try again later.",
            _ => "the fault is between this site and the authority",
        };
        for words in ["You cannot log in", odd.said, advice] {
            assert!(page.contains(words), "{cause}: no {words:?} in {page}");
        }
        assert!(!is_logged_in(&hall, &visitor.cookie).await, "{cause}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_logged_in_is_told_why_nothing_can_be_sent_and_why_a_certificate_is_not_known() {
    let hall = Hall::open().await;
    let browser = hall.citizen().await.in_english();
    let signature = hall.signature();
    hall.show(&browser, &signature).await;
    for fails in [
        &hall.office.bench.statuses_fail,
        &hall.office.bench.lists_fail,
    ] {
        fails.store(true, Ordering::SeqCst);
    }
    let page = hall
        .page("/certificates", &browser)
        .await;
    for words in [
        "Whether it is alive cannot be found out now.",
        "OCSP: the responder cannot answer now (tryLater); CRL: the server fails (HTTP 503)",
        "Nothing is wrong with your card or your PIN. Try again later.",
    ] {
        assert!(page.contains(words), "no {words:?} in {page}");
    }
    hall.later(2 * MINUTE);
    let refused = hall
        .send("/procedures/RKO0010/start", &browser, &[])
        .await;
    let page = text(refused).await;
    for words in [
        "portal/log-in-known-alive",
        "Nothing is wrong with your card or your PIN. Try again later. Your drafts and filings are kept.",
    ] {
        assert!(page.contains(words), "no {words:?} in {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_or_cannot_is_led_back() {
    let hall = Hall::open().await;
    let browser = hall.visitor().await;
    let reason = json!({ "ja": "カードが<b>ありません", "en": "no card" });
    for (deed, words) in [
        (json!({ "deed": "declined" }), "とりやめました"),
        (
            json!({ "deed": "failed", "reason": reason }),
            "カードが&lt;b&gt;ありません",
        ),
    ] {
        let (errand, _) = hall.challenged(&browser).await;
        let back = hall.settle(&errand, deed).await;
        let page = hall.page(&back, &browser).await;
        assert!(
            page.contains(words) && page.contains("href=\"/log-in?to=/my\""),
            "{page}"
        );
    }
    // A deed of another kind than what was wanted does nothing.
    let (errand, _) = hall.challenged(&browser).await;
    let held = hall
        .office
        .bench
        .issue(Signature, 0, &hanako());
    let deed = json!({ "deed": "signed", "cms": cms(b"x", &held, hall.now()) });
    let back = hall.settle(&errand, deed).await;
    let response = hall.get(&back, &browser.cookie).await;
    assert_refused(&hall, &browser, response, "agent/ticket-good").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_is_what_has_happened_by_the_sites_clock() {
    let hall = Hall::open().await;
    let visitor = hall.visitor().await;
    // To the beginning of 2020.
    hall.later(1_577_836_800 - hall.now().unix());
    let page = hall.page("/news", &visitor).await;
    assert!(page.contains("2016-01-01") && page.contains("2004-01-29"));
    assert!(!page.contains("2023-05-11") && !page.contains("2026-06-14"));
    // To 2023-05-10T15:00Z, which is the 11th in Japan.
    hall.later(1_683_730_800 - hall.now().unix());
    let page = hall.page("/news", &visitor).await;
    assert!(page.contains("2023-05-11") && !page.contains("2026-06-14"));
}
