//! The report of a validation, rule by rule.

use crate::{
    citizen::{CONTENT, Citizen, requirements},
    container::Container,
    pki::{AUTHENTICATION_USAGE, Authority, DAY, NOW, at, key_usage, now, policies, rsa},
};
use shirushi_asn1::oid;
use shirushi_path::{Evidence, Indication, Requirements, SubIndication, TrustAnchors};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules as rules;
use shirushi_signature::{
    MAX_CMS_LEN, prepare,
    report::{
        Outcome, ValidationReport, Warning, check, check_certificate, check_read, claimed_signer,
    },
};

const ALL: [&rules::Rule; 11] = [
    &rules::SIGNATURE_FORM,
    &rules::UNCHANGED,
    &rules::SIGNER_CERTIFICATE,
    &rules::SIGNATURE_VERIFIES,
    &rules::ALGORITHM_ACCEPTED,
    &rules::TRUSTED_ISSUER,
    &rules::SIGNATURE_CERTIFICATE,
    &rules::ALREADY_VALID,
    &rules::NOT_EXPIRED,
    &rules::NOT_REVOKED,
    &rules::STATUS_KNOWN,
];

/// The report on a refusal by `rule`; the refusal and the report must agree.
#[track_caller]
fn refused(
    citizen: &Citizen,
    cms: &[u8],
    content: &[u8],
    evidence: &Evidence,
    rule: &'static rules::Rule,
) -> ValidationReport {
    let anchors = citizen.anchors();
    let (report, outcome) = check(cms, content, &anchors, evidence, &requirements());
    let refusal = outcome.unwrap_err();
    assert_eq!(refusal.rule().id, rule.id);
    let first = report
        .findings
        .iter()
        .find(|finding| finding.outcome == Outcome::Broken)
        .unwrap();
    assert_eq!(first.rule, rule.id);
    assert_eq!(first.facts, refusal.report().facts);
    assert_ne!(report.indication, Indication::Passed);
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(
        serde_json::from_str::<ValidationReport>(&json).unwrap(),
        report
    );
    report
}

#[track_caller]
fn indicates(report: &ValidationReport, main: Indication, sub: SubIndication) {
    assert_eq!(
        (report.indication, report.sub_indication),
        (main, Some(sub))
    );
}

#[test]
fn a_right_filing_passes_every_rule() {
    let citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    let evidence = citizen.evidence();
    let (report, outcome) = check(
        &cms,
        CONTENT,
        &citizen.anchors(),
        &evidence,
        &requirements(),
    );
    let (verified, valid) = outcome.unwrap();
    assert_eq!(verified.signer(), valid.leaf());
    assert_eq!(report.indication, Indication::Passed);
    assert_eq!(report.sub_indication, None);
    let asked: Vec<_> = report
        .findings
        .iter()
        .map(|f| (f.rule.as_str(), f.outcome))
        .collect();
    assert_eq!(asked, ALL.map(|rule| (rule.id, Outcome::Holds)));
    let signer = report.signer.as_ref().unwrap();
    assert_eq!(signer.serial, "4101");
    assert!(
        signer
            .subject
            .contains("TESTA0000000000000013998001A")
    );
    assert_eq!(report.evidence.as_ref().unwrap().kind, "crl");
    assert_eq!(report.validated_at, now());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["indication"], "TOTAL-PASSED");
}

#[test]
fn a_changed_filing_is_refused_as_changed() {
    let citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    let report = refused(
        &citizen,
        &cms,
        b"another",
        &citizen.evidence(),
        &rules::UNCHANGED,
    );
    indicates(&report, Indication::Failed, SubIndication::HashFailure);
    let failed: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.outcome == Outcome::Broken)
        .collect();
    assert_eq!(
        failed.len(),
        1,
        "the signature over the attributes still verifies"
    );
}

#[test]
fn a_broken_signature_is_refused_as_such() {
    let citizen = Citizen::new();
    let mut cms = citizen.signs(CONTENT);
    *cms.last_mut().unwrap() ^= 1;
    let evidence = citizen.evidence();
    let report = refused(
        &citizen,
        &cms,
        CONTENT,
        &evidence,
        &rules::SIGNATURE_VERIFIES,
    );
    indicates(&report, Indication::Failed, SubIndication::SigCryptoFailure);
}

#[test]
fn somebody_elses_authority_is_not_trusted() {
    let mut citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    citizen.authority = Authority::root("Root");
    let evidence = citizen.evidence();
    let report = refused(&citizen, &cms, CONTENT, &evidence, &rules::TRUSTED_ISSUER);
    let sub = SubIndication::NoCertificateChainFound;
    indicates(&report, Indication::Indeterminate, sub);
}

