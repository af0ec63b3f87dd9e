//! The numeric address: what stands here, for programs. A person is sent on to the sandbox desk ([`crate::pages`]).

use axum::{
    Router,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde_json::{Value, json};
use shirushi_web::Json;
use std::net::SocketAddr;

/// The roles, with where each tells its status, and what it is.
pub(crate) const ROLES: [(&str, &str, &str, &str); 5] = [
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

/// `GET /`: a person is sent on to the desk at `desk`, a program is told where each role of the city at `address` tells its status.
pub fn start_routes(address: SocketAddr, desk: String) -> Router {
    Router::new().route(
        "/",
        get(async move |headers: HeaderMap| start(address, &desk, &headers)),
    )
}

fn start(address: SocketAddr, desk: &str, headers: &HeaderMap) -> Response {
    let is_person = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if is_person {
        Redirect::to(&format!("{desk}/")).into_response()
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
