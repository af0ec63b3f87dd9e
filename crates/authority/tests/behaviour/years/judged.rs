//! What other programs see of the city: lists and OCSP answers as the responder gives them, and what OpenSSL says of all that.

use super::{City, Known};
use crate::bench::Bench;
use axum::{Router, body::Body, http::Request};
use shirushi_authority::{Authority, Issuer, ListKey};
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::DigestAlgorithm;
use shirushi_profile::{
    Certificate, CertificateKind, CrlScope, Generation, SerialNumber,
    ocsp::{CertId, build_request},
};
use shirushi_responder::{
    Answered, List, ResponderKey, ResponderKeys, SourceFailed, StatusAnswer, StatusSource,
};
use std::sync::Arc;
use tower::ServiceExt as _;

/// Certificates in one OCSP request.
const MOST_ASKED: usize = 20;

impl City {
    /// What OpenSSL says of every certificate is what the model says, now and at the instants that it was asked about before.
    pub(super) async fn openssl_agrees(&mut self) {
        let anchors = self
            .bench
            .authority
            .ceremony()
            .certificates();
        let ders = anchors.iter().map(Certificate::der);
        self.judge
            .write_pem("trust.pem", "CERTIFICATE", ders);
        let responder = responder(&self.bench);
        let lists = self.lists(&responder).await;
        let place = self.looks.len();
        let ders = lists.iter().map(Vec::as_slice);
        self.judge
            .write_pem(&file_of_lists(place), "X509 CRL", ders);
        self.looks.push(self.now());
        // At each instant with the lists of that time, and with today's trust: roots stay in it after their end.
        for (place, at) in self.looks.iter().enumerate() {
            self.openssl_agrees_at(place, *at);
        }
        self.ocsp_agrees(&responder).await;
    }

    fn openssl_agrees_at(&self, place: usize, at: Instant) {
        let files: Vec<String> = self
            .all
            .values()
            .map(Known::file)
            .collect();
        let (stand, said) = self
            .judge
            .standing("trust.pem", &file_of_lists(place), at, &files);
        for (known, stands) in self.all.values().zip(stand) {
            let (file, lawful) = (known.file(), known.stood_at(at));
            assert_eq!(
                stands, lawful,
                "{file} at {at}, {:?}: {said}",
                known.revoked
            );
        }
    }

    /// The newest lists of all generations that have not ended, from the responder.
    async fn lists(&self, responder: &Router) -> Vec<Vec<u8>> {
        let authority = &self.bench.authority;
        let round = authority.publish_due().await.unwrap();
        assert!(round.refused.is_empty(), "{:?}", round.refused);
        let mut lists = Vec::new();
        for issuer in authority.ceremony().all() {
            if issuer
                .certificate()
                .is_valid_at(self.now())
            {
                let of = issuer.generation().path(issuer.kind());
                let request = Request::get(format!("/crl/{of}/complete.crl"));
                lists.push(body(responder, request.body(Body::empty()).unwrap()).await);
            }
        }
        lists
    }

    /// One request for each generation, about certificates of it that have not ended.
    async fn ocsp_agrees(&self, responder: &Router) {
        let ceremony = self.bench.authority.ceremony();
        for issuer in ceremony.all() {
            let asked: Vec<&Known> = self
                .all
                .values()
                .filter(|known| {
                    is_of(known, &issuer) && known.certificate.not_after() >= self.now()
                })
                .take(MOST_ASKED)
                .collect();
            if asked.is_empty() {
                continue;
            }
            let said = self
                .ocsp_said(responder, &issuer, &asked)
                .await;
            assert!(said.contains("Response verify OK"), "{said}");
            let told: Vec<&str> = said
                .lines()
                .filter_map(|line| {
                    line.trim()
                        .strip_prefix("Cert Status: ")
                })
                .collect();
            let lawful: Vec<&str> = asked
                .iter()
                .map(|known| match known.stood_at(self.now()) {
                    true => "good",
                    false => "revoked",
                })
                .collect();
            assert_eq!(told, lawful, "generation {}: {said}", issuer.generation());
        }
    }

    /// What OpenSSL reads in the responder's answer, which it verifies by all roots.
    async fn ocsp_said(&self, responder: &Router, issuer: &Issuer, asked: &[&Known]) -> String {
        let ids: Vec<CertId> = asked
            .iter()
            .map(|known| {
                let serial = known.certificate.serial();
                CertId::new(issuer.certificate(), serial, DigestAlgorithm::Sha1).unwrap()
            })
            .collect();
        let request = build_request(&ids, None).unwrap();
        let post = Request::post(format!("/ocsp/{}", issuer.kind().path()))
            .header("content-type", "application/ocsp-request")
            .body(Body::from(request.clone()));
        let response = body(responder, post.unwrap()).await;
        self.judge
            .write("request.der", &request);
        self.judge
            .write("response.der", &response);
        let der = issuer.certificate().der();
        self.judge
            .write_pem("issuer.pem", "CERTIFICATE", [der]);
        self.judge.said(&format!(
            "ocsp -reqin request.der -respin response.der -issuer issuer.pem -CAfile trust.pem -attime {} -resp_text",
            self.now().unix()
        ))
    }
}

fn file_of_lists(place: usize) -> String {
    format!("lists-{place}.pem")
}

pub(super) fn is_of(known: &Known, issuer: &Issuer) -> bool {
    known.certificate.kind().unwrap() == issuer.kind()
        && known
            .certificate
            .authority_key_identifier()
            == issuer
                .certificate()
                .subject_key_identifier()
}

/// The authority as the responder's source.
struct Source(Authority, Arc<dyn Clock>);

impl StatusSource for Source {
    fn status<'a>(
        &'a self,
        kind: CertificateKind,
        generation: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, StatusAnswer> {
        Box::pin(async move {
            let as_of = self.1.now();
            let status = self
                .0
                .status_of(kind, generation, serial)
                .await
                .map_err(|error| SourceFailed(Box::new(error)))?;
            Ok(StatusAnswer { status, as_of })
        })
    }

    fn crl(
        &self,
        kind: CertificateKind,
        generation: Generation,
        scope: CrlScope,
    ) -> Answered<'_, Option<Arc<List>>> {
        let generation = generation.number();
        let published = self.0.list(&ListKey {
            kind,
            generation,
            scope,
        });
        let list = published.map(|published| Arc::new(List::new(published)));
        Box::pin(std::future::ready(Ok(list)))
    }
}

fn responder(bench: &Bench) -> Router {
    let ceremony = bench.authority.ceremony();
    let keys = ceremony
        .all()
        .iter()
        .map(|issuer| ResponderKey {
            kind: issuer.kind(),
            generation: issuer.generation(),
            key: issuer.responder().key(),
            certificate: issuer.responder().certificate().clone(),
            issuer: issuer.certificate().clone(),
        })
        .collect();
    let clock: Arc<dyn Clock> = bench.seams.clone();
    shirushi_responder::router(
        Arc::new(Source(bench.authority.clone(), Arc::clone(&clock))),
        Arc::new(ResponderKeys::new(keys)),
        clock,
    )
}

async fn body(responder: &Router, request: Request<Body>) -> Vec<u8> {
    let response = responder
        .clone()
        .oneshot(request)
        .await
        .unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    let body = axum::body::to_bytes(response.into_body(), 1 << 22);
    body.await.unwrap().to_vec()
}
