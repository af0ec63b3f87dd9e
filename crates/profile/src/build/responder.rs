//! The certificate of a delegated OCSP responder (RFC 6960 §4.2.2.2). The real one's profile is not public.

use super::{
    end_entity::within_issuer, extensions, signature_algorithm_of, writer::CertificateFields,
};
use crate::{Certificate, ProfileError, SerialNumber, Urls, names};
use const_oid::db::rfc5912;
use shirushi_clock::Instant;
use shirushi_crypto::PublicKey;
use x509_cert::ext::pkix::KeyUsages;

/// The content of a responder's certificate, to be signed by `issuer`. It says of itself that its status need not be asked for
/// (id-pkix-ocsp-nocheck), so it should be short-lived. It bears no policy: no relying party may take it for a citizen's.
///
/// # Errors
/// [`ProfileError::ReservedName`] or [`ProfileError::NotAnAuthority`] for a wrong issuer, [`ProfileError::OutsideIssuer`],
/// [`ProfileError::Period`] or [`ProfileError::Key`].
pub fn responder_certificate_tbs(
    issuer: &Certificate,
    urls: &Urls,
    serial: &SerialNumber,
    not_before: Instant,
    not_after: Instant,
    public_key: &PublicKey,
) -> Result<Vec<u8>, ProfileError> {
    let kind = names::issuing_kind(issuer)?;
    within_issuer(issuer, not_before, not_after)?;
    signature_algorithm_of(public_key)?;
    let extensions = [
        extensions::key_usage(KeyUsages::DigitalSignature)?,
        extensions::extended_key_usage(rfc5912::ID_KP_OCSP_SIGNING)?,
        extensions::authority_access(kind, urls)?,
        extensions::no_check()?,
        extensions::authority_key(issuer)?,
        extensions::subject_key(public_key)?,
    ];
    let fields = CertificateFields {
        serial,
        algorithm: signature_algorithm_of(issuer.public_key())?,
        issuer_der: issuer.subject_der(),
        not_before,
        not_after,
        subject_der: &names::responder(kind),
        public_key,
        extensions: &extensions,
    };
    fields.to_der()
}
