//! AES in whole blocks, for the issuer's channel to a card; what is authenticated, and how blocks are filled up, is its matter.

use crate::CryptoError;
use aws_lc_rs::{
    cipher::{
        AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, EncryptingKey,
        EncryptionContext, UnboundCipherKey,
    },
    iv::FixedLength,
};

/// Length of a block of AES, in bytes.
const BLOCK: usize = 16;

/// AES in CBC mode (NIST SP 800-38A §6.2), in place and without padding; `key` has 16, 24 or 32 bytes.
///
/// # Errors
/// [`CryptoError::KeyLength`] for a key of another length, [`CryptoError::NotWholeBlocks`] for data that end within a block.
pub fn aes_cbc_encrypt(key: &[u8], iv: &[u8; BLOCK], data: &mut [u8]) -> Result<(), CryptoError> {
    let failed = whole_blocks(data)?;
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    EncryptingKey::cbc(cipher_key(key)?)
        .and_then(|key| key.less_safe_encrypt(data, context))
        .map(drop)
        .map_err(|_| failed)
}

/// The reverse of [`aes_cbc_encrypt`].
///
/// # Errors
/// As [`aes_cbc_encrypt`].
pub fn aes_cbc_decrypt(key: &[u8], iv: &[u8; BLOCK], data: &mut [u8]) -> Result<(), CryptoError> {
    let failed = whole_blocks(data)?;
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    DecryptingKey::cbc(cipher_key(key)?)
        .and_then(|key| key.decrypt(data, context).map(drop))
        .map_err(|_| failed)
}

/// AES of one block (NIST SP 800-38A §6.1), as a counter becomes an initial vector.
///
/// # Errors
/// [`CryptoError::KeyLength`] for a key of a length that AES does not have.
pub fn aes_block(key: &[u8], mut block: [u8; BLOCK]) -> Result<[u8; BLOCK], CryptoError> {
    let failed = CryptoError::KeyLength { length: key.len() };
    EncryptingKey::ecb(cipher_key(key)?)
        .and_then(|key| key.encrypt(&mut block).map(drop))
        .map_err(|_| failed)?;
    Ok(block)
}

fn cipher_key(key: &[u8]) -> Result<UnboundCipherKey, CryptoError> {
    let refused = CryptoError::KeyLength { length: key.len() };
    let algorithm = match key.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return Err(refused),
    };
    UnboundCipherKey::new(algorithm, key).map_err(|_| refused)
}

/// The error for data that are none, which is also what a failing library is told with: it knows no other reason.
fn whole_blocks(data: &[u8]) -> Result<CryptoError, CryptoError> {
    let error = CryptoError::NotWholeBlocks { length: data.len() };
    if data.len().is_multiple_of(BLOCK) {
        Ok(error)
    } else {
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first two blocks of the examples of NIST SP 800-38A, appendix F.
    const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    const KEYS: [&str; 3] = [
        "2b7e151628aed2a6abf7158809cf4f3c",
        "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
    ];
    /// F.2.1, F.2.3 and F.2.5.
    const CBC: [&str; 3] = [
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
        "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a",
        "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d",
    ];
    /// F.1.1, F.1.3 and F.1.5, first block.
    const ECB: [&str; 3] = [
        "3ad77bb40d7a3660a89ecaf32466ef97",
        "bd334f1d6e45f25ff712a214571fa5cc",
        "f3eed1bdb5d2a03c064b5a7e3db181f8",
    ];

    #[test]
    fn whole_blocks_agree_with_nist_sp_800_38a() {
        let iv: [u8; BLOCK] = std::array::from_fn(|n| n as u8);
        for ((key, cbc), ecb) in KEYS.iter().zip(CBC).zip(ECB) {
            let key = hex::decode(key).unwrap();
            let plain = hex::decode(PLAIN).unwrap();
            let mut data = plain.clone();
            aes_cbc_encrypt(&key, &iv, &mut data).unwrap();
            assert_eq!(hex::encode(&data), cbc);
            aes_cbc_decrypt(&key, &iv, &mut data).unwrap();
            assert_eq!(data, plain);
            let first: [u8; BLOCK] = plain[..BLOCK].try_into().unwrap();
            assert_eq!(hex::encode(aes_block(&key, first).unwrap()), ecb);
        }
    }

    #[test]
    fn other_lengths_are_refused() {
        let iv = [0; BLOCK];
        let partial = CryptoError::NotWholeBlocks { length: 17 };
        assert_eq!(aes_cbc_encrypt(&[0; 16], &iv, &mut [0; 17]), Err(partial));
        assert_eq!(aes_cbc_decrypt(&[0; 16], &iv, &mut [0; 17]), Err(partial));
        let key = CryptoError::KeyLength { length: 15 };
        assert_eq!(aes_cbc_encrypt(&[0; 15], &iv, &mut [0; 16]), Err(key));
        assert_eq!(aes_block(&[0; 15], iv), Err(key));
    }
}
