//! What stands between the network and a site's pages.

use super::{Page, Visit, assets, local_path, posted::Passing, site::Site, visit::LANGUAGE};
use crate::{Problem, Turn, face::run_to_end, headers, problem::Told};
use axum::{
    Router,
    body::Body,
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use shirushi_rules::{Language, PAGE_OF_THIS_SESSION, Refusal};

/// Below it the agent is answered, not browsers.
const AGENT: &str = "/agent/";

pub(crate) fn wrap(site: Site, routes: Router) -> Router {
    routes
        .route("/language", get(language))
        .route("/assets/{name}", get(assets::asset))
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(from_fn_with_state(site, guard))
}

async fn guard(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let is_for_agent = request.uri().path().starts_with(AGENT);
    let visit = Visit::of(&site, request.uri(), request.headers());
    // With what another site's page posts, the visitor's cookie does not come, and a new one in the answer would take its place:
    // whoever can make a browser post could end a visitor's session.
    let may_begin = [Method::GET, Method::HEAD].contains(request.method());
    let mut response = if !site
        .hosts()
        .allow(request.uri(), request.headers())
    {
        Problem::Misdirected.into_response()
    } else if is_for_agent {
        run_to_end(request, next).await
    } else {
        match require_own_page(&site, request.method(), request.headers()) {
            Err(refusal) => Problem::from(refusal).into_response(),
            Ok(()) => match under_way(&site, &visit, request.method()).await {
                Err(refusal) => Problem::from(refusal).into_response(),
                Ok(_place) => {
                    request
                        .extensions_mut()
                        .insert(visit.clone());
                    let passing = Passing::lend(&mut request);
                    let mut response = run_to_end(request, next).await;
                    if let Some(passing) = passing {
                        passing.hold(&site, &mut response).await;
                    }
                    response
                }
            },
        }
    };
    if !is_for_agent {
        response = as_page(&visit, response);
        if may_begin {
            remember(&visit, &mut response);
        } else if site.config().takes_secrets {
            end_connection(response.headers_mut());
        }
        state_policy(&site, response.headers_mut());
    }
    headers::add_missing(response.headers_mut());
    response
}

/// The place of one more act of this session. Who is here for the first time has none yet, and needs none; nor does who reads: a proxy
/// brings a whole page with all that belongs to it at once.
async fn under_way(site: &Site, visit: &Visit, method: &Method) -> Result<Option<Turn>, Refusal> {
    if visit.session.is_new || [Method::GET, Method::HEAD].contains(method) {
        return Ok(None);
    }
    site.under_way()
        .turn(visit.session_hash())
        .await
        .map(Some)
}

/// What may change something must come from a page of this origin: browsers say so in Origin, and older ones at least in
/// Sec-Fetch-Site (Fetch §3.2.5, Fetch Metadata §2.3). This is besides the form's token, which [`super::Fields`] asks for.
fn require_own_page(site: &Site, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    if [Method::GET, Method::HEAD].contains(method) {
        return Ok(());
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let own = match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.as_bytes() == site.origin().as_bytes(),
        (None, _) => headers
            .get("sec-fetch-site")
            .is_some_and(|from| from.as_bytes() == b"same-origin"),
        _ => false,
    };
    PAGE_OF_THIS_SESSION.require(own, [])
}

/// An error as a page.
fn as_page(visit: &Visit, mut response: Response) -> Response {
    let Some(told) = response
        .extensions_mut()
        .remove::<Told>()
    else {
        return response;
    };
    let page = Page::of_problem(visit, response.status(), &told);
    let (mut parts, _) = response.into_parts();
    parts
        .headers
        .remove(header::CONTENT_LENGTH);
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    Response::from_parts(parts, Body::from(page.into_string()))
}

/// Begins the session with the first page. What is not a page begins none.
fn remember(visit: &Visit, response: &mut Response) {
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| {
            kind.as_bytes()
                .starts_with(b"text/html")
        });
    if visit.session.is_new
        && is_page
        && !response
            .headers()
            .contains_key(header::SET_COOKIE)
    {
        response.headers_mut().append(
            header::SET_COOKIE,
            visit.cookie_value(&visit.session.name, ""),
        );
    }
}

/// What was typed into a form lies in the connection's buffer until something else is read into it: the connection is closed, and
/// the buffer goes.
fn end_connection(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
}

/// Everything from this origin, nothing inline, no frames; forms lead here and where the site says.
fn state_policy(site: &Site, headers: &mut HeaderMap) {
    let mut policy = String::from(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self'",
    );
    for origin in &site.config().forms_lead_to {
        policy.push(' ');
        policy.push_str(origin);
    }
    if let Ok(value) = HeaderValue::from_str(&policy) {
        headers
            .entry(header::CONTENT_SECURITY_POLICY)
            .or_insert(value);
    }
    // Nothing for other sites, as elsewhere. But under `no-referrer` browsers would also send `Origin: null` with the site's own
    // forms (Fetch §3.2.5), and no form could be told from another site's.
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
}

#[derive(Deserialize)]
struct Choice {
    to: String,
    #[serde(default)]
    back: String,
}

/// Keeps the visitor's choice of language and goes back to the page. A link, not a form: it changes nothing but the words.
async fn language(visit: Visit, Query(choice): Query<Choice>) -> Response {
    let word = match choice.to.as_str() {
        "en" => "en",
        _ => "ja",
    };
    let secure = if visit.site.is_secure() {
        "; Secure"
    } else {
        ""
    };
    let cookie =
        format!("{LANGUAGE}={word}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}");
    let back = local_path(&choice.back).unwrap_or("/");
    let mut response = Redirect::to(back).into_response();
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response
            .headers_mut()
            .append(header::SET_COOKIE, value);
    }
    debug_assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response
}

pub(crate) fn word(language: Language) -> &'static str {
    match language {
        Language::Japanese => "ja",
        Language::English => "en",
    }
}
