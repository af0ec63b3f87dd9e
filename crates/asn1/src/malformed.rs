//! What is wrong with received bytes, and where.

use der::Decode;

/// Received bytes that are not the structure they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is malformed at byte {offset}: {cause}")]
pub struct Malformed {
    /// The structure or field, by the name its standard gives it.
    pub what: &'static str,
    /// Offset in bytes into that structure.
    pub offset: usize,
    /// What is wrong there.
    pub cause: Cause,
}

/// What is wrong at the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The inner and the outer algorithm identifier differ (RFC 5280 §4.1.1.2, §5.1.1.2).
    #[error("inner and outer signature algorithm differ")]
    AlgorithmMismatch,
    /// The value violates its standard's DER or its type.
    #[error("{0}")]
    Der(der::ErrorKind),
    /// The same extension or field stands there twice (RFC 5280 §4.2).
    #[error("an element stands there twice")]
    Duplicate,
    /// A length that is indefinite or longer written than need be (X.690 §10.1).
    #[error("a length is not in its shortest definite form")]
    LengthForm,
    /// More elements than are read.
    #[error("more than {most} elements")]
    TooMany {
        /// The most that are read.
        most: usize,
    },
    /// More bytes than are read.
    #[error("{length} bytes, at most {most} are read")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// The most that are read.
        most: usize,
    },
    /// Bytes follow where the structure has ended.
    #[error("bytes follow after the end")]
    TrailingData,
    /// The bytes end inside an element.
    #[error("the bytes end inside an element")]
    Truncated,
    /// Another element was expected.
    #[error("unexpected tag {tag:#04x}")]
    UnexpectedTag {
        /// The identifier octet found.
        tag: u8,
    },
    /// The value is outside what the standard or the profile allows.
    #[error("the value is not allowed there")]
    Value,
}

impl Malformed {
    /// A fault at `offset` of `what`.
    #[must_use]
    pub fn new(what: &'static str, offset: usize, cause: Cause) -> Self {
        Self {
            what,
            offset,
            cause,
        }
    }

    /// A fault found by the decoder, at the position it names.
    #[must_use]
    pub fn der(what: &'static str, error: der::Error) -> Self {
        let offset = error
            .position()
            .and_then(|p| usize::try_from(p).ok())
            .unwrap_or(0);
        Self::new(what, offset, Cause::Der(error.kind()))
    }
}

/// Decodes `what` strictly from at most `most` bytes; trailing bytes are refused.
///
/// # Errors
/// [`Malformed`] with the position.
pub fn decode_bounded<'a, T>(
    what: &'static str,
    bytes: &'a [u8],
    most: usize,
) -> Result<T, Malformed>
where
    T: Decode<'a, Error = der::Error>,
{
    if bytes.len() > most {
        let length = bytes.len();
        return Err(Malformed::new(what, 0, Cause::TooLong { length, most }));
    }
    T::from_der(bytes).map_err(|e| Malformed::der(what, e))
}
