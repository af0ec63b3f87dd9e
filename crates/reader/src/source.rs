//! Readers and the cards in them, whichever kind they are of.

use crate::ReaderError;
use shirushi_apdu::Transmit;
use shirushi_rules::InBoth;
use std::time::Duration;

/// A card reader, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// By which it is told from the others.
    pub id: String,
    /// What people call it.
    pub name: InBoth,
    /// Whether a card is in it.
    pub has_card: bool,
    /// Another number whenever a card has been put in or taken out.
    pub changes: u64,
}

/// A connection to the one card that was in a reader when the connection was made, held against all other programs until it is
/// dropped. Once that card has been taken out it answers [`TransmitError::CardGone`](shirushi_apdu::TransmitError::CardGone), and
/// keeps answering so when the same card or another is put in. Dropped while a PIN may be verified on the card, it cuts the card's power.
pub type Connection = Box<dyn Transmit + Send>;

/// Where cards come from: the machine's readers, a wallet's virtual reader, a card's file.
pub trait CardSource: Send + Sync {
    /// The readers, in a stable order; none is no error.
    ///
    /// # Errors
    /// [`ReaderError`] when they cannot be told.
    fn readers(&self) -> Result<Vec<Reader>, ReaderError>;

    /// Connects to the card in a reader. May block while another program holds the card, for some seconds at most.
    ///
    /// # Errors
    /// [`ReaderError::NoReader`], [`ReaderError::NoCard`], [`ReaderError::Busy`] and the others.
    fn connect(&self, reader: &str) -> Result<Connection, ReaderError>;

    /// [`CardSource::connect`], with this patience for another program that holds the card, where the source can choose it.
    ///
    /// # Errors
    /// As [`CardSource::connect`].
    fn connect_within(&self, reader: &str, patience: Duration) -> Result<Connection, ReaderError> {
        let _ = patience;
        self.connect(reader)
    }

    /// The answer to reset of the card in a reader, as the reader tells it: that of a contactless card is made by the reader. None where the
    /// source does not tell it. Not to tell cards by (`facts/card.md` §3): for who wants to write down what there is.
    fn answer_to_reset(&self, reader: &str) -> Option<Vec<u8>> {
        let _ = reader;
        None
    }

    /// Waits until the readers or their cards are no longer what `known` says, for `patience` at most; then tells them.
    ///
    /// # Errors
    /// As [`CardSource::readers`].
    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError>;

    /// Connects to the card in the first reader that has one.
    ///
    /// # Errors
    /// As [`CardSource::connect`].
    fn connect_first(&self) -> Result<Connection, ReaderError> {
        let readers = self.readers()?;
        let reader = readers
            .iter()
            .find(|reader| reader.has_card)
            .ok_or(match readers.is_empty() {
                true => ReaderError::NoReader,
                false => ReaderError::NoCard,
            })?;
        self.connect(&reader.id)
    }
}
