//! Forms that were filled in and cannot be sent yet: kept for a while, so that a page which shows one can be loaded again.

use super::Visit;
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::Random;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// The most forms that are kept; the oldest gives way.
const MOST: usize = 256;
/// How long one is kept, in seconds.
const SECONDS: i64 = 60 * 60;

/// What was filled in, by ticket. A ticket opens nothing but in the session that it was given in.
#[derive(Debug)]
pub struct HeldForms<T> {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    held: Mutex<VecDeque<Held<T>>>,
}

#[derive(Debug)]
struct Held<T> {
    ticket: String,
    session: [u8; 32],
    until: Instant,
    form: T,
}

impl<T: Clone> HeldForms<T> {
    /// None yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            clock,
            random,
            held: Mutex::default(),
        }
    }

    /// Keeps a form for this visitor; its ticket.
    pub fn hold(&self, visit: &Visit, form: T) -> String {
        let mut ticket = [0; 16];
        self.random.fill(&mut ticket);
        let ticket = hex::encode(ticket);
        let mut held = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if held.len() >= MOST {
            held.pop_front();
        }
        held.push_back(Held {
            ticket: ticket.clone(),
            session: visit.session_hash(),
            until: self.clock.now().plus_seconds(SECONDS),
            form,
        });
        ticket
    }

    /// The form under a ticket, as often as it is asked for.
    #[must_use]
    pub fn look(&self, visit: &Visit, ticket: &str) -> Option<T> {
        let now = self.clock.now();
        let mut held = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.retain(|held| now < held.until);
        held.iter()
            .find(|held| held.ticket == ticket && held.session == visit.session_hash())
            .map(|held| held.form.clone())
    }
}
