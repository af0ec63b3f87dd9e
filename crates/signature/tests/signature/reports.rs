//! The report of a validation, rule by rule.

use crate::{
    citizen::{CONTENT, Citizen, requirements},
    pki::{AUTHENTICATION_USAGE, Authority, DAY, NOW, key_usage, now, policies},
};
use shirushi_asn1::oid;
use shirushi_path::{Evidence, Indication, SubIndication};
use shirushi_rules as rules;
use shirushi_signature::{
    MAX_CMS_LEN,
    report::{Outcome, ValidationReport, check, check_certificate, claimed_signer},
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
        ocsp: Vec::new(),
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
        ocsp: Vec::new(),
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
        ocsp: Vec::new(),
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
