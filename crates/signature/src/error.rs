//! Why a signature is not accepted, with the facts.

use const_oid::ObjectIdentifier;
use shirushi_asn1::{Cause, Malformed};
use shirushi_crypto::NotVerified;
use shirushi_path::{Indication, SubIndication};

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The bytes are no CMS container, or end inside it: nothing reads them.
    #[error("{what} is malformed at byte {offset}: {cause}")]
    Malformed {
        /// The structure or field, by the name its standard gives it.
        what: &'static str,
        /// Offset in bytes.
        offset: usize,
        /// What is wrong there.
        cause: Cause,
    },
    /// A container, of which something is not as it is read here. Others may read it.
    #[error("{what} is not read here, at byte {offset}: {cause}")]
    NotRead {
        /// The structure or field, by the name its standard gives it.
        what: &'static str,
        /// Offset in bytes.
        offset: usize,
        /// What is met there.
        cause: Cause,
    },
    /// An encoding that BER allows and DER does not: an indefinite length, a string in pieces, a set out of order.
    #[error("{what} is not in DER at byte {offset}")]
    BerNotDer {
        /// The structure or field.
        what: &'static str,
        /// Offset in bytes.
        offset: usize,
    },
    /// More bytes than are read.
    #[error("{size} bytes, at most {limit} are read")]
    TooLarge {
        /// The most that are read, in bytes.
        limit: usize,
        /// Bytes given.
        size: usize,
    },
    /// The content stands inside the container, where it could differ from the content shown.
    #[error("the content is not detached")]
    NotDetached,
    /// The container holds something else than a signature (RFC 5652 §3).
    #[error("a container of type {oid} is no signature")]
    NotSigned {
        /// The type found.
        oid: ObjectIdentifier,
    },
    /// What is signed is not id-data (RFC 5652 §4).
    #[error("content of type {oid} is not expected here")]
    ContentType {
        /// The type found.
        oid: ObjectIdentifier,
    },
    /// Nobody has signed.
    #[error("there is no signer")]
    NoSigner,
    /// More than one has signed: a filing has one signer.
    #[error("{count} signers, where one is expected")]
    SeveralSigners {
        /// How many.
        count: usize,
    },
    /// None of the certificates at hand is the one the signer names.
    #[error("the signer's certificate is not there")]
    SignerCertificateMissing,
    /// A signed attribute that CAdES-B requires is missing, or stands there twice (EN 319 122-1 §6.3).
    #[error("the signed attribute {oid} is missing or repeated")]
    SignedAttribute {
        /// The attribute.
        oid: ObjectIdentifier,
    },
    /// The signer's certificate is named by its SHA-1 only (RFC 2634 §5.4), which does not bind it (RFC 5035 §1).
    #[error("the signer's certificate is bound by SHA-1 only")]
    BoundBySha1,
    /// An algorithm is not known here, or the algorithms named do not fit together.
    #[error("algorithm {oid} is not accepted here")]
    Algorithm {
        /// The algorithm.
        oid: ObjectIdentifier,
    },
    /// The signature verifies, with a key that is too short.
    #[error("the signature verifies, but with a key of {bits} bits only")]
    ShortKey {
        /// Bits of the RSA modulus.
        bits: usize,
    },
    /// The signer's key is of a size or on a curve that cannot be used here.
    #[error("keys of the signer's size or curve cannot be used here")]
    KeyNotUsable,
    /// The content is not what was signed.
    #[error(
        "the content was changed: signed with digest {}, found {}",
        Hex(expected),
        Hex(found)
    )]
    ContentChanged {
        /// The digest that is signed.
        expected: Vec<u8>,
        /// The digest of the content given.
        found: Vec<u8>,
    },
    /// The certificate is not the one that the signer has signed with (RFC 5035 §5.4): another of the same name was put there.
    #[error("the signer's certificate is not the one bound by the signature")]
    SigningCertificateMismatch,
    /// The signature does not verify with the key of the signer's certificate.
    #[error("the signature does not verify with the signer's key")]
    SignatureInvalid,
}

impl SignatureError {
    /// Main indication (EN 319 102-1 §5.1.2): failed is only what is proven.
    #[must_use]
    pub fn indication(&self) -> Indication {
        match self {
            Self::Malformed { .. }
            | Self::NotSigned { .. }
            | Self::NoSigner
            | Self::ContentChanged { .. }
            | Self::SignatureInvalid => Indication::Failed,
            _ => Indication::Indeterminate,
        }
    }

    /// Sub-indication (EN 319 102-1 table 6).
    #[must_use]
    pub fn sub_indication(&self) -> SubIndication {
        match self {
            Self::Malformed { .. } | Self::NotSigned { .. } | Self::NoSigner => {
                SubIndication::FormatFailure
            }
            Self::ContentChanged { .. } => SubIndication::HashFailure,
            Self::SignatureInvalid => SubIndication::SigCryptoFailure,
            Self::SignerCertificateMissing | Self::SigningCertificateMismatch => {
                SubIndication::NoSigningCertificateFound
            }
            Self::Algorithm { .. } | Self::ShortKey { .. } | Self::KeyNotUsable => {
                SubIndication::CryptoConstraintsFailureNoPoe
            }
            Self::NotRead { .. }
            | Self::BerNotDer { .. }
            | Self::TooLarge { .. }
            | Self::NotDetached
            | Self::ContentType { .. }
            | Self::SeveralSigners { .. }
            | Self::SignedAttribute { .. }
            | Self::BoundBySha1 => SubIndication::SigConstraintsFailure,
        }
    }

    /// A fault found where no more of the container is known than its first bytes.
    pub(crate) fn no_container(fault: Malformed) -> Self {
        let Malformed {
            what,
            offset,
            cause,
        } = fault;
        match cause {
            Cause::LengthForm | Cause::TrailingData => fault.into(),
            _ => Self::Malformed {
                what,
                offset,
                cause,
            },
        }
    }
}

/// IDENTIFIER octet of an OCTET STRING in pieces, which DER forbids (X.690 §10.2).
const OCTET_STRING_IN_PIECES: u8 = 0x24;

impl From<Malformed> for SignatureError {
    fn from(fault: Malformed) -> Self {
        let Malformed {
            what,
            offset,
            cause,
        } = fault;
        match cause {
            Cause::LengthForm
            | Cause::UnexpectedTag {
                tag: OCTET_STRING_IN_PIECES,
            } => Self::BerNotDer { what, offset },
            _ => Self::NotRead {
                what,
                offset,
                cause,
            },
        }
    }
}

impl From<NotVerified> for SignatureError {
    fn from(why: NotVerified) -> Self {
        match why {
            NotVerified::Invalid => Self::SignatureInvalid,
            NotVerified::ShortKey { bits } => Self::ShortKey { bits },
            _ => Self::KeyNotUsable,
        }
    }
}

/// Bytes shown as hexadecimal digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
