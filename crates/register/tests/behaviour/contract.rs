//! What the register serves is what its description says, to counters, to operators and to everybody.
//!
//! * Each route is described, each that is described is served.
//! * No request that schemathesis makes of the description is answered otherwise than it says.

use crate::support::Fresh;
use axum::{Router, http::StatusCode};
use shirushi_clock::SystemClock;
use shirushi_contract::register::CONTRACT;
use shirushi_crypto::{KeyKind, Secret, SigningKey as _, SoftwareKey};
use shirushi_kit::contract::{assert_described, drive};
use shirushi_ledger::VerifierKey;
use shirushi_peers::Peer;
use shirushi_register::{OverHttp, RegisterConfig, RegisterParty};
use shirushi_web::{BearerToken, Entry, Face, description};
use std::{sync::Arc, time::Duration};
use tokio::net::TcpListener;

const TOKEN: &str = "whoever-may-ask-the-register";

/// A register with the sample in it, whose authority knows nobody and takes nothing.
async fn routes(fresh: &Fresh) -> Router {
    let (register, _) = fresh.town().await;
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let nobody = Router::new().fallback(async || StatusCode::NOT_FOUND);
    tokio::spawn(async { axum::serve(listener, nobody).await });
    let authority = Peer::plain(&base, Duration::from_secs(10)).unwrap();
    let key = Arc::new(SoftwareKey::generate(KeyKind::P256).unwrap());
    let token = BearerToken::new(Secret::from(TOKEN.as_bytes())).unwrap();
    let config = RegisterConfig {
        log_key: VerifierKey::new("log".to_owned(), key.public_key().clone()),
        key,
        officers: authority.clone(),
        authority: Arc::new(OverHttp::new(authority)),
        counters: Entry::Bearer(token.clone()),
        operators: Some(Entry::Bearer(token)),
    };
    let party = RegisterParty::of(Arc::new(register), Arc::new(SystemClock), config);
    let service = party.into_service();
    service
        .roles
        .merge(service.public)
        .merge(description(&CONTRACT))
}

#[tokio::test]
async fn each_route_is_described_and_each_description_served() {
    assert_described(&routes(&Fresh::new()).await, CONTRACT.document).await;
}

async fn driven(examples: u32) {
    let fresh = Fresh::new();
    let routes = Face::for_any_host().wrap(routes(&fresh).await);
    drive(CONTRACT.name, routes, TOKEN, examples).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_as_it_is_described() {
    driven(20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: ./test --long"]
async fn long_every_operation_answers_as_it_is_described() {
    driven(5_000).await;
}
