//! Who plays a role.

use crate::{Role, role::DOMAIN};
use std::{fmt, str::FromStr};

/// The longest name: with it a subject has 63 octets at most in one line, where PostgreSQL cuts it (`facts/meeting-points.md` 5).
const LONGEST: usize = 24;
/// SPIFFE: who a workload is, as a URI (SPIFFE-ID §2).
const SCHEME: &str = "spiffe://";

/// The name of one service among those of its role, such as `counter-1`: a label of DNS of at most 24 octets, in small letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(String);

/// A text that is no service's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a service's name has 1 to {LONGEST} small letters, digits and hyphens, and begins and ends with a letter or digit"
)]
pub struct NotAServiceName;

impl ServiceName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServiceName {
    type Err = NotAServiceName;

    fn from_str(text: &str) -> Result<Self, NotAServiceName> {
        let is_inner = |octet: &u8| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let octets = text.as_bytes();
        let fits = (1..=LONGEST).contains(&octets.len())
            && octets.iter().all(is_inner)
            && !text.starts_with('-')
            && !text.ends_with('-');
        fits.then(|| Self(text.to_owned()))
            .ok_or(NotAServiceName)
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One service: its role, and its name. What bears it as an extension of a request has been authenticated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer {
    /// What it is.
    pub role: Role,
    /// Which it is.
    pub name: ServiceName,
}

impl Peer {
    /// The URI that its certificates bear: `spiffe://roles.shirushi.internal/ROLE/NAME`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("{SCHEME}{DOMAIN}/{}/{}", self.role, self.name)
    }

    /// Whom a URI names; none when it is no service of a city.
    #[must_use]
    pub fn of_uri(uri: &str) -> Option<Self> {
        let path = uri
            .strip_prefix(SCHEME)?
            .strip_prefix(DOMAIN)?
            .strip_prefix('/')?;
        let (role, name) = path.split_once('/')?;
        Some(Self {
            role: role.parse().ok()?,
            name: name.parse().ok()?,
        })
    }
}

/// `counter counter-1`
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.role, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_uri_names_is_told_by_all_of_it() {
        for role in Role::ALL {
            let peer = Peer {
                role,
                name: "one-2".parse().unwrap(),
            };
            assert_eq!(Peer::of_uri(&peer.uri()), Some(peer));
        }
        for other in [
            "spiffe://roles.shirushi.internal/counter",
            "spiffe://roles.shirushi.internal/counter/a/b",
            "spiffe://roles.shirushi.internal/Counter/a",
            "spiffe://roles.shirushi.internal.example/counter/a",
            "spiffe://counter/a",
            "https://roles.shirushi.internal/counter/a",
            "spiffe://roles.shirushi.internal/counter/",
        ] {
            assert_eq!(Peer::of_uri(other), None, "{other}");
        }
    }

    #[test]
    fn a_name_is_a_label_that_every_program_takes() {
        let longest = "a".repeat(LONGEST);
        for fits in ["a", "counter-1", "0", longest.as_str()] {
            assert_eq!(
                fits.parse::<ServiceName>()
                    .unwrap()
                    .as_str(),
                fits
            );
        }
        let too_long = "a".repeat(LONGEST + 1);
        for unfit in ["", "-a", "a-", "A", "a.b", "窓口", "a b", too_long.as_str()] {
            assert_eq!(
                unfit.parse::<ServiceName>(),
                Err(NotAServiceName),
                "{unfit}"
            );
        }
    }
}
