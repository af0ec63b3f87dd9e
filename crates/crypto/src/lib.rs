//! The only door to the cryptographic library (aws-lc): nothing else in the house names it.
//!
//! Verification goes by algorithm and SubjectPublicKeyInfo, signing by a key handle ([`SigningKey`]), so that files, cards and
//! HSMs are instances of one trait. No primitive is written here; each is the library's.
//!
//! Sources: RFC 8017 (RSA), RFC 5754 and 5758 (identifiers), RFC 8410 (Ed25519), RFC 4493 (AES-CMAC), NIST SP 800-38A (AES-CBC),
//! RFC 9106 (Argon2).
#![deny(unsafe_code)]

mod algorithm;
mod allocator;
mod card_key;
mod cipher;
mod digest;
mod mac;
mod memory;
mod p384;
mod password;
mod pss;
mod public_key;
mod random;
mod recover;
mod rsa;
mod secret;
mod software_key;
mod wipe;

pub use algorithm::{SignatureAlgorithm, UnsupportedAlgorithm};
pub use allocator::{WipingAllocator, give_large_blocks_back};
pub use card_key::CardKey;
pub use cipher::{aes_block, aes_cbc_decrypt, aes_cbc_encrypt};
pub use digest::{DigestAlgorithm, Hasher, sha1, sha256};
pub use mac::{aes_cmac, constant_time_eq};
pub use memory::exit;
pub use p384::{p384_numbers, p384_signature};
pub use password::{PasswordHash, hash_password, verify_password};
pub use public_key::{NotVerified, PublicKey, RsaNumbers, SignatureInvalid};
pub use random::{Random, SystemRandom};
pub use secret::Secret;
pub use software_key::{KeyKind, SigningKey, SoftwareKey};

/// What the room can refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// The bytes are not a key of a supported kind.
    #[error("not a key of a supported kind")]
    NotAKey,
    /// The private key operation failed; the library gives no cause.
    #[error("the private key operation failed")]
    SigningFailed,
    /// Key generation failed; the library gives no cause.
    #[error("key generation failed")]
    GenerationFailed,
    /// The input is longer than the operation takes.
    #[error("{length} bytes given, at most {most} can be processed")]
    TooLong {
        /// Length given, in bytes.
        length: usize,
        /// The most the operation takes, in bytes.
        most: usize,
    },
    /// A symmetric key of a wrong length.
    #[error("a key of {length} bytes is no AES key")]
    KeyLength {
        /// Length given, in bytes.
        length: usize,
    },
    /// Data for a block cipher that end within a block.
    #[error("{length} bytes are not whole blocks")]
    NotWholeBlocks {
        /// Length given, in bytes.
        length: usize,
    },
    /// The password hash could not be made or read.
    #[error("the password hash is malformed")]
    PasswordHash,
}