#[test]
fn an_authentication_certificate_signs_no_filing() {
    let citizen = Citizen::with(|draft| {
        draft
            .with(key_usage(AUTHENTICATION_USAGE))
            .with(policies(&[oid::POLICY_AUTHENTICATION_TEST]))
    });
    let cms = citizen.signs(CONTENT);
    let evidence = citizen.evidence();
    let rule = &rules::SIGNATURE_CERTIFICATE;
    let report = refused(&citizen, &cms, CONTENT, &evidence, rule);
    let sub = SubIndication::ChainConstraintsFailure;
    indicates(&report, Indication::Indeterminate, sub);
}

#[test]
fn an_expired_certificate_is_refused_with_its_end() {
    let citizen = Citizen::with(|draft| draft.valid(NOW - 9 * DAY, NOW - DAY));
    let cms = citizen.signs(CONTENT);
    let evidence = citizen.evidence();
    let report = refused(&citizen, &cms, CONTENT, &evidence, &rules::NOT_EXPIRED);
    indicates(&report, Indication::Failed, SubIndication::Expired);
    let finding = report
        .findings
        .iter()
        .find(|f| f.outcome == Outcome::Broken)
        .unwrap();
    assert_eq!(
        finding.facts["until"],
        rules::Fact::date("2026-06-30T00:00:00Z")
    );
}

#[test]
fn a_revoked_certificate_is_refused_with_time_and_cause() {
    let citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    let list = citizen
        .authority
        .list()
        .revoke(&[0x41, 0x01], NOW - DAY, 3);
    let evidence = Evidence {
        crls: vec![list.sign(&citizen.authority.key)],
        ..Evidence::default()
    };
    let report = refused(&citizen, &cms, CONTENT, &evidence, &rules::NOT_REVOKED);
    indicates(&report, Indication::Failed, SubIndication::Revoked);
    let finding = report
        .findings
        .iter()
        .find(|f| f.outcome == Outcome::Broken)
        .unwrap();
    assert_eq!(
        finding.facts["since"],
        rules::Fact::from(rules::InBoth::new("2026年6月30日", "2026-06-30T00:00:00Z"))
    );
    assert_eq!(
        finding.facts["cause"],
        rules::Fact::from(rules::InBoth::new(
            "氏名・住所などの異動",
            "affiliationChanged"
        ))
    );
    assert!(report.evidence.is_some(), "what says so is kept");
}

#[test]
fn an_unknown_status_is_undetermined_and_never_passed() {
    let citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    let evidence = Evidence::default();
    let report = refused(&citizen, &cms, CONTENT, &evidence, &rules::STATUS_KNOWN);
    indicates(&report, Indication::Indeterminate, SubIndication::TryLater);
}

#[test]
fn what_cannot_be_read_is_refused_as_malformed_or_too_large() {
    let citizen = Citizen::new();
    let evidence = citizen.evidence();
    let report = refused(&citizen, b"PK", CONTENT, &evidence, &rules::WELL_FORMED);
    indicates(&report, Indication::Failed, SubIndication::FormatFailure);
    assert_eq!(report.signer, None);
    let large = vec![0x30; MAX_CMS_LEN + 1];
    refused(&citizen, &large, CONTENT, &evidence, &rules::SIZE_LIMIT);
}

#[test]
fn everything_wrong_is_named_and_the_first_rule_refuses() {
    let citizen = Citizen::with(|draft| draft.valid(NOW - 9 * DAY, NOW - DAY));
    let cms = citizen.signs(CONTENT);
    let list = citizen
        .authority
        .list()
        .revoke(&[0x41, 0x01], NOW - 2 * DAY, 1);
    let evidence = Evidence {
        crls: vec![list.sign(&citizen.authority.key)],
        ..Evidence::default()
    };
    let report = refused(&citizen, &cms, b"another", &evidence, &rules::UNCHANGED);
    let failed: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.outcome == Outcome::Broken)
        .map(|f| f.rule.as_str())
        .collect();
    let expected = [&rules::UNCHANGED, &rules::NOT_EXPIRED, &rules::NOT_REVOKED];
    assert_eq!(failed, expected.map(|rule| rule.id));
}

#[test]
fn a_certificate_is_checked_alone_by_the_same_rules() {
    let citizen = Citizen::new();
    let (anchors, evidence) = (citizen.anchors(), citizen.evidence());
    let ask = |evidence: &Evidence| {
        check_certificate(
            &citizen.certificate,
            &[],
            &anchors,
            evidence,
            &requirements(),
        )
    };
    let (findings, outcome) = ask(&evidence);
    assert_eq!(outcome.unwrap().leaf(), &citizen.certificate);
    let asked: Vec<_> = findings
        .iter()
        .map(|f| (f.rule.as_str(), f.outcome))
        .collect();
    let of_certificates: Vec<_> = ALL[5..]
        .iter()
        .map(|rule| (rule.id, Outcome::Holds))
        .collect();
    assert_eq!(asked, of_certificates);
    let list = citizen
        .authority
        .list()
        .revoke(&[0x41, 0x01], NOW - DAY, 3);
    let revoked = Evidence {
        crls: vec![list.sign(&citizen.authority.key)],
        ..Evidence::default()
    };
    let refusal = ask(&revoked).1.unwrap_err();
    assert_eq!(refusal.rule().id, rules::NOT_REVOKED.id);
}

