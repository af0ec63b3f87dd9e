//! Whether a certificate will do, said before the form is filled.

use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_path::{Check, Evidence, PathError, Requirements, TrustAnchors, examine};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::{
    NOT_EXPIRED, NOT_REVOKED, Refusal, SIGNATURE_CERTIFICATE, STATUS_KNOWN, TRUSTED_ISSUER,
};

/// A certificate that would be accepted under a filing now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usable {
    /// True: one that is not usable is refused.
    pub usable: bool,
    /// Its serial number.
    pub serial: String,
    /// When its validity begins.
    pub not_before: Instant,
    /// When its validity ends.
    pub not_after: Instant,
    /// When this was so.
    pub checked_at: Instant,
}

/// Asks the rules about certificates, in the order in which a filing's are asked.
pub(crate) fn usable(
    certificate: &Certificate,
    anchors: &TrustAnchors,
    evidence: &Evidence,
    at: Instant,
) -> Result<Usable, Refusal> {
    let requirements = Requirements::new(CertificateKind::Signature, at);
    let examination = examine(certificate, &[], anchors, evidence, &requirements);
    let problem = |check| {
        examination
            .problems()
            .iter()
            .find(|problem| problem.check() == check)
    };
    let trust = problem(Check::Trust);
    TRUSTED_ISSUER.require(trust.is_none(), [("fault", said(trust))])?;
    let kind = problem(Check::Kind);
    SIGNATURE_CERTIFICATE.require(kind.is_none(), [("fault", said(kind))])?;
    let validity = problem(Check::Validity);
    NOT_EXPIRED.require(validity.is_none(), [("until", end(validity))])?;
    let (since, cause) = revocation(problem(Check::Revocation));
    NOT_REVOKED.require(
        problem(Check::Revocation).is_none(),
        [("since", since), ("cause", cause)],
    )?;
    let status = problem(Check::Status);
    STATUS_KNOWN.require(status.is_none(), [("fault", said(status))])?;
    Ok(Usable {
        usable: true,
        serial: certificate.serial().to_string(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        checked_at: at,
    })
}

fn said(problem: Option<&PathError>) -> String {
    match problem {
        Some(PathError::StatusUnknown { why, .. }) => why.to_string(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn end(problem: Option<&PathError>) -> String {
    match problem {
        Some(PathError::Expired { not_after, .. }) => not_after.to_string(),
        other => said(other),
    }
}

fn revocation(problem: Option<&PathError>) -> (String, String) {
    match problem {
        Some(PathError::Revoked { at, reason, .. }) => (at.to_string(), reason.to_string()),
        other => (String::new(), said(other)),
    }
}
