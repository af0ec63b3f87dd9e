//! What the responder answers where OpenSSL would not ask.
//!
//! * A source that fails or lies behind gives tryLater, never "good"; what cannot be read gives malformedRequest.
//! * A certificate of another issuer is unknown, and the source is not asked about it.
//! * The nonce is returned, of 1 to 128 octets (RFC 9654 §2.1); a longer one and an empty one are refused.
//! * Of ten thousand damaged requests, each is answered with an error or a signed response that says no more than is known.
#![allow(clippy::unwrap_used, reason = "a test")]

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use shirushi_crypto::{DigestAlgorithm, SigningKey as _};
use shirushi_kit_office::*;
use shirushi_profile::{
    CertificateKind, RevocationReason,
    ocsp::{
        CertId, CertificateStatus, OcspMalformed, OcspResponseStatus, ReceivedResponse,
        build_request, parse_request,
    },
};
use shirushi_wire::CertificateState;
use std::sync::{Arc, atomic::Ordering};
use tower::ServiceExt as _;

async fn post(bench: &Arc<Bench>, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
    let request = Request::post("/ocsp/sign")
        .header("content-type", "application/ocsp-request")
        .body(Body::from(body))
        .unwrap();
    answered(bench, request).await
}

async fn get(bench: &Arc<Bench>, path: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::get(path)
        .body(Body::empty())
        .unwrap();
    answered(bench, request).await
}

async fn answered(bench: &Arc<Bench>, request: Request<Body>) -> (StatusCode, Vec<u8>) {
    let response = bench
        .routes()
        .oneshot(request)
        .await
        .unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    (status, body.to_vec())
}

async fn response(bench: &Arc<Bench>, body: Vec<u8>) -> ReceivedResponse {
    let (status, der) = post(bench, body).await;
    assert_eq!(status, StatusCode::OK);
    let response = ReceivedResponse::from_der(&der).unwrap();
    let key = bench
        .signature
        .responder_key
        .public_key();
    let algorithm = response.signature_algorithm().unwrap();
    key.verify(algorithm, response.tbs_der(), response.signature())
        .unwrap();
    response
}

async fn error(bench: &Arc<Bench>, body: Vec<u8>) -> OcspResponseStatus {
    let (status, der) = post(bench, body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(der.len(), 5);
    match ReceivedResponse::from_der(&der) {
        Err(OcspMalformed::NotSuccessful { status }) => status,
        other => panic!("{other:?}"),
    }
}

fn id(bench: &Bench, held: &Held) -> CertId {
    CertId::new(
        &bench.signature.certificate,
        held.certificate.serial(),
        DigestAlgorithm::Sha256,
    )
    .unwrap()
}

#[tokio::test]
async fn this_update_is_when_it_was_known_and_next_update_is_near() {
    let bench = Bench::new();
    let held = bench.issue(CertificateKind::Signature, 0, &hanako());
    bench
        .behind
        .store(600, Ordering::SeqCst);
    let response = response(&bench, build_request(&[id(&bench, &held)], None).unwrap()).await;
    let said = &response.statuses()[0];
    assert_eq!(said.status, CertificateStatus::Good);
    assert_eq!(said.this_update, bench.now().plus_seconds(-660));
    assert_eq!(said.next_update, Some(bench.now().plus_seconds(240)));
    assert_eq!(response.produced_at(), bench.now());
    assert_eq!(response.nonce(), None);
}

#[tokio::test]
async fn a_source_that_fails_or_lies_behind_gives_try_later() {
    let bench = Bench::new();
    let held = bench.issue(CertificateKind::Signature, 0, &hanako());
    let request = build_request(&[id(&bench, &held)], None).unwrap();
    bench
        .behind
        .store(900, Ordering::SeqCst);
    assert_eq!(
        error(&bench, request.clone()).await,
        OcspResponseStatus::TryLater
    );
    bench.behind.store(0, Ordering::SeqCst);
    bench
        .statuses_fail
        .store(true, Ordering::SeqCst);
    assert_eq!(
        error(&bench, request.clone()).await,
        OcspResponseStatus::TryLater
    );
    bench
        .statuses_fail
        .store(false, Ordering::SeqCst);
    response(&bench, request).await;
}

#[tokio::test]
async fn an_expired_responder_says_nothing() {
    let bench = Bench::new();
    let held = bench.issue(CertificateKind::Signature, 0, &hanako());
    bench.clock.advance(2001 * DAY);
    let request = build_request(&[id(&bench, &held)], None).unwrap();
    assert_eq!(error(&bench, request).await, OcspResponseStatus::TryLater);
}

#[tokio::test]
async fn a_certificate_of_another_issuer_is_unknown_and_not_asked_about() {
    let bench = Bench::new();
    let held = bench.issue(CertificateKind::Signature, 0, &hanako());
    let others = [
        impostor(bench.now()).certificate,
        bench.authentication.certificate.clone(),
    ];
    for other in others {
        for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256] {
            let id = CertId::new(&other, held.certificate.serial(), digest).unwrap();
            let response = response(&bench, build_request(&[id], None).unwrap()).await;
            assert_eq!(response.statuses()[0].status, CertificateStatus::Unknown);
        }
    }
    assert_eq!(
        bench
            .statuses_asked
            .load(Ordering::SeqCst),
        0
    );
}

