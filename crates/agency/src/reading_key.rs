//! The key with which a filing is read again.
//!
//! A receipt number is printed, read aloud and sent by mail; it opens nothing. Who sends a filing sends a key of their own choice with
//! it, in the header in which they show it again when they read (RFC 6750 §2.1). The agency keeps the key's digest.

use axum::http::{HeaderMap, header};
use shirushi_crypto::{constant_time_eq, sha256};
use shirushi_rules::{Facts, InBoth, Refusal, WELL_FORMED};

/// The fewest characters of a key: 128 bits in base64 without padding.
const SHORTEST: usize = 22;
/// The most.
const LONGEST: usize = 256;

/// A filing's key, as its digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReadingKey([u8; 32]);

impl ReadingKey {
    /// The key in a request's one Authorization header (`Bearer`, 22 to 256 of the characters of RFC 6750 §2.1); none without the header.
    ///
    /// # Errors
    /// A [`Refusal`] when the header is there and holds no key.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let mut values = headers
            .get_all(header::AUTHORIZATION)
            .iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => read(value.as_bytes())
                .map(Some)
                .ok_or_else(unfit),
            _ => Err(unfit()),
        }
    }

    /// Its digest.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether it is the key with this digest.
    pub(crate) fn is(&self, digest: &[u8]) -> bool {
        constant_time_eq(&self.0, digest)
    }
}

fn read(value: &[u8]) -> Option<ReadingKey> {
    let (scheme, key) = value.split_at_checked(7)?;
    let fits = scheme.eq_ignore_ascii_case(b"bearer ")
        && (SHORTEST..=LONGEST).contains(&key.len())
        && key
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(b));
    fits.then(|| ReadingKey(sha256(key)))
}

fn unfit() -> Refusal {
    WELL_FORMED.refusal(
        Facts::new()
            .and("where", "Authorization")
            .and(
                "fault",
                InBoth::new(
                    format!("Bearerと{SHORTEST}～{LONGEST}文字の鍵ではありません"),
                    format!("is not Bearer and a key of {SHORTEST} to {LONGEST} characters"),
                ),
            ),
    )
}

impl std::fmt::Debug for ReadingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReadingKey(…)")
    }
}
