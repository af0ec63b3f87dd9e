//! Why no card could be reached.

use shirushi_apdu::TransmitError;

/// Why no card could be reached, or its readers not be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReaderError {
    /// The PC/SC library is not on this machine.
    #[error("the PC/SC library cannot be loaded")]
    NoLibrary {
        /// What the loader says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The PC/SC service does not run, or does not let this user in (pcsc-lite tells both alike).
    #[error("the PC/SC service does not answer")]
    NoService,
    /// There is no reader, or not the one that was named.
    #[error("there is no such card reader")]
    NoReader,
    /// There is a reader, and no card in it.
    #[error("there is no card in the reader")]
    NoCard,
    /// Another program holds the card.
    #[error("another program holds the card")]
    Busy,
    /// A card is in the reader and does not answer: put in the wrong way round, or damaged.
    #[error("the card in the reader does not answer")]
    Mute,
    /// Something else that PC/SC says.
    #[error("PC/SC answered {code:08X}")]
    Other {
        /// The SCARD_… value.
        code: u32,
    },
    /// The way to the card failed.
    #[error(transparent)]
    Transmit(#[from] TransmitError),
}
