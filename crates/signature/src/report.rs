//! The validation of a filing's signature as a report: every rule with its finding, in EN 319 102-1's words.

mod advice;
mod findings;
mod warning;

pub use advice::said_of_path;
pub use warning::Warning;

use crate::{
    SignatureError, SignatureVerified,
    armour::unwrapped,
    container::Container,
    error::Hex,
    verify::{Digests, Inspection, digest_of, inspect},
};
use findings::Asked;
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_crypto::sha256;
use shirushi_path::{
    Check, Evidence, Examination, Indication, PathValid, Requirements, StatusProof, SubIndication,
    TrustAnchors, examine,
};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::{
    Fact, InBoth, NOT_REVOKED, Refusal, Rule, SIGNATURE_CERTIFICATE, STATUS_KNOWN,
};
use std::{collections::BTreeMap, io};

/// What a validation found, to be kept as evidence of why a filing was accepted or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationReport {
    /// Main indication.
    pub indication: Indication,
    /// Sub-indication; none when passed.
    pub sub_indication: Option<SubIndication>,
    /// What whoever relies on the signature can do now; none when passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<InBoth>,
    /// One finding for each rule, in the order in which they are asked.
    pub findings: Vec<Finding>,
    /// What is odd and refuses nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// The signer; none when the container could not be read, or holds no certificate of the signer's.
    pub signer: Option<Signer>,
    /// The instant the certificate had to be valid at.
    pub validated_at: Instant,
    /// When the signer claims to have signed.
    pub signing_time: Option<Instant>,
    /// SHA-256 of the container, in hexadecimal.
    pub signature_sha256: String,
    /// SHA-256 of the content, in hexadecimal.
    pub content_sha256: String,
    /// The evidence that told the status of the signer's certificate.
    pub evidence: Option<EvidenceUsed>,
}

/// The finding of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredFinding")]
pub struct Finding {
    /// The rule's id in `shirushi-rules`.
    pub rule: String,
    /// Whether its condition holds.
    pub outcome: Outcome,
    /// The facts, by name; only a broken rule has some.
    pub facts: BTreeMap<String, Fact>,
}

/// What came of asking a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its condition was looked at, and holds.
    Holds,
    /// Its condition was looked at, and does not hold.
    Broken,
    /// What is there does not tell.
    NotAsked,
}

/// A [`Finding`] as it may have been written: before there were three outcomes, `passed` told two.
#[derive(Deserialize)]
struct StoredFinding {
    rule: String,
    outcome: Option<Outcome>,
    passed: Option<bool>,
    #[serde(default)]
    facts: BTreeMap<String, Fact>,
}

impl From<StoredFinding> for Finding {
    fn from(mut stored: StoredFinding) -> Self {
        // The rule's text once had no fact, and now it has this one.
        if stored.rule == SIGNATURE_CERTIFICATE.id
            && let Some(found) = stored.facts.get("found").cloned()
        {
            stored
                .facts
                .entry("fault".to_owned())
                .or_insert(found);
        }
        let outcome = stored
            .outcome
            .unwrap_or(match stored.passed {
                Some(true) => Outcome::Holds,
                Some(false) => Outcome::Broken,
                None => Outcome::NotAsked,
            });
        Self {
            rule: stored.rule,
            outcome,
            facts: stored.facts,
        }
    }
}

/// Whose certificate signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The holder's name as the certificate states it; none in a certificate without one.
    #[serde(default)]
    pub name: Option<String>,
    /// The subject, as RFC 4514 writes names.
    pub subject: String,
    /// The issuer, as RFC 4514 writes names.
    pub issuer: String,
    /// The serial number, as `shirushi-profile` writes it.
    pub serial: String,
    /// SHA-256 of the certificate, in hexadecimal.
    pub certificate_sha256: String,
}

/// A piece of evidence, by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceUsed {
    /// `crl` or `ocsp`.
    pub kind: String,
    /// When it was made.
    pub made_at: Instant,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
}

/// Both proofs, or the refusal by the first rule that does not hold.
pub type Checked = Result<(SignatureVerified, PathValid), Refusal>;

/// Verifies a detached signature, validates the signer's certificate at `requirements.at`, and asks every rule of a filing.
pub fn check(
    cms: &[u8],
    content: &[u8],
    anchors: &TrustAnchors,
    evidence: &Evidence,
    requirements: &Requirements,
) -> (ValidationReport, Checked) {
    let der = unwrapped(cms);
    let container = Container::from_der(&der);
    let digests = Digests::of(
        content,
        container
            .as_ref()
            .ok()
            .and_then(digest_of),
    );
    Question {
        anchors,
        evidence,
        requirements,
    }
    .answer(container, digests, sha256(cms))
}

