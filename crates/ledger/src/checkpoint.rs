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
        self.sign_with(&[], name, key)
    }

    /// The same with extension lines after the root, which the signature covers.
    ///
    /// # Errors
    /// Those of [`Checkpoint::sign`], and [`CheckpointError::Malformed`] for a line that is empty or has a control character.
    pub fn sign_with(
        &self,
        extensions: &[String],
        name: &str,
        key: &dyn SigningKey,
    ) -> Result<String, CheckpointError> {
        if !is_origin(&self.origin) {
            return Err(CheckpointError::Origin);
        }
        let mut body = self.body();
        for line in extensions {
            if !is_origin(line) {
                return Err(CheckpointError::Malformed);
            }
            body.push_str(line);
            body.push('\n');
        }
        Ok(note::sign(&body, name, key)?)
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
        Self::verify_with(text, name, key).map(|(checkpoint, _)| checkpoint)
    }

    /// The same with the extension lines.
    ///
    /// # Errors
    /// Those of [`Checkpoint::verify`].
    pub fn verify_with(
        text: &str,
        name: &str,
        key: &PublicKey,
    ) -> Result<(Self, Vec<String>), CheckpointError> {
        let body = note::open(text, name, key)?;
        Self::parse(body).ok_or(CheckpointError::Malformed)
    }

    fn parse(body: &str) -> Option<(Self, Vec<String>)> {
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
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if decoded.len() != 32 || extensions.iter().any(String::is_empty) {
            return None;
        }
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: parsed,
            root: Hash(root),
        };
        Some((checkpoint, extensions))
    }
}

fn is_origin(origin: &str) -> bool {
    !origin.is_empty() && !origin.chars().any(char::is_control)
}
