//! Passwords of officers: Argon2id (RFC 9106) with the parameters stated in the hash.

use crate::{CryptoError, Random, Secret, constant_time_eq};
use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};

/// Memory in KiB, passes and lanes: the first recommendation of OWASP for Argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_LEN: usize = 16;
const HASH_LEN: usize = 32;

/// A password hash in PHC string form: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The hash kept in the store; checked when it is used.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hashes `password`. Slow on purpose (tens of milliseconds): never on an async worker.
///
/// # Errors
/// [`CryptoError::PasswordHash`] when the library refuses the input (longer than 4 GiB).
pub fn hash_password(password: &Secret, random: &dyn Random) -> Result<PasswordHash, CryptoError> {
    let mut salt = [0; SALT_LEN];
    random.fill(&mut salt);
    let hash = derive(password, &salt, MEMORY_KIB, PASSES, LANES)?;
    Ok(PasswordHash(format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
        Base64Unpadded::encode_string(&salt),
        Base64Unpadded::encode_string(&hash)
    )))
}

/// Whether `password` is the one hashed.
///
/// # Errors
/// [`CryptoError::PasswordHash`] when the stored text is no Argon2id hash.
pub fn verify_password(password: &Secret, stored: &PasswordHash) -> Result<bool, CryptoError> {
    let parts: Vec<&str> = stored.0.split('$').collect();
    let ["", "argon2id", "v=19", parameters, salt, hash] = parts[..] else {
        return Err(CryptoError::PasswordHash);
    };
    let mut numbers = parameters.split(',').map(|p| {
        p.split_once('=')
            .and_then(|(_, n)| n.parse().ok())
    });
    let (Some(Some(memory)), Some(Some(passes)), Some(Some(lanes)), None) = (
        numbers.next(),
        numbers.next(),
        numbers.next(),
        numbers.next(),
    ) else {
        return Err(CryptoError::PasswordHash);
    };
    let decode = |t: &str| Base64Unpadded::decode_vec(t).map_err(|_| CryptoError::PasswordHash);
    let derived = derive(password, &decode(salt)?, memory, passes, lanes)?;
    Ok(constant_time_eq(&derived, &decode(hash)?))
}

fn derive(
    password: &Secret,
    salt: &[u8],
    memory: u32,
    passes: u32,
    lanes: u32,
) -> Result<[u8; HASH_LEN], CryptoError> {
    let refused = |_| CryptoError::PasswordHash;
    let parameters = Params::new(memory, passes, lanes, Some(HASH_LEN)).map_err(refused)?;
    let mut out = [0; HASH_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(password.expose(), salt, &mut out)
        .map_err(refused)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let right = Secret::from(b"correct horse".as_slice());
        let hash = hash_password(&right, &SystemRandom).unwrap();
        assert!(verify_password(&right, &hash).unwrap());
        assert!(!verify_password(&Secret::from(b"wrong".as_slice()), &hash).unwrap());
        let broken = PasswordHash::from_stored("$argon2i$x".to_owned());
        assert_eq!(
            verify_password(&right, &broken),
            Err(CryptoError::PasswordHash)
        );
    }
}
