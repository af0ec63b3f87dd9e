//! Revocation: why, and since when.

use crate::SerialNumber;
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use x509_cert::ext::pkix::CrlReason;

/// Why a certificate was revoked (失効の事由), by RFC 5280 §5.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// No reason given; written as no reason at all (RFC 5280 §5.3.1).
    Unspecified,
    /// The private key, or the card with it, is in other hands or lost (Law 10, 29).
    KeyCompromise,
    /// The authority's key is compromised (Law 14, 33).
    CaCompromise,
    /// The items changed in the register, such as by moving (Law 12).
    AffiliationChanged,
    /// A new certificate took its place.
    Superseded,
    /// The holder asked for it, or no longer needs it (Law 9, 28).
    CessationOfOperation,
    /// Suspended (一時保留).
    CertificateHold,
    /// The record was deleted, as by death, or the content was wrong (Law 12, 13, 31, 32).
    PrivilegeWithdrawn,
}

impl RevocationReason {
    /// The CRLReason's number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
        }
    }

    /// The reason with this number, as an authority here gives it. 7 is not used, 8 (removeFromCRL) stands in delta lists only, which
    /// JPKI is not known to have; 10 is for attribute authorities, 11 (weakAlgorithmOrKey) younger than RFC 5280.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Unspecified),
            1 => Some(Self::KeyCompromise),
            2 => Some(Self::CaCompromise),
            3 => Some(Self::AffiliationChanged),
            4 => Some(Self::Superseded),
            5 => Some(Self::CessationOfOperation),
            6 => Some(Self::CertificateHold),
            9 => Some(Self::PrivilegeWithdrawn),
            _ => None,
        }
    }

    /// The reason with this number in a list or a response of whomever: a certificate that is revoked for a reason without a name here
    /// is revoked all the same.
    pub(crate) fn from_any_code(code: u8) -> Self {
        Self::from_code(code).unwrap_or(Self::Unspecified)
    }

    /// The encoder's value; none for [`RevocationReason::Unspecified`], which is not written.
    pub(crate) fn to_crl_reason(self) -> Option<CrlReason> {
        match self {
            Self::Unspecified => None,
            Self::KeyCompromise => Some(CrlReason::KeyCompromise),
            Self::CaCompromise => Some(CrlReason::CaCompromise),
            Self::AffiliationChanged => Some(CrlReason::AffiliationChanged),
            Self::Superseded => Some(CrlReason::Superseded),
            Self::CessationOfOperation => Some(CrlReason::CessationOfOperation),
            Self::CertificateHold => Some(CrlReason::CertificateHold),
            Self::PrivilegeWithdrawn => Some(CrlReason::PrivilegeWithdrawn),
        }
    }
}

impl std::fmt::Display for RevocationReason {
    /// The name in RFC 5280 §5.3.1.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
        })
    }
}

/// One revoked certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedEntry {
    /// Its serial number.
    pub serial: SerialNumber,
    /// When the revocation was recorded (Law 15: a certificate dies with the record).
    pub revoked_at: Instant,
    /// Why.
    pub reason: RevocationReason,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_as_its_reason() {
        let read: Vec<_> = (0..=255)
            .filter_map(|code| RevocationReason::from_code(code).map(|r| (code, r)))
            .collect();
        assert_eq!(read.len(), 8);
        for (code, reason) in read {
            assert_eq!(reason.code(), code);
            let written = reason
                .to_crl_reason()
                .map(|written| written as u32);
            assert_eq!(written.unwrap_or(0), u32::from(code));
        }
        for other in [7, 8, 10, 11, 200] {
            assert_eq!(RevocationReason::from_code(other), None);
            assert_eq!(
                RevocationReason::from_any_code(other),
                RevocationReason::Unspecified
            );
        }
    }
}
