//! A log's public key as text (c2sp.org/signed-note, "Verifier keys"): `name+key id+base64(type ‖ key)`.

use crate::{
    Checkpoint, CheckpointError, NoteError,
    note::{ED25519, key_id},
};
use base64ct::{Base64, Encoding as _};
use shirushi_crypto::PublicKey;
use std::{fmt, str::FromStr};

/// DER of a SubjectPublicKeyInfo of Ed25519 before the key itself (RFC 8410 §4).
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Who a note is believed from: a name and an Ed25519 key.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifierKey {
    name: String,
    key: PublicKey,
}

impl VerifierKey {
    /// The key that verifiers know under `name`.
    #[must_use]
    pub fn new(name: String, key: PublicKey) -> Self {
        Self { name, key }
    }

    /// The checkpoint in a note that this key has signed, with its extension lines. Its origin is the key's name.
    ///
    /// # Errors
    /// Those of [`Checkpoint::verify`]; [`CheckpointError::Origin`] for the checkpoint of another log.
    pub fn open(&self, note: &str) -> Result<(Checkpoint, Vec<String>), CheckpointError> {
        let (checkpoint, extensions) = Checkpoint::verify_with(note, &self.name, &self.key)?;
        if checkpoint.origin != self.name {
            return Err(CheckpointError::Origin);
        }
        Ok((checkpoint, extensions))
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = key_id(&self.name, &self.key).map_err(|_| fmt::Error)?;
        let typed = [&[ED25519], self.key.key_bits()].concat();
        write!(f, "{}+", self.name)?;
        id.iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "+{}", Base64::encode_string(&typed))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, rest) = text
            .trim_end()
            .split_once('+')
            .ok_or(NoteError::Malformed)?;
        let (id, typed) = rest
            .split_once('+')
            .ok_or(NoteError::Malformed)?;
        let typed = Base64::decode_vec(typed).map_err(|_| NoteError::Malformed)?;
        let key = match typed.split_first() {
            Some((&ED25519, key)) if key.len() == 32 => key,
            _ => return Err(NoteError::KeyKind),
        };
        let key =
            PublicKey::from_spki_der(&[&SPKI, key].concat()).map_err(|_| NoteError::KeyKind)?;
        let verifier = Self::new(name.to_owned(), key);
        let wanted: String = key_id(name, &verifier.key)?
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if id != wanted {
            return Err(NoteError::Malformed);
        }
        Ok(verifier)
    }
}
