//! Whatever may answer in the responder's place, each with the word of the cause that has to be told.

use crate::bench::{Bench, DAY, Held, serve};
use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use shirushi_crypto::DigestAlgorithm;
use shirushi_profile::{
    CertificateKind,
    ocsp::{CertId, build_request},
};
use shirushi_wire::CertificateState;
use std::sync::Arc;

/// Somebody who answers so that nothing is known of the certificate of `held`.
pub struct Odd {
    pub cause: &'static str,
    /// `http://…`; nobody is there where it cannot be reached.
    pub base: String,
    /// The words of what happened, in English.
    pub said: &'static str,
}

/// Each of them. Where the list is asked for, there is none, or it is as odd.
pub async fn odd(bench: &Arc<Bench>, kind: CertificateKind, held: &Held) -> Vec<Odd> {
    let answered = async |bench: &Arc<Bench>, nonce: Option<&[u8]>| {
        let honest = format!("http://{}", serve(bench.routes()).await);
        let issuer = &bench.authority(kind).certificate;
        let id = CertId::new(issuer, held.certificate.serial(), DigestAlgorithm::Sha256);
        let sent = reqwest::Client::new()
            .post(format!("{honest}/ocsp/{}", kind.path()))
            .header(header::CONTENT_TYPE, "application/ocsp-request")
            .body(build_request(&[id.unwrap()], nonce).unwrap())
            .send()
            .await;
        sent.unwrap().bytes().await.unwrap()
    };
    let of_another_question = answered(bench, Some(b"another question")).await;
    let of_before = |seconds| {
        let twin = Bench::twin(bench, seconds);
        twin.set(&held.certificate, CertificateState::Good);
        twin
    };
    let of_none = answered(&of_before(3600), None).await;
    let always = |answer: Bytes| {
        let kind = [(header::CONTENT_TYPE, "application/ocsp-response")];
        Router::new().route("/ocsp/{kind}", post(async move |_: Bytes| (kind, answer)))
    };
    let page = [(header::CONTENT_TYPE, "text/html")];
    let page = (page, "<!doctype html><title>Log in to the network</title>").into_response();
    let (head, body) = page.into_parts();
    let body = axum::body::to_bytes(body, 1024)
        .await
        .unwrap();
    let captive = async move || (head.status, head.headers.clone(), body.clone());
    let captive = Router::new()
        .route("/ocsp/{kind}", post(captive.clone()))
        .route("/crl/{*which}", get(captive));
    let leads_away = async || Redirect::temporary("http://192.0.2.1/welcome");
    let redirecting = Router::new()
        .route("/ocsp/{kind}", post(leads_away))
        .route("/crl/{*which}", get(leads_away));
    let failing = Router::new().fallback(async || StatusCode::SERVICE_UNAVAILABLE);
    let endless = Router::new()
        .route("/ocsp/{kind}", post(async || StatusCode::NOT_FOUND))
        .route("/crl/{*which}", get(async || vec![0x30; (32 << 20) + 1]));
    // "Good", signed by a responder that another authority of the same name has delegated.
    let other = Bench::impostors(bench.clock.clone());
    other.set(&held.certificate, CertificateState::Good);
    let mut all = vec![Odd {
        cause: "not-reached",
        base: "http://127.0.0.1:1".to_owned(),
        said: "not reached",
    }];
    for (cause, routes, said) in [
        ("intercepted", captive, "something else answered"),
        ("intercepted", redirecting, "something else answered"),
        ("http-status", failing, "HTTP 503"),
        ("too-large", endless, "too large"),
        (
            "unreadable",
            always(Bytes::from_static(b"junk")),
            "cannot be read",
        ),
        (
            "try-later",
            always(Bytes::from_static(&[0x30, 3, 0x0a, 1, 3])),
            "tryLater",
        ),
        (
            "responder-error",
            always(Bytes::from_static(&[0x30, 3, 0x0a, 1, 2])),
            "InternalError",
        ),
        ("nonce-wrong", always(of_another_question), "another nonce"),
        ("nonce-missing", always(of_none), "lacks the nonce"),
        ("wrong-signer", other.routes(), "not authorised"),
        ("stale", of_before(10 * DAY).routes(), "held until"),
        (
            "unknown-to-responder",
            Bench::twin(bench, 0).routes(),
            "does not know",
        ),
    ] {
        let base = format!("http://{}", serve(routes).await);
        all.push(Odd { cause, base, said });
    }
    all
}
