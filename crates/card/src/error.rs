//! What can go wrong with a card.

use crate::Credential;
use shirushi_apdu::{StatusWord, TransmitError};
use shirushi_rules::{Facts, Refusal, Rule};

/// Why a card did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// A rule refused it; the person can be told why and what to do.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The card has no JPKI application: another kind of card.
    #[error("the card has no JPKI application: {status}")]
    NoJpkiApplication {
        /// What the card answered to SELECT.
        status: StatusWord,
    },
    /// There is no certificate in its file (a child's card has no signature certificate).
    #[error("the card holds no {credential:?} certificate")]
    NoCertificate {
        /// Which certificate.
        credential: Credential,
    },
    /// The card wants this credential's PIN first, or no longer knows that it was accepted.
    #[error("the {credential:?} PIN has not been verified")]
    NotVerified {
        /// Whose PIN is wanted.
        credential: Credential,
    },
    /// The card has no 券面事項入力補助 application.
    #[error("the card has no text application: {status}")]
    NoTextApplication {
        /// What the card answered to SELECT.
        status: StatusWord,
    },
    /// The card wants the PIN of the 券面事項入力補助 application first, or no longer knows that it was accepted.
    #[error("the text PIN has not been verified")]
    TextNotVerified,
    /// A file that the 券面事項入力補助 application should have is not there, or not as it should be.
    #[error("the card's text file {file:04X} is missing or malformed")]
    TextFile {
        /// Its identifier.
        file: u16,
    },
    /// What should be signed does not fit the key.
    #[error("{length} bytes cannot be signed, 1 to {most} can")]
    DigestInfoLength {
        /// Length given, in bytes.
        length: usize,
        /// The most that the key's padding leaves room for, in bytes.
        most: usize,
    },
    /// The card answered something that the command does not explain.
    #[error("the card answered {status} to instruction {instruction:02X}")]
    Status {
        /// INS of the command.
        instruction: u8,
        /// What the card answered.
        status: StatusWord,
    },
    /// The card's answer has not the form of a response, or a file not the form of its content.
    #[error("the card's answer to instruction {instruction:02X} is malformed")]
    Malformed {
        /// INS of the command.
        instruction: u8,
    },
    /// No answer came.
    #[error(transparent)]
    Transmit(#[from] TransmitError),
}

impl CardError {
    /// The refusal by `rule` that a status word means; the bare status word when the rule is switched off.
    pub(crate) fn by_rule(
        rule: &'static Rule,
        facts: impl Into<Facts>,
        instruction: u8,
        status: StatusWord,
    ) -> Self {
        match rule.require(false, facts) {
            Err(refusal) => Self::Refused(refusal),
            Ok(()) => Self::Status {
                instruction,
                status,
            },
        }
    }
}
