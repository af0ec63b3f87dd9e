//! The status of the signer's certificate.
//!
//! * Without a status nothing is accepted: OCSP first, the municipality's list next, from one host only.
//! * An answer that is replayed, redirected, endless or signed by nobody we trust is no status.
//! * A certificate is told to be unfit before the form is filled, by the same rules.
#![allow(clippy::unwrap_used, reason = "a test")]

use reqwest::StatusCode;
use serde_json::Value;
use shirushi_clock::Clock as _;
use shirushi_kit_office::*;
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_rules as rules;
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_the_municipality_stands_in_for_the_responder() {
    let office = Office::open().await;
    let good = office
        .bench
        .issue(Signature, 0, &hanako());
    let revoked = office
        .bench
        .issue(Signature, 1, &hanako());
    office
        .bench
        .revoke(&revoked.certificate);
    office
        .bench
        .statuses_fail
        .store(true, Ordering::SeqCst);
    let now = office.bench.now();
    let (status, answer) = office
        .send(&signed(&filing(&hanako(), now), &good))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["report"]["evidence"]["kind"], "crl");
    let receipt = answer["receipt"].as_str().unwrap();
    let list = office
        .get(&format!("/agency/filings/{receipt}/evidence/crl"))
        .await;
    assert_eq!(list.status(), StatusCode::OK);
    let report = office
        .refused(&signed(&filing(&hanako(), now), &revoked))
        .await;
    assert_eq!(report.rule, rules::NOT_REVOKED.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_status_nothing_is_accepted() {
    let office = Office::open().await;
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    office
        .bench
        .statuses_fail
        .store(true, Ordering::SeqCst);
    office
        .bench
        .lists_fail
        .store(true, Ordering::SeqCst);
    let submission = signed(&filing(&hanako(), office.bench.now()), &held);
    let (_, answer) = office.send(&submission).await;
    assert_eq!(answer["rule"], rules::STATUS_KNOWN.id, "{answer}");
    let evidence = answer["facts"]["evidence"]
        .as_str()
        .unwrap();
    let kept = office
        .agency
        .kept(evidence)
        .await
        .unwrap()
        .unwrap();
    let report: Value = serde_json::to_value(kept.report.unwrap()).unwrap();
    assert_eq!(report["indication"], "INDETERMINATE");
    // Nobody at all at the configured address.
    let alone = Office::beside(office.bench.clone(), "http://127.0.0.1:1".to_owned()).await;
    assert_eq!(
        alone.refused(&submission).await.rule,
        rules::STATUS_KNOWN.id
    );
    // When it can be asked again, the very same filing is accepted.
    office
        .bench
        .statuses_fail
        .store(false, Ordering::SeqCst);
    assert_eq!(office.send(&submission).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_responder_that_cannot_be_trusted_is_no_status() {
    use axum::{Router, body::Bytes, routing::post};
    let bench = Bench::new();
    let held = bench.issue(Signature, 0, &hanako());
    let submission = signed(&filing(&hanako(), bench.now()), &held);
    let honest = format!("http://{}", serve(bench.routes()).await);
    let answered = async |nonce: Option<&[u8]>| {
        use shirushi_profile::ocsp::{CertId, build_request};
        let sha256 = shirushi_crypto::DigestAlgorithm::Sha256;
        let id = CertId::new(
            &bench.signature.certificate,
            held.certificate.serial(),
            sha256,
        );
        let request = build_request(&[id.unwrap()], nonce).unwrap();
        let sent = reqwest::Client::new()
            .post(format!("{honest}/ocsp/sign"))
            .header("content-type", "application/ocsp-request")
            .body(request)
            .send()
            .await;
        sent.unwrap().bytes().await.unwrap()
    };
    let (of_another_question, of_none) = (
        answered(Some(b"another question")).await,
        answered(None).await,
    );
    // "Good" signed by a responder that another authority of the same name has delegated.
    let other = Bench::with(impostor(bench.now()), bench.clock.clone());
    other.set(&held.certificate, shirushi_wire::CertificateState::Good);
    let always =
        |answer: Bytes| Router::new().route("/ocsp/sign", post(async move |_: Bytes| answer));
    let redirecting = Router::new().route(
        "/ocsp/sign",
        post(async move || axum::response::Redirect::temporary(&format!("{honest}/ocsp/sign"))),
    );
    let endless = Router::new().route("/ocsp/sign", post(async || vec![0x30; 300 * 1024]));
    for (name, routes) in [
        ("replayed", always(of_another_question)),
        ("redirecting", redirecting),
        ("endless", endless),
        ("impostor", other.routes()),
    ] {
        let base = format!("http://{}", serve(routes).await);
        let office = Office::beside(bench.clone(), base).await;
        let report = office.refused(&submission).await;
        assert_eq!(report.rule, rules::STATUS_KNOWN.id, "{name}: {report:?}");
    }
    // Responders that give everybody the same answer leave the nonce out (RFC 9654): it counts while it is new.
    let base = format!("http://{}", serve(always(of_none)).await);
    let office = Office::beside(bench.clone(), base).await;
    assert_eq!(office.send(&submission).await.0, StatusCode::OK);
    bench.clock.advance(901);
    let later = signed(&filing(&hanako(), bench.now()), &held);
    assert_eq!(office.refused(&later).await.rule, rules::STATUS_KNOWN.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_answers_instead_is_told_apart_to_the_signer() {
    let bench = Bench::new();
    let held = bench.issue(Signature, 0, &hanako());
    let mut told = std::collections::BTreeSet::new();
    for odd in odd(&bench, Signature, &held).await {
        let cause = odd.cause;
        let office = Office::beside(bench.clone(), odd.base).await;
        let submission = signed(&filing(&hanako(), bench.now()), &held);
        let filed = serde_json::to_value(office.refused(&submission).await).unwrap();
        let (_, checked) = office
            .check(held.certificate.der())
            .await;
        for report in [filed, checked] {
            assert_eq!(report["rule"], rules::STATUS_KNOWN.id, "{cause}: {report}");
            assert_eq!(report["facts"]["cause"], cause, "{report}");
            let reason = report["reason"]["en"].as_str().unwrap();
            assert!(reason.contains(odd.said), "{cause}: {reason}");
            told.insert(
                report["reason"]["ja"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
            let wanted = match cause {
                "unknown-to-responder" => "counter where it was issued",
                _ => "Nothing is wrong with your signature or your card",
            };
            let remedy = report["remedy"]["en"].as_str().unwrap();
            assert!(remedy.contains(wanted), "{cause}: {remedy}");
        }
    }
    assert_eq!(told.len(), 13, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_checked_before_the_form_is_filled() {
    let office = Office::open().await;
    let bench = &office.bench;
    let good = bench.issue(Signature, 0, &hanako());
    let (status, answer) = office
        .check(good.certificate.der())
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["usable"], true);
    assert_eq!(answer["not_after"], good.certificate.not_after().unix());
    assert_eq!(answer["serial"], good.certificate.serial().to_string());

    let revoked = bench.issue(Signature, 1, &hanako());
    bench.revoke(&revoked.certificate);
    let authentication = bench.issue(Authentication, 0, &hanako());
    let now = bench.now();
    let unknown = issue(&bench.signature, &good.key, &hanako(), now);
    let stranger = issue(&impostor(now), &good.key, &hanako(), now);
    for (rule, der) in [
        (&rules::NOT_REVOKED, revoked.certificate.der()),
        (
            &rules::SIGNATURE_CERTIFICATE,
            authentication.certificate.der(),
        ),
        (&rules::STATUS_KNOWN, unknown.certificate.der()),
        (&rules::TRUSTED_ISSUER, stranger.certificate.der()),
        (&rules::WELL_FORMED, &b"no certificate"[..]),
    ] {
        let (status, answer) = office.check(der).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer["rule"], rule.id, "{answer}");
    }
    bench.clock.advance(301 * DAY);
    let (_, answer) = office
        .check(good.certificate.der())
        .await;
    assert_eq!(answer["rule"], rules::NOT_EXPIRED.id);
    assert!(bench.clock.now() > good.certificate.not_after());
}

#[tokio::test]
async fn only_a_plain_host_can_be_asked_for_statuses() {
    use shirushi_agency::{Agency, AgencyConfig, AgencyError, MIGRATIONS};
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let url = shirushi_test_database::address(folder.path(), "agency");
    let store = shirushi_store::Store::open(&url, MIGRATIONS)
        .await
        .unwrap();
    for wrong in [
        "",
        "127.0.0.1:80",
        "https://127.0.0.1",
        "file:///etc",
        "http://127.0.0.1/path",
        "http://user@127.0.0.1",
        "http://127.0.0.1?x",
    ] {
        let config = AgencyConfig {
            anchors: Vec::new(),
            status_base: wrong.to_owned(),
        };
        let refused = Agency::open(store.clone(), bench.clock.clone(), config).await;
        assert!(matches!(refused, Err(AgencyError::Client(_))), "{wrong}");
    }
}
