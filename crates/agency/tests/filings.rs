//! Filings as they are sent over HTTP.
//!
//! * What is right is accepted, with a report that passed; everything it was judged by can be read under its receipt.
//! * Each rule refuses what breaks it, and the evidence of a refusal is kept as well.
//! * The same filing sent sixteen times at once is accepted once; the others are told the receipt.
//! * Without a status nothing is accepted: OCSP first, the municipality's list next, from one host only.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "office/office.rs"]
mod office;

use office::*;
use reqwest::{StatusCode, multipart::Part};
use serde_json::Value;
use shirushi_agency::{Kept, Submission};
use shirushi_clock::Clock as _;
use shirushi_crypto::sha256;
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_rules::{self as rules, Rule};
use shirushi_wire::filing::LARGEST_DOCUMENT;
use std::sync::{Arc, atomic::Ordering};

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
    for absent in [
        format!("{path}/evidence/crl"),
        "/agency/filings/0".to_owned(),
    ] {
        assert_eq!(office.get(&absent).await.status(), StatusCode::NOT_FOUND);
    }
}

/// What is wrong, and by which rule it is refused with which fact.
struct Case {
    name: &'static str,
    rule: &'static Rule,
    fact: (&'static str, &'static str),
    submission: Submission,
}

fn cases(bench: &Bench) -> Vec<Case> {
    let now = bench.now();
    let held = bench.issue(Signature, 0, &hanako());
    let right = filing(&hanako(), now);
    let xml = right.to_xml().unwrap();
    let good = signed(&right, &held);
    let case = |name, rule, fact, submission| Case {
        name,
        rule,
        fact,
        submission,
    };
    let with = |document: Vec<u8>| Submission {
        document,
        signature: good.signature.clone(),
    };
    let changed = |this: &str, by: &str| {
        String::from_utf8(xml.clone())
            .unwrap()
            .replacen(this, by, 1)
            .into_bytes()
    };
    let filed = |change: &dyn Fn(&mut shirushi_wire::filing::Filing)| {
        let mut filing = filing(&hanako(), now);
        change(&mut filing);
        signed(&filing, &held)
    };
    let mut spoiled = good.clone();
    *spoiled.signature.last_mut().unwrap() ^= 1;
    let revoked = bench.issue(Signature, 1, &hanako());
    bench.revoke(&revoked.certificate);
    let on_hold = bench.issue(Signature, 1, &hanako());
    bench.set(
        &on_hold.certificate,
        shirushi_responder::Status::Revoked {
            at: now.plus_seconds(-5),
            reason: shirushi_profile::RevocationReason::CertificateHold,
        },
    );
    let unknown = issue(&bench.signature, &held.key, &hanako(), now);
    let stranger = issue(&impostor(now), &held.key, &hanako(), now);
    let authentication = bench.issue(Authentication, 0, &hanako());
    let expired = issue(
        &bench.signature,
        &held.key,
        &hanako(),
        now.plus_seconds(-301 * DAY + 1),
    );
    let mut taro = hanako();
    taro.name = "印　太郎".to_owned();
    let neighbour = bench.issue(Signature, 2, &taro);
    let by = |held: &Held| signed(&filing(&hanako(), now), held);
    vec![
        case(
            "a document over its limit",
            &rules::SIZE_LIMIT,
            ("limit", "10485760"),
            with(vec![b' '; LARGEST_DOCUMENT + 1]),
        ),
        case(
            "a document that is no XML",
            &rules::WELL_FORMED,
            ("where", "18行1列 / line 18, column 1"),
            with(changed("</form>", "</from>")),
        ),
        case(
            "a signature that is none",
            &rules::WELL_FORMED,
            ("where", "ContentInfo@0"),
            Submission {
                document: xml.clone(),
                signature: b"not a signature".to_vec(),
            },
        ),
        case(
            "a changed amount",
            &rules::UNCHANGED,
            ("evidence", ""),
            with(changed("123400", "000001")),
        ),
        case(
            "a changed attachment",
            &rules::UNCHANGED,
            ("evidence", ""),
            with(changed("b25lIHJlY2VpcHQ=", "dHdvIHJlY2VpcHQ=")),
        ),
        case(
            "a spoiled signature",
            &rules::SIGNATURE_VERIFIES,
            ("evidence", ""),
            spoiled,
        ),
        case(
            "an authority of the same name that nobody trusts",
            &rules::TRUSTED_ISSUER,
            ("evidence", ""),
            by(&stranger),
        ),
        case(
            "the authentication certificate",
            &rules::SIGNATURE_CERTIFICATE,
            ("found", "authentication"),
            by(&authentication),
        ),
        case(
            "an expired certificate",
            &rules::NOT_EXPIRED,
            ("evidence", ""),
            by(&expired),
        ),
        case(
            "a revoked certificate",
            &rules::NOT_REVOKED,
            ("evidence", ""),
            by(&revoked),
        ),
        case(
            "a certificate on hold",
            &rules::NOT_REVOKED,
            ("evidence", ""),
            by(&on_hold),
        ),
        case(
            "a certificate that its authority does not know",
            &rules::STATUS_KNOWN,
            ("fault", "the responder does not know the certificate"),
            by(&unknown),
        ),
        case(
            "another spelling of the document",
            &rules::COMPLETE,
            (
                "fault",
                "23行1列 / line 23, column 1: 正規の形と違います / the document differs from its canonical form here",
            ),
            signed_bytes([xml.as_slice(), b"\n"].concat(), &held, now),
        ),
        case(
            "a form without a field",
            &rules::COMPLETE,
            (
                "fault",
                "「納める税金（還付は負の数）」がありません / Tax due (negative: refund) (tax-due) is absent",
            ),
            filed(&|f| f.form.truncate(2)),
        ),
        case(
            "a form with a field of a wrong form",
            &rules::COMPLETE,
            (
                "fault",
                "「年分」の形式が違います / Tax year (tax-year) has the wrong form",
            ),
            filed(&|f| f.form[0].1 = "令和8年".to_owned()),
        ),
        case(
            "a procedure that nobody offers",
            &rules::PROCEDURE_KNOWN,
            ("procedure", "ZZZ9999"),
            filed(&|f| f.procedure = "ZZZ9999".parse().unwrap()),
        ),
        case(
            "signed by the neighbour",
            &rules::SIGNER_IS_APPLICANT,
            ("signer", "印　太郎"),
            by(&neighbour),
        ),
        case(
            "for someone of another birth date",
            &rules::SIGNER_IS_APPLICANT,
            ("applicant", "𠮷印　花子 1990-04-02"),
            filed(&|f| f.applicant.birth_date = "1990-04-02".parse().unwrap()),
        ),
        case(
            "from another address",
            &rules::SIGNER_IS_APPLICANT,
            ("applicant", "𠮷印　花子 東京都印市朱肉九丁目９番９号"),
            filed(&|f| f.applicant.address = "東京都印市朱肉九丁目９番９号".to_owned()),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_refuses_what_breaks_it_and_the_evidence_is_kept() {
    let office = Office::open().await;
    for case in cases(&office.bench) {
        let name = case.name;
        let (status, answer) = office.send(&case.submission).await;
        let wanted = match case.rule == &rules::SIZE_LIMIT {
            true => StatusCode::PAYLOAD_TOO_LARGE,
            false => StatusCode::UNPROCESSABLE_ENTITY,
        };
        assert_eq!(status, wanted, "{name}: {answer}");
        assert_eq!(answer["rule"], case.rule.id, "{name}: {answer}");
        let (fact, value) = case.fact;
        if fact != "evidence" {
            assert_eq!(answer["facts"][fact], value, "{name}");
        }
        let evidence = answer["facts"]["evidence"]
            .as_str()
            .unwrap();
        let path = format!("/agency/filings/{evidence}");
        let kept: Kept = office
            .get(&path)
            .await
            .json()
            .await
            .unwrap();
        assert!(!kept.accepted, "{name}");
        assert_eq!(kept.refusal.unwrap().rule, case.rule.id, "{name}");
        let document = office
            .get(&format!("{path}/evidence/document"))
            .await
            .bytes()
            .await
            .unwrap();
        assert!(document == case.submission.document, "{name}");
    }
    assert_eq!(office.agency.accepted().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_larger_than_any_filing_is_refused_before_it_is_read_whole() {
    let office = Office::open().await;
    let huge = Submission {
        document: vec![b' '; 17 * 1024 * 1024],
        signature: Vec::new(),
    };
    let report = office.refused(&huge).await;
    assert_eq!(report.rule, rules::SIZE_LIMIT.id);
    assert!(
        report.facts["size"]
            .parse::<usize>()
            .unwrap()
            > 17 * 1024 * 1024
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_other_parts_is_refused_with_what_is_wrong() {
    let office = Office::open().await;
    let part = |media_type| {
        Part::bytes(b"x".to_vec())
            .mime_str(media_type)
            .unwrap()
    };
    let xml = || part("application/xml");
    let cms = || part("application/pkcs7-signature");
    let form = reqwest::multipart::Form::new;
    for (form, place) in [
        (form(), "multipart"),
        (form().part("document", xml()), "signature"),
        (form().part("signature", cms()), "document"),
        (
            form()
                .part("document", part("text/html"))
                .part("signature", cms()),
            "document",
        ),
        (
            form()
                .part("document", xml())
                .part("document", xml())
                .part("signature", cms()),
            "document",
        ),
        (
            form()
                .part("document", xml())
                .part("signature", cms())
                .part("more", xml()),
            "multipart",
        ),
    ] {
        let (status, answer) = post(&office.base, form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer["rule"], rules::WELL_FORMED.id);
        assert_eq!(answer["facts"]["where"], place, "{answer}");
    }
    let response = reqwest::Client::new()
        .post(format!("{}/agency/filings", office.base))
        .header("content-type", "application/xml")
        .body("<DATA/>")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
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
    let request = {
        use shirushi_profile::ocsp::{CertId, build_request};
        let sha256 = shirushi_crypto::DigestAlgorithm::Sha256;
        let id = CertId::new(
            &bench.signature.certificate,
            held.certificate.serial(),
            sha256,
        );
        build_request(&[id.unwrap()], None).unwrap()
    };
    let honest = format!("http://{}", serve(bench.routes()).await);
    let old = reqwest::Client::new()
        .post(format!("{honest}/ocsp/sign"))
        .header("content-type", "application/ocsp-request")
        .body(request)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    // "Good" signed by a responder that another authority of the same name has delegated.
    let other = Bench::with(impostor(bench.now()), bench.clock.clone());
    other.set(&held.certificate, shirushi_responder::Status::Good);
    let replayed = Router::new().route("/ocsp/sign", post(async move |_: Bytes| old));
    let redirecting = Router::new().route(
        "/ocsp/sign",
        post(async move || axum::response::Redirect::temporary(&format!("{honest}/ocsp/sign"))),
    );
    let endless = Router::new().route("/ocsp/sign", post(async || vec![0x30; 300 * 1024]));
    for (name, routes) in [
        ("replayed", replayed),
        ("redirecting", redirecting),
        ("endless", endless),
        ("impostor", other.routes()),
    ] {
        let base = format!("http://{}", serve(routes).await);
        let office = Office::beside(bench.clone(), base).await;
        let report = office.refused(&submission).await;
        assert_eq!(report.rule, rules::STATUS_KNOWN.id, "{name}: {report:?}");
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_survives_a_new_start() {
    let office = Office::open().await;
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    let submission = signed(&filing(&hanako(), office.bench.now()), &held);
    let (_, answer) = office.send(&submission).await;
    let receipt = answer["receipt"].as_str().unwrap();
    // A copy of the file as it is on disk now, as after a crash.
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(office.folder.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
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
        .file(submission)
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

#[tokio::test]
async fn only_a_plain_host_can_be_asked_for_statuses() {
    use shirushi_agency::{Agency, AgencyConfig, AgencyError, MIGRATIONS};
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("a.db").display());
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
        assert!(
            matches!(refused, Err(AgencyError::StatusBase { .. })),
            "{wrong}"
        );
    }
}
