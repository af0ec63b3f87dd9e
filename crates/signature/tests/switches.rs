//! A rule that is switched off lets the filing pass, and no other rule notices: so a test of the city that switches one off and
//! sees a refusal all the same has found a rule that is checked twice.
//!
//! The switches are of the whole process, hence one test.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "signature/citizen.rs"]
mod citizen;

use citizen::{CONTENT, Citizen, requirements};
use shirushi_asn1::oid;
use shirushi_kit::pki::{self, AUTHENTICATION_USAGE, Authority, DAY, NOW, key_usage, policies};
use shirushi_path::{Evidence, StatusProof};
use shirushi_rules::{self as rules, Rule, switch_off, switch_on_all};
use shirushi_signature::report::{Outcome, check};

/// A filing that breaks one rule.
struct Broken {
    rule: &'static Rule,
    citizen: Citizen,
    cms: Vec<u8>,
    content: Vec<u8>,
    evidence: Evidence,
}

impl Broken {
    fn new(rule: &'static Rule, citizen: Citizen) -> Self {
        Self {
            rule,
            cms: citizen.signs(CONTENT),
            content: CONTENT.to_vec(),
            evidence: citizen.evidence(),
            citizen,
        }
    }

    /// The id of the rule that refuses it.
    fn refusal(&self) -> Option<&'static str> {
        let anchors = self.citizen.anchors();
        let (report, outcome) = check(
            &self.cms,
            &self.content,
            &anchors,
            &self.evidence,
            &requirements(),
        );
        let finding = report
            .findings
            .iter()
            .find(|f| f.outcome == Outcome::Broken)
            .unwrap();
        assert_eq!(
            finding.rule, self.rule.id,
            "the finding stays in the report"
        );
        outcome
            .err()
            .map(|refusal| refusal.rule().id)
    }
}

fn broken() -> [Broken; 7] {
    let mut unchanged = Broken::new(&rules::UNCHANGED, Citizen::new());
    unchanged.content.push(b'!');

    let mut verifies = Broken::new(&rules::SIGNATURE_VERIFIES, Citizen::new());
    *verifies.cms.last_mut().unwrap() ^= 1;

    let mut trusted = Broken::new(&rules::TRUSTED_ISSUER, Citizen::new());
    trusted.citizen.authority = Authority::root("Root");

    let authentication = Citizen::with(|draft| {
        draft
            .with(key_usage(AUTHENTICATION_USAGE))
            .with(policies(&[oid::POLICY_AUTHENTICATION_TEST]))
    });
    let kind = Broken::new(&rules::SIGNATURE_CERTIFICATE, authentication);

    let old = Citizen::with(|draft| draft.valid(NOW - 9 * DAY, NOW - DAY));
    let expired = Broken::new(&rules::NOT_EXPIRED, old);

    let mut revoked = Broken::new(&rules::NOT_REVOKED, Citizen::new());
    let authority = &revoked.citizen.authority;
    let list = authority
        .list()
        .revoke(&[0x41, 0x01], NOW - DAY, 3);
    revoked.evidence.crls = vec![list.sign(&authority.key)];

    let mut unknown = Broken::new(&rules::STATUS_KNOWN, Citizen::new());
    unknown.evidence = Evidence::default();

    [
        unchanged, verifies, trusted, kind, expired, revoked, unknown,
    ]
}

#[test]
fn each_rule_is_checked_at_one_place() {
    let all = broken();
    for filing in &all {
        switch_on_all();
        assert_eq!(filing.refusal(), Some(filing.rule.id));
        for other in &all {
            switch_on_all();
            switch_off(other.rule.id);
            let expected = (filing.rule.id != other.rule.id).then_some(filing.rule.id);
            assert_eq!(filing.refusal(), expected, "{} is off", other.rule.id);
        }
    }
    switch_on_all();

    switch_off(rules::STATUS_KNOWN.id);
    let unknown = &all[6];
    let anchors = unknown.citizen.anchors();
    let (_, outcome) = check(
        &unknown.cms,
        CONTENT,
        &anchors,
        &unknown.evidence,
        &requirements(),
    );
    assert_eq!(outcome.unwrap().1.status(), &StatusProof::Unasked);
    switch_on_all();
}
