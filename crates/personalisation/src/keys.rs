//! Keys of the channel: the issuer's, a card's, and how one comes from the other.

use shirushi_crypto::{CryptoError, Secret, aes_cmac};
use zeroize::Zeroizing;

/// Length of the issuer's key, and of the keys derived from it for a card: AES-128.
const KEY_LEN: usize = 16;
/// Lengths of a card's keys that the channel can work with: AES-128, -192, -256.
const KEY_LENGTHS: [usize; 3] = [16, 24, 32];
/// Length of a block of the derivation's PRF.
const BLOCK: usize = 16;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardKeys {
    enc: Secret,
    mac: Secret,
}

impl CardKeys {
    /// Both keys, Key-ENC first, for the card's file: 32 bytes when they are AES-128.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        Secret::filled(self.enc.len() + self.mac.len(), |both| {
            let (enc, mac) = both.split_at_mut(self.enc.len());
            enc.copy_from_slice(self.enc.expose());
            mac.copy_from_slice(self.mac.expose());
        })
    }

    /// Reads what [`CardKeys::to_secret`] wrote.
    ///
    /// # Errors
    /// [`CryptoError::KeyLength`] when there are not two keys of one length that AES has.
    pub fn from_secret(keys: &Secret) -> Result<Self, CryptoError> {
        let (enc, mac) = keys.expose().split_at(keys.len() / 2);
        if enc.len() != mac.len() || !KEY_LENGTHS.contains(&enc.len()) {
            return Err(CryptoError::KeyLength { length: keys.len() });
        }
        Ok(Self {
            enc: Secret::from(enc),
            mac: Secret::from(mac),
        })
    }

    /// Key-ENC, from which the key comes that enciphers a session's messages.
    pub(crate) fn enc(&self) -> &Secret {
        &self.enc
    }

    /// Key-MAC, from which the keys come that authenticate them.
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
        enc: derive_key(&master.0, &CARD_ENC_LABEL, KEY_LEN, &number)?,
        mac: derive_key(&master.0, &CARD_MAC_LABEL, KEY_LEN, &number)?,
    })
}

/// A key of `length` bytes derived from `key`.
pub(crate) fn derive_key(
    key: &Secret,
    label: &[u8; LABEL_LEN],
    length: usize,
    context: &[&[u8]],
) -> Result<Secret, CryptoError> {
    let mut derived = Ok(());
    let secret = Secret::filled(length, |out| derived = derive(key, label, context, out));
    derived.map(|()| secret)
}

/// NIST SP 800-108 §4.1 (counter mode) with AES-CMAC as PRF, its input ordered as Amendment D §4.1.5 orders it: label, 00, the
/// length of `out` in bits (two bytes), counter (one byte), context.
pub(crate) fn derive(
    key: &Secret,
    label: &[u8; LABEL_LEN],
    context: &[&[u8]],
    out: &mut [u8],
) -> Result<(), CryptoError> {
    let bits = u16::try_from(out.len() * 8).map_err(|_| CryptoError::TooLong {
        length: out.len(),
        most: usize::from(u16::MAX) / 8,
    })?;
    let bits = bits.to_be_bytes();
    for (part, counter) in out.chunks_mut(BLOCK).zip(1..) {
        let counter: [u8; 1] = [counter];
        let mut input: Vec<&[u8]> = vec![label, &[0], &bits, &counter];
        input.extend_from_slice(context);
        let block = Zeroizing::new(aes_cmac(key.expose(), &input)?);
        part.copy_from_slice(&block[..part.len()]);
    }
    Ok(())
}