#[test]
fn the_claimed_signer_is_told_though_nothing_is_verified() {
    let citizen = Citizen::new();
    let mut cms = citizen.signs(CONTENT);
    *cms.last_mut().unwrap() ^= 1;
    assert_eq!(claimed_signer(&cms).unwrap(), citizen.certificate);
    assert!(claimed_signer(b"PK").is_err());
}

/// What came of a rule.
#[track_caller]
fn outcome(report: &ValidationReport, rule: &rules::Rule) -> Outcome {
    let finding = report
        .findings
        .iter()
        .find(|f| f.rule == rule.id)
        .unwrap();
    finding.outcome
}

#[test]
fn what_nobody_has_looked_at_neither_holds_nor_is_broken() {
    let citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    let judged = |cms: &[u8], anchors: &TrustAnchors, evidence: &Evidence| {
        check(cms, CONTENT, anchors, evidence, &requirements()).0
    };
    let of_status = [&rules::NOT_REVOKED, &rules::STATUS_KNOWN];
    let untrusted = judged(&cms, &TrustAnchors::default(), &citizen.evidence());
    assert_eq!(
        outcome(&untrusted, &rules::SIGNATURE_VERIFIES),
        Outcome::Holds
    );
    assert_eq!(
        of_status.map(|r| outcome(&untrusted, r)),
        [Outcome::NotAsked; 2]
    );
    let unknown = judged(&cms, &citizen.anchors(), &Evidence::default());
    assert_eq!(
        of_status.map(|r| outcome(&unknown, r)),
        [Outcome::NotAsked, Outcome::Broken]
    );
    let unreadable = judged(b"PK", &citizen.anchors(), &citizen.evidence());
    let (first, others) = unreadable
        .findings
        .split_first()
        .unwrap();
    assert_eq!(first.outcome, Outcome::Broken);
    assert_eq!(others.len(), ALL.len());
    assert!(
        others
            .iter()
            .all(|f| f.outcome == Outcome::NotAsked)
    );
    // A dead certificate has no status any more, and nothing tells whether it was revoked before.
    let old = Citizen::with(|draft| draft.valid(NOW - 9 * DAY, NOW - DAY));
    let expired = judged(&old.signs(CONTENT), &old.anchors(), &Evidence::default());
    assert_eq!(
        of_status.map(|r| outcome(&expired, r)),
        [Outcome::NotAsked; 2]
    );
}

#[test]
fn dead_now_is_no_proof_about_a_signature_of_before() {
    let citizen = Citizen::new();
    // Signed now, judged ten days later, when it was revoked or has expired in between.
    let cms = citizen.signs(CONTENT);
    let later = |days: i64| Requirements::new(CertificateKind::Signature, at(NOW + days * DAY));
    let list = |when: i64, reason: u8| Evidence {
        crls: vec![
            citizen
                .authority
                .list()
                .made(NOW + 9 * DAY, Some(NOW + 20 * DAY))
                .revoke(&[0x41, 0x01], when, reason)
                .sign(&citizen.authority.key),
        ],
        ..Evidence::default()
    };
    let judged = |evidence: &Evidence, requirements: &Requirements| {
        check(&cms, CONTENT, &citizen.anchors(), evidence, requirements).0
    };
    for (evidence, main, sub) in [
        (
            list(NOW + DAY, 4),
            Indication::Indeterminate,
            SubIndication::RevokedNoPoe,
        ),
        (
            list(NOW - DAY, 4),
            Indication::Failed,
            SubIndication::Revoked,
        ),
        (
            list(NOW - DAY, 6),
            Indication::Indeterminate,
            SubIndication::TryLater,
        ),
    ] {
        let report = judged(&evidence, &later(10));
        indicates(&report, main, sub);
        assert_eq!(outcome(&report, &rules::NOT_REVOKED), Outcome::Broken);
        assert_eq!(outcome(&report, &rules::STATUS_KNOWN), Outcome::Holds);
        assert!(report.advice.is_some());
    }
    let ended = judged(&Evidence::default(), &later(4000));
    let no_proof = SubIndication::OutOfBoundsNoPoe;
    indicates(&ended, Indication::Indeterminate, no_proof);
    assert_eq!(outcome(&ended, &rules::NOT_EXPIRED), Outcome::Broken);
    let early = judged(&citizen.evidence(), &later(-4000));
    indicates(&early, Indication::Indeterminate, no_proof);
    assert_eq!(outcome(&early, &rules::ALREADY_VALID), Outcome::Broken);
    assert_eq!(outcome(&early, &rules::NOT_EXPIRED), Outcome::Holds);
}

