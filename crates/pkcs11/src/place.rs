//! A reader, which gives two slots, and the card in it.

use crate::{Fault, contents::Contents, learned::Fingerprint};
use cryptoki_sys::{CK_SLOT_ID, CK_ULONG};
use shirushi_card::{Credential, Pin, TokenInformation};
use shirushi_reader::Reader;
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// One stay of a card in a reader. Handles, sessions and log-ins belong to it and end with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(u32);

impl Generation {
    /// Never zero: 0 is no object.
    pub(crate) fn number(self) -> CK_ULONG {
        CK_ULONG::from(self.0)
    }
}

/// Counts generations.
#[derive(Default)]
pub(crate) struct Generations(AtomicU64);

impl Generations {
    fn next(&self) -> Generation {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        // Four thousand million cards later the handles begin anew.
        Generation(u32::try_from(count % u64::from(u32::MAX)).map_or(1, |count| count + 1))
    }
}

/// A reader by its name, for the life of the module.
pub(crate) struct Place {
    /// The source's name of it.
    pub(crate) reader: String,
    /// What people call it.
    pub(crate) name: String,
    index: CK_ULONG,
    /// Held for one operation with the card.
    pub(crate) card: Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_connected: bool,
    inserted: Option<Inserted>,
}

/// The card in the reader.
pub(crate) struct Inserted {
    pub(crate) changes: u64,
    pub(crate) generation: Generation,
    pub(crate) known: Known,
    /// Whether the last connection left its JPKI application selected; another program may have selected something else since.
    pub(crate) is_selected: bool,
    /// When it could not be asked what it is, and why.
    pub(crate) unasked: Option<(Instant, Fault)>,
    authentication: Token,
    signature: Token,
}

/// What is known of the card itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It has not been asked yet.
    Nothing,
    /// It has no JPKI application.
    Foreign,
    /// It has.
    Jpki(Box<TokenInformation>),
}

/// One of the card's two tokens.
#[derive(Default)]
pub(crate) struct Token {
    pub(crate) contents: Option<Arc<Contents>>,
    pub(crate) login: Option<Login>,
    /// Tries left of its PIN when they were last counted, and when that was; no time, when a PIN has been sent since.
    tries: Option<(u8, Option<Instant>)>,
}

impl Token {
    /// The tries left of its PIN have been counted.
    pub(crate) fn counted(&mut self, tries: u8) {
        self.tries = Some((tries, Some(Instant::now())));
    }

    /// A PIN is sent: what was counted before need not be so after.
    pub(crate) fn is_to_be_counted(&mut self) {
        if let Some((_, at)) = &mut self.tries {
            *at = None;
        }
    }

    /// The tries left when they were last counted.
    pub(crate) fn tries(&self) -> Option<u8> {
        self.tries.map(|(tries, _)| tries)
    }

    /// Whether a log-in has shown that this PIN is right, and nothing since makes one doubt it: no PIN was sent, and no fewer tries were counted.
    pub(crate) fn has_accepted(&self, pin: &Fingerprint) -> bool {
        self.login
            .as_ref()
            .is_some_and(|login| {
                login.accepted.is(pin) && self.tries_within(Duration::MAX) == Some(login.full)
            })
    }

    /// Those, if that was not longer ago than this.
    pub(crate) fn tries_within(&self, time: Duration) -> Option<u8> {
        self.tries
            .filter(|(_, at)| at.is_some_and(|at| at.elapsed() < time))
            .map(|(tries, _)| tries)
    }
}

/// The user is logged in.
pub(crate) struct Login {
    /// None for the signature token, whose password is not kept, unless for one signature.
    pub(crate) remembered: Option<Remembered>,
    /// What the PIN that the card has accepted is recognised by when a program gives it again for a signature.
    pub(crate) accepted: Fingerprint,
    /// Tries that the card counted right after.
    pub(crate) full: u8,
}

/// A PIN as a program gave it.
pub(crate) struct TypedPin {
    pub(crate) pin: Pin,
    pub(crate) fingerprint: Fingerprint,
}

