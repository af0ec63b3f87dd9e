//! Signed notes (c2sp.org/signed-note): a text, an empty line, and signature lines `— name base64(key id ‖ signature)`.
//!
//! Only Ed25519 (signature type 0x01) is spoken.

use base64ct::{Base64, Encoding as _};
use shirushi_crypto::{CryptoError, PublicKey, SignatureAlgorithm, SigningKey, sha256};

/// Longest note read, in bytes. A checkpoint with a dozen witnesses has about 2000.
const MOST_BYTES: usize = 65_536;

/// Most signature lines read.
const MOST_SIGNATURES: usize = 64;

/// Signature type of Ed25519.
pub(crate) const ED25519: u8 = 0x01;

/// Why a note is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// The key is no Ed25519 key.
    #[error("notes are signed with Ed25519, not with another kind of key")]
    KeyKind,
    /// The key's name is empty or has a space, a plus or a control character.
    #[error("not a name for a key of a note")]
    KeyName,
    /// The bytes are no signed note.
    #[error("not a signed note")]
    Malformed,
    /// No signature line is by this key.
    #[error("the note is not signed by this key")]
    NotSigned,
    /// The line by this key does not verify.
    #[error("the signature on the note does not verify")]
    SignatureInvalid,
    /// The private key operation failed.
    #[error(transparent)]
    Signing(#[from] CryptoError),
}

/// Signs a text that ends in a newline.
pub(crate) fn sign(text: &str, name: &str, key: &dyn SigningKey) -> Result<String, NoteError> {
    if !is_text(text) {
        return Err(NoteError::Malformed);
    }
    if key.algorithm() != SignatureAlgorithm::Ed25519 {
        return Err(NoteError::KeyKind);
    }
    let mut line = key_id(name, key.public_key())?.to_vec();
    line.extend(key.sign(text.as_bytes())?);
    let line = Base64::encode_string(&line);
    Ok(format!("{text}\n— {name} {line}\n"))
}

/// The text of a note that this key has signed. Lines of other keys must be well formed and are passed over.
pub(crate) fn open<'n>(note: &'n str, name: &str, key: &PublicKey) -> Result<&'n str, NoteError> {
    let id = key_id(name, key)?;
    if note.len() > MOST_BYTES {
        return Err(NoteError::Malformed);
    }
    // The text may itself have empty lines: the signatures come after the last one.
    let gap = note
        .rfind("\n\n")
        .ok_or(NoteError::Malformed)?;
    let (text, signatures) = (&note[..=gap], &note[gap + 2..]);
    let lines = signatures
        .strip_suffix('\n')
        .ok_or(NoteError::Malformed)?;
    if !is_text(text) || lines.split('\n').count() > MOST_SIGNATURES {
        return Err(NoteError::Malformed);
    }
    let mut found = Err(NoteError::NotSigned);
    for line in lines.split('\n') {
        let signature = Signature::parse(line)?;
        if signature.name != name || signature.key_id() != id {
            continue;
        }
        key.verify(
            SignatureAlgorithm::Ed25519,
            text.as_bytes(),
            signature.value(),
        )
        .map_err(|_| NoteError::SignatureInvalid)?;
        found = Ok(text);
    }
    found
}

/// A signature line. The bytes begin with the key id of four bytes.
struct Signature<'n> {
    name: &'n str,
    bytes: Vec<u8>,
}

impl<'n> Signature<'n> {
    fn parse(line: &'n str) -> Result<Self, NoteError> {
        let (name, encoded) = line
            .strip_prefix("— ")
            .and_then(|rest| rest.split_once(' '))
            .filter(|(name, _)| is_name(name))
            .ok_or(NoteError::Malformed)?;
        let bytes = Base64::decode_vec(encoded).map_err(|_| NoteError::Malformed)?;
        if bytes.len() < 5 {
            return Err(NoteError::Malformed);
        }
        Ok(Self { name, bytes })
    }

    fn key_id(&self) -> &[u8] {
        &self.bytes[..4]
    }

    fn value(&self) -> &[u8] {
        &self.bytes[4..]
    }
}

/// The first four bytes of SHA-256 over name, newline, type and key.
pub(crate) fn key_id(name: &str, key: &PublicKey) -> Result<[u8; 4], NoteError> {
    if !is_name(name) {
        return Err(NoteError::KeyName);
    }
    if key.spki().algorithm.oid != SignatureAlgorithm::Ed25519.oid() {
        return Err(NoteError::KeyKind);
    }
    let named = [name.as_bytes(), b"\n", &[ED25519], key.key_bits()].concat();
    let [a, b, c, d, ..] = sha256(&named);
    Ok([a, b, c, d])
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|c| c == '+' || c.is_whitespace() || c.is_control())
}

/// Not empty, ends in a newline, and has no other control character.
fn is_text(text: &str) -> bool {
    text.ends_with('\n')
        && !text
            .chars()
            .any(|c| c < ' ' && c != '\n')
}
