//! Certificates (`shirushi_profile`), the linter's look at them, and their validation.

use crate::city;
use shirushi_path::{Evidence, Requirements, examine};
use shirushi_profile::{Certificate, CertificateKind, assemble, lint};

/// A certificate keeps the bytes it was read from, and is made of the parts it gives. None but the city's own ends at its authority.
pub fn check(bytes: &[u8]) {
    let Ok(certificate) = Certificate::from_der(bytes) else {
        return;
    };
    assert_eq!(certificate.der(), bytes);
    if let Ok(algorithm) = certificate.signature_algorithm() {
        let made = assemble(certificate.tbs_der(), algorithm, certificate.signature());
        // RSA's NULL may be absent (RFC 4055 §5); what is made has it.
        let is_whole = *certificate
            .parsed()
            .signature_algorithm()
            == algorithm.identifier();
        assert!(made == bytes || !is_whole);
    }
    look(&certificate);
    let authority = city::authority();
    let _ = lint::lint_ca(&certificate);
    let _ = lint::lint_responder(&certificate, &authority);
    let _ = lint::lint_end_entity(&certificate, &authority);
    // Also as issuer, of itself and of the city's.
    let _ = lint::lint_end_entity(&certificate, &certificate);
    let _ = lint::lint_end_entity(&city::holder(), &certificate);

    let requirements = Requirements::new(CertificateKind::Authentication, city::at());
    let evidence = Evidence {
        crls: vec![city::list()],
        ocsp: vec![city::response()],
        ..Evidence::default()
    };
    for intermediates in [&[][..], &[certificate.clone(), certificate.clone()]] {
        let examination = examine(
            &certificate,
            intermediates,
            &city::anchors(),
            &evidence,
            &requirements,
        );
        if examination.conclude().is_ok() {
            assert_eq!(certificate.tbs_der(), city::holder().tbs_der());
        }
    }
}

/// Everything that is said of a certificate.
fn look(certificate: &Certificate) {
    let said = (
        certificate.issuer_text(),
        certificate.subject_text(),
        certificate.common_name(),
        certificate.kind(),
        certificate.holder(),
        certificate.municipality_code(),
        certificate.unknown_critical_extensions(),
        certificate.is_valid_at(city::at()),
        certificate
            .authority_certificate()
            .is_some(),
    );
    assert!(!format!("{said:?}").is_empty());
    let count = certificate.extensions().count();
    assert!(count <= certificate.der().len());
    assert!(
        certificate.not_before() <= certificate.not_after() || !certificate.is_valid_at(city::at())
    );
}
