//! The certificate of an authority (`facts/profile-and-rules.md` A.2).

use super::{extensions, signature_algorithm_of, writer::CertificateFields};
use crate::{CertificateKind, ProfileError, SerialNumber, names, validity};
use const_oid::db::rfc5280;
use shirushi_clock::Instant;
use shirushi_crypto::PublicKey;
use x509_cert::ext::pkix::KeyUsages;

/// The content of a self-signed authority's certificate: ten years, ending at 14:59:59Z (23:59:59 in Japan) on the day before the
/// same day. To be signed with the key itself, by the algorithm of [`signature_algorithm_of`].
///
/// # Errors
/// [`ProfileError::Key`] for a key that the profile does not allow, [`ProfileError::Validity`] at the calendar's edge.
pub fn ca_certificate_tbs(
    kind: CertificateKind,
    serial: &SerialNumber,
    not_before: Instant,
    public_key: &PublicKey,
) -> Result<Vec<u8>, ProfileError> {
    let name = names::authority(kind);
    let japanese = names::authority_in_japanese(kind);
    let extensions = [
        extensions::key_usage(KeyUsages::KeyCertSign | KeyUsages::CRLSign)?,
        extensions::alternative_name(rfc5280::ID_CE_SUBJECT_ALT_NAME, &japanese)?,
        extensions::authority_constraints()?,
        extensions::authority_point(&name)?,
        extensions::subject_key(public_key)?,
    ];
    let fields = CertificateFields {
        serial,
        algorithm: signature_algorithm_of(public_key)?,
        issuer_der: &name,
        not_before,
        not_after: validity::authority_not_after(not_before)?,
        subject_der: &name,
        public_key,
        extensions: &extensions,
    };
    fields.to_der()
}