/// The same of a content that is read in pieces, and with `certificates` beside those in the container: who leaves the own one out
/// may have handed it over otherwise.
///
/// # Errors
/// When the content cannot be read.
pub fn check_read(
    cms: &[u8],
    content: &mut dyn io::Read,
    certificates: &[Certificate],
    anchors: &TrustAnchors,
    evidence: &Evidence,
    requirements: &Requirements,
) -> io::Result<(ValidationReport, Checked)> {
    let der = unwrapped(cms);
    let container = with_further(Container::from_der(&der), certificates);
    let digests = Digests::read(
        content,
        container
            .as_ref()
            .ok()
            .and_then(digest_of),
    )?;
    let question = Question {
        anchors,
        evidence,
        requirements,
    };
    Ok(question.answer(container, digests, sha256(cms)))
}

fn with_further<'a>(
    container: Result<Container<'a>, SignatureError>,
    certificates: &[Certificate],
) -> Result<Container<'a>, SignatureError> {
    container.map(|mut container| {
        container
            .certificates
            .extend_from_slice(certificates);
        container
    })
}

/// By what a signature is judged.
struct Question<'q> {
    anchors: &'q TrustAnchors,
    evidence: &'q Evidence,
    requirements: &'q Requirements,
}

impl Question<'_> {
    fn answer(
        &self,
        container: Result<Container<'_>, SignatureError>,
        digests: Digests,
        cms_sha256: [u8; 32],
    ) -> (ValidationReport, Checked) {
        let mut report = ValidationReport {
            indication: Indication::Passed,
            sub_indication: None,
            advice: None,
            findings: Vec::new(),
            warnings: Vec::new(),
            signer: None,
            validated_at: self.requirements.at,
            signing_time: None,
            signature_sha256: Hex(&cms_sha256).to_string(),
            content_sha256: Hex(&digests.sha256).to_string(),
            evidence: None,
        };
        let outcome = match container {
            Ok(container) => self.judge(&mut report, inspect(container, digests, cms_sha256)),
            Err(error) => {
                let (refusal, all) = findings::unreadable(&error);
                report.findings = all;
                report.conclude(findings::Meaning::of_signature(&error));
                Err(refusal)
            }
        };
        (report, outcome)
    }

    fn judge(&self, report: &mut ValidationReport, inspection: Inspection) -> Checked {
        report.signing_time = Some(inspection.signing_time);
        let examination = inspection
            .signer
            .as_ref()
            .map(|signer| {
                let examination = examine(
                    signer,
                    &inspection.certificates,
                    self.anchors,
                    self.evidence,
                    self.requirements,
                );
                report.signer = Some(Signer::of(signer));
                report.warnings =
                    warning::of(signer, inspection.signing_time, self.requirements.at);
                report.evidence = examination
                    .statuses()
                    .first()
                    .and_then(EvidenceUsed::of);
                examination
            });
        let claim = inspection
            .signer
            .as_ref()
            .map(|signer| findings::Claim {
                serial: *signer.serial(),
                time: Some(inspection.signing_time),
            });
        let all = findings::of_signature(&inspection)
            .into_iter()
            .chain(findings::of_path(examination.as_ref(), claim));
        let (findings, first) = ask(all);
        report.findings = findings;
        if let Some((refusal, meaning)) = first {
            report.conclude(meaning);
            return Err(refusal);
        }
        let missing = || {
            let error = SignatureError::SignerCertificateMissing;
            (
                findings::refusal_of_signature(&error),
                findings::Meaning::of_signature(&error),
            )
        };
        let valid = match examination {
            None => Err(missing()),
            Some(examination) => conclude(examination).map_err(|error| {
                let meaning = findings::Meaning::of_path(&error, None);
                (findings::refusal_of_path(&error, None), meaning)
            }),
        };
        let proofs = valid.and_then(|valid| match inspection.conclude() {
            Ok(verified) => Ok((verified, valid)),
            Err(error) => Err((
                findings::refusal_of_signature(&error),
                findings::Meaning::of_signature(&error),
            )),
        });
        proofs.map_err(|(refusal, meaning)| {
            report.conclude(meaning);
            refusal
        })
    }
}

/// Validates a signature certificate alone, by the same rules: for whoever wants to know before a form is filled.
///
/// The answer is the finding of each rule about certificates, and either the proof or the refusal by the first that does not hold.
pub fn check_certificate(
    certificate: &Certificate,
    intermediates: &[Certificate],
    anchors: &TrustAnchors,
    evidence: &Evidence,
    requirements: &Requirements,
) -> (Vec<Finding>, Result<PathValid, Refusal>) {
    let examination = examine(certificate, intermediates, anchors, evidence, requirements);
    let claim = findings::Claim {
        serial: *certificate.serial(),
        time: None,
    };
    let (findings, first) = ask(findings::of_path(Some(&examination), Some(claim)));
    let outcome = match first {
        Some((refusal, _)) => Err(refusal),
        None => conclude(examination).map_err(|error| findings::refusal_of_path(&error, None)),
    };
    (findings, outcome)
}

/// The certificate that a container claims to be signed with, nothing about it verified: to know whose status to ask for before
/// [`check`].
///
/// # Errors
/// [`SignatureError`] when the container cannot be read, or does not hold the certificate.
pub fn claimed_signer(cms: &[u8]) -> Result<Certificate, SignatureError> {
    claimed_signer_among(cms, &[])
}

