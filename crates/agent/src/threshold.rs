//! What every request must be before anything of the agent is shown to it: its owner's, and one that a browser makes for a page of
//! the agent, or by going to it.
//!
//! Cookies are no proof of the owner. They are sent to every port of a host and can be set by every port of it (RFC 6265 §8.5), so
//! that another account's program on this machine reads and plants them. Whose a connection is, the kernel knows.

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use shirushi_rules::{Bilingual, Fact, Facts, OWNER_ONLY, Refusal, TOP_LEVEL_NAVIGATION};
use shirushi_web::{Caller, closed};

/// The word of the agent's site.
pub(crate) const WORD: &str = "agent";

/// Puts the threshold before all that `routes` answers.
pub(crate) fn before(routes: Router, origin: &str) -> Router {
    routes.layer(from_fn_with_state(origin.to_owned(), cross))
}

async fn cross(State(origin): State<String>, request: Request, next: Next) -> Response {
    if let Err(refusal) = require_owner(&request) {
        return closed(WORD, StatusCode::FORBIDDEN, &refusal);
    }
    let is_fit = is_for_a_page(request.method(), request.headers(), &origin);
    match TOP_LEVEL_NAVIGATION.require(is_fit, []) {
        Ok(()) => next.run(request).await,
        Err(refusal) => closed(WORD, StatusCode::UNPROCESSABLE_ENTITY, &refusal),
    }
}

fn require_owner(request: &Request) -> Result<(), Refusal> {
    let caller = request
        .extensions()
        .get::<ConnectInfo<Caller>>()
        .map(|ConnectInfo(caller)| *caller);
    let is_owner = caller.is_some_and(|caller| caller.is_owner());
    let account = caller.and_then(|caller| caller.account());
    let account = account.map_or_else(
        || Fact::from(Bilingual::new("不明", "unknown")),
        |account| format!("uid {account}").into(),
    );
    OWNER_ONLY.require(is_owner, Facts::new().and("account", account))
}

/// Whether a browser asks this for a page of the agent, or goes to the agent with its whole window. What other sites' pages fetch,
/// frame, load, connect to or have fetched beforehand is neither.
fn is_for_a_page(method: &Method, headers: &HeaderMap, origin: &str) -> bool {
    let is_safe = [Method::GET, Method::HEAD].contains(method);
    // A form's origin is looked at with its token (422 as a page of the site).
    let is_own = !is_safe || all(headers, header::ORIGIN.as_str(), origin.as_bytes());
    let is_from_here = headers
        .get_all("sec-fetch-site")
        .iter()
        .all(|from| [b"same-origin".as_slice(), b"none"].contains(&from.as_bytes()));
    !is_upgrade(headers)
        && !is_beforehand(headers)
        && is_own
        && (is_from_here || !is_safe || is_navigation(headers))
}

/// Whether the browser says that it has gone here with its whole window, as a person sees it: no frame, no fetch, no socket, nothing
/// fetched before it is wanted (Fetch Metadata §2). Silence says nothing: with the handshake of a WebSocket Chromium sends none of
/// these headers, and whatever else sends none is no browser that could be believed.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    says(headers, "sec-fetch-mode", b"navigate")
        && says(headers, "sec-fetch-dest", b"document")
        && !is_upgrade(headers)
        && !is_beforehand(headers)
}

/// A request to speak another protocol, which the agent never does.
fn is_upgrade(headers: &HeaderMap) -> bool {
    let is_asked = headers
        .get_all(header::CONNECTION)
        .iter()
        .any(|value| {
            value
                .as_bytes()
                .split(|b| *b == b',')
                .any(|token| {
                    token
                        .trim_ascii()
                        .eq_ignore_ascii_case(b"upgrade")
                })
        });
    let is_socket = headers.keys().any(|name| {
        name.as_str()
            .starts_with("sec-websocket-")
    });
    is_asked || is_socket || headers.contains_key(header::UPGRADE)
}

/// Fetched before anybody wants to see it.
fn is_beforehand(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-moz"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// Whether the header is there, once, with this value.
fn says(headers: &HeaderMap, name: &str, wanted: &[u8]) -> bool {
    headers.get_all(name).iter().count() == 1 && all(headers, name, wanted)
}

fn all(headers: &HeaderMap, name: &str, wanted: &[u8]) -> bool {
    headers
        .get_all(name)
        .iter()
        .all(|value| value.as_bytes() == wanted)
}
