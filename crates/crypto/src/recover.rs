//! What an RSA signature says: the operation of the public key that undoes a card's.

use crate::{PublicKey, SignatureInvalid, rsa::Rsa};

impl PublicKey {
    /// What was padded by PKCS#1 v1.5 type 1 and signed (RFC 8017 §8.2.2, steps 2 and 3 up to the padding): the inverse of
    /// [`CardKey::sign_padded`](crate::CardKey::sign_padded). Whoever verifies compares it, all of it, with what should have been signed.
    ///
    /// # Errors
    /// [`SignatureInvalid`] when the padding is another, the length is not the modulus's, or the key is not RSA.
    pub fn recover_padded(&self, signature: &[u8]) -> Result<Vec<u8>, SignatureInvalid> {
        let rsa = Rsa::public(self.spki_der()).map_err(|_| SignatureInvalid)?;
        rsa.decrypt_padded(signature)
            .ok_or(SignatureInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardKey, KeyKind, SigningKey, SoftwareKey};

    #[test]
    fn what_a_card_signed_is_recovered() {
        let key = CardKey::generate().unwrap();
        for data in [&b""[..], b"any bytes", &[7; 245]] {
            let mut signature = key.sign_padded(data).unwrap();
            assert_eq!(
                key.public_key()
                    .recover_padded(&signature)
                    .unwrap(),
                data
            );
            signature[9] ^= 1;
            let changed = key
                .public_key()
                .recover_padded(&signature);
            assert_eq!(changed, Err(SignatureInvalid));
        }
    }

    #[test]
    fn another_length_or_kind_of_key_recovers_nothing() {
        let key = CardKey::generate().unwrap();
        let signature = key.sign_padded(b"x").unwrap();
        let cut = &signature[1..];
        assert_eq!(key.public_key().recover_padded(cut), Err(SignatureInvalid));
        let curve = SoftwareKey::generate(KeyKind::P256).unwrap();
        assert_eq!(
            curve
                .public_key()
                .recover_padded(&signature),
            Err(SignatureInvalid)
        );
    }
}
