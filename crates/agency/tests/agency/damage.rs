//! Damaged filings at the judgement itself, without HTTP.
//!
//! * Of ten thousand damaged documents, signatures and both, none is accepted in which anything that counts has changed.
//! * Ten thousand damaged forms are read as the two parts or refused with what is wrong.
#![allow(clippy::unwrap_used, reason = "a test")]

use axum::{
    body::Body,
    extract::{FromRequest as _, Request},
};
use shirushi_agency::{Submission, SubmissionFault, judge};
use shirushi_crypto::DigestAlgorithm;
use shirushi_kit_office::*;
use shirushi_path::{Evidence, TrustAnchors};
use shirushi_profile::{
    CertificateKind::Signature,
    ocsp::{CertId, CertificateStatus, ReceivedResponse, build_request},
};
use shirushi_rules::{UNCHANGED, WELL_FORMED};
use shirushi_signature::report::claimed_signer;
use std::collections::BTreeMap;

/// The responder's answer that the certificate is good.
async fn good(bench: &std::sync::Arc<Bench>, held: &Held) -> Evidence {
    let issuer = &bench.signature.certificate;
    let id = CertId::new(issuer, held.certificate.serial(), DigestAlgorithm::Sha256).unwrap();
    let response = reqwest::Client::new()
        .post(format!("http://{}/ocsp/sign", serve(bench.routes()).await))
        .header("content-type", "application/ocsp-request")
        .body(build_request(&[id], None).unwrap())
        .send()
        .await
        .unwrap();
    let response = ReceivedResponse::from_der(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(response.statuses()[0].status, CertificateStatus::Good);
    Evidence {
        ocsp: vec![response],
        ..Evidence::default()
    }
}

#[tokio::test]
async fn ten_thousand_damaged_filings_are_refused_and_the_whole_one_accepted() {
    let bench = Bench::new();
    let held = bench.issue(Signature, 0, &hanako());
    let evidence = good(&bench, &held).await;
    let anchors = TrustAnchors::new(vec![bench.signature.certificate.clone()]);
    let whole = signed(&filing(&hanako(), bench.now()), &held);
    let judged = judge(&whole, &anchors, &evidence, bench.now());
    assert_eq!(judged.outcome, Ok(()));

    let mut dice = Dice(0xa6e0_0001);
    let mut refused: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..10_000 {
        let mut damaged = whole.clone();
        let which = dice.below(6);
        if which != 0 {
            damage_document(&mut dice, &mut damaged.document);
        }
        if which < 2 {
            damage(&mut dice, &mut damaged.signature);
        }
        if damaged == whole {
            continue;
        }
        let Err(refusal) = judge(&damaged, &anchors, &evidence, bench.now()).outcome else {
            assert!(differs_where_nothing_is_signed(&whole, &damaged));
            continue;
        };
        *refused
            .entry(refusal.rule().id)
            .or_default() += 1;
    }
    // Those that are not well-formed are refused so; the others reach the signature.
    let total: u32 = refused.values().sum();
    let malformed = refused[WELL_FORMED.id];
    assert!(total - malformed >= 3_000, "{refused:?}");
    assert!(refused[UNCHANGED.id] >= 1_000, "{refused:?}");
}

#[tokio::test]
async fn ten_thousand_damaged_forms_are_read_or_refused() {
    let whole = Submission {
        document: b"<DATA/>".to_vec(),
        signature: vec![0x30, 0x00],
    };
    let form = [
        &b"--edge\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a.xml\"\r\n"[..],
        b"Content-Type: application/xml\r\n\r\n",
        &whole.document,
        b"\r\n--edge\r\nContent-Disposition: form-data; name=\"signature\"\r\n",
        b"Content-Type: application/pkcs7-signature\r\n\r\n",
        &whole.signature,
        b"\r\n--edge--\r\n",
    ]
    .concat();
    let read = async |body: Vec<u8>| {
        let request = Request::post("/agency/filings")
            .header("content-type", "multipart/form-data; boundary=edge")
            .body(Body::from(body))
            .unwrap();
        Submission::from_request(request, &()).await
    };
    assert_eq!(read(form.clone()).await.unwrap(), whole);
    let mut dice = Dice(0xf0_0001);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..10_000 {
        let mut damaged = form.clone();
        damage(&mut dice, &mut damaged);
        match read(damaged).await {
            Ok(_) => taken += 1,
            Err(SubmissionFault::Refused(refusal)) => {
                assert_eq!(refusal.rule().id, WELL_FORMED.id);
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(
        taken >= 500 && refused >= 3_000,
        "{taken} taken, {refused} refused"
    );
}

/// Bytes of the signature value of a 2048-bit key.
const VALUE: usize = 256;

/// Some of a container is under no signature and says nothing: the list of digests by which a verifier may prepare itself (RFC 5652
/// §5.1), certificates beside the signer's, and how the issuer's name is spelt where it names the signer (RFC 5280 §7.1).
fn differs_where_nothing_is_signed(whole: &Submission, damaged: &Submission) -> bool {
    let value = &whole.signature[whole.signature.len() - VALUE..];
    let signer = |submission: &Submission| claimed_signer(&submission.signature).unwrap();
    whole.document == damaged.document
        && signer(whole) == signer(damaged)
        && damaged
            .signature
            .windows(VALUE)
            .any(|window| window == value)
}

/// Mostly one digit for another sign, which leaves the document well-formed.
fn damage_document(dice: &mut Dice, document: &mut Vec<u8>) {
    if dice.below(4) == 0 {
        return damage(dice, document);
    }
    let digits: Vec<usize> = (0..document.len())
        .filter(|&at| document[at].is_ascii_digit())
        .collect();
    for _ in 0..=dice.below(3) {
        document[digits[dice.below(digits.len())]] = b"0123456789abcdefXYZ"[dice.below(19)];
    }
}

fn damage(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let at = dice.below(bytes.len());
    match dice.below(6) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, dice.below(256) as u8),
        2 => {
            bytes.remove(at);
        }
        3 => bytes[at] = bytes[dice.below(bytes.len())],
        4 => bytes[at] ^= 1 << dice.below(8),
        _ => {
            let from = dice.below(bytes.len());
            let piece = bytes[from..(from + dice.below(64)).min(bytes.len())].to_vec();
            bytes.splice(at..at, piece);
        }
    }
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
}
