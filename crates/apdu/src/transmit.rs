//! How a command reaches a card.

/// A connection to one card: in process, through PC/SC or over a relay.
pub trait Transmit {
    /// Sends one command APDU and returns the response APDU, status word included.
    ///
    /// # Errors
    /// [`TransmitError`] when no answer came; the command may or may not have been carried out then.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError>;
}

impl<T: Transmit + ?Sized> Transmit for &mut T {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        (**self).transmit(command)
    }
}

impl<T: Transmit + ?Sized> Transmit for Box<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        (**self).transmit(command)
    }
}

/// No answer came from the card.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransmitError {
    /// The card was taken out, or has lost power.
    #[error("the card is gone")]
    CardGone,
    /// The way to the card failed.
    #[error("the connection to the card failed")]
    Other {
        /// What the connection says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl TransmitError {
    /// A failure of the way to the card.
    pub fn other(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other {
            source: source.into(),
        }
    }
}
