//! The errands under way, as the agent keeps them. In memory: after a restart the person goes back to the site; a card half
//! personalised goes on where it stands.

mod document;

pub(crate) use document::{Content, Document};

use shirushi_clock::Instant;
use shirushi_profile::CertificateKind;
use shirushi_rules::{InBoth, Refusal, RefusalReport};
use shirushi_wire::{Deed, Errand, ReturnCode};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long an errand may take.
const SECONDS: i64 = 30 * 60;
/// Errands at once. When there are more, the oldest are given up.
const MOST: usize = 100;

/// One errand under way.
pub(crate) struct Task {
    /// Random; names it in addresses and in the history.
    pub(crate) id: String,
    /// Hash of the session that it belongs to.
    pub(crate) session: [u8; 32],
    /// The site's origin, as the owner has allowed it.
    pub(crate) site: String,
    pub(crate) errand: Errand,
    /// What is to be signed, if that is wanted.
    pub(crate) document: Option<Document>,
    pub(crate) began_at: Instant,
    /// Held by who works on it: of two tabs, one does.
    pub(crate) work: tokio::sync::Mutex<()>,
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
        }
    }
}

impl From<Refusal> for Told {
    fn from(refusal: Refusal) -> Self {
        Self::Report(Box::new(refusal.report()))
    }
}

impl Task {
    pub(crate) fn new(
        id: String,
        session: [u8; 32],
        site: String,
        errand: Errand,
        began_at: Instant,
    ) -> Self {
        Self {
            document: Document::of(&errand.want),
            id,
            session,
            site,
            errand,
            began_at,
            work: tokio::sync::Mutex::default(),
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
}

/// The errands under way.
#[derive(Default)]
pub(crate) struct Tasks(Mutex<Vec<Arc<Task>>>);

impl Tasks {
    pub(crate) fn add(&self, task: Task, now: Instant) -> Arc<Task> {
        let task = Arc::new(task);
        let mut tasks = self.alive(now);
        if tasks.len() >= MOST {
            tasks.remove(0);
        }
        tasks.push(Arc::clone(&task));
        task
    }

    /// The errand of this id, for the session that it belongs to.
    pub(crate) fn find(&self, id: &str, session: &[u8; 32], now: Instant) -> Option<Arc<Task>> {
        self.alive(now)
            .iter()
            .find(|task| task.id == id && task.session == *session)
            .cloned()
    }

    /// Those of a session that wait for something, newest first.
    pub(crate) fn open(&self, session: &[u8; 32], now: Instant) -> Vec<Arc<Task>> {
        self.alive(now)
            .iter()
            .rev()
            .filter(|task| task.session == *session && !matches!(task.state(), State::Settled(..)))
            .cloned()
            .collect()
    }

    fn alive(&self, now: Instant) -> MutexGuard<'_, Vec<Arc<Task>>> {
        let mut tasks = lock(&self.0);
        tasks.retain(|task| task.began_at.plus_seconds(SECONDS) >= now);
        tasks
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}
