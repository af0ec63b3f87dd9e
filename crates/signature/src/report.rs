//! The validation of a filing's signature as a report: every rule with its finding, in EN 319 102-1's words.

mod findings;

use crate::{
    SignatureError, SignatureVerified,
    error::Hex,
    verify::{Inspection, inspect},
};
use findings::Asked;
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_path::{
    Check, Evidence, Examination, Indication, PathValid, Requirements, StatusProof, SubIndication,
    TrustAnchors, examine,
};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::{Fact, Refusal, Rule};
use std::collections::BTreeMap;

/// What a validation found, to be kept as evidence of why a filing was accepted or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationReport {
    /// Main indication.
    pub indication: Indication,
    /// Sub-indication; none when passed.
    pub sub_indication: Option<SubIndication>,
    /// One finding for each rule, in the order in which they are asked; rules that could not be asked are left out.
    pub findings: Vec<Finding>,
    /// The signer; none when the container could not be read.
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
pub struct Finding {
    /// The rule's id in `shirushi-rules`.
    pub rule: String,
    /// Whether its condition holds.
    pub passed: bool,
    /// The facts, by name; empty when it holds.
    pub facts: BTreeMap<String, Fact>,
}

/// Whose certificate signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
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

/// Verifies a detached signature, validates the signer's certificate at `requirements.at`, and asks every rule of a filing.
///
/// The answer is the report, and either both proofs or the refusal by the first rule that does not hold.
pub fn check(
    cms: &[u8],
    content: &[u8],
    anchors: &TrustAnchors,
    evidence: &Evidence,
    requirements: &Requirements,
) -> (
    ValidationReport,
    Result<(SignatureVerified, PathValid), Refusal>,
) {
    let mut report = ValidationReport {
        indication: Indication::Passed,
        sub_indication: None,
        findings: Vec::new(),
        signer: None,
        validated_at: requirements.at,
        signing_time: None,
        signature_sha256: sha256_hex(cms),
        content_sha256: sha256_hex(content),
        evidence: None,
    };
    match inspect(cms, content) {
        Ok(inspection) => {
            let outcome = judge(&mut report, inspection, anchors, evidence, requirements);
            (report, outcome)
        }
        Err(error) => {
            let refusal = findings::unreadable(&error);
            report
                .findings
                .push(Finding::of(refusal.rule(), Some(&refusal)));
            report.conclude(error.indication(), error.sub_indication());
            (report, Err(refusal))
        }
    }
}

fn judge(
    report: &mut ValidationReport,
    inspection: Inspection,
    anchors: &TrustAnchors,
    evidence: &Evidence,
    requirements: &Requirements,
) -> Result<(SignatureVerified, PathValid), Refusal> {
    let signer = inspection.verified.signer();
    let examination = examine(
        signer,
        inspection.verified.certificates(),
        anchors,
        evidence,
        requirements,
    );
    report.signer = Some(Signer::of(signer));
    report.signing_time = Some(inspection.verified.signing_time());
    report.evidence = examination
        .statuses()
        .first()
        .and_then(EvidenceUsed::of);

    let all = findings::of_signature(&inspection)
        .into_iter()
        .chain(findings::of_path(&examination));
    let (findings, first) = ask(all);
    report.findings = findings;
    if let Some((refusal, (indication, sub_indication))) = first {
        report.conclude(indication, sub_indication);
        return Err(refusal);
    }
    let valid = conclude(examination).map_err(|error| {
        report.conclude(error.indication(), error.sub_indication());
        findings::refusal_of(&error)
    })?;
    Ok((inspection.verified, valid))
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
    let (findings, first) = ask(findings::of_path(&examination));
    let outcome = match first {
        Some((refusal, _)) => Err(refusal),
        None => conclude(examination).map_err(|error| findings::refusal_of(&error)),
    };
    (findings, outcome)
}

/// The certificate that a container claims to be signed with, nothing about it verified: to know whose status to ask for before
/// [`check`].
///
/// # Errors
/// [`SignatureError`] when the container cannot be read, or does not hold the certificate.
pub fn claimed_signer(cms: &[u8]) -> Result<Certificate, SignatureError> {
    let inspection = inspect(cms, &[])?;
    Ok(inspection.verified.signer().clone())
}

/// The signer of a container whose signature verifies with the key of a certificate that one of `anchors` issued, whatever was
/// signed, and whether the certificate is alive or not: somebody whom the authority knows has made it. None for anything else.
#[must_use]
pub fn known_signer(cms: &[u8], anchors: &TrustAnchors, at: Instant) -> Option<Certificate> {
    let inspection = inspect(cms, &[]).ok()?;
    inspection.signature.as_ref().ok()?;
    let signer = inspection.verified.signer();
    let examination = examine(
        signer,
        inspection.verified.certificates(),
        anchors,
        &Evidence::default(),
        &Requirements::new(CertificateKind::Signature, at),
    );
    let is_known = examination
        .problems()
        .iter()
        .all(|problem| problem.check() != Check::Trust);
    is_known.then(|| signer.clone())
}

/// A refusal, and what it makes of the whole.
type Refused = (Refusal, (Indication, SubIndication));

/// The findings, and the refusal by the first rule that is on and does not hold.
fn ask(all: impl Iterator<Item = Asked>) -> (Vec<Finding>, Option<Refused>) {
    let mut first = None;
    let findings = all
        .map(|asked| {
            let finding = Finding::of(asked.rule, asked.refusal.as_ref());
            if let Some(refusal) = asked.refusal
                && asked.rule.is_on()
            {
                first.get_or_insert((refusal, asked.indication));
            }
            finding
        })
        .collect();
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
    fn conclude(&mut self, indication: Indication, sub_indication: SubIndication) {
        self.indication = indication;
        self.sub_indication = Some(sub_indication);
    }
}

impl Finding {
    fn of(rule: &Rule, refusal: Option<&Refusal>) -> Self {
        Self {
            rule: rule.id.to_owned(),
            passed: refusal.is_none(),
            facts: refusal
                .map(|refusal| refusal.report().facts)
                .unwrap_or_default(),
        }
    }
}

impl Signer {
    fn of(certificate: &Certificate) -> Self {
        let tbs = certificate.parsed().tbs_certificate();
        Self {
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

fn sha256_hex(bytes: &[u8]) -> String {
    Hex(&shirushi_crypto::sha256(bytes)).to_string()
}
