//! What the keys of the authorities sign: the bytes of certificates.

mod authority;
mod end_entity;
mod extensions;
mod responder;
pub(crate) mod writer;

pub use authority::ca_certificate_tbs;
pub(crate) use end_entity::common_name;
pub use end_entity::{EndEntityRequest, end_entity_tbs};
pub use extensions::extension;
pub(crate) use extensions::{authority_point_names, issuer_key_identifier, point_names};
pub use responder::responder_certificate_tbs;
pub use writer::CertificateFields;

use crate::ProfileError;
use const_oid::db::{rfc5912, rfc8410};
use shirushi_asn1::encode_signed;
use shirushi_crypto::{PublicKey, SignatureAlgorithm};

/// Puts a certificate or a revocation list together from the bytes signed and the signature.
#[must_use]
pub fn assemble(tbs: &[u8], algorithm: SignatureAlgorithm, signature: &[u8]) -> Vec<u8> {
    // The identifiers of our own algorithms can always be encoded; an empty result would be refused by every reader.
    encode_signed(tbs, &algorithm.identifier(), signature).unwrap_or_default()
}

/// The algorithm with which a key of the profile signs: RSA of 2048 bits or more with SHA-256 (Reg 2, 38), as the law demands
/// today; ECDSA and Ed25519 for profiles to come.
///
/// # Errors
/// [`ProfileError::Key`] for every other key.
pub fn signature_algorithm_of(key: &PublicKey) -> Result<SignatureAlgorithm, ProfileError> {
    let info = key.spki();
    if info.algorithm.oid == rfc5912::RSA_ENCRYPTION {
        return match key.rsa_modulus_bits() {
            Some(bits) if bits >= 2048 => Ok(SignatureAlgorithm::RsaPkcs1Sha256),
            _ => Err(ProfileError::Key),
        };
    }
    if info.algorithm.oid == rfc8410::ID_ED_25519 {
        return Ok(SignatureAlgorithm::Ed25519);
    }
    if info.algorithm.oid == rfc5912::ID_EC_PUBLIC_KEY {
        let curve = info
            .algorithm
            .parameters
            .as_ref()
            .and_then(|p| {
                p.decode_as::<const_oid::ObjectIdentifier>()
                    .ok()
            });
        return match curve {
            Some(rfc5912::SECP_256_R_1) => Ok(SignatureAlgorithm::EcdsaP256Sha256),
            Some(rfc5912::SECP_384_R_1) => Ok(SignatureAlgorithm::EcdsaP384Sha384),
            _ => Err(ProfileError::Key),
        };
    }
    Err(ProfileError::Key)
}
