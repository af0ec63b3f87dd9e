//! What a responder signs and sends.

use super::{CertId, CertificateStatus, OcspResponseStatus};
use crate::{Certificate, ProfileError, RevocationReason, build::writer::date_time};
use der::{
    Any, Decode, Encode,
    asn1::{BitString, GeneralizedTime, Null, OctetString},
};
use shirushi_asn1::{ocsp as asn1, oid};
use shirushi_clock::Instant;
use shirushi_crypto::{PublicKey, SignatureAlgorithm};

/// The content of a response: the statuses in order, each with when it was known and when a newer one will be, signed by the
/// holder of `responder_key`, which is named by its SHA-1.
///
/// # Errors
/// [`ProfileError::Time`] for times that cannot be written, [`ProfileError::Nonce`] for a nonce of a wrong length.
pub fn response_tbs(
    responder_key: &PublicKey,
    produced_at: Instant,
    statuses: &[(CertId, CertificateStatus, Instant, Instant)],
    nonce: Option<&[u8]>,
) -> Result<Vec<u8>, ProfileError> {
    let mut responses = Vec::with_capacity(statuses.len());
    for (id, status, this_update, next_update) in statuses {
        responses.push(asn1::SingleResponse {
            cert_id: id.as_asn1().clone(),
            cert_status: encode_status(status)?,
            this_update: time(*this_update)?,
            next_update: Some(time(*next_update)?),
            single_extensions: None,
        });
    }
    let response_extensions = match nonce {
        Some(bytes) => Some(vec![asn1::Nonce::new(bytes)?.to_extension()?]),
        None => None,
    };
    let data = asn1::ResponseData {
        version: asn1::OcspVersion::V1,
        responder_id: asn1::ResponderId::ByKey(OctetString::new(responder_key.key_identifier())?),
        produced_at: time(produced_at)?,
        responses,
        response_extensions,
    };
    Ok(data.to_der()?)
}

/// The response as it is sent: the content, its signature, and the responder's certificate.
///
/// # Errors
/// [`ProfileError::Der`] when `tbs` is not one DER element.
pub fn assemble_response(
    tbs: &[u8],
    algorithm: SignatureAlgorithm,
    signature: &[u8],
    responder_certificate: &Certificate,
) -> Result<Vec<u8>, ProfileError> {
    let basic = asn1::BasicOcspResponse {
        tbs_response_data: Any::from_der(tbs)?,
        signature_algorithm: algorithm.identifier(),
        signature: BitString::from_bytes(signature)?,
        certs: Some(vec![Any::from_der(responder_certificate.der())?]),
    };
    let response = asn1::OcspResponse {
        response_status: OcspResponseStatus::Successful,
        response_bytes: Some(asn1::ResponseBytes {
            response_type: oid::OCSP_BASIC,
            response: OctetString::new(basic.to_der()?)?,
        }),
    };
    Ok(response.to_der()?)
}

/// An error, which nobody signs (RFC 6960 §2.3). `Successful` makes no sense here and gives `internalError`.
#[must_use]
pub fn error_response(status: OcspResponseStatus) -> Vec<u8> {
    let number = match status {
        OcspResponseStatus::Successful => OcspResponseStatus::InternalError,
        error => error,
    };
    // OCSPResponse { responseStatus ENUMERATED }
    vec![0x30, 0x03, 0x0a, 0x01, number as u8]
}

fn encode_status(status: &CertificateStatus) -> Result<asn1::CertStatus, ProfileError> {
    Ok(match status {
        CertificateStatus::Good => asn1::CertStatus::Good(Null),
        CertificateStatus::Unknown => asn1::CertStatus::Unknown(Null),
        CertificateStatus::Revoked { at, reason } => asn1::CertStatus::Revoked(asn1::RevokedInfo {
            revocation_time: time(*at)?,
            revocation_reason: match reason {
                RevocationReason::Unspecified => None,
                given => Some(asn1::ReasonCode(given.code())),
            },
        }),
    })
}

fn time(at: Instant) -> Result<GeneralizedTime, ProfileError> {
    Ok(GeneralizedTime::from_date_time(date_time(at)?))
}
