//! The errands under way: who has how many of them, and which may be forgotten.

use super::Giver;
use shirushi_clock::Instant;
use shirushi_rules::{NOT_TOO_MUCH_AT_ONCE, Refusal, TICKET_GOOD};
use shirushi_wire::{Deed, ErrandChannel, ReturnCode, Ticket, Want};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// How long an errand may take in all. A person looks for the card, and for the password.
const SECONDS: i64 = 30 * 60;
/// The same for a log-in: longer than a challenge is good, so that who comes late is told that it took too long.
const LOG_IN_SECONDS: i64 = 15 * 60;
/// How long a ticket waits to be taken over.
const TICKET_SECONDS: i64 = 5 * 60;
/// How long it does so in any case when there are too many: a browser walks to the agent at once.
const HURRIED_SECONDS: i64 = 3;

/// More than a certificate in a deed takes, in bytes.
const LARGEST_CERTIFICATE: usize = 8 * 1024;

/// How much may be under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Tickets of visitors whom nobody knows.
    pub(crate) strangers_given: usize,
    /// Errands of theirs that an agent has taken over.
    pub(crate) strangers_taken: usize,
    /// Bytes of deeds under strangers' errands that their browsers have not collected.
    pub(crate) strangers_settled: usize,
    /// Errands of one giver who is known.
    pub(crate) of_one: usize,
    /// Bytes of documents that one known giver has waiting for an agent.
    pub(crate) bytes_of_one: usize,
    /// The same of all together.
    pub(crate) bytes: usize,
}

pub(crate) const LIMITS: Limits = Limits {
    // Some 400 bytes each. One core was seen to click 10,000 times a second: a ticket is older than hurried when its turn comes.
    strangers_given: 120_000,
    strangers_taken: 150_000,
    strangers_settled: 64 << 20,
    of_one: 16,
    // One document of the largest size, as base64, and some small ones.
    bytes_of_one: 20 << 20,
    bytes: 200 << 20,
};

/// One errand.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    /// Hash of the session that gave it.
    pub(crate) session: [u8; 32],
    pub(crate) giver: Giver,
    pub(crate) want: Want,
    pub(crate) about: T,
    pub(crate) given_at: Instant,
    pub(crate) state: Progress,
}

#[derive(Debug)]
pub(crate) enum Progress {
    Given(Ticket),
    Taken(ErrandChannel),
    Settled(ErrandChannel, ReturnCode, Deed),
}

/// What one giver has under way.
#[derive(Debug, Default)]
struct Share {
    errands: BTreeSet<u64>,
    bytes: usize,
}

#[derive(Debug)]
pub(crate) struct UnderWay<T> {
    limits: Limits,
    next: u64,
    /// Each by itself: a table of a million places has no room of its own for what is not there.
    entries: HashMap<u64, Box<Entry<T>>>,
    tickets: HashMap<[u8; 16], u64>,
    channels: HashMap<[u8; 16], u64>,
    codes: HashMap<[u8; 16], u64>,
    /// When each is forgotten, the soonest first.
    ends: BTreeSet<(Instant, u64)>,
    /// Tickets of strangers, the oldest first.
    strangers_given: BTreeSet<u64>,
    strangers_taken: usize,
    /// Errands of strangers that have ended, the first first; some may be gone since.
    strangers_settled: VecDeque<u64>,
    settled_bytes: usize,
    shares: HashMap<[u8; 32], Share>,
    bytes: usize,
}

