//! Whether a certificate will do, said before the form is filled.

use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_path::{Evidence, Requirements, TrustAnchors};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::Refusal;
use shirushi_signature::report::check_certificate;

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
    check_certificate(certificate, &[], anchors, evidence, &requirements).1?;
    Ok(Usable {
        usable: true,
        serial: certificate.serial().to_string(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        checked_at: at,
    })
}
