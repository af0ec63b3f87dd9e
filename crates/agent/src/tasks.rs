//! The errands under way, as the agent keeps them. In memory: after a restart the person goes back to the site; a card half
//! personalised goes on where it stands.

mod document;

pub(crate) use document::{Content, Document};

use crate::peer::LONGEST_ERRAND;
use shirushi_clock::Instant;
use shirushi_profile::CertificateKind;
use shirushi_rules::{InBoth, Refusal, RefusalReport};
use shirushi_wire::{Deed, Errand, ReturnCode, Want};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// How long an errand may take, in seconds.
pub(crate) const SECONDS: u32 = 30 * 60;
/// Errands of one browser that have not ended.
pub(crate) const MOST_OF_A_BROWSER: usize = 8;
/// Errands of all, with those that have ended and are still known.
const MOST: usize = 100;
/// Bytes that the documents of one browser's errands take, and those of all.
const MOST_BYTES_OF_A_BROWSER: usize = 96 * 1024 * 1024;
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// One errand under way.
pub(crate) struct Task {
    /// Random; names it in addresses and in the history.
    pub(crate) id: String,
    /// Hash of the session that it has to itself.
    pub(crate) session: [u8; 32],
    /// Hash of the session of the browser that it came with.
    browser: [u8; 32],
    /// The site's origin, as the owner has allowed it.
    pub(crate) site: String,
    pub(crate) errand: Errand,
    /// What is to be signed, if that is wanted.
    pub(crate) document: Option<Document>,
    pub(crate) began_at: Instant,
    /// Held by who works on it: of two tabs, one does.
    pub(crate) work: tokio::sync::Mutex<()>,
    /// Whether it was done with a certificate whose policy is none that is known.
    is_unlisted: AtomicBool,
    state: Mutex<State>,
    relay: Mutex<Relay>,
}

/// How far an errand has come.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// It waits for the person.
    Open,
    /// It is done, and the site could not be told yet.
    Undelivered(Box<Deed>, Outcome, Option<Told>),
    /// The site knows; the browser is to bring it this code.
    Settled(ReturnCode, Outcome),
}

/// How an errand ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Declined,
    /// A foreign command was kept from the card.
    Foreign,
}

/// How far a personalisation has come.
#[derive(Clone, Debug)]
pub(crate) struct Relay {
    pub(crate) stage: Stage,
    /// The step under way, from 0: keys, PINs, certificates issued, written.
    pub(crate) step: usize,
}

/// What a personalisation waits for.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// To be started.
    Ready,
    /// The relay runs.
    Working,
    /// The applicant is to set these PINs.
    Pins(Vec<CertificateKind>),
    /// It was broken off, and can be continued.
    Interrupted(Told),
}

/// What a person is told when something was not done.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// By a rule, ours or the site's.
    Report(Box<RefusalReport>),
    /// What happened, and what to do.
    Words(InBoth, InBoth),
    /// Either, and the history could not be told of it.
    Unrecorded(Box<Self>),
}

impl Told {
    pub(crate) fn words(ja: (&str, &str), en: (&str, &str)) -> Self {
        let both = |ja: &str, en: &str| InBoth {
            ja: ja.to_owned(),
            en: en.to_owned(),
        };
        Self::Words(both(ja.0, en.0), both(ja.1, en.1))
    }

    /// What happened.
    pub(crate) fn reason(&self) -> &InBoth {
        match self {
            Self::Report(report) => &report.reason,
            Self::Words(reason, _) => reason,
            Self::Unrecorded(told) => told.reason(),
        }
    }

    /// The same, and that the history lacks it, where it could not be written: what happened is told all the same.
    pub(crate) fn recorded(self, is_recorded: bool) -> Self {
        match is_recorded {
            true => self,
            false => Self::Unrecorded(Box::new(self)),
        }
    }
}

impl From<Refusal> for Told {
    fn from(refusal: Refusal) -> Self {
        Self::Report(Box::new(refusal.report()))
    }
}

impl Task {
    /// It was done with a certificate whose policy is none that is known: its owner is to read that.
    pub(crate) fn has_unlisted_policy(&self) {
        self.is_unlisted
            .store(true, Ordering::Relaxed);
    }

    /// Whether that is so.
    pub(crate) fn is_unlisted(&self) -> bool {
        self.is_unlisted.load(Ordering::Relaxed)
    }

    pub(crate) fn new(room: Room, site: String, mut errand: Errand, began_at: Instant) -> Self {
        let document = Document::of(&errand.want);
        if let Want::Sign { document } = &mut errand.want {
            // It is kept once, as the bytes that are signed.
            document.content = String::new();
        }
        Self {
            document,
            id: room.id,
            session: room.session,
            browser: room.browser,
            site,
            errand,
            began_at,
            work: tokio::sync::Mutex::default(),
            is_unlisted: AtomicBool::new(false),
            state: Mutex::new(State::Open),
            relay: Mutex::new(Relay {
                stage: Stage::Ready,
                step: 0,
            }),
        }
    }

