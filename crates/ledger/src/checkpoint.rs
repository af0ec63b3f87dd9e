//! Checkpoints (c2sp.org/tlog-checkpoint): the log's name, size and root under a signature.

use crate::{Hash, NoteError, note};
use base64ct::{Base64, Encoding as _};
use shirushi_crypto::{PublicKey, SigningKey};

/// What a log commits itself to at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name for all time, such as `ca.example/issuance`: one line, not empty.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root of the tree of that size.
    pub root: Hash,
}

/// Why a checkpoint is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The signed text is no checkpoint.
    #[error("the signed text is no checkpoint")]
    Malformed,
    /// The note is malformed, not signed by this key, or its signature is wrong.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The origin is empty or has a control character.
    #[error("not an origin of a log")]
    Origin,
}

impl Checkpoint {
    /// The text that is signed: origin, size in decimal and root in Base64, a line each.
    #[must_use]
    pub fn body(&self) -> String {
        let root = Base64::encode_string(&self.root.0);
        format!("{}\n{}\n{root}\n", self.origin, self.size)
    }

    /// The checkpoint as a note signed by `key`, which verifiers know under `name` (usually the origin).
    ///
    /// # Errors
    /// [`CheckpointError::Origin`]; [`NoteError::KeyKind`] for any key but Ed25519; [`NoteError::KeyName`];
    /// [`NoteError::Signing`] when the key cannot be used.
    pub fn sign(&self, name: &str, key: &dyn SigningKey) -> Result<String, CheckpointError> {
        if !is_origin(&self.origin) {
            return Err(CheckpointError::Origin);
        }
        Ok(note::sign(&self.body(), name, key)?)
    }

    /// The checkpoint in a note, if `key` of this name has signed it. Whether the origin is the expected one, and whether the
    /// tree only grew since the last checkpoint, is for the caller to compare.
    ///
    /// Extension lines after the root are passed over; the signature covers them.
    ///
    /// # Errors
    /// [`CheckpointError::Note`] when the note or its signature is bad, [`CheckpointError::Malformed`] when the signed text is
    /// no checkpoint.
    pub fn verify(text: &str, name: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        let body = note::open(text, name, key)?;
        Self::parse(body).ok_or(CheckpointError::Malformed)
    }

    fn parse(body: &str) -> Option<Self> {
        let mut lines = body.strip_suffix('\n')?.split('\n');
        let origin = lines
            .next()
            .filter(|origin| is_origin(origin))?;
        let size = lines.next()?;
        let parsed: u64 = size.parse().ok()?;
        // No sign, no leading zero.
        if parsed.to_string() != size {
            return None;
        }
        let mut root = [0; 32];
        let decoded = Base64::decode(lines.next()?, &mut root).ok()?;
        if decoded.len() != 32 || lines.any(str::is_empty) {
            return None;
        }
        Some(Self {
            origin: origin.to_owned(),
            size: parsed,
            root: Hash(root),
        })
    }
}

fn is_origin(origin: &str) -> bool {
    !origin.is_empty() && !origin.chars().any(char::is_control)
}
