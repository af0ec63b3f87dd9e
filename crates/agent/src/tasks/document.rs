//! What is to be signed, read once: what is shown and what is signed are the same bytes.

use base64ct::{Base64, Encoding as _};
use shirushi_crypto::sha256;
use shirushi_text::{Piece, pieces};
use shirushi_wire::{Want, filing::Filing};

/// The most marks that stand in a document for what is not seen: with more nobody can check what it says.
const MOST_MARKS: usize = 20_000;

/// The bytes to be signed, and what they are.
pub(crate) struct Document {
    pub(crate) bytes: Vec<u8>,
    /// SHA-256, hexadecimal.
    pub(crate) digest: String,
    pub(crate) content: Content,
}

/// What the bytes are.
pub(crate) enum Content {
    /// A filing in its one form.
    Filing(Box<Filing>),
    /// Said to be a filing, and is none: why.
    NoFiling(String),
    Pdf,
    Text(String),
    /// Nothing that could be shown.
    Unknown,
}

impl Document {
    /// Of an errand that wants a signature.
    pub(crate) fn of(want: &Want) -> Option<Self> {
        let Want::Sign { document } = want else {
            return None;
        };
        let decoded = Base64::decode_vec(&document.content);
        let bytes = decoded.unwrap_or_default();
        let content = match document.media_type.as_str() {
            _ if bytes.is_empty() => Content::Unknown,
            "application/xml" | "text/plain" if is_unreadable(&bytes) => Content::Unknown,
            "application/xml" => match Filing::parse(&bytes) {
                Ok(filing) => Content::Filing(Box::new(filing)),
                Err(error) => Content::NoFiling(error.to_string()),
            },
            "application/pdf" if bytes.starts_with(b"%PDF-") => Content::Pdf,
            "text/plain" => match String::from_utf8(bytes.clone()) {
                Ok(text) => Content::Text(text),
                Err(_) => Content::Unknown,
            },
            _ => Content::Unknown,
        };
        Some(Self {
            digest: hex::encode(sha256(&bytes)),
            bytes,
            content,
        })
    }

    /// Whether a person can see what it says. What cannot be shown is not signed.
    pub(crate) fn can_be_signed(&self) -> bool {
        !matches!(self.content, Content::NoFiling(_) | Content::Unknown)
    }
}

fn is_unreadable(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let marks = pieces(&text)
        .iter()
        .filter(|piece| matches!(piece, Piece::Unseen(..)))
        .count();
    marks > MOST_MARKS
}
