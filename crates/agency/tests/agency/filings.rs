//! Filings that are right, as they are sent over HTTP.
//!
//! * What is right is accepted, with a report that passed; everything it was judged by can be read under its receipt.
//! * The same filing sent sixteen times at once is accepted once; the others are told the receipt.
//! * What was accepted is on disk when the receipt is answered.
#![allow(clippy::unwrap_used, reason = "a test")]

use reqwest::StatusCode;
use serde_json::Value;
use shirushi_agency::Kept;
use shirushi_crypto::sha256;
use shirushi_kit_office::*;
use shirushi_profile::CertificateKind::Signature;
use shirushi_rules as rules;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn a_right_filing_is_accepted_and_its_evidence_is_kept() {
    let office = Office::open().await;
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    let filing = filing(&hanako(), office.bench.now());
    let submission = signed(&filing, &held);
    let (status, answer) = office.send(&submission).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["report"]["indication"], "TOTAL-PASSED");
    assert_eq!(answer["report"]["evidence"]["kind"], "ocsp");
    assert_eq!(answer["accepted_at"], office.bench.now().unix());
    let receipt = answer["receipt"].as_str().unwrap();
    assert_eq!(receipt.len(), 32);

    let path = format!("/agency/filings/{receipt}");
    let kept: Kept = office
        .get(&path)
        .await
        .json()
        .await
        .unwrap();
    assert!(kept.accepted && kept.refusal.is_none());
    assert_eq!(kept.filing, Some(filing.id.to_string()));
    let names: Vec<&str> = kept
        .evidence
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "document",
            "issuer-certificate",
            "ocsp-response",
            "signature",
            "signer-certificate"
        ]
    );
    for (name, bytes) in [
        ("document", submission.document.as_slice()),
        ("signature", &submission.signature),
        ("signer-certificate", held.certificate.der()),
        (
            "issuer-certificate",
            office.bench.signature.certificate.der(),
        ),
    ] {
        let response = office
            .get(&format!("{path}/evidence/{name}"))
            .await;
        let disposition = response.headers()["content-disposition"].clone();
        assert_eq!(
            disposition,
            format!("attachment; filename=\"{name}\"").as_str()
        );
        assert_eq!(response.bytes().await.unwrap(), bytes, "{name}");
        let listed = kept
            .evidence
            .iter()
            .find(|item| item.name == name)
            .unwrap();
        assert_eq!(listed.sha256, hex::encode(sha256(bytes)));
    }
    // The response kept is the one that the report names.
    let ocsp = office
        .get(&format!("{path}/evidence/ocsp-response"))
        .await
        .bytes()
        .await
        .unwrap();
    assert_eq!(
        answer["report"]["evidence"]["sha256"],
        hex::encode(sha256(&ocsp)).as_str()
    );
    let absent = format!("{path}/evidence/crl");
    assert_eq!(office.get(&absent).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_filing_sixteen_times_at_once_is_accepted_once() {
    let office = Arc::new(Office::open().await);
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    let submission = Arc::new(signed(&filing(&hanako(), office.bench.now()), &held));
    let sent: Vec<_> = (0..16)
        .map(|_| {
            let (office, submission) = (office.clone(), submission.clone());
            tokio::spawn(async move { office.send(&submission).await })
        })
        .collect();
    let mut receipts = Vec::new();
    let mut told = Vec::new();
    for one in sent {
        let (status, answer) = one.await.unwrap();
        if status == StatusCode::OK {
            receipts.push(answer["receipt"].clone());
        } else {
            assert_eq!(answer["rule"], rules::NOT_FILED_TWICE.id, "{answer}");
            told.push(answer["facts"]["receipt"].clone());
        }
    }
    assert_eq!((receipts.len(), told.len()), (1, 15));
    assert!(
        told.iter()
            .all(|receipt| *receipt == receipts[0])
    );
    assert_eq!(office.agency.accepted().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filing_is_the_same_by_its_id_and_also_by_its_document() {
    let office = Office::open().await;
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    let first = filing(&hanako(), office.bench.now());
    let (_, answer) = office
        .send(&signed(&first, &held))
        .await;
    // Signed again at another time: other bytes of signature, the same document.
    let xml = first.to_xml().unwrap();
    let later = office.bench.now().plus_seconds(5);
    let again = office
        .refused(&signed_bytes(xml, &held, later))
        .await;
    let mut other = first.clone();
    other.form[1].1 = "1".to_owned();
    let other = office
        .refused(&signed(&other, &held))
        .await;
    for report in [again, other] {
        assert_eq!(report.rule, rules::NOT_FILED_TWICE.id);
        assert_eq!(report.facts["receipt"], answer["receipt"].as_str().unwrap());
    }
    // Another id is another filing.
    let mut second = first;
    second.id = shirushi_wire::filing::FilingId::from_bytes([1; 16]);
    assert_eq!(
        office
            .send(&signed(&second, &held))
            .await
            .0,
        StatusCode::OK
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_survives_a_new_start() {
    let office = Office::open().await;
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    let submission = signed(&filing(&hanako(), office.bench.now()), &held);
    let (_, answer) = office.send(&submission).await;
    let receipt = answer["receipt"].as_str().unwrap();
    let copy = tempfile::tempdir().unwrap();
    shirushi_test_database::crash(office.folder.path(), "agency", copy.path());
    let again = agency(&office.bench, copy.path(), &office.status_base).await;
    let kept = again
        .kept(receipt)
        .await
        .unwrap()
        .unwrap();
    assert!(kept.accepted);
    let (_, document) = again
        .evidence(receipt, "document")
        .await
        .unwrap()
        .unwrap();
    assert!(document == submission.document);
    let refused = again
        .file(submission, None)
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains(rules::NOT_FILED_TWICE.id),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn procedures_and_status_are_told() {
    let office = Office::open().await;
    let answer: Value = office
        .get("/agency/procedures")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["procedures"][0]["id"], "RKO0010");
    assert_eq!(answer["procedures"][0]["fields"][0]["form"], "year");
    let answer: Value = office
        .get("/agency/status")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&answer["role"], &answer["ok"]),
        (&"agency".into(), &true.into())
    );
    assert_eq!(answer["checks"][0]["seen"], "0 filings accepted");
}
