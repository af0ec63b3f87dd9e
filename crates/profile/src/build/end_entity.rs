//! The certificates of a card (`facts/profile-and-rules.md` A.3, A.4; `facts/card.md` §7.2).

use super::{extensions, signature_algorithm_of, writer::CertificateFields};
use crate::{
    Certificate, CertificateKind, Holder, Municipality, ProfileError, SerialNumber, Urls, names,
};
use const_oid::db::{rfc5280, rfc5912};
use shirushi_clock::Instant;
use shirushi_crypto::{PublicKey, sha256};
use x509_cert::ext::pkix::KeyUsages;

/// What ends every common name seen on a card; unexplained (`facts/profile-and-rules.md` A.3).
const NAME_END: &str = "003A";
/// Nine hours, for the time stamp in Japanese time.
const JST_SECONDS: i64 = 9 * 3600;

/// What a certificate of a card is made from.
#[derive(Clone, Copy, Debug)]
pub struct EndEntityRequest<'a> {
    /// Which of the two.
    pub kind: CertificateKind,
    /// Its number.
    pub serial: &'a SerialNumber,
    /// The instant of issue.
    pub not_before: Instant,
    /// The end by the rules of [`crate::validity`].
    pub not_after: Instant,
    /// The key made in the card.
    pub public_key: &'a PublicKey,
    /// The municipality that took the application.
    pub municipality: &'a Municipality,
    /// The holder as registered. Nothing of it enters an authentication certificate.
    pub holder: &'a Holder,
}

/// The content of a card's certificate, to be signed by `issuer`.
///
/// # Errors
/// [`ProfileError::ReservedName`] for an issuer that bears a name of the real service, [`ProfileError::NotTheIssuer`] for another
/// than the kind's authority, [`ProfileError::OutsideIssuer`] for a validity outside the issuer's, [`ProfileError::Period`] for an
/// empty one, [`ProfileError::Key`] for a key that no profile names (see [`signature_algorithm_of`]; that today's law wants RSA is for the
/// issuer to ask), or the fault of the holder's item.
pub fn end_entity_tbs(
    issuer: &Certificate,
    urls: &Urls,
    request: &EndEntityRequest<'_>,
) -> Result<Vec<u8>, ProfileError> {
    let kind = request.kind;
    if names::issuing_kind(issuer)? != kind {
        return Err(ProfileError::NotTheIssuer { kind });
    }
    within_issuer(issuer, request.not_before, request.not_after)?;
    // The key's own algorithm is not used, but a key that has none is none of the profile.
    signature_algorithm_of(request.public_key)?;
    let extensions = match kind {
        CertificateKind::Signature => signature_extensions(issuer, urls, request)?,
        CertificateKind::Authentication => authentication_extensions(issuer, urls, request)?,
    };
    let common_name = common_name(
        kind,
        request.serial,
        request.not_before,
        request.municipality,
    );
    let fields = CertificateFields {
        serial: request.serial,
        algorithm: signature_algorithm_of(issuer.public_key())?,
        issuer_der: issuer.subject_der(),
        not_before: request.not_before,
        not_after: request.not_after,
        subject_der: &names::end_entity(kind, request.municipality, &common_name),
        public_key: request.public_key,
        extensions: &extensions,
    };
    fields.to_der()
}

/// The subject's common name, in the shapes seen on cards: the same for the same certificate.
///
/// Signature: time of issue in Japan (14 digits), 5 digits, the municipality, `003A`. Authentication: 8 hexadecimal digits, 6
/// letters, the municipality, `003A`. The middle parts are taken from a digest of serial number and time: they say nothing.
pub(crate) fn common_name(
    kind: CertificateKind,
    serial: &SerialNumber,
    not_before: Instant,
    municipality: &Municipality,
) -> String {
    let mut seed = serial.to_der();
    seed.extend_from_slice(&not_before.unix().to_be_bytes());
    seed.extend_from_slice(kind.path().as_bytes());
    let digest = sha256(&seed);
    let code = municipality.code;
    match kind {
        CertificateKind::Signature => {
            let time = not_before
                .plus_seconds(JST_SECONDS)
                .timestamp()
                .strftime("%Y%m%d%H%M%S");
            let number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % 100_000;
            format!("{time}{number:05}{code}{NAME_END}")
        }
        CertificateKind::Authentication => {
            let digits = hex::encode_upper(&digest[..4]);
            let letters: String = digest[4..10]
                .iter()
                .map(|octet| char::from(b'A' + octet % 26))
                .collect();
            format!("{digits}{letters}{code}{NAME_END}")
        }
    }
}

pub(super) fn within_issuer(
    issuer: &Certificate,
    not_before: Instant,
    not_after: Instant,
) -> Result<(), ProfileError> {
    if not_before < issuer.not_before() || not_after > issuer.not_after() {
        return Err(ProfileError::OutsideIssuer {
            not_before,
            not_after,
        });
    }
    Ok(())
}

fn signature_extensions(
    issuer: &Certificate,
    urls: &Urls,
    request: &EndEntityRequest<'_>,
) -> Result<Vec<x509_cert::ext::Extension>, ProfileError> {
    let kind = CertificateKind::Signature;
    let japanese = names::authority_in_japanese(kind);
    Ok(vec![
        extensions::key_usage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)?,
        extensions::holder_names(&request.holder.items()?)?,
        extensions::policies(kind, urls)?,
        extensions::alternative_name(rfc5280::ID_CE_ISSUER_ALT_NAME, &japanese)?,
        extensions::municipality_point(kind, request.municipality, urls)?,
        extensions::access(kind, urls)?,
        extensions::authority_key(issuer)?,
        extensions::subject_key(request.public_key)?,
    ])
}

fn authentication_extensions(
    issuer: &Certificate,
    urls: &Urls,
    request: &EndEntityRequest<'_>,
) -> Result<Vec<x509_cert::ext::Extension>, ProfileError> {
    let kind = CertificateKind::Authentication;
    let japanese = names::authority_in_japanese(kind);
    Ok(vec![
        extensions::key_usage(KeyUsages::DigitalSignature)?,
        extensions::extended_key_usage(rfc5912::ID_KP_CLIENT_AUTH)?,
        extensions::policies(kind, urls)?,
        extensions::alternative_name(rfc5280::ID_CE_ISSUER_ALT_NAME, &japanese)?,
        extensions::municipality_point(kind, request.municipality, urls)?,
        extensions::access(kind, urls)?,
        extensions::authority_key(issuer)?,
        extensions::subject_key(request.public_key)?,
    ])
}
