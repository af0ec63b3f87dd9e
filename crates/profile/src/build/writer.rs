//! Writing a TBSCertificate field by field.

use crate::{ProfileError, SerialNumber};
use der::{DateTime, Encode};
use shirushi_asn1::tlv;
use shirushi_clock::Instant;
use shirushi_crypto::{PublicKey, SignatureAlgorithm};
use std::time::Duration;
use x509_cert::{ext::Extension, time::Time};

const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// The fields of a version 3 TBSCertificate (RFC 5280 §4.1.2).
#[derive(Debug)]
pub struct CertificateFields<'a> {
    /// serialNumber
    pub serial: &'a SerialNumber,
    /// What it will be signed with.
    pub algorithm: SignatureAlgorithm,
    /// The issuer's DER Name.
    pub issuer_der: &'a [u8],
    /// First instant of validity.
    pub not_before: Instant,
    /// Last instant of validity.
    pub not_after: Instant,
    /// The subject's DER Name.
    pub subject_der: &'a [u8],
    /// The subject's key.
    pub public_key: &'a PublicKey,
    /// The extensions, in this order.
    pub extensions: &'a [Extension],
}

impl CertificateFields<'_> {
    /// The DER TBSCertificate.
    ///
    /// # Errors
    /// [`ProfileError::Period`] when it would end before or when it begins, [`ProfileError::Time`] and [`ProfileError::Der`] for what cannot be written.
    pub fn to_der(&self) -> Result<Vec<u8>, ProfileError> {
        if self.not_after <= self.not_before {
            return Err(ProfileError::Period {
                not_before: self.not_before,
                not_after: self.not_after,
            });
        }
        let mut out = Vec::with_capacity(2048);
        tlv::push(&mut out, VERSION, &[tlv::INTEGER, 1, 2]);
        out.extend_from_slice(&self.serial.to_der());
        out.extend_from_slice(&self.algorithm.identifier().to_der()?);
        out.extend_from_slice(self.issuer_der);
        let validity = [time(self.not_before)?, time(self.not_after)?].concat();
        tlv::push(&mut out, tlv::SEQUENCE, &validity);
        out.extend_from_slice(self.subject_der);
        out.extend_from_slice(self.public_key.spki_der());
        tlv::push(&mut out, EXTENSIONS, &sequence_of(self.extensions)?);
        Ok(tlv::element(tlv::SEQUENCE, &out))
    }
}

/// The DER Time: UTCTime through 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5).
pub(crate) fn time(at: Instant) -> Result<Vec<u8>, ProfileError> {
    Ok(Time::from(date_time(at)?).to_der()?)
}

pub(crate) fn date_time(at: Instant) -> Result<DateTime, ProfileError> {
    let seconds = u64::try_from(at.unix()).map_err(|_| ProfileError::Time(at))?;
    DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(|_| ProfileError::Time(at))
}

/// The DER Extensions.
pub(crate) fn sequence_of(extensions: &[Extension]) -> Result<Vec<u8>, ProfileError> {
    let mut out = Vec::new();
    for extension in extensions {
        out.extend_from_slice(&extension.to_der()?);
    }
    Ok(tlv::element(tlv::SEQUENCE, &out))
}
