//! What building can refuse.

use crate::{CertificateKind, MunicipalityCode, validity::ValidityError};
use shirushi_clock::Instant;

/// Why something cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The name, or the issuer's, is that of the real service or of its test hierarchy (DESIGN.md §5).
    #[error("organizationName {organization} belongs to the real service")]
    ReservedName {
        /// The organizationName found.
        organization: String,
    },
    /// The issuer is not an authority of the sandbox for this kind.
    #[error("the issuer is not the sandbox's authority for {kind} certificates")]
    NotTheIssuer {
        /// The kind to be issued.
        kind: CertificateKind,
    },
    /// The issuer is no authority of the sandbox at all.
    #[error("the issuer is no authority of the sandbox")]
    NotAnAuthority,
    /// A list of a municipality that the sandbox does not have.
    #[error("the sandbox has no municipality {code}")]
    UnknownMunicipality {
        /// Its code.
        code: MunicipalityCode,
    },
    /// The certificate would end before or when it begins.
    #[error("not valid after {not_after}, which is not later than {not_before}")]
    Period {
        /// First instant of validity.
        not_before: Instant,
        /// Last instant of validity.
        not_after: Instant,
    },
    /// The certificate would not lie within its issuer's validity (`facts/profile-and-rules.md` A.2: none outlives its root).
    #[error("valid from {not_before} until {not_after}, outside the issuer's validity")]
    OutsideIssuer {
        /// First instant of validity.
        not_before: Instant,
        /// Last instant of validity.
        not_after: Instant,
    },
    /// An item of the holder is empty.
    #[error("{item} is empty")]
    EmptyItem {
        /// The item's name.
        item: &'static str,
    },
    /// An item of the holder is too long.
    #[error("{item} has {characters} characters, at most {most} fit")]
    LongItem {
        /// The item's name.
        item: &'static str,
        /// Characters given.
        characters: usize,
        /// The most that fit.
        most: usize,
    },
    /// An item of the holder has a control character.
    #[error("{item} has a control character")]
    ControlCharacter {
        /// The item's name.
        item: &'static str,
    },
    /// A key of a kind for which the profile names no signature algorithm, or an RSA key below 2048 bits (Reg 2, 38).
    #[error("the key is not one that the profile allows")]
    Key,
    /// The validity rules give no period.
    #[error(transparent)]
    Validity(#[from] ValidityError),
    /// A time outside what X.509 can write.
    #[error("{0} cannot be written in a certificate")]
    Time(Instant),
    /// A nonce of a length that the protocol does not allow.
    #[error(transparent)]
    Nonce(#[from] shirushi_asn1::ocsp::NotANonce),
    /// The encoder refused a value.
    #[error("the value cannot be encoded: {0}")]
    Der(#[from] der::Error),
}
