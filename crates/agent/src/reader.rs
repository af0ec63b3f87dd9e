//! Readers and the cards in them, whichever kind they are of.

use shirushi_apdu::{Transmit, TransmitError};
use shirushi_rules::InBoth;

/// A card reader, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// By which it is told from the others.
    pub id: String,
    /// What people call it.
    pub name: InBoth,
    /// Whether a card is in it.
    pub has_card: bool,
}

/// A connection to the one card that was in a reader when the connection was made. Once that card has been taken out it answers
/// [`TransmitError::CardGone`], and keeps answering so when the same card or another is put in.
pub type Connection = Box<dyn Transmit + Send>;

/// Where cards come from: the wallet's virtual reader, or the machine's readers.
pub trait CardSource: Send + Sync {
    /// The readers, in a stable order.
    fn readers(&self) -> Vec<Reader>;

    /// Connects to the card in a reader. May block.
    ///
    /// # Errors
    /// [`TransmitError::CardGone`] when there is no such reader or no card in it.
    fn connect(&self, reader: &str) -> Result<Connection, TransmitError>;

    /// Connects to the card in the first reader that has one.
    ///
    /// # Errors
    /// As [`CardSource::connect`].
    fn connect_first(&self) -> Result<Connection, TransmitError> {
        let readers = self.readers();
        let reader = readers
            .iter()
            .find(|reader| reader.has_card)
            .ok_or(TransmitError::CardGone)?;
        self.connect(&reader.id)
    }
}
