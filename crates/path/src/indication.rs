//! The words of EN 319 102-1 (tables 5 and 6) for the outcome of a validation.

use serde::{Deserialize, Serialize};

/// Main indication (EN 319 102-1 §5.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum Indication {
    /// TOTAL-PASSED
    #[serde(rename = "TOTAL-PASSED")]
    Passed,
    /// TOTAL-FAILED
    #[serde(rename = "TOTAL-FAILED")]
    Failed,
    /// INDETERMINATE: what is there does not tell; never to be taken as valid.
    Indeterminate,
}

/// Sub-indication (EN 319 102-1 §5.1.3), those that can occur here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum SubIndication {
    /// The container is not the format it should be.
    FormatFailure,
    /// A signed digest does not match the signed data.
    HashFailure,
    /// The signature value does not verify with the signer's key.
    SigCryptoFailure,
    /// The certificate was revoked at the time of the signature.
    Revoked,
    /// The certificate had expired at the time of the signature.
    Expired,
    /// The certificate was not yet valid at the time of the signature.
    NotYetValid,
    /// The signature was made in a way that does not conform to what is asked of signatures here.
    SigConstraintsFailure,
    /// The certificate is revoked now, and nothing proves that the signature was there before.
    RevokedNoPoe,
    /// The certificate of a CA is revoked now, and nothing proves that the signature was there before.
    RevokedCaNoPoe,
    /// The certificate has expired since, or is not valid yet, and nothing proves when the signature was made.
    OutOfBoundsNoPoe,
    /// The signing certificate cannot be identified.
    NoSigningCertificateFound,
    /// No chain to an anchor.
    NoCertificateChainFound,
    /// The chain breaks a constraint.
    ChainConstraintsFailure,
    /// The chain fails for another reason.
    CertificateChainGeneralFailure,
    /// An algorithm is not acceptable.
    CryptoConstraintsFailureNoPoe,
    /// Evidence of the status is missing now.
    TryLater,
}
