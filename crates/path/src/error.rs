//! Why a path is not valid, with the facts, and what EN 319 102-1 calls it.

use crate::{Check, Indication, StatusProblem, SubIndication};
use const_oid::ObjectIdentifier;
use shirushi_clock::Instant;
use shirushi_crypto::NotVerified;
use shirushi_profile::{CertificateKind, RevocationReason, SerialNumber};
use x509_cert::name::Name;

/// Why a path is not valid. `index` counts from the leaf (0) upwards; the anchor has the highest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// Neither an anchor nor an intermediate issued the certificate `index`, by name and key identifier.
    #[error("certificate {index} was issued by {issuer}, which is not trusted here")]
    UntrustedIssuer {
        /// Which certificate.
        index: usize,
        /// The issuer it names.
        issuer: Box<Name>,
    },
    /// The certificate names a known issuer, whose key did not sign it.
    #[error("the signature of certificate {index} does not verify with its issuer's key")]
    SignatureInvalid {
        /// Which certificate.
        index: usize,
    },
    /// A certificate is signed with an algorithm that is not accepted, or names two of them.
    #[error("certificate {index} is signed with an algorithm that is not accepted ({oid})")]
    Algorithm {
        /// Which certificate.
        index: usize,
        /// The algorithm of its signature.
        oid: ObjectIdentifier,
    },
    /// The key that signed a certificate is too short, or of a kind that cannot be used here.
    #[error("the key that signed certificate {index} is not accepted: {why}")]
    IssuerKey {
        /// Which certificate.
        index: usize,
        /// What is wrong with the key.
        why: NotVerified,
    },
    /// Validity has not begun.
    #[error("certificate {index} is valid from {not_before}, not yet at {at}")]
    NotYetValid {
        /// Which certificate.
        index: usize,
        /// Beginning of validity.
        not_before: Instant,
        /// The instant asked for.
        at: Instant,
    },
    /// Validity is over.
    #[error("certificate {index} was valid until {not_after}, not at {at}")]
    Expired {
        /// Which certificate.
        index: usize,
        /// End of validity.
        not_after: Instant,
        /// The instant asked for.
        at: Instant,
    },
    /// The certificate had been revoked.
    #[error("certificate {serial} is revoked since {at} ({reason}), says the {source}")]
    Revoked {
        /// Serial number of the certificate.
        serial: SerialNumber,
        /// The moment its revocation was recorded, at which it died (Law 15).
        at: Instant,
        /// The reason given.
        reason: RevocationReason,
        /// What says so.
        r#source: StatusSource,
    },
    /// The status of a certificate cannot be determined from the evidence.
    #[error("the status of certificate {index} is unknown: {why}")]
    StatusUnknown {
        /// Which certificate.
        index: usize,
        /// The nearest miss among the evidence.
        why: StatusProblem,
    },
    /// The leaf is not a certificate of the kind asked for.
    #[error("a {expected} certificate is wanted, found {found:?}")]
    WrongKind {
        /// The kind asked for.
        expected: CertificateKind,
        /// The kind found; none when its policy is of neither kind.
        found: Option<CertificateKind>,
    },
    /// The key usage (RFC 5280 §4.2.1.3, §4.2.1.12) does not allow what the certificate is used for.
    #[error("the key usage of certificate {index} does not allow this use")]
    KeyUsage {
        /// Which certificate.
        index: usize,
    },
    /// A certificate that issued another is no CA certificate (RFC 5280 §6.1.4(k)).
    #[error("certificate {index} is used as a CA and is none")]
    NotACa {
        /// Which certificate.
        index: usize,
    },
    /// The path is longer than a CA of it, or the budget, allows (RFC 5280 §6.1.4(l), (m)).
    #[error("the path is too long below certificate {index}")]
    PathTooLong {
        /// The certificate whose limit is exceeded.
        index: usize,
    },
    /// No acceptable policy is valid for the path (RFC 5280 §6.1.5(g)).
    #[error("no acceptable policy is valid down to certificate {index}")]
    PolicyNotAccepted {
        /// The certificate at which the last policy was lost.
        index: usize,
    },
    /// A name lies outside the name constraints, or is of a form that is constrained and not processed (RFC 5280 §4.2.1.10).
    #[error("a name of certificate {index} violates the name constraints above it")]
    NameConstraint {
        /// Which certificate.
        index: usize,
    },
    /// A critical extension is not processed here (RFC 5280 §4.2).
    #[error("certificate {index} bears the critical extension {oid}, which is not known")]
    UnknownCritical {
        /// Which certificate.
        index: usize,
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// An extension cannot be read, or occurs twice (RFC 5280 §4.2).
    #[error("the extension {oid} of certificate {index} is malformed or repeated")]
    Extension {
        /// Which certificate.
        index: usize,
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// The certificate says two things that exclude each other.
    #[error("certificate {index} contradicts itself: {what}")]
    Inconsistent {
        /// Which certificate.
        index: usize,
        /// What it says.
        what: Inconsistency,
    },
    /// The key is on a curve that is written out instead of named (RFC 5480 §2.1.1).
    #[error("the key of certificate {index} is on a curve that has no name there")]
    ExplicitCurve {
        /// Which certificate.
        index: usize,
    },
    /// The search cost more than it was allowed.
    #[error("the budget of {limit} {unit} is exhausted")]
    BudgetExhausted {
        /// What was counted.
        unit: BudgetUnit,
        /// How many were allowed.
        limit: u32,
    },
}

/// How a certificate contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Inconsistency {
    /// RFC 5280 §4.2.1.3: whose key signs certificates is a CA.
    #[error("its key may sign certificates, and it is no CA")]
    CertSignWithoutCa,
    /// RFC 5280 §4.1.2.6: who has no name as subject has one beside it, and that critical.
    #[error("it names nobody")]
    NoName,
    /// RFC 5280 §4.2.1.9: who limits the CAs below is one, and its key signs certificates.
    #[error("it limits the CAs below it, and can have none")]
    PathLengthWithoutCa,
}

