//! Keys of the channel: the issuer's, a card's, and how one comes from the other.

use shirushi_crypto::{CryptoError, Secret, aes_cmac};
use zeroize::Zeroizing;

/// Length of every key here: AES-128.
pub(crate) const KEY_LEN: usize = 16;

/// Length of a label (Amendment D §4.1.5), in bytes.
const LABEL_LEN: usize = 12;

/// Labels of a card's own keys. Ours: Amendment D leaves the diversification to the issuer.
const CARD_ENC_LABEL: [u8; LABEL_LEN] = *b"shirushi-enc";
const CARD_MAC_LABEL: [u8; LABEL_LEN] = *b"shirushi-mac";

/// The issuer's key, from which the keys of every card are derived.
#[derive(Clone, Debug)]
pub struct MasterKey(Secret);

impl MasterKey {
    /// Takes the 16 bytes of the key.
    ///
    /// # Errors
    /// [`CryptoError::KeyLength`] for another length.
    pub fn new(key: Secret) -> Result<Self, CryptoError> {
        if key.len() == KEY_LEN {
            Ok(Self(key))
        } else {
            Err(CryptoError::KeyLength { length: key.len() })
        }
    }
}

/// The static keys of one card: Key-ENC and Key-MAC (Amendment D §4.1.1). Wiped when dropped; `Debug` shows no content.
///
/// Key-ENC belongs to an SCP03 key set; at the security level used here nothing is enciphered with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardKeys {
    enc: Secret,
    mac: Secret,
}

impl CardKeys {
    /// The keys as 32 bytes, Key-ENC first, for the card's file.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        Secret::new([self.enc.expose(), self.mac.expose()].concat())
    }

    /// Reads what [`CardKeys::to_secret`] wrote.
    ///
    /// # Errors
    /// [`CryptoError::KeyLength`] when there are not 32 bytes.
    pub fn from_secret(keys: &Secret) -> Result<Self, CryptoError> {
        match keys.expose().split_at_checked(KEY_LEN) {
            Some((enc, mac)) if mac.len() == KEY_LEN => Ok(Self {
                enc: Secret::from(enc),
                mac: Secret::from(mac),
            }),
            _ => Err(CryptoError::KeyLength { length: keys.len() }),
        }
    }

    /// Key-MAC, from which the session's keys come.
    pub(crate) fn mac(&self) -> &Secret {
        &self.mac
    }
}

/// The keys of the card with this number, derived from the issuer's key, so that a key taken out of one card opens no other.
///
/// # Errors
/// [`CryptoError`] when the library refuses the key.
pub fn diversify(master: &MasterKey, card_number: &str) -> Result<CardKeys, CryptoError> {
    let number = [card_number.as_bytes()];
    Ok(CardKeys {
        enc: derive_key(&master.0, &CARD_ENC_LABEL, &number)?,
        mac: derive_key(&master.0, &CARD_MAC_LABEL, &number)?,
    })
}

/// A 16-byte key derived from `key`.
pub(crate) fn derive_key(
    key: &Secret,
    label: &[u8; LABEL_LEN],
    context: &[&[u8]],
) -> Result<Secret, CryptoError> {
    let block = Zeroizing::new(derive(key, label, 128, context)?);
    Ok(Secret::from(block.as_slice()))
}

/// One block of NIST SP 800-108 §4.1 (counter mode) with AES-CMAC as PRF, its input ordered as Amendment D §4.1.5 orders it:
/// label, 00, L in bits (two bytes), counter (one byte), context. For L of at most 128 bits one block is enough, the counter
/// is 1.
pub(crate) fn derive(
    key: &Secret,
    label: &[u8; LABEL_LEN],
    bits: u16,
    context: &[&[u8]],
) -> Result<[u8; KEY_LEN], CryptoError> {
    let length = bits.to_be_bytes();
    let mut input: Vec<&[u8]> = vec![label, &[0], &length, &[1]];
    input.extend_from_slice(context);
    aes_cmac(key.expose(), &input)
}
