//! What the tokens can do. PKCS#1 v1.5 (P1 = 00) is known of every card. RSA-PSS (P1 = 04) has been measured on test cards alone
//! (`facts/card.md` §12): it is offered, because most servers ask for nothing else today, until the card is seen not to have it.

use crate::Fault;
use cryptoki_sys::*;
use shirushi_crypto::DigestAlgorithm;

/// Bits of the card's keys.
const KEY_BITS: CK_ULONG = 2048;
/// What PKCS#1 v1.5 padding leaves of them, in bytes.
pub(crate) const MOST_RAW: usize = 245;
/// Bytes of a SHA-256 digest, and of the salt with it: the one that the card takes.
pub(crate) const PSS_DIGEST: usize = 32;

/// The mechanisms, in the order in which they are listed.
const MECHANISMS: [CK_MECHANISM_TYPE; 11] = [
    CKM_RSA_PKCS,
    CKM_SHA1_RSA_PKCS,
    CKM_SHA256_RSA_PKCS,
    CKM_SHA384_RSA_PKCS,
    CKM_SHA512_RSA_PKCS,
    CKM_RSA_PKCS_PSS,
    CKM_SHA256_RSA_PKCS_PSS,
    CKM_SHA_1,
    CKM_SHA256,
    CKM_SHA384,
    CKM_SHA512,
];

/// How many of them, from the first, a private key is for.
const SIGNING: usize = 7;

/// All mechanisms; `has_pss`: whether those of RSA-PSS are among them.
#[must_use]
pub fn mechanisms(has_pss: bool) -> Vec<CK_MECHANISM_TYPE> {
    only(&MECHANISMS, has_pss)
}

/// The mechanisms that a private key is for.
pub(crate) fn signing(has_pss: bool) -> Vec<CK_MECHANISM_TYPE> {
    only(&MECHANISMS[..SIGNING], has_pss)
}

fn only(mechanisms: &[CK_MECHANISM_TYPE], has_pss: bool) -> Vec<CK_MECHANISM_TYPE> {
    mechanisms
        .iter()
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
}

/// What C_GetMechanismInfo says of a mechanism.
///
/// # Errors
/// [`Fault::MechanismInvalid`] for one that is not in [`mechanisms`].
pub fn mechanism_info(mechanism: CK_MECHANISM_TYPE, has_pss: bool) -> Result<MechanismInfo, Fault> {
    if signing(has_pss).contains(&mechanism) {
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
            _ => return Err(Fault::MechanismInvalid),
        };
        match scheme {
            Scheme::PssRaw | Scheme::PssDigest => self.with_the_parameter_of_the_card(scheme),
            Scheme::Raw | Scheme::Digest(_) => self.without_parameter(scheme),
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
