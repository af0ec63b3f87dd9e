//! Filings that are not right, as they are sent over HTTP.
//!
//! * Each rule refuses what breaks it, with the fact that a person needs, and the evidence of a refusal is kept as well.
//! * A form with other parts, or larger than any filing, is refused with what is wrong.
#![allow(clippy::unwrap_used, reason = "a test")]

use reqwest::{StatusCode, multipart::Part};
use shirushi_agency::{Extent, Kept, Submission};
use shirushi_crypto::sha256;
use shirushi_kit_office::*;
use shirushi_profile::CertificateKind::{Authentication, Signature};
use shirushi_rules::{self as rules, Rule};
use shirushi_wire::filing::LARGEST_DOCUMENT;

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
        shirushi_wire::CertificateState::Revoked {
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
            (
                "fault",
                "OCSP: サーバーはこの証明書を知りません / OCSP: the responder does not know the certificate",
            ),
            by(&unknown),
        ),
        case(
            "another spelling of the document",
            &rules::COMPLETE,
            (
                "fault",
                "23行1列: 正規の形と違います / line 23, column 1: the document differs from its canonical form here",
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

/// A fact as the table above writes it: one in both languages with a slash between.
fn told(fact: &serde_json::Value) -> String {
    match serde_json::from_value(fact.clone()).unwrap() {
        rules::Fact::Both(both) => format!("{} / {}", both.ja, both.en),
        other => other.told(rules::Language::English),
    }
}

/// Those that no certificate of the authority has signed: of them only digest, size, rule and reason are kept.
const OF_NOBODY: [&str; 3] = [
    "a signature that is none",
    "a spoiled signature",
    "an authority of the same name that nobody trusts",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_refuses_what_breaks_it_and_the_evidence_of_known_signers_is_kept() {
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
            assert_eq!(told(&answer["facts"][fact]), value, "{name}");
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
        assert_eq!(kept.refusal.as_ref().unwrap().rule, case.rule.id, "{name}");
        let item = kept
            .evidence
            .iter()
            .find(|item| item.name == "document")
            .unwrap();
        let bytes = &case.submission.document;
        assert_eq!(item.size, i64::try_from(bytes.len()).unwrap(), "{name}");
        assert_eq!(item.sha256, hex::encode(sha256(bytes)), "{name}");
        let document = office
            .get(&format!("{path}/evidence/document"))
            .await;
        if OF_NOBODY.contains(&name) {
            assert_eq!(kept.extent, Extent::UnknownSigner, "{name}");
            assert!(!item.is_kept, "{name}");
            assert_eq!(document.status(), StatusCode::NOT_FOUND, "{name}");
            continue;
        }
        assert_eq!(kept.extent, Extent::Whole, "{name}");
        assert!(item.is_kept, "{name}");
        assert!(document.bytes().await.unwrap() == *bytes, "{name}");
    }
    assert_eq!(office.agency.accepted().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_looks_like_a_placeholder_rewrites_no_sentence_of_the_evidence() {
    let office = Office::open().await;
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    for name in ["{signer}", "甲 / Hanako", "{applicant} / {signer}"] {
        let mut filing = filing(&hanako(), office.bench.now());
        filing.applicant.name = name.to_owned();
        let report = office
            .refused(&signed(&filing, &held))
            .await;
        assert_eq!(report.facts["applicant"], name);
        let signer = report.facts["signer"].text().unwrap();
        let (ja, en) = (
            format!("申請者（{name}）と署名者（{signer}）が違います（最初の違い: "),
            format!(
                "The applicant ({name}) and the signer ({signer}) differ (the first difference: "
            ),
        );
        assert!(report.reason.ja.starts_with(&ja), "{report:?}");
        assert!(report.reason.en.starts_with(&en), "{report:?}");
        let kept = office
            .agency
            .kept(report.facts["evidence"].text().unwrap())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(kept.refusal.as_ref(), Some(&report), "as it was said");
    }
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
        matches!(report.facts["size"], rules::Fact::Number(size) if size > 17 * 1024 * 1024),
        "{report:?}"
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
async fn what_strangers_file_does_not_fill_the_disk() {
    let office = Office::open().await;
    let junk = Submission {
        document: vec![b'<'; 1 << 20],
        signature: b"not a signature".to_vec(),
    };
    let before = size_of_store(&office);
    for _ in 0..40 {
        office.refused(&junk).await;
    }
    assert!(size_of_store(&office) < before + (6 << 20));
    let huge = Submission {
        document: Vec::new(),
        signature: vec![0x30; 1 << 20],
    };
    office.refused(&huge).await;
    assert!(size_of_store(&office) < before + (6 << 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_signers_refused_filings_a_days_share_is_kept() {
    let office = Office::open().await;
    let held = office
        .bench
        .issue(Signature, 0, &hanako());
    let good = signed(&filing(&hanako(), office.bench.now()), &held);
    let spoiled = Submission {
        document: vec![b' '; 10 << 20],
        signature: good.signature.clone(),
    };
    let mut extents = Vec::new();
    for _ in 0..4 {
        let refused = office.refused(&spoiled).await;
        let kept = office
            .agency
            .kept(
                refused.facts["evidence"]
                    .text()
                    .unwrap(),
            )
            .await
            .unwrap()
            .unwrap();
        extents.push(kept.extent);
    }
    assert_eq!(
        extents,
        [
            Extent::Whole,
            Extent::Whole,
            Extent::OverQuota,
            Extent::OverQuota
        ]
    );
    // The signer's right filing is accepted and kept whole, and another signer has a share of their own.
    let accepted = office
        .agency
        .file(good, None)
        .await
        .unwrap();
    let kept = office
        .agency
        .kept(&accepted.receipt)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.extent, Extent::Whole);
    office.bench.clock.advance(24 * 60 * 60);
    let refused = office.refused(&spoiled).await;
    let kept = office
        .agency
        .kept(
            refused.facts["evidence"]
                .text()
                .unwrap(),
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.extent, Extent::Whole);
}

/// Bytes of the database and its log.
fn size_of_store(office: &Office) -> u64 {
    std::fs::read_dir(office.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum()
}
