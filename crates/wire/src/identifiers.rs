//! The numbers and names by which things are called between parties, checked when they are made.

use serde::{Deserialize, Serialize};
use shirushi_crypto::{Random, sha256};
use std::{fmt, str::FromStr};

/// A text that is not an identifier of the kind wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {wanted}")]
pub struct MalformedIdentifier {
    /// Which identifier.
    pub what: &'static str,
    /// Its form.
    pub wanted: &'static str,
}

macro_rules! text_identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $wanted:literal, $pattern:literal, $form:expr) => {
        #[cfg(feature = "describe")]
        crate::shape::text_of_form!($name, $pattern);

        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedIdentifier;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let form: fn(&str) -> bool = $form;
                if form(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(MalformedIdentifier { what: $what, wanted: $wanted })
            }
        }

        impl TryFrom<String> for $name {
            type Error = MalformedIdentifier;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                identifier.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_identifier!(
    /// 住民票コード: ten random digits and a check digit (住民基本台帳法施行規則 1条). Invented ones bear a wrong check digit.
    ResidentCode,
    "the resident code (住民票コード)",
    "11 digits",
    "^[0-9]{11}$",
    |text| text.len() == 11 && text.bytes().all(|b| b.is_ascii_digit())
);

text_identifier!(
    /// The number of a card: the serialNumber of its token information (facts/card.md §6).
    CardNumber,
    "the card number",
    "1 to 16 letters A–Z and digits",
    "^[A-Z0-9]{1,16}$",
    |text| (1..=16).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
);

text_identifier!(
    /// The name an officer (担当者) is enrolled under.
    OfficerId,
    "the officer's name",
    "1 to 64 of a–z, 0–9, '.' and '-'",
    "^[a-z0-9.-]{1,64}$",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase()
            || b.is_ascii_digit()
            || b == b'.'
            || b == b'-')
);

macro_rules! random_identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        #[cfg(feature = "describe")]
        crate::shape::text_of_form!($name, "^[0-9a-f]{32}$");

        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new one.
            #[must_use]
            pub fn random(random: &dyn Random) -> Self {
                let mut bytes = [0; 16];
                random.fill(&mut bytes);
                Self(bytes)
            }

            /// One with these bytes.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = MalformedIdentifier;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| MalformedIdentifier {
                    what: $what,
                    wanted: "32 hexadecimal digits",
                })?;
                Ok(Self(bytes))
            }
        }

        impl TryFrom<String> for $name {
            type Error = MalformedIdentifier;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                hex::encode(identifier.0)
            }
        }
    };
}

random_identifier!(
    /// Names one application (発行申請) once and for all; a repeated one with the same content changes nothing.
    ApplicationId,
    "the application's id"
);

impl fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApplicationId({self})")
    }
}

random_identifier!(
    /// Names one look-up in the register (照会); the register answers it once.
    LookUpId,
    "the look-up's id"
);

impl fmt::Display for LookUpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for LookUpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LookUpId({self})")
    }
}

random_identifier!(
    /// Lets its bearer continue the personalisation of one application. A secret: it has no `Display`.
    RelayToken,
    "the relay token"
);

impl fmt::Debug for RelayToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayToken(…)")
    }
}

random_identifier!(
    /// Lets its bearer take over one errand, once. A secret: it has no `Display`.
    Ticket,
    "the ticket"
);

random_identifier!(
    /// Lets the agent that took an errand over speak of it with the site. A secret: it has no `Display`.
    ErrandChannel,
    "the errand's channel"
);

random_identifier!(
    /// Brought back by the browser to the site, to the session that gave the errand. A secret: it has no `Display`.
    ReturnCode,
    "the return code"
);

random_identifier!(
    /// Names one life of a log: a log that comes back from a backup goes on under a new one, so that a number of before is never taken for
    /// one of after. [`LogLife::default`] is that of logs from before lives were counted.
    #[derive(Default)]
    LogLife,
    "the life of a log"
);

impl fmt::Display for LogLife {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for LogLife {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogLife({self})")
    }
}

/// SHA-256 over the bytes of an event as they were sent: what its number stands for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventHash([u8; 32]);

#[cfg(feature = "describe")]
crate::shape::text_of_form!(EventHash, "^[0-9a-f]{64}$");

impl EventHash {
    /// What stands before the first event of a log.
    pub const NONE: Self = Self([0; 32]);

    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }

    /// A hash read back from a store; none for bytes that are not 32.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<String> for EventHash {
    type Error = MalformedIdentifier;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| MalformedIdentifier {
            what: "the hash of an event",
            wanted: "64 hexadecimal digits",
        })?;
        Ok(Self(bytes))
    }
}

impl From<EventHash> for String {
    fn from(hash: EventHash) -> Self {
        hash.to_string()
    }
}

impl fmt::Display for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventHash({self})")
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

impl fmt::Debug for ErrandChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrandChannel(…)")
    }
}

impl fmt::Debug for ReturnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReturnCode(…)")
    }
}
