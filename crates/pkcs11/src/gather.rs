//! Data that come in pieces, up to what is signed of them.

use crate::{
    Fault,
    mechanism::{MOST_DIGEST, MOST_RAW, P384_DIGEST, PSS_DIGEST, Scheme, digest_info},
};
use shirushi_card::{Card, CardError, Credential, PinVerified};
use shirushi_crypto::{DigestAlgorithm, Hasher, PublicKey, p384_numbers, p384_signature};

/// What is signed or verified, so far.
pub(crate) enum Gather {
    Raw(Vec<u8>),
    Digest(DigestAlgorithm, Hasher),
    PssRaw(Vec<u8>),
    PssDigest(Hasher),
    EcdsaRaw(Vec<u8>),
    EcdsaDigest(Hasher),
}

/// All of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    /// What is padded by PKCS#1 v1.5.
    Padded(Vec<u8>),
    /// The SHA-256 digest of an RSA-PSS signature.
    Pss([u8; PSS_DIGEST]),
    /// The number that ECDSA on P-384 signs.
    Ecdsa([u8; P384_DIGEST]),
}

impl Gather {
    pub(crate) fn new(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Raw => Self::Raw(Vec::new()),
            Scheme::Digest(algorithm) => Self::Digest(algorithm, algorithm.start()),
            Scheme::PssRaw => Self::PssRaw(Vec::new()),
            Scheme::PssDigest => Self::PssDigest(DigestAlgorithm::Sha256.start()),
            Scheme::EcdsaRaw => Self::EcdsaRaw(Vec::new()),
            Scheme::EcdsaDigest => Self::EcdsaDigest(DigestAlgorithm::Sha384.start()),
        }
    }

    /// Takes the next piece.
    pub(crate) fn update(&mut self, piece: &[u8]) -> Result<(), Fault> {
        match self {
            Self::Raw(data) => append(data, piece, MOST_RAW),
            Self::PssRaw(data) => append(data, piece, PSS_DIGEST),
            Self::EcdsaRaw(data) => append(data, piece, MOST_DIGEST),
            Self::Digest(_, hasher) | Self::PssDigest(hasher) | Self::EcdsaDigest(hasher) => {
                hasher.update(piece);
                Ok(())
            }
        }
    }

    /// What the card pads and signs.
    pub(crate) fn finish(self) -> Result<Signed, Fault> {
        let of_a_digest = |bytes: Vec<u8>| {
            bytes
                .try_into()
                .map(Signed::Pss)
                .map_err(|_| Fault::DataLenRange)
        };
        match self {
            Self::Raw(data) => Ok(Signed::Padded(data)),
            Self::Digest(algorithm, hasher) => {
                Ok(Signed::Padded(digest_info(algorithm, &hasher.finish())))
            }
            Self::PssRaw(digest) => of_a_digest(digest),
            Self::PssDigest(hasher) => of_a_digest(hasher.finish()),
            Self::EcdsaRaw(digest) => number(&digest).map(Signed::Ecdsa),
            Self::EcdsaDigest(hasher) => number(&hasher.finish()).map(Signed::Ecdsa),
        }
    }
}

impl Signed {
    /// Has the card sign it.
    pub(crate) fn sign<T: shirushi_apdu::Transmit>(
        &self,
        card: &mut Card<T>,
        credential: Credential,
        verified: &PinVerified,
    ) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Padded(data) => Ok(card.sign_digest_info(credential, verified, data)?),
            Self::Pss(digest) => card
                .sign_pss_sha256(credential, verified, digest)
                .map_err(|error| match error {
                    CardError::Transmit(_) => error.into(),
                    // The PIN was verified a moment ago: whatever the card answers now, it answers to the scheme.
                    _ => Fault::PssRefused,
                }),
            Self::Ecdsa(number) => {
                let signature = card.sign_digest_info(credential, verified, number)?;
                p384_numbers(&signature)
                    .map(|numbers| numbers.to_vec())
                    .map_err(|_| Fault::DeviceError)
            }
        }
    }

    /// Whether it is what this key has signed.
    pub(crate) fn is_signed_by(&self, key: &PublicKey, signature: &[u8]) -> bool {
        match self {
            Self::Padded(data) => key
                .recover_padded(signature)
                .is_ok_and(|recovered| recovered == *data),
            Self::Pss(digest) => key
                .verify_pss_sha256(digest, signature)
                .is_ok(),
            Self::Ecdsa(number) => p384_signature(signature).is_ok_and(|signature| {
                key.verify_p384_sha384(number, &signature)
                    .is_ok()
            }),
        }
    }

    /// What it means that the card answered something that its key has not signed.
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Padded(_) | Self::Ecdsa(_) => Fault::DeviceError,
            Self::Pss(_) => Fault::PssRefused,
        }
    }
}

/// The number that ECDSA makes of a digest (FIPS 186-5 §6.4.1, step 2): its first 384 bits, or all of a shorter one.
fn number(digest: &[u8]) -> Result<[u8; P384_DIGEST], Fault> {
    let mut number = [0; P384_DIGEST];
    match P384_DIGEST.checked_sub(digest.len()) {
        Some(P384_DIGEST) => return Err(Fault::DataLenRange),
        Some(zeros) => number[zeros..].copy_from_slice(digest),
        None => number.copy_from_slice(&digest[..P384_DIGEST]),
    }
    Ok(number)
}

fn append(data: &mut Vec<u8>, piece: &[u8], most: usize) -> Result<(), Fault> {
    if piece.len() > most - data.len() {
        return Err(Fault::DataLenRange);
    }
    data.extend_from_slice(piece);
    Ok(())
}
