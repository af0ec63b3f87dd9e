//! Message authentication for the issuer's channel to a card.

use crate::CryptoError;
use aws_lc_rs::{cmac, constant_time};

/// AES-CMAC (RFC 4493, NIST SP 800-38B) over the concatenation of `parts`; `key` has 16, 24 or 32 bytes.
///
/// # Errors
/// [`CryptoError::KeyLength`] for a key of another length.
pub fn aes_cmac(key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], CryptoError> {
    let refused = CryptoError::KeyLength { length: key.len() };
    let algorithm = match key.len() {
        16 => cmac::AES_128,
        24 => cmac::AES_192,
        32 => cmac::AES_256,
        _ => return Err(refused),
    };
    let key = cmac::Key::new(algorithm, key).map_err(|_| refused)?;
    let mut context = cmac::Context::with_key(&key);
    for part in parts {
        context
            .update(part)
            .map_err(|_| refused)?;
    }
    let tag = context.sign().map_err(|_| refused)?;
    let mut out = [0; 16];
    out.copy_from_slice(tag.as_ref());
    Ok(out)
}

/// Whether `a` and `b` are equal, in a time that depends only on their lengths.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aes_cmac_agrees_with_the_examples_of_rfc_4493() {
        let key = hex::decode("2b7e151628aed2a6abf7158809cf4f3c").unwrap();
        let message = hex::decode(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
             30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
        )
        .unwrap();
        for (length, expected) in [
            (0, "bb1d6929e95937287fa37d129b756746"),
            (16, "070a16b46b4d4144f79bdd9dd04a287c"),
            (40, "dfa66747de9ae63030ca32611497c827"),
            (64, "51f0bebf7e3b9d92fc49741779363cfe"),
        ] {
            let (first, second) = message[..length].split_at(length / 3);
            let tag = aes_cmac(&key, &[first, second]).unwrap();
            assert_eq!(hex::encode(tag), expected);
        }
        assert_eq!(
            aes_cmac(&key[..15], &[]),
            Err(CryptoError::KeyLength { length: 15 })
        );
    }
}
