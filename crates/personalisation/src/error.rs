//! Why a channel ended.

use shirushi_apdu::StatusWord;
use shirushi_crypto::CryptoError;

/// What the host's end can meet. Each of these ends the channel; a new one resumes where the card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The card refused a command. The status word is not authenticated (Amendment D §6.2.5: no R-MAC on errors).
    #[error("the card answered {status} to instruction {instruction:02X}")]
    Refused {
        /// INS of the command refused.
        instruction: u8,
        /// What the card answered.
        status: StatusWord,
    },
    /// The card does not hold the keys of the card it should be: another card, or none of ours.
    #[error("the card does not hold the keys expected")]
    OtherCard,
    /// A response was changed, replayed or re-ordered on its way, or does not decipher.
    #[error("a response is not authentic")]
    ResponseMac,
    /// Fewer or more responses than commands came back.
    #[error("{sent} commands were sent, {answered} answers came")]
    Unanswered {
        /// Commands sent in the batch.
        sent: usize,
        /// Responses given.
        answered: usize,
    },
    /// An authentic response, or the card's greeting, has another form than it must have.
    #[error("the card's answer to instruction {instruction:02X} is malformed")]
    Malformed {
        /// INS of the command answered.
        instruction: u8,
    },
    /// What should be written does not fit the command.
    #[error("{length} bytes cannot be written, at most {most}")]
    TooLong {
        /// Length given, in bytes.
        length: usize,
        /// The most that can be written, in bytes.
        most: usize,
    },
    /// The call does not fit the state of the session: not authenticated, ended, or responses to another command.
    #[error("the call does not fit the state of the channel")]
    OutOfOrder,
    /// The library refused a key.
    #[error("a key cannot be used")]
    Crypto(#[from] CryptoError),
}