/// What kind of evidence says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusSource {
    /// A certificate revocation list.
    Crl,
    /// An OCSP response.
    Ocsp,
}

impl StatusSource {
    /// Its name in few letters, in both languages.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Crl => "CRL",
            Self::Ocsp => "OCSP",
        }
    }
}

impl std::fmt::Display for StatusSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Crl => "CRL",
            Self::Ocsp => "OCSP response",
        })
    }
}

/// What a budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BudgetUnit {
    /// Signatures verified, on certificates and on evidence.
    Signatures,
    /// Comparisons of a name with a constraint.
    NameComparisons,
    /// Nodes of the policy graph.
    PolicyNodes,
}

impl std::fmt::Display for BudgetUnit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Signatures => "signature checks",
            Self::NameComparisons => "name comparisons",
            Self::PolicyNodes => "policy nodes",
        })
    }
}

impl PathError {
    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::WrongKind { .. } | Self::KeyUsage { index: 0 } => Check::Kind,
            Self::NotYetValid { .. } | Self::Expired { .. } => Check::Validity,
            Self::Revoked { .. } => Check::Revocation,
            Self::StatusUnknown { .. } => Check::Status,
            _ => Check::Trust,
        }
    }

    /// Main indication (EN 319 102-1 §5.1.2): a path never proves that a signature is not valid. That a certificate is dead now does not tell
    /// when the signature was made.
    #[must_use]
    pub fn indication(&self) -> Indication {
        Indication::Indeterminate
    }

    /// Sub-indication (EN 319 102-1 table 6).
    #[must_use]
    pub fn sub_indication(&self) -> SubIndication {
        match self {
            Self::UntrustedIssuer { .. } => SubIndication::NoCertificateChainFound,
            Self::Algorithm { .. } | Self::IssuerKey { .. } | Self::ExplicitCurve { .. } => {
                SubIndication::CryptoConstraintsFailureNoPoe
            }
            Self::NotYetValid { .. } | Self::Expired { .. } => SubIndication::OutOfBoundsNoPoe,
            // A hold may end.
            Self::Revoked {
                reason: RevocationReason::CertificateHold,
                ..
            } => SubIndication::TryLater,
            Self::Revoked { .. } => SubIndication::RevokedNoPoe,
            Self::StatusUnknown { .. } => SubIndication::TryLater,
            Self::WrongKind { .. }
            | Self::KeyUsage { .. }
            | Self::NotACa { .. }
            | Self::PathTooLong { .. }
            | Self::PolicyNotAccepted { .. }
            | Self::NameConstraint { .. }
            | Self::Inconsistent { .. } => SubIndication::ChainConstraintsFailure,
            Self::SignatureInvalid { .. }
            | Self::UnknownCritical { .. }
            | Self::Extension { .. }
            | Self::BudgetExhausted { .. } => SubIndication::CertificateChainGeneralFailure,
        }
    }
}