#[tokio::test]
async fn several_certificates_are_answered_in_order() {
    let bench = Bench::new();
    let held: Vec<Held> = (0..3)
        .map(|who| bench.issue(CertificateKind::Signature, who, &hanako()))
        .collect();
    bench.revoke(&held[1].certificate);
    bench.set(&held[2].certificate, CertificateState::Unknown);
    let ids: Vec<CertId> = held
        .iter()
        .map(|h| id(&bench, h))
        .collect();
    let response = response(&bench, build_request(&ids, None).unwrap()).await;
    let said: Vec<_> = response
        .statuses()
        .iter()
        .map(|single| (single.id.clone(), single.status))
        .collect();
    let revoked = CertificateStatus::Revoked {
        at: bench.now().plus_seconds(-60),
        reason: RevocationReason::AffiliationChanged,
    };
    assert_eq!(
        said,
        [
            (ids[0].clone(), CertificateStatus::Good),
            (ids[1].clone(), revoked),
            (ids[2].clone(), CertificateStatus::Unknown),
        ]
    );
}

#[tokio::test]
async fn a_nonce_is_returned_and_a_long_or_empty_one_refused() {
    let bench = Bench::new();
    let held = bench.issue(CertificateKind::Signature, 0, &hanako());
    for length in [1, 16, 32, 33, 128] {
        let nonce = vec![0xa5; length];
        let request = build_request(&[id(&bench, &held)], Some(&nonce)).unwrap();
        let response = response(&bench, request).await;
        assert_eq!(response.nonce(), Some(nonce.as_slice()));
    }
    // Our own writer makes none that is longer; the last octet of the longest is taken for the length of one more.
    let longest = build_request(&[id(&bench, &held)], Some(&[1; 128])).unwrap();
    let long = longer_by_one(&longest);
    assert_eq!(
        error(&bench, long).await,
        OcspResponseStatus::MalformedRequest
    );
    // An empty OCTET STRING in the place of one octet, with all lengths around it one less.
    let one = build_request(&[id(&bench, &held)], Some(&[0x77])).unwrap();
    let mut empty = hex::encode(&one);
    assert!(empty.ends_with("0403040177"));
    empty.truncate(empty.len() - 10);
    let mut empty = hex::decode(empty + "04020400").unwrap();
    shrink_lengths(&mut empty, &one);
    assert!(parse_request(&empty).is_err());
    assert_eq!(
        error(&bench, empty).await,
        OcspResponseStatus::MalformedRequest
    );
}

/// One octet more at the end, and in the length of every element that encloses it, down to the OCTET STRING in the OCTET STRING.
fn longer_by_one(whole: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let (mut at, mut strings) = (0, 0);
    while strings < 2 {
        let octets = match whole[at + 1] {
            long @ 0x81..=0x82 => usize::from(long - 0x80),
            _ => 0,
        };
        let length = match octets {
            0 => usize::from(whole[at + 1]),
            _ => whole[at + 2..at + 2 + octets]
                .iter()
                .fold(0, |length, octet| length << 8 | usize::from(*octet)),
        };
        let content = at + 2 + octets;
        if content + length == whole.len() {
            bytes[content - 1] += 1;
            strings += usize::from(whole[at] == 0x04);
            at = content;
        } else {
            at = content + length;
        }
    }
    bytes.push(1);
    bytes
}

/// Takes one from the length of every element that encloses the last octet of `whole`.
fn shrink_lengths(bytes: &mut [u8], whole: &[u8]) {
    let mut at = 0;
    loop {
        let (length_at, header) = match whole[at + 1] {
            0x81 => (at + 2, 3),
            _ => (at + 1, 2),
        };
        let end = at + header + usize::from(whole[length_at]);
        if end == whole.len() {
            if whole[at] == 0x04 {
                return;
            }
            bytes[length_at] -= 1;
            at += header;
        } else {
            at = end;
        }
    }
}

