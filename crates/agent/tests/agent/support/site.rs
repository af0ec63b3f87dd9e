//! A site that gives errands, over real HTTP, with what can go wrong on the way.

use super::{AGENT, office::Office, start};
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, RawQuery, Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use shirushi_clock::Clock;
use shirushi_crypto::SystemRandom;
use shirushi_rules::{Bilingual, CARD_KEYS, InBoth};
use shirushi_web::{Errands, Giver, Problem, Site, SiteConfig, Visit, errand_routes};
use shirushi_wire::{Deed, ForeignCommand, RelayAnswer, RelayRequest, RelayToken, Want};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

/// What is lost at a relay request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The request never reaches the authority.
    Request,
    /// The authority has done it; its answer is lost.
    Answer,
}

pub(crate) struct TestSite {
    pub(crate) origin: String,
    router: Router,
    cookie: Mutex<String>,
    pub(crate) state: Arc<Inner>,
}

pub(crate) struct Inner {
    errands: Arc<Errands<u32>>,
    office: Arc<Office>,
    want: Mutex<Option<Want>>,
    agreed: Mutex<Option<Deed>>,
    pub(crate) token: Mutex<Option<RelayToken>>,
    /// Requests that came to `/agent/…`.
    pub(crate) asked: AtomicUsize,
    /// Whether deeds get an answer.
    pub(crate) is_deaf: Mutex<bool>,
    /// Relay requests so far, and at which one what is lost.
    pub(crate) relayed: AtomicUsize,
    pub(crate) lose: Mutex<Option<(usize, Loss)>>,
    /// What the relay answers instead of the authority, once.
    pub(crate) says: Mutex<Option<RelayAnswer>>,
    /// Whether the relay refuses once.
    pub(crate) refuses: Mutex<bool>,
    pub(crate) reports: Mutex<Vec<ForeignCommand>>,
}

impl TestSite {
    pub(crate) async fn start(clock: Arc<dyn Clock>, office: Arc<Office>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let random = Arc::new(SystemRandom);
        let site = Site::new(
            SiteConfig {
                origin: origin.clone(),
                word: "site",
                name: Bilingual {
                    ja: "試験サイト",
                    en: "Test site",
                },
                links: Vec::new(),
                forms_lead_to: vec![AGENT.to_owned()],
                takes_secrets: false,
                is_sandbox: true,
            },
            random.clone(),
        )
        .unwrap();
        let name = InBoth {
            ja: "試験サイト\u{202E}".to_owned(),
            en: "Test site".to_owned(),
        };
        let errands = Errands::new(name, clock, random);
        let state = Arc::new(Inner {
            errands: Arc::clone(&errands),
            office,
            want: Mutex::default(),
            agreed: Mutex::default(),
            token: Mutex::default(),
            asked: AtomicUsize::default(),
            is_deaf: Mutex::default(),
            relayed: AtomicUsize::default(),
            lose: Mutex::default(),
            says: Mutex::default(),
            refuses: Mutex::default(),
            reports: Mutex::default(),
        });
        let routes = Router::new()
            .route("/give", get(give))
            .route("/returned", get(returned))
            .route("/agent/errands/{channel}/relay", post(relay))
            .route("/agent/errands/{channel}/foreign-command", post(report))
            .with_state(Arc::clone(&state))
            .merge(errand_routes(errands))
            .layer(from_fn_with_state(Arc::clone(&state), counted));
        let router = site.wrap(routes);
        let served = router.clone();
        tokio::spawn(async move { axum::serve(listener, served).await });
        Self {
            origin,
            router,
            cookie: Mutex::default(),
            state,
        }
    }

    /// Gives an errand; answers the address of the agent that the browser is sent to.
    pub(crate) async fn give(&self, want: Want) -> String {
        *self.state.want.lock().unwrap() = Some(want);
        let response = self.ask("/give").await;
        response.headers()[header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// The browser comes back; answers the deed.
    pub(crate) async fn returned(&self, address: &str) -> Deed {
        let path = address
            .strip_prefix(&self.origin)
            .unwrap();
        let response = self.ask(path).await;
        assert_eq!(response.status(), StatusCode::OK);
        self.state
            .agreed
            .lock()
            .unwrap()
            .take()
            .unwrap()
    }

    async fn ask(&self, path: &str) -> Response {
        let host = self
            .origin
            .strip_prefix("http://")
            .unwrap();
        let mut request = axum::http::Request::builder()
            .uri(path)
            .header(header::HOST, host);
        let cookie = self.cookie.lock().unwrap().clone();
        if !cookie.is_empty() {
            request = request.header(header::COOKIE, cookie);
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        if let Some(cookie) = response
            .headers()
            .get(header::SET_COOKIE)
        {
            let cookie = cookie.to_str().unwrap();
            *self.cookie.lock().unwrap() = cookie
                .split(';')
                .next()
                .unwrap()
                .to_owned();
        }
        response
    }
}

async fn counted(State(state): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/agent/") {
        state
            .asked
            .fetch_add(1, Ordering::SeqCst);
    }
    if path.ends_with("/deed") && *state.is_deaf.lock().unwrap() {
        // It is done, and the answer is lost.
        let _ = next.run(request).await;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    next.run(request).await
}

async fn give(State(state): State<Arc<Inner>>, visit: Visit) -> impl IntoResponse {
    let want = state
        .want
        .lock()
        .unwrap()
        .take()
        .unwrap();
    let address = state
        .errands
        .give(&visit, Giver::Stranger, AGENT, want, 7)
        .unwrap();
    (
        visit.session_cookie(visit.session()),
        Redirect::to(&address),
    )
}

async fn returned(
    State(state): State<Arc<Inner>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<&'static str, Problem> {
    let query = query.unwrap_or_default();
    let agreed = state
        .errands
        .collect(&visit, query.trim_start_matches("code="))?;
    *state.agreed.lock().unwrap() = Some(agreed.deed);
    Ok("back")
}

async fn relay(
    State(state): State<Arc<Inner>>,
    Path(channel): Path<String>,
    Json(request): Json<RelayRequest>,
) -> Response {
    let known = state
        .errands
        .under(&channel.parse().unwrap());
    assert!(known.is_some(), "the channel is under way");
    if let Some(answer) = state.says.lock().unwrap().take() {
        return Json(answer).into_response();
    }
    if std::mem::take(&mut *state.refuses.lock().unwrap()) {
        return Problem::from(CARD_KEYS.refusal([("card", "1".to_owned())])).into_response();
    }
    let place = state
        .relayed
        .fetch_add(1, Ordering::SeqCst);
    let loss = state
        .lose
        .lock()
        .unwrap()
        .filter(|(at, _)| *at == place)
        .map(|(_, loss)| loss);
    if loss == Some(Loss::Request) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let token = state.token.lock().unwrap().unwrap();
    let answer = state
        .office
        .authority
        .relay(&token, &request)
        .await
        .unwrap();
    match loss {
        None => Json(answer).into_response(),
        Some(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn report(
    State(state): State<Arc<Inner>>,
    Json(command): Json<ForeignCommand>,
) -> StatusCode {
    state
        .reports
        .lock()
        .unwrap()
        .push(command);
    StatusCode::OK
}

/// A challenge as a site makes one.
pub(crate) fn challenge() -> shirushi_wire::Challenge {
    shirushi_wire::Challenge {
        session: "a5".repeat(32),
        nonce: "5a".repeat(16),
        issued_at: start(),
    }
}
