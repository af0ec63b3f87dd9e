//! Who reads what was filed.
//!
//! * A receipt number says to anybody that something was received, and whether it is decided; it opens nothing.
//! * Who sent a filing reads it with the key that was sent with it, and with no other.
//! * The number under which a refusal's evidence is kept says nothing at all.
//! * What was received without a key is opened to who has its document and its signature, once.
#![allow(clippy::unwrap_used, reason = "a test")]

use reqwest::StatusCode;
use serde_json::{Value, json};
use shirushi_agency::{Outcome, Submission};
use shirushi_crypto::Secret;
use shirushi_kit_office::*;
use shirushi_profile::CertificateKind::Signature;
use shirushi_rules::READ_BY_FILER;

const OTHER: &str = "ffffffffffffffffffffffffffffffff";

async fn filed(office: &Office) -> (Submission, String) {
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    let submission = signed(&filing(&hanako(), office.bench.now()), &held);
    let (status, answer) = office.send(&submission).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let receipt = answer["receipt"]
        .as_str()
        .unwrap()
        .to_owned();
    (submission, receipt)
}

async fn json_of(response: reqwest::Response) -> (StatusCode, Value) {
    (response.status(), response.json().await.unwrap())
}

/// Refused by the rule, in both languages, with nothing of the filing in it.
async fn assert_closed(office: &Office, path: &str, key: Option<&str>) {
    let (status, answer) = json_of(office.get_with(path, key).await).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {key:?}");
    assert_eq!(answer["rule"], READ_BY_FILER.id);
    assert_eq!(answer["reason"]["ja"], READ_BY_FILER.reason.ja);
    assert_eq!(answer["reason"]["en"], READ_BY_FILER.reason.en);
    assert_eq!(answer["facts"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_alone_says_received_or_decided() {
    let office = Office::open().await;
    let (_, receipt) = filed(&office).await;
    let path = format!("/agency/filings/{receipt}");
    let told = json_of(office.get_with(&path, None).await).await;
    let received = json!({ "receipt": receipt, "state": "received" });
    assert_eq!(told, (StatusCode::OK, received));

    let code = office
        .agency
        .enrolment_code()
        .await
        .unwrap();
    let password = || Secret::from("a long enough password".as_bytes());
    office
        .agency
        .enrol_clerk(&code, "印田", password())
        .await
        .unwrap();
    let session = office
        .agency
        .accounts()
        .log_in("印田", password(), None)
        .await
        .unwrap();
    let clerk = office
        .agency
        .clerk(&session.session)
        .await
        .unwrap()
        .unwrap();
    let reason = Some("住所が違います");
    let decided = office
        .agency
        .decide(&receipt, Outcome::Returned, reason, &clerk)
        .await;
    assert!(decided.unwrap());
    let told = json_of(office.get_with(&path, None).await).await;
    let decided = json!({ "receipt": receipt, "state": "decided" });
    assert_eq!(told, (StatusCode::OK, decided));
    // Who filed it reads why.
    let (_, kept) = json_of(office.get(&path).await).await;
    assert_eq!(kept["decision"]["reason"], "住所が違います");

    let unknown = format!("/agency/filings/{OTHER}");
    let response = office.get_with(&unknown, None).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_opens_with_the_key_it_was_sent_with() {
    let office = Office::open().await;
    let (submission, receipt) = filed(&office).await;
    let path = format!("/agency/filings/{receipt}");
    let document = format!("{path}/evidence/document");
    let own = office.get(&document).await;
    assert_eq!(own.bytes().await.unwrap(), submission.document.as_slice());
    for key in [None, Some(OTHER)] {
        assert_closed(&office, &document, key).await;
    }
    assert_closed(&office, &path, Some(OTHER)).await;
    // Where nothing is kept, the answer is the same.
    let nowhere = format!("/agency/filings/{OTHER}");
    assert_closed(&office, &nowhere, Some(KEY)).await;
    assert_closed(&office, &format!("{nowhere}/evidence/document"), Some(KEY)).await;
    // A key is no key by being short or strange.
    for unfit in ["short", "with a space in it, and long enough"] {
        let (status, answer) = json_of(
            office
                .get_with(&path, Some(unfit))
                .await,
        )
        .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer["rule"], "upload/well-formed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_a_refusal_says_nothing() {
    let office = Office::open().await;
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    office.bench.revoke(&held.certificate);
    let report = office
        .refused(&signed(&filing(&hanako(), office.bench.now()), &held))
        .await;
    let path = format!(
        "/agency/filings/{}",
        report.facts["evidence"].text().unwrap()
    );
    let response = office.get_with(&path, None).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_closed(&office, &format!("{path}/evidence/document"), None).await;
    let (status, kept) = json_of(office.get(&path).await).await;
    assert_eq!((status, &kept["accepted"]), (StatusCode::OK, &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_received_without_a_key_opens_once_to_who_has_it_whole() {
    let office = Office::open().await;
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    let filing = filing(&hanako(), office.bench.now());
    let submission = signed(&filing, &held);
    let accepted = office
        .agency
        .file(submission.clone(), None)
        .await
        .unwrap();
    let path = format!("/agency/filings/{}", accepted.receipt);
    assert_closed(&office, &path, Some(KEY)).await;
    // The document under another signature is not all of it.
    let later = office.bench.now().plus_seconds(5);
    let other = signed_bytes(submission.document.clone(), &held, later);
    office.refused(&other).await;
    assert_closed(&office, &path, Some(KEY)).await;

    let report = office.refused(&submission).await;
    assert_eq!(report.facts["receipt"], accepted.receipt);
    assert_eq!(office.get(&path).await.status(), StatusCode::OK);
    // A key that is there stays.
    let second = reqwest::Client::new()
        .post(format!("{}/agency/filings", office.base))
        .bearer_auth(OTHER)
        .multipart(form(&submission))
        .send()
        .await
        .unwrap();
    assert_eq!(second.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_closed(&office, &path, Some(OTHER)).await;
    assert_eq!(office.get(&path).await.status(), StatusCode::OK);
}