#[test]
fn a_claimed_time_that_cannot_be_is_remarked_upon() {
    let citizen = Citizen::new();
    let warned = |signed: i64, judged: i64| {
        let prepared = prepare(CONTENT, &citizen.certificate, at(signed)).unwrap();
        let signature = citizen.card_signs(&prepared.digest_info());
        let cms = prepared
            .assemble(&signature, &[])
            .unwrap();
        let requirements = Requirements::new(CertificateKind::Signature, at(judged));
        let evidence = citizen.evidence();
        let (report, _) = check(&cms, CONTENT, &citizen.anchors(), &evidence, &requirements);
        report.warnings
    };
    assert_eq!(warned(NOW, NOW), []);
    assert_eq!(warned(NOW + 200, NOW), []);
    assert!(matches!(
        warned(NOW + 400, NOW)[..],
        [Warning::SignedInTheFuture { .. }]
    ));
    assert!(matches!(
        warned(NOW - 4000 * DAY, NOW)[..],
        [
            Warning::SignedBeforeValidity { .. },
            Warning::SignedLongAgo { .. }
        ]
    ));
    assert!(matches!(
        warned(NOW + 4000 * DAY, NOW)[..],
        [
            Warning::SignedAfterValidity { .. },
            Warning::SignedInTheFuture { .. }
        ]
    ));
}

#[test]
fn a_certificate_that_was_left_out_may_be_given() {
    let citizen = Citizen::new();
    let mut container = Container::right(&citizen);
    container.certificates.clear();
    let cms = container.sign(&citizen.key);
    let judged = |certificates: &[Certificate]| {
        check_read(
            &cms,
            &mut &CONTENT[..],
            certificates,
            &citizen.anchors(),
            &citizen.evidence(),
            &requirements(),
        )
        .unwrap()
        .0
    };
    let missing = judged(&[]);
    let sub = SubIndication::NoSigningCertificateFound;
    indicates(&missing, Indication::Indeterminate, sub);
    assert_eq!(
        outcome(&missing, &rules::SIGNER_CERTIFICATE),
        Outcome::Broken
    );
    assert_eq!(outcome(&missing, &rules::UNCHANGED), Outcome::Holds);
    assert_eq!(
        outcome(&missing, &rules::SIGNATURE_VERIFIES),
        Outcome::NotAsked
    );
    let other = citizen
        .authority
        .signature_draft(&rsa())
        .sign(&citizen.authority.key);
    indicates(&judged(&[other]), Indication::Indeterminate, sub);
    let given = judged(std::slice::from_ref(&citizen.certificate));
    assert_eq!(given.indication, Indication::Passed);
}

#[test]
fn a_certificate_that_nobody_needs_and_nobody_can_read_spoils_nothing() {
    let citizen = Citizen::new();
    let mut container = Container::right(&citizen);
    container.certificates.insert(
        0,
        shirushi_asn1::tlv::element(shirushi_asn1::tlv::SEQUENCE, &[2, 1, 0]),
    );
    let cms = container.sign(&citizen.key);
    let evidence = citizen.evidence();
    let (report, _) = check(
        &cms,
        CONTENT,
        &citizen.anchors(),
        &evidence,
        &requirements(),
    );
    assert_eq!(report.indication, Indication::Passed);
}

#[test]
fn a_report_of_before_is_read_and_says_nothing_false() {
    let old = serde_json::json!({
        "indication": "TOTAL-FAILED",
        "sub_indication": "NOT_YET_VALID",
        "findings": [
            { "rule": "filing/unchanged", "passed": true, "facts": {} },
            {
                "rule": "filing/signature-certificate",
                "passed": false,
                "facts": { "expected": "signature", "found": "authentication" },
            },
            { "rule": "filing/not-revoked", "passed": true, "facts": {} },
        ],
        "signer": null,
        "validated_at": now(),
        "signing_time": null,
        "signature_sha256": "",
        "content_sha256": "",
        "evidence": null,
    });
    let report: ValidationReport = serde_json::from_value(old).unwrap();
    let outcomes: Vec<_> = report
        .findings
        .iter()
        .map(|finding| report.outcome_of(finding))
        .collect();
    assert_eq!(
        outcomes,
        [Outcome::Holds, Outcome::Broken, Outcome::NotAsked]
    );
    assert_eq!(report.findings[1].facts["fault"], "authentication");
}
