//! What the responder serves is what its description says, to the authority and to everybody.
//!
//! * Each route is described, each that is described is served.
//! * No request that schemathesis makes of the description is answered otherwise than it says.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::memory::open;
use axum::Router;
use shirushi_contract::responder::CONTRACT;
use shirushi_crypto::Secret;
use shirushi_kit::contract::{assert_described, drive};
use shirushi_kit_office::Bench;
use shirushi_profile::{CertificateKind, CrlScope, Generation, SerialNumber};
use shirushi_responder::{
    Answered, IssuerRecords, Memory, ResponderKeys, ResponderParty, StatusSource as _,
};
use shirushi_web::{BearerToken, Entry, Face, description};
use shirushi_wire::CertificateState;
use std::{path::Path, sync::Arc};

const TOKEN: &str = "an-authority-that-is-known";

/// An authority that has issued nothing.
struct Nothing;

impl IssuerRecords for Nothing {
    fn state<'a>(
        &'a self,
        _: CertificateKind,
        _: Generation,
        _: &'a SerialNumber,
    ) -> Answered<'a, CertificateState> {
        Box::pin(async { Ok(CertificateState::Unknown) })
    }
}

/// A responder with keys and a list of each kind: it is well.
async fn routes(folder: &Path) -> Router {
    let bench = Bench::new();
    let (_, memory) = open(folder).await;
    keep_lists(&bench, &memory).await;
    let keys = ResponderKeys::new(vec![
        bench.signature.responder_key(),
        bench.authentication.responder_key(),
    ]);
    let token = BearerToken::new(Secret::from(TOKEN.as_bytes())).unwrap();
    let service = ResponderParty::of(
        memory,
        Arc::new(keys),
        Arc::new(Nothing),
        Some(Entry::Bearer(token)),
        bench.clock.clone(),
    )
    .into_service();
    service
        .roles
        .merge(service.public)
        .merge(description(&CONTRACT))
}

async fn keep_lists(bench: &Arc<Bench>, memory: &Memory) {
    for kind in CertificateKind::ALL {
        let list = bench
            .crl(kind, Generation::FIRST, CrlScope::Complete)
            .await
            .unwrap()
            .unwrap();
        memory
            .keep((*list).clone())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn each_route_is_described_and_each_description_served() {
    let folder = tempfile::tempdir().unwrap();
    assert_described(&routes(folder.path()).await, CONTRACT.document).await;
}

async fn driven(examples: u32) {
    let folder = tempfile::tempdir().unwrap();
    let routes = Face::for_any_host().wrap(routes(folder.path()).await);
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
