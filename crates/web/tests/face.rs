//! What stands between the network and a service's routes.
//!
//! * A request for another host is refused before any route sees it, a page of another site cannot reach us by its own name.
//! * Every answer bears the security headers; a handler that states its own keeps them.
//! * A refusal is answered with its report in both languages, every other problem likewise; nothing of the inside is told.
//! * A body over its limit is refused with limit and size.
//! * JSON is refused with line and column, and only as application/json.
//! * Only the bearer of the token passes.
#![allow(clippy::unwrap_used, reason = "a test")]

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, Response, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use shirushi_clock::SystemClock;
use shirushi_crypto::Secret;
use shirushi_rules::{FEE_PAID, Fact, InBoth, RefusalReport};
use shirushi_web::{
    AllowedHosts, BearerToken, Check, Face, Json, Problem, ProblemReport, Refused, StatusReport,
    status, with_bearer, with_body_limit,
};
use std::sync::Arc;
use tower::ServiceExt as _;

const TOKEN: &str = "QUJDREVGR0hJSktMTU5PUA";

#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
struct Sum {
    a: u32,
    b: u32,
}

#[derive(Debug, thiserror::Error)]
#[error("the password of the database is hunter2")]
struct Inside(#[source] std::io::Error);

fn service() -> Router {
    let token = BearerToken::new(Secret::new(TOKEN.as_bytes().to_vec())).unwrap();
    let private = Router::new().route("/private", get(async || "within"));
    let routes = Router::new()
        .route("/add", with_body_limit(post(add), 64))
        .route(
            "/echo",
            with_body_limit(post(async |body: Bytes| body), 3 * 1024 * 1024),
        )
        .route("/page", get(page))
        .route("/fee", get(async || Refused(fee())))
        .route(
            "/fault",
            get(async || Problem::internal(&Inside(std::io::Error::other("disk")))),
        )
        .route("/panic", get(panicking))
        .route("/status", status("test", Arc::new(SystemClock), look))
        .merge(with_bearer(private, token));
    Face::new(AllowedHosts::new("test.localhost:80").unwrap())
        .with_public(&["/page"])
        .wrap(routes)
}

async fn add(Json(sum): Json<Sum>) -> Result<Json<u32>, Problem> {
    sum.a
        .checked_add(sum.b)
        .map(Json)
        .ok_or_else(|| fee().into())
}

async fn page() -> impl IntoResponse {
    [(header::CONTENT_SECURITY_POLICY, "default-src 'self'")]
}

async fn panicking() -> String {
    String::from_utf8(vec![0xff]).unwrap()
}

async fn look() -> Vec<Check> {
    vec![Check {
        name: "disk".to_owned(),
        ok: false,
        seen: "full".to_owned(),
    }]
}

fn fee() -> shirushi_rules::Refusal {
    FEE_PAID.refusal([("fee", "200".to_owned())])
}

async fn ask(request: Request<Body>) -> (StatusCode, Response<()>, Vec<u8>) {
    let response = service()
        .oneshot(request)
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 24)
        .await
        .unwrap();
    (head.status, Response::from_parts(head, ()), bytes.to_vec())
}

fn to(path: &str) -> axum::http::request::Builder {
    Request::builder()
        .uri(path)
        .header(header::HOST, "127.0.0.1:8080")
}

