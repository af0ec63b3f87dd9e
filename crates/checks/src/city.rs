//! An invented city, of `shirushi tour`: its authority, a holder, and what it said of the holder.

use shirushi_clock::Instant;
use shirushi_path::{Evidence, Requirements, TrustAnchors, examine};
use shirushi_profile::{Certificate, CertificateKind, CertificateList, ocsp::ReceivedResponse};
use std::sync::LazyLock;

const WHOLE: &str = "the fixture is whole";

static AUTHORITY: LazyLock<Certificate> =
    LazyLock::new(|| certificate(include_bytes!("../../../fuzz/fixtures/auth-ca.cer")));
static HOLDER: LazyLock<Certificate> =
    LazyLock::new(|| certificate(include_bytes!("../../../fuzz/fixtures/auth.cer")));
static LIST: LazyLock<CertificateList> = LazyLock::new(|| {
    CertificateList::from_der(include_bytes!("../../../fuzz/fixtures/auth.crl")).expect(WHOLE)
});
static RESPONSE: LazyLock<ReceivedResponse> = LazyLock::new(|| {
    ReceivedResponse::from_der(include_bytes!("../../../fuzz/fixtures/auth-response.der"))
        .expect(WHOLE)
});

/// The instant at which everything said here holds: 2026-12-29 14:22 UTC.
pub fn at() -> Instant {
    Instant::from_unix(1_798_554_120).expect(WHOLE)
}

/// The authority for authentication certificates.
pub fn authority() -> Certificate {
    AUTHORITY.clone()
}

/// Both authorities.
pub fn anchors() -> TrustAnchors {
    TrustAnchors::new(vec![
        authority(),
        certificate(include_bytes!("../../../fuzz/fixtures/sign-ca.cer")),
    ])
}

/// A living authentication certificate.
pub fn holder() -> Certificate {
    HOLDER.clone()
}

/// The complete list of the authority.
pub fn list() -> CertificateList {
    LIST.clone()
}

/// "Good", of the holder's certificate.
pub fn response() -> ReceivedResponse {
    RESPONSE.clone()
}

/// Whether this evidence lets the holder's certificate pass.
pub fn lets_pass(evidence: &Evidence) -> bool {
    let requirements = Requirements::new(CertificateKind::Authentication, at());
    examine(&holder(), &[], &anchors(), evidence, &requirements)
        .conclude()
        .is_ok()
}

fn certificate(der: &[u8]) -> Certificate {
    Certificate::from_der(der).expect(WHOLE)
}
