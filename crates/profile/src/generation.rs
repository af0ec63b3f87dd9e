//! Which of an authority's keys.

use crate::CertificateKind;
use serde::{Deserialize, Serialize};
use std::{fmt, num::NonZeroU16, str::FromStr};

/// Which of an authority's keys (世代), counted from 1. All generations share one name, so that the issuer of a certificate is told
/// by its key identifier and never by its name (`facts/profile-and-rules.md` A.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(NonZeroU16);

/// A text or number that names no generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a generation is a number from 1")]
pub struct NotAGeneration;

impl Generation {
    /// That of the founding.
    pub const FIRST: Self = Self(NonZeroU16::MIN);

    /// The generation with this number.
    ///
    /// # Errors
    /// [`NotAGeneration`] for 0 and what has more than 16 bits.
    pub fn new(number: i64) -> Result<Self, NotAGeneration> {
        u16::try_from(number)
            .ok()
            .and_then(NonZeroU16::new)
            .map(Self)
            .ok_or(NotAGeneration)
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> i64 {
        i64::from(self.0.get())
    }

    /// The one after it.
    ///
    /// # Errors
    /// [`NotAGeneration`] after the 65535th.
    pub fn following(self) -> Result<Self, NotAGeneration> {
        Self::new(self.number() + 1)
    }

    /// How this generation of the kind's authority stands in addresses: `sign` or `auth` for the first, which was there before
    /// there were others, then `sign-2` and so on.
    #[must_use]
    pub fn path(self, kind: CertificateKind) -> String {
        match self {
            Self::FIRST => kind.path().to_owned(),
            later => format!("{}-{later}", kind.path()),
        }
    }

    /// Reads what [`Generation::path`] writes.
    #[must_use]
    pub fn of_path(path: &str) -> Option<(CertificateKind, Self)> {
        let (word, generation) = match path.split_once('-') {
            None => (path, Self::FIRST),
            Some((word, number)) => (word, number.parse().ok()?),
        };
        let kind = CertificateKind::ALL
            .into_iter()
            .find(|kind| kind.path() == word)?;
        // One way of writing it: neither `sign-1` nor `sign-02`.
        (generation.path(kind) == path).then_some((kind, generation))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Generation {
    type Err = NotAGeneration;

    fn from_str(text: &str) -> Result<Self, NotAGeneration> {
        text.parse()
            .map_err(|_| NotAGeneration)
            .and_then(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CertificateKind::{Authentication, Signature};

    #[test]
    fn a_path_is_read_as_it_was_written_and_in_no_other_way() {
        for (path, kind, number) in [
            ("sign", Signature, 1),
            ("auth", Authentication, 1),
            ("sign-2", Signature, 2),
            ("auth-65535", Authentication, 65_535),
        ] {
            let generation = Generation::new(number).unwrap();
            assert_eq!(generation.path(kind), path);
            assert_eq!(Generation::of_path(path), Some((kind, generation)));
        }
        for wrong in [
            "",
            "-",
            "sign-",
            "sign-0",
            "sign-1",
            "sign-02",
            "sign-+2",
            "sign-65536",
            "sign--2",
            "other",
            "other-2",
            "sign-2-3",
            "sign-2 ",
            "SIGN",
        ] {
            assert_eq!(Generation::of_path(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn generations_are_counted_from_one() {
        assert_eq!(Generation::new(0), Err(NotAGeneration));
        assert_eq!(Generation::new(-1), Err(NotAGeneration));
        assert_eq!(Generation::FIRST.following(), Generation::new(2));
        let last = Generation::new(65_535).unwrap();
        assert_eq!(last.following(), Err(NotAGeneration));
    }
}