fn json(path: &str, body: impl Into<Body>) -> Request<Body> {
    to(path)
        .method("POST")
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

async fn get_path(path: &str) -> (StatusCode, Response<()>, Vec<u8>) {
    ask(to(path).body(Body::empty()).unwrap()).await
}

fn problem(bytes: &[u8]) -> ProblemReport {
    let report: ProblemReport = serde_json::from_slice(bytes).unwrap();
    assert!(report.reason.ja.ends_with('。') && report.reason.en.ends_with('.'));
    assert!(report.remedy.ja.ends_with('。') && report.remedy.en.ends_with('.'));
    report
}

#[tokio::test]
async fn another_host_reaches_no_route() {
    for host in ["evil.example", "localhost:8080", "test.localhost:81"] {
        let request = Request::builder()
            .uri("/fee")
            .header(header::HOST, host)
            .body(Body::empty())
            .unwrap();
        let (code, _, body) = ask(request).await;
        assert_eq!(code, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert_eq!(problem(&body).problem, "misdirected");
    }
    let (code, _, _) = get_path("/fee").await;
    assert_eq!(code, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn every_answer_bears_the_security_headers() {
    for path in [
        "/fee", "/nothing", "/fault", "/panic", "/private", "/status",
    ] {
        let (_, head, _) = get_path(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(head.headers()[name], value, "{path}");
        }
        let policy = head.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.contains("default-src 'none'"), "{path}");
    }
    let (_, head, _) = get_path("/page").await;
    assert_eq!(
        head.headers()["content-security-policy"],
        "default-src 'self'"
    );
}

#[tokio::test]
async fn a_refusal_is_answered_with_its_report() {
    let (code, _, body) = get_path("/fee").await;
    assert_eq!(code, StatusCode::UNPROCESSABLE_ENTITY);
    let report: RefusalReport = serde_json::from_slice(&body).unwrap();
    assert_eq!(report, fee().report());
}

#[tokio::test]
async fn absent_paths_and_methods_are_answered_in_both_languages() {
    let (code, _, body) = get_path("/nothing").await;
    assert_eq!(code, StatusCode::NOT_FOUND);
    assert_eq!(problem(&body).problem, "not-found");
    let (code, head, body) = get_path("/add").await;
    assert_eq!(code, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(head.headers()[header::ALLOW], "POST");
    assert_eq!(problem(&body).problem, "method-not-allowed");
}

#[tokio::test]
async fn a_fault_and_a_panic_tell_an_incident_and_nothing_else() {
    let mut incidents = Vec::new();
    for path in ["/fault", "/fault", "/panic"] {
        let (code, _, body) = get_path(path).await;
        assert_eq!(code, StatusCode::INTERNAL_SERVER_ERROR);
        let text = String::from_utf8(body.clone()).unwrap();
        for inside in ["hunter2", "disk", "unwrap", "panic"] {
            assert!(!text.contains(inside), "{text}");
        }
        incidents.push(problem(&body).incident.unwrap());
    }
    incidents.dedup();
    assert_eq!(incidents.len(), 3);
    assert!(incidents.iter().all(|i| i.len() == 10));
}

#[tokio::test]
async fn public_data_are_given_to_who_names_no_host_before_http_1_1() {
    let asked = async |version, path: &str| {
        let request = Request::builder()
            .uri(path)
            .version(version)
            .body(Body::empty())
            .unwrap();
        ask(request).await.0
    };
    use axum::http::Version;
    assert_eq!(asked(Version::HTTP_10, "/page").await, StatusCode::OK);
    for (version, path) in [(Version::HTTP_11, "/page"), (Version::HTTP_10, "/status")] {
        assert_eq!(
            asked(version, path).await,
            StatusCode::MISDIRECTED_REQUEST,
            "{version:?} {path}"
        );
    }
}

#[tokio::test]
async fn a_body_over_its_limit_is_refused_with_limit_and_size() {
    let (code, _, body) = ask(json("/add", " ".repeat(65))).await;
    assert_eq!(code, StatusCode::PAYLOAD_TOO_LARGE);
    let report: RefusalReport = serde_json::from_slice(&body).unwrap();
    assert_eq!(report.rule, "upload/size-limit");
    assert_eq!(report.facts["limit"], Fact::Number(64));
    assert_eq!(report.facts["size"], Fact::Number(65));
    // A limit above the framework's own is really taken.
    let large = vec![7; 3 * 1024 * 1024];
    let request = to("/echo")
        .method("POST")
        .body(Body::from(large.clone()))
        .unwrap();
    let (code, _, body) = ask(request).await;
    assert_eq!((code, body == large), (StatusCode::OK, true));
}

#[tokio::test]
async fn json_is_refused_with_the_place_of_its_fault() {
    let (code, _, body) = ask(json("/add", "{\"a\":1,\"b\":2}")).await;
    assert_eq!((code, body.as_slice()), (StatusCode::OK, &b"3"[..]));
    for (text, line, column, fault) in [
        ("{\"a\":1,\n \"b\":}", 2, 6, "expected value"),
        ("{\"a\":1}", 1, 7, "missing field `b`"),
        ("{\"a\":1,\"b\":2,\"c\":3}", 1, 16, "unknown field `c`"),
        ("{\"a\":-1,\"b\":2}", 1, 7, "invalid value"),
        ("", 1, 0, "EOF while parsing"),
    ] {
        let (code, _, body) = ask(json("/add", text)).await;
        assert_eq!(code, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        let report: RefusalReport = serde_json::from_slice(&body).unwrap();
        assert_eq!(report.rule, "upload/well-formed");
        let place = Fact::from(InBoth::new(
            format!("{line}行{column}列"),
            format!("line {line}, column {column}"),
        ));
        assert_eq!(report.facts["where"], place, "{text}");
        assert!(
            report.facts["fault"]
                .text()
                .unwrap()
                .starts_with(fault),
            "{report:?}"
        );
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_no_json() {
    for media_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request = to("/add")
            .method("POST")
            .header(header::CONTENT_TYPE, media_type)
            .body(Body::from("{\"a\":1,\"b\":2}"))
            .unwrap();
        let (code, head, _) = ask(request).await;
        assert_eq!(code, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media_type}");
        assert_eq!(head.headers()[header::ACCEPT], "application/json");
    }
}

#[tokio::test]
async fn only_the_bearer_of_the_token_passes() {
    let with = |authorization: &str| {
        to("/private")
            .header(header::AUTHORIZATION, authorization)
            .body(Body::empty())
            .unwrap()
    };
    for right in [format!("Bearer {TOKEN}"), format!("bearer {TOKEN}")] {
        assert_eq!(ask(with(&right)).await.0, StatusCode::OK);
    }
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer QUJDREVGR0hJSktMTU5PUB",
        "Bearer QUJDREVGR0hJSktMTU5PUAA",
        "Basic QUJDREVGR0hJSktMTU5PUA",
        "QUJDREVGR0hJSktMTU5PUA",
    ] {
        let (code, head, _) = ask(with(wrong)).await;
        assert_eq!(code, StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(head.headers()[header::WWW_AUTHENTICATE], "Bearer");
    }
    assert_eq!(get_path("/private").await.0, StatusCode::UNAUTHORIZED);
    for unfit in ["short", "QUJDREVGR0hJSktMTU5 UA", "ＱＵＪＤＲＥＶＧ"] {
        assert!(BearerToken::new(Secret::new(unfit.as_bytes().to_vec())).is_err());
    }
}

#[tokio::test]
async fn the_status_says_what_is_wrong() {
    let (code, _, body) = get_path("/status").await;
    assert_eq!(code, StatusCode::SERVICE_UNAVAILABLE);
    let report: StatusReport = serde_json::from_slice(&body).unwrap();
    assert_eq!((report.role.as_str(), report.ok), ("test", false));
    assert_eq!(report.checks[0].seen, "full");
}