/// A PIN that is given for one signature (CKU_CONTEXT_SPECIFIC).
pub(crate) struct Given {
    pub(crate) pin: Arc<TypedPin>,
    /// Tries that the card counted right after it has accepted it. None when it is the one of the log-in, given again: the card verifies it
    /// for the signature, as one that was just typed.
    pub(crate) full: Option<u8>,
}

/// A PIN that the card has accepted.
#[derive(Clone)]
pub(crate) struct Remembered {
    pub(crate) pin: Arc<TypedPin>,
    /// Tries that the card counted right after. Fewer mean that somebody has tried a wrong one since.
    pub(crate) full: u8,
}

impl Place {
    pub(crate) fn new(reader: &Reader, index: CK_ULONG) -> Self {
        let name = match reader.name.en.is_empty() {
            true => &reader.id,
            false => &reader.name.en,
        };
        Self {
            reader: reader.id.clone(),
            name: name.clone(),
            index,
            card: Mutex::default(),
            state: Mutex::default(),
        }
    }

    /// The slot of one of the two tokens.
    pub(crate) fn slot(&self, credential: Credential) -> CK_SLOT_ID {
        self.index * 2
            + match credential {
                Credential::Authentication => 0,
                Credential::Signature => 1,
            }
    }

    /// Whether the reader is there.
    pub(crate) fn is_connected(&self) -> bool {
        self.state().is_connected
    }

    /// Takes note of what the source says of the reader now; of nothing, when it is gone. Whatever belonged to a card that
    /// is no longer there is dropped, its PIN wiped.
    pub(crate) fn see(&self, reader: Option<&Reader>, generations: &Generations) {
        let mut state = self.state();
        state.is_connected = reader.is_some();
        let changes = reader
            .filter(|reader| reader.has_card)
            .map(|reader| reader.changes);
        let before = state
            .inserted
            .as_ref()
            .map(|inserted| inserted.changes);
        if changes != before {
            state.inserted = changes.map(|changes| Inserted::new(changes, generations));
        }
    }

    /// Takes note that the card is another than the one of this stay, though nobody saw it change.
    pub(crate) fn is_another(&self, generation: Generation, generations: &Generations) {
        let mut state = self.state();
        if let Some(inserted) = &mut state.inserted
            && inserted.generation == generation
        {
            *inserted = Inserted::new(inserted.changes, generations);
        }
    }

    /// The card's stay, when there is a card.
    pub(crate) fn generation(&self) -> Option<Generation> {
        self.state()
            .inserted
            .as_ref()
            .map(|inserted| inserted.generation)
    }

    /// What is known of the card, and its stay.
    pub(crate) fn known(&self) -> Option<(Generation, Known)> {
        self.state()
            .inserted
            .as_ref()
            .map(|inserted| (inserted.generation, inserted.known.clone()))
    }

    /// Why the card could not be asked what it is, if that was so not longer ago than this and is not known by now.
    pub(crate) fn unasked_within(&self, time: Duration) -> Option<Fault> {
        let state = self.state();
        let inserted = state.inserted.as_ref()?;
        let (at, fault) = inserted.unasked?;
        (inserted.known == Known::Nothing && at.elapsed() < time).then_some(fault)
    }

    /// Does something with what is kept of the card of this stay.
    pub(crate) fn with<T>(
        &self,
        generation: Generation,
        work: impl FnOnce(&mut Inserted) -> T,
    ) -> Result<T, Fault> {
        self.state()
            .inserted
            .as_mut()
            .filter(|inserted| inserted.generation == generation)
            .map(work)
            .ok_or(Fault::DeviceRemoved)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inserted {
    fn new(changes: u64, generations: &Generations) -> Self {
        Self {
            changes,
            generation: generations.next(),
            known: Known::Nothing,
            is_selected: false,
            unasked: None,
            authentication: Token::default(),
            signature: Token::default(),
        }
    }

    pub(crate) fn token(&mut self, credential: Credential) -> &mut Token {
        match credential {
            Credential::Authentication => &mut self.authentication,
            Credential::Signature => &mut self.signature,
        }
    }
}
