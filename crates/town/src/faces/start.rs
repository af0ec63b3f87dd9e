//! The start page: what stands here, for a person or a program.

use axum::{
    Router,
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use shirushi_web::Json;
use std::net::SocketAddr;

/// The roles, with where each tells its status, and what it is.
const ROLES: [(&str, &str, &str, &str); 5] = [
    (
        "register",
        "/register/status",
        "住民基本台帳とカードの台帳",
        "resident register and card register",
    ),
    (
        "authority",
        "/authority/status",
        "認証局",
        "certification authority",
    ),
    (
        "responder",
        "/responder/status",
        "失効情報の提供",
        "revocation status (OCSP and CRL)",
    ),
    (
        "counter",
        "/counter/status",
        "市区町村の窓口",
        "municipal counter",
    ),
    (
        "agency",
        "/agency/status",
        "申請・届出の受付",
        "agency that takes filings",
    ),
];

pub(crate) fn routes(address: SocketAddr) -> Router {
    Router::new().route(
        "/",
        get(async move |headers: HeaderMap| start(address, &headers)),
    )
}

fn start(address: SocketAddr, headers: &HeaderMap) -> Response {
    let wants_page = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if wants_page {
        Html(page(address)).into_response()
    } else {
        Json(summary(address)).into_response()
    }
}

fn summary(address: SocketAddr) -> Value {
    let roles: Vec<Value> = ROLES
        .iter()
        .map(|(role, path, ja, en)| {
            json!({ "role": role, "status": format!("http://{address}{path}"), "ja": ja, "en": en })
        })
        .collect();
    json!({
        "service": "shirushi",
        "version": env!("CARGO_PKG_VERSION"),
        "sandbox": true,
        "roles": roles,
    })
}

/// The page needs no script and loads nothing. What stands in it is ours, so nothing is to be escaped.
fn page(address: SocketAddr) -> String {
    let roles: String = ROLES
        .iter()
        .map(|(role, path, ja, en)| {
            format!(
                "<li><a href=\"{path}\">{ja} <span lang=\"en\">({role}: {en})</span></a></li>\n"
            )
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>印 Shirushi</title>\n</head>\n<body>\n<main>\n<h1>印 Shirushi</h1>\n\
         <p>これは練習用の環境です。実際の公的個人認証サービスではありません。</p>\n\
         <p lang=\"en\">This is a sandbox. It is not the real JPKI service.</p>\n\
         <h2>稼働しているもの <span lang=\"en\">(What runs here)</span></h2>\n<ul>\n{roles}</ul>\n\
         <h2>公開されているもの <span lang=\"en\">(What is public)</span></h2>\n<ul>\n\
         <li><a href=\"/ca/sign.cer\">署名用認証局の証明書 <span lang=\"en\">(signature CA certificate)</span></a></li>\n\
         <li><a href=\"/ca/auth.cer\">利用者証明用認証局の証明書 <span lang=\"en\">(authentication CA certificate)</span></a></li>\n\
         <li><a href=\"/crl/sign/complete.crl\">署名用の失効リスト <span lang=\"en\">(signature CRL)</span></a></li>\n\
         <li><a href=\"/crl/auth/complete.crl\">利用者証明用の失効リスト <span lang=\"en\">(authentication CRL)</span></a></li>\n\
         <li><a href=\"/authority/log/checkpoint\">発行記録の署名付き要約 <span lang=\"en\">(signed checkpoint of the log)</span></a></li>\n\
         </ul>\n<h2>試す <span lang=\"en\">(Try it)</span></h2>\n\
         <p><code>shirushi tour --url http://{address}</code></p>\n</main>\n</body>\n</html>\n"
    )
}
