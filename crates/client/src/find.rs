//! Which card is meant, where there are several readers: the one with the JPKI application.
//!
//! Other cards lie in readers too: an employee's card, a key for GnuPG, a bank's. Of each card one SELECT asks whether it is ours, which a card
//! that is not refuses, and keeps what was selected in it before. No PIN is sent to it, and it is not reset. Where there is one reader
//! nothing is looked for. Nothing looks at an ATR (`facts/card.md` §3).

use shirushi_apdu::{JPKI_AID, Transmit, TransmitError, select};
use shirushi_card::{Card, CardError};
use shirushi_reader::{CardSource, Connection, Reader, ReaderError};
use shirushi_rules::{Bilingual, InBoth};
use std::time::Duration;

/// How long another program that holds a card is waited for while a card in another reader may be the one that is meant. scdaemon holds
/// a key all day.
const BRIEFLY: Duration = Duration::from_secs(1);

/// What a reader was found to have in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// A card with the JPKI application.
    Jpki,
    /// Another kind of card.
    OtherCard,
    /// No card.
    Nothing,
    /// A card that another program holds.
    Busy,
    /// A card that does not answer.
    Mute,
    /// A card that could not be reached for another reason.
    Unreached,
}

/// A reader, and what was found in it.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The reader.
    pub reader: Reader,
    /// What is in it.
    pub inside: Inside,
}

/// Why there is not one card that is meant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// The readers cannot be told, none has a card, or the only card cannot be reached.
    #[error(transparent)]
    Reader(#[from] ReaderError),
    /// The only card there is gave no proper answer.
    #[error(transparent)]
    Card(CardError),
    /// No reader has a card with the JPKI application.
    #[error("none of the cards has the JPKI application")]
    NoJpki {
        /// What each reader has.
        looked: Vec<Looked>,
    },
    /// Several readers have one.
    #[error("there are several cards with the JPKI application")]
    Several {
        /// What each reader has.
        looked: Vec<Looked>,
    },
}

/// What was found in readers, with the cards that may be meant, held.
pub struct Search {
    looked: Vec<Looked>,
    found: Vec<(Reader, Connection)>,
    /// Why a card could not be asked.
    faults: Vec<CardFault>,
}

enum CardFault {
    Reader(ReaderError),
    Card(CardError),
}

impl Inside {
    /// What a person is told is in a reader.
    #[must_use]
    pub fn words(self) -> Bilingual {
        match self {
            Self::Jpki => Bilingual::new("公的個人認証に使えるカード", "a card with JPKI"),
            Self::OtherCard => Bilingual::new("別の種類のカード", "another kind of card"),
            Self::Nothing => Bilingual::new("カードなし", "no card"),
            Self::Busy => Bilingual::new(
                "ほかのプログラムが使っているカード",
                "a card that another program holds",
            ),
            Self::Mute => Bilingual::new("応答しないカード", "a card that does not answer"),
            Self::Unreached => {
                Bilingual::new("接続できないカード", "a card that cannot be reached")
            }
        }
    }

    fn of(fault: &CardFault) -> Self {
        match fault {
            CardFault::Reader(ReaderError::Busy) => Self::Busy,
            CardFault::Reader(ReaderError::NoCard | ReaderError::NoReader)
            | CardFault::Card(CardError::Transmit(TransmitError::CardGone)) => Self::Nothing,
            CardFault::Card(CardError::NoJpkiApplication { .. }) => Self::OtherCard,
            CardFault::Reader(ReaderError::Mute) | CardFault::Card(CardError::Malformed { .. }) => {
                Self::Mute
            }
            CardFault::Reader(_) | CardFault::Card(_) => Self::Unreached,
        }
    }
}

impl Looked {
    /// The reader and what is in it, for a person.
    #[must_use]
    pub fn words(&self) -> InBoth {
        let inside = self.inside.words();
        InBoth {
            ja: format!("{}: {}", self.reader.name.ja, inside.ja),
            en: format!("{}: {}", self.reader.name.en, inside.en),
        }
    }

    /// Several of them, for a person.
    #[must_use]
    pub fn all<'l>(looked: impl IntoIterator<Item = &'l Self>) -> InBoth {
        let words: Vec<InBoth> = looked
            .into_iter()
            .map(Self::words)
            .collect();
        let joined = |of: fn(&InBoth) -> &str, between: &str| {
            words
                .iter()
                .map(of)
                .collect::<Vec<_>>()
                .join(between)
        };
        InBoth {
            ja: joined(|words| &words.ja, "、"),
            en: joined(|words| &words.en, ", "),
        }
    }
}

