//! The roles of a city.

use std::{fmt, str::FromStr};

/// Below this name each role has one of its own. It is reserved for private use, so that no certificate of the web bears it.
pub(crate) const DOMAIN: &str = "roles.shirushi.internal";

/// What a service is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The residents' register (住民台帳).
    Register,
    /// The certification authority (認証局).
    Authority,
    /// OCSP and lists.
    Responder,
    /// A municipality's counter (窓口).
    Counter,
    /// The citizens' portal.
    Portal,
    /// A relying party that takes filings.
    Agency,
    /// The sandbox's desk.
    Desk,
}

/// A word that is no role's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of register, authority, responder, counter, portal, agency, desk")]
pub struct NotARole;

impl Role {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Register,
        Self::Authority,
        Self::Responder,
        Self::Counter,
        Self::Portal,
        Self::Agency,
        Self::Desk,
    ];

    /// Its name in commands, configurations and certificates.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Authority => "authority",
            Self::Responder => "responder",
            Self::Counter => "counter",
            Self::Portal => "portal",
            Self::Agency => "agency",
            Self::Desk => "desk",
        }
    }

    /// The DNS name that each certificate of the role bears, wherever the service runs.
    #[must_use]
    pub fn dns_name(self) -> String {
        format!("{self}.{DOMAIN}")
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(NotARole)
    }
}