    pub(crate) fn state(&self) -> State {
        lock(&self.state).clone()
    }

    pub(crate) fn set_state(&self, state: State) {
        *lock(&self.state) = state;
    }

    pub(crate) fn relay(&self) -> MutexGuard<'_, Relay> {
        lock(&self.relay)
    }

    fn has_ended(&self) -> bool {
        matches!(self.state(), State::Settled(..))
    }

    /// About what it takes in memory: the document's bytes, and what is read from them.
    fn weight(&self) -> usize {
        self.document
            .as_ref()
            .map_or(0, |document| 2 * document.bytes.len())
    }
}

/// Where a new errand will be.
#[derive(Debug)]
pub(crate) struct Room {
    /// Random; names it in addresses and in the history.
    pub(crate) id: String,
    /// Hash of the session that it has to itself.
    pub(crate) session: [u8; 32],
    /// Hash of the session of the browser that it comes with.
    pub(crate) browser: [u8; 32],
}

/// The errands under way.
#[derive(Default)]
pub(crate) struct Tasks(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    tasks: Vec<Arc<Task>>,
    /// The browsers of those that are being taken over.
    coming: Vec<[u8; 32]>,
}

/// Room for one errand more, kept until it is there or does not come.
pub(crate) struct Place<'t> {
    tasks: &'t Tasks,
    browser: [u8; 32],
}

impl Place<'_> {
    pub(crate) fn fill(self, task: Task) -> Arc<Task> {
        let task = Arc::new(task);
        lock(&self.tasks.0)
            .tasks
            .push(Arc::clone(&task));
        task
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut kept = lock(&self.tasks.0);
        let place = kept
            .coming
            .iter()
            .position(|browser| *browser == self.browser);
        if let Some(place) = place {
            kept.coming.swap_remove(place);
        }
    }
}

impl Tasks {
    /// Keeps room for an errand of this browser, before it is asked for. None when the browser, or all together, have as many as they
    /// may: what is open is never given up for what comes.
    pub(crate) fn reserve(&self, browser: [u8; 32], now: Instant) -> Option<Place<'_>> {
        let mut kept = self.alive(now);
        if !kept.has_room_of(&browser) || !kept.make_room() {
            return None;
        }
        kept.coming.push(browser);
        Some(Place {
            tasks: self,
            browser,
        })
    }

    /// The errand of this id, for the session that is its own.
    pub(crate) fn find(&self, id: &str, session: &[u8; 32], now: Instant) -> Option<Arc<Task>> {
        self.alive(now)
            .tasks
            .iter()
            .find(|task| task.id == id && task.session == *session)
            .cloned()
    }

    /// Those of a browser that wait for something, newest first.
    pub(crate) fn open(&self, browser: &[u8; 32], now: Instant) -> Vec<Arc<Task>> {
        self.alive(now)
            .tasks
            .iter()
            .rev()
            .filter(|task| task.browser == *browser && !task.has_ended())
            .cloned()
            .collect()
    }

    fn alive(&self, now: Instant) -> MutexGuard<'_, Kept> {
        let mut kept = lock(&self.0);
        kept.tasks.retain(|task| {
            task.began_at
                .plus_seconds(i64::from(SECONDS))
                >= now
        });
        kept
    }
}

impl Kept {
    fn has_room_of(&self, browser: &[u8; 32]) -> bool {
        let coming = self
            .coming
            .iter()
            .filter(|own| *own == browser)
            .count();
        let open: Vec<_> = self
            .tasks
            .iter()
            .filter(|task| task.browser == *browser && !task.has_ended())
            .collect();
        let weight: usize = open
            .iter()
            .map(|task| task.weight())
            .sum();
        open.len() + coming < MOST_OF_A_BROWSER
            && weight + (coming + 1) * LONGEST_ERRAND <= MOST_BYTES_OF_A_BROWSER
    }

    /// Whether there is room for one more. What has ended is forgotten for it, the oldest first.
    fn make_room(&mut self) -> bool {
        loop {
            let weight: usize = self
                .tasks
                .iter()
                .map(|task| task.weight())
                .sum();
            let count = self.tasks.len() + self.coming.len();
            if count < MOST && weight + (self.coming.len() + 1) * LONGEST_ERRAND <= MOST_BYTES {
                return true;
            }
            let ended = self
                .tasks
                .iter()
                .position(|task| task.has_ended());
            match ended {
                Some(place) => self.tasks.remove(place),
                None => return false,
            };
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}