impl<T> UnderWay<T> {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            next: 0,
            entries: HashMap::new(),
            tickets: HashMap::new(),
            channels: HashMap::new(),
            codes: HashMap::new(),
            ends: BTreeSet::new(),
            strangers_given: BTreeSet::new(),
            strangers_taken: 0,
            strangers_settled: VecDeque::new(),
            settled_bytes: 0,
            shares: HashMap::new(),
            bytes: 0,
        }
    }

    /// Forgets those whose time has run out.
    pub(crate) fn pass_to(&mut self, now: Instant) {
        while let Some((end, number)) = self.ends.first().copied()
            && end < now
        {
            self.remove(number);
        }
    }

    /// Notes an errand that is given; false when there is no room, which is never made by forgetting one that was taken over,
    /// nor one of somebody else's while its ticket is fresh.
    pub(crate) fn give(&mut self, entry: Entry<T>) -> bool {
        let Progress::Given(ticket) = entry.state else {
            return false;
        };
        let has_room = match entry.giver {
            Giver::Stranger => self.room_for_stranger(entry.given_at),
            Giver::Known(giver) => self.room_for_known(&giver, size(&entry.want)),
        };
        if !has_room {
            return false;
        }
        let number = self.next;
        self.next += 1;
        match entry.giver {
            Giver::Stranger => {
                self.strangers_given.insert(number);
            }
            Giver::Known(giver) => {
                let bytes = size(&entry.want);
                let share = self.shares.entry(giver).or_default();
                share.errands.insert(number);
                share.bytes += bytes;
                self.bytes += bytes;
            }
        }
        self.ends.insert((end(&entry), number));
        self.tickets
            .insert(*ticket.as_bytes(), number);
        self.entries
            .insert(number, Box::new(entry));
        true
    }

    /// Gives an errand of a known giver once more, if it still waits for an agent, under a new ticket for another session; the old ticket
    /// is not good any longer. False when there is none that `is_it`.
    pub(crate) fn give_again(
        &mut self,
        giver: &[u8; 32],
        is_it: impl Fn(&T) -> bool,
        ticket: Ticket,
        session: [u8; 32],
        now: Instant,
    ) -> bool {
        let Some(share) = self.shares.get(giver) else {
            return false;
        };
        let waiting = share.errands.iter().find_map(|number| {
            let entry = self.entries.get(number)?;
            match entry.state {
                Progress::Given(ticket) if is_it(&entry.about) => Some((*number, ticket)),
                _ => None,
            }
        });
        let Some((number, old)) = waiting else {
            return false;
        };
        let Some(entry) = self.entries.get_mut(&number) else {
            return false;
        };
        self.ends.remove(&(end(entry), number));
        entry.session = session;
        entry.given_at = now;
        entry.state = Progress::Given(ticket);
        self.ends.insert((end(entry), number));
        self.tickets.remove(old.as_bytes());
        self.tickets
            .insert(*ticket.as_bytes(), number);
        true
    }

    /// Has the ticket's errand taken over under `channel` and answers what is wanted. A document is not kept any longer: the agent
    /// has it now.
    ///
    /// # Errors
    /// A [`Refusal`] by `TICKET_GOOD` when there is no such ticket, by `NOT_TOO_MUCH_AT_ONCE` when there is no room for one more
    /// stranger's errand; the ticket stays good then.
    pub(crate) fn take(
        &mut self,
        ticket: &Ticket,
        channel: ErrandChannel,
    ) -> Result<Want, Refusal> {
        let unknown = || TICKET_GOOD.refusal([]);
        let number = *self
            .tickets
            .get(ticket.as_bytes())
            .ok_or_else(unknown)?;
        let entry = self
            .entries
            .get_mut(&number)
            .ok_or_else(unknown)?;
        if entry.giver == Giver::Stranger {
            NOT_TOO_MUCH_AT_ONCE.require(self.strangers_taken < self.limits.strangers_taken, [])?;
            self.strangers_given.remove(&number);
            self.strangers_taken += 1;
        }
        self.tickets.remove(ticket.as_bytes());
        self.ends.remove(&(end(entry), number));
        entry.state = Progress::Taken(channel);
        self.ends.insert((end(entry), number));
        self.channels
            .insert(*channel.as_bytes(), number);
        let want = entry.want.clone();
        let bytes = size(&entry.want);
        forget_document(&mut entry.want);
        if let Giver::Known(giver) = entry.giver
            && let Some(share) = self.shares.get_mut(&giver)
        {
            share.bytes -= bytes;
            self.bytes -= bytes;
        }
        Ok(want)
    }

    /// The errand of a channel.
    pub(crate) fn of_channel(&self, channel: &ErrandChannel) -> Option<&Entry<T>> {
        self.entries
            .get(self.channels.get(channel.as_bytes())?)
            .map(Box::as_ref)
    }

    /// Notes how the errand of a channel ended, which is said once; none when there is no such errand or it ended otherwise.
    pub(crate) fn settle(
        &mut self,
        channel: &ErrandChannel,
        code: ReturnCode,
        deed: Deed,
    ) -> Option<ReturnCode> {
        let number = *self.channels.get(channel.as_bytes())?;
        let entry = self.entries.get_mut(&number)?;
        match &entry.state {
            Progress::Taken(_) => {
                let bytes = weight(&deed);
                entry.state = Progress::Settled(*channel, code, deed);
                self.codes
                    .insert(*code.as_bytes(), number);
                if entry.giver == Giver::Stranger {
                    self.settled_bytes += bytes;
                    self.strangers_settled.push_back(number);
                    self.forget_uncollected();
                }
                Some(code)
            }
            Progress::Settled(_, code, was) if *was == deed => Some(*code),
            _ => None,
        }
    }

    /// A browser that was sent back to the site is there at once: what strangers do not collect goes first.
    fn forget_uncollected(&mut self) {
        while self.settled_bytes > self.limits.strangers_settled {
            match self.strangers_settled.pop_front() {
                Some(number) => self.remove(number),
                None => return,
            };
        }
    }

    /// Takes out the errand that ended with `code`, if `session` gave it.
    pub(crate) fn collect(&mut self, code: &ReturnCode, session: &[u8; 32]) -> Option<Entry<T>> {
        let number = *self.codes.get(code.as_bytes())?;
        if self.entries.get(&number)?.session != *session {
            return None;
        }
        self.remove(number)
    }

    /// A browser that was sent to the agent is there at once. When there are too many tickets, those that still wait after that
    /// have run out; nobody can tell one stranger's share from another's.
    fn room_for_stranger(&mut self, now: Instant) -> bool {
        if self.strangers_given.len() < self.limits.strangers_given {
            return true;
        }
        let Some(oldest) = self.strangers_given.first().copied() else {
            return false;
        };
        let is_stale = self
            .entries
            .get(&oldest)
            .is_some_and(|entry| {
                entry
                    .given_at
                    .plus_seconds(HURRIED_SECONDS)
                    < now
            });
        is_stale && self.remove(oldest).is_some()
    }

    /// The giver's own older tickets give way: the newest press of a button is the one that is looked at.
    fn room_for_known(&mut self, giver: &[u8; 32], bytes: usize) -> bool {
        let limits = self.limits;
        loop {
            let (count, own) = self
                .shares
                .get(giver)
                .map_or((0, 0), |share| (share.errands.len(), share.bytes));
            let fits = count < limits.of_one
                && own + bytes <= limits.bytes_of_one
                && self.bytes + bytes <= limits.bytes;
            if fits {
                return true;
            }
            let oldest = self
                .shares
                .get(giver)
                .and_then(|share| {
                    share
                        .errands
                        .iter()
                        .copied()
                        .find(|number| self.is_given(*number))
                });
            match oldest {
                Some(number) => self.remove(number),
                None => return false,
            };
        }
    }

    fn is_given(&self, number: u64) -> bool {
        self.entries
            .get(&number)
            .is_some_and(|entry| matches!(entry.state, Progress::Given(_)))
    }

    fn remove(&mut self, number: u64) -> Option<Entry<T>> {
        let entry = self.entries.remove(&number)?;
        self.ends.remove(&(end(&entry), number));
        match &entry.state {
            Progress::Given(ticket) => {
                self.tickets.remove(ticket.as_bytes());
            }
            Progress::Taken(channel) => {
                self.channels.remove(channel.as_bytes());
            }
            Progress::Settled(channel, code, _) => {
                self.channels.remove(channel.as_bytes());
                self.codes.remove(code.as_bytes());
            }
        }
        match (entry.giver, &entry.state) {
            (Giver::Stranger, Progress::Given(_)) => {
                self.strangers_given.remove(&number);
            }
            (Giver::Stranger, Progress::Taken(_)) => self.strangers_taken -= 1,
            (Giver::Stranger, Progress::Settled(_, _, deed)) => {
                self.strangers_taken -= 1;
                self.settled_bytes -= weight(deed);
                self.forget_collected();
            }
            (Giver::Known(giver), _) => self.return_share(&giver, number, size(&entry.want)),
        }
        Some(*entry)
    }

    /// Numbers of errands that are gone do not stay at the head of the line.
    fn forget_collected(&mut self) {
        while let Some(first) = self.strangers_settled.front()
            && !self.entries.contains_key(first)
        {
            self.strangers_settled.pop_front();
        }
    }

    fn return_share(&mut self, giver: &[u8; 32], number: u64, bytes: usize) {
        self.bytes -= bytes;
        if let Some(share) = self.shares.get_mut(giver) {
            share.errands.remove(&number);
            share.bytes -= bytes;
            if share.errands.is_empty() {
                self.shares.remove(giver);
            }
        }
    }
}

fn end<T>(entry: &Entry<T>) -> Instant {
    let seconds = match (&entry.state, &entry.want) {
        (Progress::Given(_), _) => TICKET_SECONDS,
        (_, Want::LogIn { .. }) => LOG_IN_SECONDS,
        _ => SECONDS,
    };
    entry.given_at.plus_seconds(seconds)
}

/// What a want weighs: its document, beside which everything else is small.
fn size(want: &Want) -> usize {
    match want {
        Want::Sign { document } => document.content.len(),
        _ => 0,
    }
}

/// What a deed weighs beside its errand.
fn weight(deed: &Deed) -> usize {
    match deed {
        Deed::LoggedIn { cms } | Deed::Signed { cms } => cms.len(),
        Deed::Certificate { certificate } => certificate.len(),
        Deed::Card { number, .. } => number.len(),
        Deed::Personalised { certificates } => certificates.len() * LARGEST_CERTIFICATE,
        Deed::Declined => 0,
        Deed::Failed { reason } => reason.ja.len() + reason.en.len(),
    }
}

fn forget_document(want: &mut Want) {
    if let Want::Sign { document } = want {
        document.content = String::new();
    }
}
