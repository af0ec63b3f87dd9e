//! What is to go wrong, and when.

use super::Fault;
use std::{str::FromStr, time::Duration};

/// What is to go wrong, and when. [`Script::default`]: nothing, and a card that is taken out is back after a second, in which
/// a reader that polls has noticed.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Time that every command takes.
    pub slow: Duration,
    /// Time that a signature takes besides.
    pub slow_signature: Duration,
    /// Faults at certain commands. Where several are due, the first is taken.
    pub at: Vec<(When, Fault)>,
    /// How long the card is out after it was torn or pulled.
    pub return_after: Duration,
    /// How long it is silent before it is taken out; for ever, if not given.
    pub mute_for: Option<Duration>,
    /// The fraction of all other commands that meet some fault, 0 to 1.
    pub rate: f64,
    /// From which chance is drawn.
    pub seed: u64,
    /// Data that answer data are announced by 61xx and fetched by GET RESPONSE.
    pub response_chaining: bool,
    /// Commands that ask for another number of bytes than there are get 6Cxx.
    pub exact_le: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            slow: Duration::ZERO,
            slow_signature: Duration::ZERO,
            at: Vec::new(),
            return_after: Duration::from_secs(1),
            mute_for: None,
            rate: 0.0,
            seed: 0,
            response_chaining: false,
            exact_le: false,
        }
    }
}

impl Script {
    /// The time that `command` takes.
    pub(super) fn time_for(&self, command: &[u8]) -> Duration {
        match Kind::Sign.includes(command) {
            true => self.slow + self.slow_signature,
            false => self.slow,
        }
    }
}

/// At which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// Which commands are counted.
    pub kind: Kind,
    /// The how manyth of them, from 1.
    pub nth: u64,
}

/// A kind of command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// All commands.
    Any,
    /// SELECT of an application or a file.
    Select,
    /// READ BINARY.
    Read,
    /// VERIFY without a PIN: how many tries are left.
    Tries,
    /// VERIFY with a PIN.
    Verify,
    /// A new PIN: CHANGE REFERENCE DATA, CHANGE KEY, SET INITIAL PIN.
    Change,
    /// COMPUTE SIGNATURE.
    Sign,
    /// A command inside the issuer's channel.
    Channel,
}

impl Kind {
    const NAMES: [(&'static str, Self); 8] = [
        ("any", Self::Any),
        ("select", Self::Select),
        ("read", Self::Read),
        ("tries", Self::Tries),
        ("verify", Self::Verify),
        ("change", Self::Change),
        ("sign", Self::Sign),
        ("channel", Self::Channel),
    ];

    /// Whether `command` is one.
    pub(super) fn includes(self, command: &[u8]) -> bool {
        let &[class, instruction, ..] = command else {
            return self == Self::Any;
        };
        // VERIFY asks, and tries nothing, without data: nothing after the header, or lengths that are all zero.
        let is_query = || {
            command[2..]
                .iter()
                .skip(2)
                .all(|byte| *byte == 0)
        };
        match self {
            Self::Any => true,
            Self::Select => (class, instruction) == (0x00, 0xA4),
            Self::Read => (class, instruction) == (0x00, 0xB0),
            Self::Tries => (class, instruction) == (0x00, 0x20) && is_query(),
            Self::Verify => (class, instruction) == (0x00, 0x20) && !is_query(),
            Self::Change => matches!((class, instruction), (0x00 | 0x80, 0x24) | (0x80, 0x32)),
            Self::Sign => (class, instruction) == (0x80, 0x2A),
            Self::Channel => class == 0x84,
        }
    }
}

/// Words that are no part of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no command number, nor a kind of command")]
pub struct NotAScript;

impl FromStr for When {
    type Err = NotAScript;

    /// `7`, the seventh command; `sign`, the first signature; `verify:2`, the second PIN.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let nth = |digits: &str| match digits.parse() {
            Ok(nth) if nth > 0 => Ok(nth),
            _ => Err(NotAScript),
        };
        let kind = |name: &str| {
            Kind::NAMES
                .into_iter()
                .find_map(|(known, kind)| (known == name).then_some(kind))
                .ok_or(NotAScript)
        };
        match text.split_once(':') {
            Some((name, digits)) => Ok(Self {
                kind: kind(name)?,
                nth: nth(digits)?,
            }),
            None if text.starts_with(|c: char| c.is_ascii_digit()) => Ok(Self {
                kind: Kind::Any,
                nth: nth(text)?,
            }),
            None => Ok(Self {
                kind: kind(text)?,
                nth: 1,
            }),
        }
    }
}
