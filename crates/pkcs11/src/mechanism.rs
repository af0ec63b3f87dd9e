//! What the tokens can do. No PSS: only P1 = 00 (PKCS#1 v1.5) is known of every card (`facts/card.md` §12), and a program that is
//! told so beforehand chooses another way, where a signature that fails leaves it with nothing.

use crate::Fault;
use cryptoki_sys::*;
use shirushi_crypto::DigestAlgorithm;

/// Bits of the card's keys.
const KEY_BITS: CK_ULONG = 2048;
/// What PKCS#1 v1.5 padding leaves of them, in bytes.
pub(crate) const MOST_RAW: usize = 245;

/// The mechanisms, in the order in which they are listed.
pub const MECHANISMS: [CK_MECHANISM_TYPE; 9] = [
    CKM_RSA_PKCS,
    CKM_SHA1_RSA_PKCS,
    CKM_SHA256_RSA_PKCS,
    CKM_SHA384_RSA_PKCS,
    CKM_SHA512_RSA_PKCS,
    CKM_SHA_1,
    CKM_SHA256,
    CKM_SHA384,
    CKM_SHA512,
];

/// The mechanisms that a private key is for.
pub(crate) const SIGNING: &[CK_MECHANISM_TYPE] = MECHANISMS.split_at(5).0;

/// What C_GetMechanismInfo says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MechanismInfo {
    /// Bits of the shortest key.
    pub min_key_size: CK_ULONG,
    /// Bits of the longest key.
    pub max_key_size: CK_ULONG,
    /// CKF_… of the mechanism.
    pub flags: CK_FLAGS,
}

/// A mechanism as a caller names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// CKM_…
    pub mechanism: CK_MECHANISM_TYPE,
    /// Whether it comes with a parameter.
    pub has_parameter: bool,
}

/// What is signed of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// The data as they are, usually a DigestInfo.
    Raw,
    /// The DigestInfo of their digest.
    Digest(DigestAlgorithm),
}

/// What C_GetMechanismInfo says of a mechanism.
///
/// # Errors
/// [`Fault::MechanismInvalid`] for one that is not in [`MECHANISMS`].
pub fn mechanism_info(mechanism: CK_MECHANISM_TYPE) -> Result<MechanismInfo, Fault> {
    if SIGNING.contains(&mechanism) {
        Ok(MechanismInfo {
            min_key_size: KEY_BITS,
            max_key_size: KEY_BITS,
            flags: CKF_HW | CKF_SIGN | CKF_VERIFY,
        })
    } else {
        digest(mechanism).map(|_| MechanismInfo {
            min_key_size: 0,
            max_key_size: 0,
            flags: CKF_DIGEST,
        })
    }
}

impl Chosen {
    /// The signature scheme.
    pub(crate) fn scheme(self) -> Result<Scheme, Fault> {
        let scheme = match self.mechanism {
            CKM_RSA_PKCS => Scheme::Raw,
            CKM_SHA1_RSA_PKCS => Scheme::Digest(DigestAlgorithm::Sha1),
            CKM_SHA256_RSA_PKCS => Scheme::Digest(DigestAlgorithm::Sha256),
            CKM_SHA384_RSA_PKCS => Scheme::Digest(DigestAlgorithm::Sha384),
            CKM_SHA512_RSA_PKCS => Scheme::Digest(DigestAlgorithm::Sha512),
            _ => return Err(Fault::MechanismInvalid),
        };
        self.without_parameter(scheme)
    }

    /// The digest algorithm.
    pub(crate) fn digest(self) -> Result<DigestAlgorithm, Fault> {
        self.without_parameter(digest(self.mechanism)?)
    }

    fn without_parameter<T>(self, value: T) -> Result<T, Fault> {
        if self.has_parameter {
            return Err(Fault::MechanismParamInvalid);
        }
        Ok(value)
    }
}

fn digest(mechanism: CK_MECHANISM_TYPE) -> Result<DigestAlgorithm, Fault> {
    match mechanism {
        CKM_SHA_1 => Ok(DigestAlgorithm::Sha1),
        CKM_SHA256 => Ok(DigestAlgorithm::Sha256),
        CKM_SHA384 => Ok(DigestAlgorithm::Sha384),
        CKM_SHA512 => Ok(DigestAlgorithm::Sha512),
        _ => Err(Fault::MechanismInvalid),
    }
}

/// The DigestInfo (RFC 8017 §9.2, note 1).
pub(crate) fn digest_info(algorithm: DigestAlgorithm, digest: &[u8]) -> Vec<u8> {
    let prefix: &[u8] = match algorithm {
        DigestAlgorithm::Sha1 => &[
            0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04,
            0x14,
        ],
        DigestAlgorithm::Sha256 => &[
            0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x01, 0x05, 0x00, 0x04, 0x20,
        ],
        DigestAlgorithm::Sha384 => &[
            0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x02, 0x05, 0x00, 0x04, 0x30,
        ],
        DigestAlgorithm::Sha512 => &[
            0x30, 0x51, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x03, 0x05, 0x00, 0x04, 0x40,
        ],
    };
    [prefix, digest].concat()
}