impl From<CardFault> for FindError {
    fn from(fault: CardFault) -> Self {
        match fault {
            CardFault::Reader(error) => Self::Reader(error),
            CardFault::Card(error) => Self::Card(error),
        }
    }
}

impl Search {
    /// Looks into these readers of a source, one after the other. Cards that another program holds are waited for only when none of the
    /// others is one of ours.
    #[must_use]
    pub fn through(source: &dyn CardSource, readers: &[Reader]) -> Self {
        let mut search = Self {
            looked: Vec::with_capacity(readers.len()),
            found: Vec::new(),
            faults: Vec::new(),
        };
        let is_only = readers
            .iter()
            .filter(|reader| reader.has_card)
            .count()
            < 2;
        for reader in readers {
            let inside = match reader.has_card {
                false => Inside::Nothing,
                true if is_only => search.ask(reader, source.connect(&reader.id)),
                true => search.ask(reader, source.connect_within(&reader.id, BRIEFLY)),
            };
            search.looked.push(Looked {
                reader: reader.clone(),
                inside,
            });
        }
        if search.found.is_empty() && !is_only {
            search.ask_the_busy(source);
        }
        search
    }

    fn ask_the_busy(&mut self, source: &dyn CardSource) {
        let mut looked = std::mem::take(&mut self.looked);
        for one in &mut looked {
            if one.inside == Inside::Busy {
                one.inside = self.ask(&one.reader, source.connect(&one.reader.id));
            }
        }
        self.looked = looked;
    }

    /// Asks a card whether it has the application.
    fn ask(&mut self, reader: &Reader, connection: Result<Connection, ReaderError>) -> Inside {
        let fault = match connection {
            Err(error) => CardFault::Reader(error),
            Ok(connection) => match Card::select(connection) {
                Ok(card) => {
                    let connection = Box::new(Selected {
                        connection: card.into_inner(),
                        is_unused: true,
                    });
                    self.found
                        .push((reader.clone(), connection));
                    return Inside::Jpki;
                }
                Err(error) => CardFault::Card(error),
            },
        };
        let inside = Inside::of(&fault);
        self.faults.push(fault);
        inside
    }

    /// What each reader has, in the source's order.
    #[must_use]
    pub fn looked(&self) -> &[Looked] {
        &self.looked
    }

    /// The first card with the JPKI application, and its reader; none where there is none.
    #[must_use]
    pub fn into_first(self) -> Option<(Reader, Connection)> {
        self.found.into_iter().next()
    }

    /// The card with the JPKI application, where there is one such card, and its reader.
    ///
    /// # Errors
    /// [`FindError`].
    pub fn into_only(mut self) -> Result<(Reader, Connection), FindError> {
        if self.found.len() > 1 {
            return Err(FindError::Several {
                looked: self.looked,
            });
        }
        if let Some(found) = self.found.pop() {
            return Ok(found);
        }
        let with_card = self
            .looked
            .iter()
            .filter(|looked| looked.inside != Inside::Nothing)
            .count();
        match (with_card, self.faults.pop()) {
            (0, _) if self.looked.is_empty() => Err(ReaderError::NoReader.into()),
            (0, None) => Err(ReaderError::NoCard.into()),
            // Of the only card it is said what is wrong with it, unless that it is another kind of card is all.
            (0 | 1, Some(fault))
                if !matches!(fault, CardFault::Card(CardError::NoJpkiApplication { .. })) =>
            {
                Err(fault.into())
            }
            _ => Err(FindError::NoJpki {
                looked: self.looked,
            }),
        }
    }
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search")
            .field("looked", &self.looked)
            .finish_non_exhaustive()
    }
}

/// Connects to the card with the JPKI application, in whichever reader it is. Of a source with one reader its card is taken unasked, as
/// [`CardSource::connect_first`] does: who uses it learns what it is.
///
/// # Errors
/// [`FindError`].
pub fn find_card(source: &dyn CardSource) -> Result<Connection, FindError> {
    let readers = source.readers()?;
    match &readers[..] {
        [only] if !only.has_card => Err(ReaderError::NoCard.into()),
        [only] => Ok(source.connect(&only.id)?),
        _ => Search::through(source, &readers)
            .into_only()
            .map(|(_, connection)| connection),
    }
}

/// A connection to a card that has just selected the JPKI application and has got no command since: who selects it once more, as everybody
/// does first, has the answer without a command.
struct Selected {
    connection: Connection,
    is_unused: bool,
}

impl Transmit for Selected {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        let is_unused = std::mem::take(&mut self.is_unused);
        if is_unused && command == select::application(&JPKI_AID).to_bytes() {
            return Ok(vec![0x90, 0x00]);
        }
        self.connection.transmit(command)
    }
}
