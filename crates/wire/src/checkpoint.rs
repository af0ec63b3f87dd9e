//! How a checkpoint of the authority's log comes with an acknowledgement: as a header of the answer, whatever the answer is.

use base64ct::{Base64UrlUnpadded, Encoding as _};

/// The header.
pub const CHECKPOINT_HEADER: &str = "shirushi-checkpoint";

/// Longest header read.
const LONGEST: usize = 4096;

/// The note as the header's value: a note has several lines, a header one.
#[must_use]
pub fn checkpoint_to_header(note: &str) -> String {
    Base64UrlUnpadded::encode_string(note.as_bytes())
}

/// The note in a header's value; none when there is none. Whose it is, is for the caller to verify.
#[must_use]
pub fn checkpoint_from_header(value: &str) -> Option<String> {
    if value.len() > LONGEST {
        return None;
    }
    String::from_utf8(Base64UrlUnpadded::decode_vec(value).ok()?).ok()
}
