//! What the tokens can do. PKCS#1 v1.5 (P1 = 00) is known of every card. RSA-PSS (P1 = 04) has been measured on test cards alone
//! (`facts/card.md` §12): it is offered, because most servers ask for nothing else today, until the card is seen not to have it. Of the next
//! card it is known that its keys are to be on P-384, and no more (§21): what is offered of it is what the software card is assumed to do.

use crate::Fault;
use cryptoki_sys::*;
use shirushi_crypto::DigestAlgorithm;

/// Bits of the card's keys.
const KEY_BITS: CK_ULONG = 2048;
/// What PKCS#1 v1.5 padding leaves of them, in bytes.
pub(crate) const MOST_RAW: usize = 245;
/// Bytes of a SHA-256 digest, and of the salt with it: the one that the card takes.
pub(crate) const PSS_DIGEST: usize = 32;

/// Bits of the next card's keys.
const P384_BITS: CK_ULONG = 384;
/// Bytes of what ECDSA on P-384 signs, a number of the curve.
pub(crate) const P384_DIGEST: usize = 48;
/// The longest digest of which ECDSA signs the beginning.
pub(crate) const MOST_DIGEST: usize = 64;

/// What the keys of a card are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// RSA with 2048 bits, as of today's cards.
    Rsa,
    /// On P-384, as the next card's are to be.
    P384,
}

/// The signature mechanisms of RSA keys, in the order in which they are listed.
const RSA: [CK_MECHANISM_TYPE; 7] = [
    CKM_RSA_PKCS,
    CKM_SHA1_RSA_PKCS,
    CKM_SHA256_RSA_PKCS,
    CKM_SHA384_RSA_PKCS,
    CKM_SHA512_RSA_PKCS,
    CKM_RSA_PKCS_PSS,
    CKM_SHA256_RSA_PKCS_PSS,
];

/// Those of keys on P-384.
const P384: [CK_MECHANISM_TYPE; 2] = [CKM_ECDSA, CKM_ECDSA_SHA384];

/// Those that take no key.
const DIGESTS: [CK_MECHANISM_TYPE; 4] = [CKM_SHA_1, CKM_SHA256, CKM_SHA384, CKM_SHA512];

/// All mechanisms; `has_pss`: whether those of RSA-PSS are among them.
#[must_use]
pub fn mechanisms(keys: Keys, has_pss: bool) -> Vec<CK_MECHANISM_TYPE> {
    [signing(keys, has_pss), DIGESTS.to_vec()].concat()
}

/// The mechanisms that a private key is for.
pub(crate) fn signing(keys: Keys, has_pss: bool) -> Vec<CK_MECHANISM_TYPE> {
    let all = match keys {
        Keys::Rsa => &RSA[..],
        Keys::P384 => &P384,
    };
    all.iter()
        .copied()
        .filter(|mechanism| has_pss || !is_pss(*mechanism))
        .collect()
}

/// Whether it is one of RSA-PSS, which takes a parameter.
fn is_pss(mechanism: CK_MECHANISM_TYPE) -> bool {
    matches!(mechanism, CKM_RSA_PKCS_PSS | CKM_SHA256_RSA_PKCS_PSS)
}

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
    /// What comes with it.
    pub parameter: Parameter,
}

/// The parameter of a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// None.
    None,
    /// CK_RSA_PKCS_PSS_PARAMS (§2.1.7 of the mechanisms).
    Pss {
        /// CKM_… of the digest.
        hash: CK_MECHANISM_TYPE,
        /// CKG_… of the mask.
        mask: CK_RSA_PKCS_MGF_TYPE,
        /// Bytes of the salt.
        salt: CK_ULONG,
    },
    /// Another one, or bytes that cannot be the mechanism's.
    Other,
}

/// What is signed of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// The data as they are, usually a DigestInfo, padded by PKCS#1 v1.5.
    Raw,
    /// The DigestInfo of their digest, padded so.
    Digest(DigestAlgorithm),
    /// The data are a SHA-256 digest, signed by RSA-PSS.
    PssRaw,
    /// Their SHA-256 digest, signed so.
    PssDigest,
    /// The data are a digest, signed by ECDSA.
    EcdsaRaw,
    /// Their SHA-384 digest, signed so.
    EcdsaDigest,
}

impl Scheme {
    /// Of which keys it is.
    pub(crate) fn keys(self) -> Keys {
        match self {
            Self::Raw | Self::Digest(_) | Self::PssRaw | Self::PssDigest => Keys::Rsa,
            Self::EcdsaRaw | Self::EcdsaDigest => Keys::P384,
        }
    }
}

/// What C_GetMechanismInfo says of a mechanism.
///
/// # Errors
/// [`Fault::MechanismInvalid`] for one that is not in [`mechanisms`].
pub fn mechanism_info(
    mechanism: CK_MECHANISM_TYPE,
    keys: Keys,
    has_pss: bool,
) -> Result<MechanismInfo, Fault> {
    if signing(keys, has_pss).contains(&mechanism) {
        let (bits, further) = match keys {
            Keys::Rsa => (KEY_BITS, 0),
            Keys::P384 => (
                P384_BITS,
                CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS,
            ),
        };
        Ok(MechanismInfo {
            min_key_size: bits,
            max_key_size: bits,
            flags: CKF_HW | CKF_SIGN | CKF_VERIFY | further,
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
    /// The signature scheme; `has_pss`: whether RSA-PSS is offered.
    pub(crate) fn scheme(self, has_pss: bool) -> Result<Scheme, Fault> {
        let scheme = match self.mechanism {
            CKM_RSA_PKCS => Scheme::Raw,
            CKM_SHA1_RSA_PKCS => Scheme::Digest(DigestAlgorithm::Sha1),
            CKM_SHA256_RSA_PKCS => Scheme::Digest(DigestAlgorithm::Sha256),
            CKM_SHA384_RSA_PKCS => Scheme::Digest(DigestAlgorithm::Sha384),
            CKM_SHA512_RSA_PKCS => Scheme::Digest(DigestAlgorithm::Sha512),
            CKM_RSA_PKCS_PSS if has_pss => Scheme::PssRaw,
            CKM_SHA256_RSA_PKCS_PSS if has_pss => Scheme::PssDigest,
            CKM_ECDSA => Scheme::EcdsaRaw,
            CKM_ECDSA_SHA384 => Scheme::EcdsaDigest,
            _ => return Err(Fault::MechanismInvalid),
        };
        match scheme {
            Scheme::PssRaw | Scheme::PssDigest => self.with_the_parameter_of_the_card(scheme),
            Scheme::Raw | Scheme::Digest(_) | Scheme::EcdsaRaw | Scheme::EcdsaDigest => {
                self.without_parameter(scheme)
            }
        }
    }

    /// The digest algorithm.
    pub(crate) fn digest(self) -> Result<DigestAlgorithm, Fault> {
        self.without_parameter(digest(self.mechanism)?)
    }

    fn without_parameter<T>(self, value: T) -> Result<T, Fault> {
        if self.parameter != Parameter::None {
            return Err(Fault::MechanismParamInvalid);
        }
        Ok(value)
    }

    /// SHA-256, MGF1 with SHA-256, a salt as long as the digest: the card chooses nothing else.
    fn with_the_parameter_of_the_card<T>(self, value: T) -> Result<T, Fault> {
        match self.parameter {
            Parameter::Pss {
                hash: CKM_SHA256,
                mask: CKG_MGF1_SHA256,
                salt,
            } if usize::try_from(salt) == Ok(PSS_DIGEST) => Ok(value),
            _ => Err(Fault::MechanismParamInvalid),
        }
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