/// The same with `certificates` beside those in the container, as in [`check_read`].
///
/// # Errors
/// As [`claimed_signer`].
pub fn claimed_signer_among(
    cms: &[u8],
    certificates: &[Certificate],
) -> Result<Certificate, SignatureError> {
    let der = unwrapped(cms);
    let container = with_further(Container::from_der(&der), certificates)?;
    let inspection = inspect(container, Digests::of(&[], None), [0; 32]);
    inspection
        .signer
        .ok_or(SignatureError::SignerCertificateMissing)
}

/// The signer of a container whose signature verifies with the key of a certificate that one of `anchors` issued, whatever was
/// signed, and whether the certificate is alive or not: somebody whom the authority knows has made it. None for anything else.
#[must_use]
pub fn known_signer(cms: &[u8], anchors: &TrustAnchors, at: Instant) -> Option<Certificate> {
    let der = unwrapped(cms);
    let container = Container::from_der(&der).ok()?;
    let inspection = inspect(container, Digests::of(&[], None), [0; 32]);
    inspection.certificate.as_ref().ok()?;
    inspection.signature.as_ref().ok()?;
    let signer = inspection.signer?;
    let examination = examine(
        &signer,
        &inspection.certificates,
        anchors,
        &Evidence::default(),
        &Requirements::new(CertificateKind::Signature, at),
    );
    let is_known = examination
        .problems()
        .iter()
        .all(|problem| problem.check() != Check::Trust);
    is_known.then_some(signer)
}

/// A refusal, and what it makes of the whole.
type Refused = (Refusal, findings::Meaning);

/// The findings, and the refusal by the first rule that is on and does not hold.
fn ask(all: impl Iterator<Item = Asked>) -> (Vec<Finding>, Option<Refused>) {
    let mut first = None;
    let mut findings = Vec::with_capacity(findings::RULES);
    for asked in all {
        findings.push(Finding::of(&asked));
        if let Some((refusal, meaning)) = asked.broken
            && asked.rule.is_on()
        {
            first.get_or_insert((refusal, meaning));
        }
    }
    (findings, first)
}

#[cfg(not(feature = "switches"))]
fn conclude(examination: Examination) -> Result<PathValid, shirushi_path::PathError> {
    examination.conclude()
}

#[cfg(feature = "switches")]
fn conclude(examination: Examination) -> Result<PathValid, shirushi_path::PathError> {
    let off: Vec<_> = findings::RULES_OF_CHECKS
        .into_iter()
        .filter(|(_, rule)| !rule.is_on())
        .map(|(check, _)| check)
        .collect();
    examination.conclude_without(&off)
}

impl ValidationReport {
    fn conclude(&mut self, meaning: findings::Meaning) {
        self.indication = meaning.indication;
        self.sub_indication = Some(meaning.sub_indication);
        self.advice = Some(meaning.advice);
    }

    /// What came of the rule of a finding of this report. Reports of before there were three outcomes say of a certificate whose status
    /// nothing told that it was not revoked; nobody had asked.
    #[must_use]
    pub fn outcome_of(&self, finding: &Finding) -> Outcome {
        let is_of_status = [NOT_REVOKED.id, STATUS_KNOWN.id].contains(&finding.rule.as_str());
        match finding.outcome {
            Outcome::Holds if is_of_status && self.evidence.is_none() => Outcome::NotAsked,
            outcome => outcome,
        }
    }
}

impl Finding {
    fn of(asked: &Asked) -> Self {
        let outcome = match &asked.broken {
            Some(_) => Outcome::Broken,
            None if asked.holds => Outcome::Holds,
            None => Outcome::NotAsked,
        };
        Self {
            outcome,
            facts: asked
                .broken
                .as_ref()
                .map(|(refusal, _)| refusal.report().facts)
                .unwrap_or_default(),
            ..Self::not_asked(asked.rule)
        }
    }

    fn not_asked(rule: &Rule) -> Self {
        Self {
            rule: rule.id.to_owned(),
            outcome: Outcome::NotAsked,
            facts: BTreeMap::new(),
        }
    }
}

impl Signer {
    fn of(certificate: &Certificate) -> Self {
        let tbs = certificate.parsed().tbs_certificate();
        Self {
            name: certificate
                .holder()
                .map(|items| items.name),
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            serial: certificate.serial().to_string(),
            certificate_sha256: Hex(&certificate.sha256()).to_string(),
        }
    }
}

impl EvidenceUsed {
    fn of(proof: &StatusProof) -> Option<Self> {
        let (kind, made_at, sha256) = match proof {
            StatusProof::Crl {
                this_update,
                sha256,
                ..
            } => ("crl", this_update, sha256),
            StatusProof::Ocsp {
                produced_at,
                sha256,
                ..
            } => ("ocsp", produced_at, sha256),
            _ => return None,
        };
        Some(Self {
            kind: kind.to_owned(),
            made_at: *made_at,
            sha256: Hex(sha256).to_string(),
        })
    }
}