#[tokio::test]
async fn other_media_types_methods_and_paths_are_no_requests() {
    let bench = Bench::new();
    let held = bench.issue(CertificateKind::Signature, 0, &hanako());
    let der = build_request(&[id(&bench, &held)], None).unwrap();
    let as_text = Request::post("/ocsp/sign")
        .header("content-type", "text/plain")
        .body(Body::from(der))
        .unwrap();
    assert_eq!(
        answered(&bench, as_text).await.0,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    for path in [
        "/ocsp/other/AAAA",
        "/crl/sign/99999.crl",
        "/crl/sign/13998",
        "/crl/sign/authority.crl",
        "/crl/sign/authorities",
        "/crl/sign/..%2Fcomplete.crl",
        "/ca/other.cer",
        "/ca/sign",
    ] {
        assert_eq!(get(&bench, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let (status, _) = post(&bench, vec![0x30; 9 * 1024]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let malformed = [0x30, 0x03, 0x0a, 0x01, 0x01];
    for encoded in ["!!!!", "MAA", &"A".repeat(20_000)] {
        let (status, der) = get(&bench, &format!("/ocsp/sign/{encoded}")).await;
        assert_eq!((status, der.as_slice()), (StatusCode::OK, &malformed[..]));
    }
    bench
        .lists_fail
        .store(true, Ordering::SeqCst);
    let (status, _) = get(&bench, "/crl/sign/13998.crl").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

/// RFC 9110 §8.3.1: neither letters' case nor parameters make another type.
#[tokio::test]
async fn a_media_type_is_the_same_in_any_case_and_with_parameters() {
    let bench = Bench::new();
    let held = bench.issue(CertificateKind::Signature, 0, &hanako());
    for given in [
        "application/ocsp-request; charset=utf-8",
        "application/ocsp-request;x=\"a;b\"",
        "Application/OCSP-Request",
        "application/ocsp-request ; q=1",
    ] {
        let der = build_request(&[id(&bench, &held)], None).unwrap();
        let request = Request::post("/ocsp/sign")
            .header("content-type", given)
            .body(Body::from(der))
            .unwrap();
        let (status, der) = answered(&bench, request).await;
        assert_eq!(status, StatusCode::OK, "{given}");
        assert!(ReceivedResponse::from_der(&der).is_ok(), "{given}");
    }
    for other in ["application/ocsp-request-2", "application/json", ""] {
        let request = Request::post("/ocsp/sign")
            .header("content-type", other)
            .body(Body::from(vec![0x30, 0]))
            .unwrap();
        assert_eq!(
            answered(&bench, request).await.0,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{other:?}"
        );
    }
}

#[tokio::test]
async fn ten_thousand_damaged_requests_are_answered_with_no_more_than_is_known() {
    let bench = Bench::new();
    let good = bench.issue(CertificateKind::Signature, 0, &hanako());
    let revoked = bench.issue(CertificateKind::Signature, 1, &hanako());
    bench.revoke(&revoked.certificate);
    let ids = [id(&bench, &good), id(&bench, &revoked)];
    let original = build_request(&ids, Some(&[0x5a; 16])).unwrap();
    let mut dice = Dice(0x0c59_0001);
    let (mut parsed, mut told_good) = (0, 0);
    for _ in 0..10_000 {
        let damaged = damage(&mut dice, &original);
        let readable = parse_request(&damaged).is_ok();
        parsed += u32::from(readable);
        let (status, der) = post(&bench, damaged).await;
        assert_eq!(status, StatusCode::OK);
        match ReceivedResponse::from_der(&der) {
            Err(OcspMalformed::NotSuccessful { status }) => {
                assert_eq!(status, OcspResponseStatus::MalformedRequest);
                assert!(!readable);
            }
            Err(other) => panic!("{other:?}"),
            Ok(response) => {
                assert!(readable);
                for said in response.statuses() {
                    let is_good = said.status == CertificateStatus::Good;
                    told_good += u32::from(is_good);
                    // The parameters of the hash algorithm mean nothing, and may be damaged.
                    let is_meant = said.id.serial() == good.certificate.serial()
                        && said
                            .id
                            .is_of(&bench.signature.certificate);
                    assert!(!is_good || is_meant);
                }
            }
        }
    }
    assert!(parsed >= 3_000, "{parsed} were requests");
    assert!(told_good >= 300, "{told_good} said good");
}

fn damage(dice: &mut Dice, original: &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    match dice.below(8) {
        0 => bytes.truncate(dice.below(original.len())),
        1 => bytes.insert(dice.below(original.len()), dice.byte()),
        2 => {
            bytes.remove(dice.below(original.len()));
        }
        // Most damage leaves the lengths alone, so that it reaches what is inside.
        _ => {
            for _ in 0..=dice.below(3) {
                let at = dice.below(original.len());
                bytes[at] = match dice.below(3) {
                    0 => dice.byte(),
                    1 => bytes[at] ^ (1 << dice.below(8)),
                    _ => original[dice.below(original.len())],
                };
            }
        }
    }
    bytes
}

/// xorshift64*: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self
            .0
            .wrapping_mul(0x2545_f491_4f6c_dd1d)
            >> 33) as usize
            % bound
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}
