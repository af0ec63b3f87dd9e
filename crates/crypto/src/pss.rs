//! RSASSA-PSS (RFC 8017 §8.1.2) with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes: the one set of parameters that a card has.

use crate::{PublicKey, SignatureInvalid};
use aws_lc_rs::{digest, signature as aws};

impl PublicKey {
    /// Verifies a signature over a SHA-256 digest: the counterpart of [`CardKey::sign_pss_sha256`](crate::CardKey::sign_pss_sha256). The
    /// salt must have 32 bytes; the key is RSA of 2048 to 8192 bits.
    ///
    /// # Errors
    /// [`SignatureInvalid`], also for a key of another kind or size.
    pub fn verify_pss_sha256(
        &self,
        digest: &[u8; 32],
        signature: &[u8],
    ) -> Result<(), SignatureInvalid> {
        let digest = digest::Digest::import_less_safe(digest, &digest::SHA256)
            .map_err(|_| SignatureInvalid)?;
        aws::UnparsedPublicKey::new(&aws::RSA_PSS_2048_8192_SHA256, self.spki_der())
            .verify_digest(&digest, signature)
            .map_err(|_| SignatureInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardKey, KeyKind, SigningKey, SoftwareKey, sha256};

    #[test]
    fn what_a_card_signed_verifies_and_nothing_else() {
        let key = CardKey::generate().unwrap();
        let public = key.public_key();
        let digest = sha256(b"handshake");
        let mut signature = key.sign_pss_sha256(&digest).unwrap();
        assert_eq!(public.verify_pss_sha256(&digest, &signature), Ok(()));
        let other = public.verify_pss_sha256(&sha256(b"handshakf"), &signature);
        assert_eq!(other, Err(SignatureInvalid));
        signature[9] ^= 1;
        let changed = public.verify_pss_sha256(&digest, &signature);
        assert_eq!(changed, Err(SignatureInvalid));
        let padded = key.sign_padded(&digest).unwrap();
        let of_another_padding = public.verify_pss_sha256(&digest, &padded);
        assert_eq!(of_another_padding, Err(SignatureInvalid));
        let cut = public.verify_pss_sha256(&digest, &padded[1..]);
        assert_eq!(cut, Err(SignatureInvalid));
    }

    #[test]
    fn a_key_of_another_kind_verifies_nothing() {
        let curve = SoftwareKey::generate(KeyKind::P256).unwrap();
        let refused = curve
            .public_key()
            .verify_pss_sha256(&[0; 32], &[0; 256]);
        assert_eq!(refused, Err(SignatureInvalid));
    }
}
