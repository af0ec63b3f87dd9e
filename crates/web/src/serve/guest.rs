//! What one connection is doing, since when, and until when it may.

use super::connection::Connection;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// After so long, an answer that is not read gives way to newcomers.
const HARDLY_READ: Duration = Duration::from_secs(2);
/// Browsers and programs send a head in one piece or in a few, and a body in large ones.
const MOST_READS: usize = 16;
/// The fewest bytes of a piece of a body, in the mean of so many pieces.
const SMALLEST_PIECE: usize = 256;

/// Until when a peer must have done its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// The longest that a handshake may take, where there is TLS.
    pub handshake: Duration,
    /// From the connection, or the first byte after a pause, to the end of a request's head.
    pub head: Duration,
    /// The longest pause within a body.
    pub body_pause: Duration,
    /// The longest that a body may take.
    pub body: Duration,
    /// The longest that an answer may lie unread.
    pub unread: Duration,
    /// The longest pause between two requests.
    pub idle: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body_pause: Duration::from_secs(10),
            body: Duration::from_secs(120),
            unread: Duration::from_secs(30),
            idle: Duration::from_secs(60),
        }
    }
}

impl Deadlines {
    /// Those of a service that takes people's files: 16 GiB come in half an hour at some 10 MB a second. Their pieces must go on coming all
    /// the same.
    #[must_use]
    pub fn for_large_files() -> Self {
        Self {
            body: Duration::from_secs(30 * 60),
            ..Self::default()
        }
    }

    fn shortest(&self) -> Duration {
        let others = [self.body_pause, self.body, self.unread, self.idle];
        others
            .into_iter()
            .fold(self.head.min(self.handshake), Duration::min)
    }
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The handshake of TLS.
    Greeting,
    /// The head of a request is awaited.
    Opening,
    /// The body of a request comes.
    Sending,
    /// The request is there; its handler runs.
    Working,
    /// The answer goes out.
    Answering,
    /// Between two requests.
    Idle,
}

/// Who gives way first when all seats are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Has sent no whole head.
    HalfOpen,
    /// Has sent no whole body.
    HalfSent,
    /// Does not read its answer.
    Unread,
    /// Between two requests.
    Idle,
}

impl Rank {
    /// Whether a request of it has begun to come and is not whole.
    pub(super) fn is_half(self) -> bool {
        self <= Self::HalfSent
    }
}

/// A guest's place among those who give way.
#[derive(Clone, Copy, Debug)]
pub(super) struct MayGo {
    pub(super) rank: Rank,
    /// Since when it has the rank.
    pub(super) since: Instant,
    /// Whether it is the peer who keeps the house waiting: what has come and was not read yet, on a busy machine, is not the
    /// peer's delay.
    pub(super) is_awaited: bool,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Since when it is in the phase.
    since: Instant,
    /// When the peer last sent something.
    moved: Instant,
    /// Whether more was wanted in this phase, and nothing was there.
    is_awaited: bool,
    /// How often bytes were read in this phase, and how many in all.
    reads: usize,
    bytes: usize,
    /// Since when the peer takes nothing of what is written.
    unread_since: Option<Instant>,
    is_leaving: bool,
}

/// One connection, as the house sees it.
#[derive(Debug)]
pub(super) struct Guest {
    connection: Arc<Connection>,
    deadlines: Deadlines,
    state: Mutex<State>,
    leave: Notify,
}

impl Guest {
    pub(super) fn new(connection: Arc<Connection>, deadlines: Deadlines) -> Self {
        let now = Instant::now();
        Self {
            connection,
            deadlines,
            state: Mutex::new(State {
                phase: Phase::Opening,
                since: now,
                moved: now,
                is_awaited: false,
                reads: 0,
                bytes: 0,
                unread_since: None,
                is_leaving: false,
            }),
            leave: Notify::new(),
        }
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Whether what the peer sends comes in crumbs.
    pub(super) fn is_dribbling(&self) -> bool {
        self.state().is_dribbling()
    }

    /// Whether the peer has sent what nobody has read yet. Whoever sends byte by byte cannot hide behind that.
    pub(super) fn is_unheard(&self) -> bool {
        !self.is_dribbling() && self.connection.has_unread()
    }

    /// Whether its deadline is over. A head that lies there unread is not late; a body may lie there because nobody wants it.
    pub(super) fn is_overdue(&self) -> bool {
        let (is_over, is_for_a_head) = {
            let state = self.state();
            let is_over = state
                .deadline(&self.deadlines)
                .is_some_and(|deadline| deadline <= Instant::now());
            (is_over, state.is_for_a_head())
        };
        is_over && !(is_for_a_head && self.is_unheard())
    }

    /// Bytes have come.
    pub(super) fn sent_something(&self, bytes: usize) {
        let mut state = self.state();
        state.moved = Instant::now();
        state.reads += 1;
        state.bytes += bytes;
        state.is_awaited = false;
        if state.phase == Phase::Idle {
            state.enter(Phase::Opening);
        }
    }

    /// No more bytes are there. While a body comes this says nothing: it may have been read with the head, and wait for the handler.
    pub(super) fn has_sent_no_more(&self) {
        let mut state = self.state();
        if matches!(state.phase, Phase::Greeting | Phase::Opening) {
            state.is_awaited = true;
        }
    }

    /// The handler wants more of the body, and nothing is there.
    pub(super) fn is_to_send_more(&self) {
        let mut state = self.state();
        if state.phase == Phase::Sending {
            state.is_awaited = true;
        }
    }

    /// The handshake of TLS begins.
    pub(super) fn is_greeted(&self) {
        self.state().enter(Phase::Greeting);
    }

    /// The handshake has ended well.
    pub(super) fn may_ask(&self) {
        self.state().enter(Phase::Opening);
    }

    /// A head is whole.
    pub(super) fn asked(&self, has_body: bool) {
        self.state().enter(if has_body {
            Phase::Sending
        } else {
            Phase::Working
        });
    }

    /// The body is whole.
    pub(super) fn sent_all(&self) {
        let mut state = self.state();
        if state.phase == Phase::Sending {
            state.enter(Phase::Working);
        }
    }

    /// The handler has ended.
    pub(super) fn was_answered(&self) {
        self.state().enter(Phase::Answering);
    }

    /// The whole answer was given to the connection.
    pub(super) fn may_ask_again(&self) {
        self.state().enter(Phase::Idle);
    }

    /// The peer took something of the answer.
    pub(super) fn took_something(&self) {
        self.state().unread_since = None;
    }

    /// The peer has no room for more of the answer.
    pub(super) fn takes_nothing(&self) {
        self.state()
            .unread_since
            .get_or_insert_with(Instant::now);
    }

    /// When to look at it again: at its deadline, or as soon as another one could have begun and be over.
    pub(super) fn look_again_at(&self) -> Instant {
        let soonest = Instant::now() + self.deadlines.shortest();
        self.state()
            .deadline(&self.deadlines)
            .map_or(soonest, |deadline| deadline.min(soonest))
    }

    /// Whether nothing of it is under way: between two requests, or before the end of a head.
    pub(super) fn only_waits(&self) -> bool {
        self.state().is_for_a_head()
    }

    /// Its place among those who give way; none when a request is under way or it leaves already.
    pub(super) fn may_go(&self) -> Option<MayGo> {
        let state = self.state();
        if state.is_leaving {
            return None;
        }
        if let Some(since) = state.unread_since {
            return (since.elapsed() >= HARDLY_READ).then_some(MayGo {
                rank: Rank::Unread,
                since,
                is_awaited: true,
            });
        }
        let (rank, is_awaited) = match state.phase {
            Phase::Greeting | Phase::Opening => (Rank::HalfOpen, state.is_awaited),
            Phase::Sending => (Rank::HalfSent, state.is_awaited),
            Phase::Idle => (Rank::Idle, true),
            Phase::Working | Phase::Answering => return None,
        };
        Some(MayGo {
            rank,
            since: state.since,
            is_awaited,
        })
    }

    /// Whether a request of it has begun to come and is not whole.
    pub(super) fn is_half(&self) -> bool {
        matches!(
            self.state().phase,
            Phase::Greeting | Phase::Opening | Phase::Sending
        )
    }

    /// Has its connection ended.
    pub(super) fn tell_to_leave(&self) {
        self.state().is_leaving = true;
        self.leave.notify_one();
    }

    /// Resolves when it has to give up its seat.
    pub(super) async fn told_to_leave(&self) {
        self.leave.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
        self.moved = self.since;
        self.is_awaited = false;
        self.reads = 0;
        self.bytes = 0;
    }

    /// Whether the peer's next step is awaited, up to the end of a head, and nothing else is under way.
    fn is_for_a_head(&self) -> bool {
        matches!(self.phase, Phase::Greeting | Phase::Opening | Phase::Idle)
            && self.unread_since.is_none()
    }

    /// Whether what is sent comes in crumbs.
    fn is_dribbling(&self) -> bool {
        let is_whole_worth =
            self.phase == Phase::Sending && self.bytes / self.reads.max(1) >= SMALLEST_PIECE;
        self.reads > MOST_READS && !is_whole_worth
    }

    fn deadline(&self, deadlines: &Deadlines) -> Option<Instant> {
        if let Some(since) = self.unread_since {
            return Some(since + deadlines.unread);
        }
        match self.phase {
            Phase::Greeting => Some(self.since + deadlines.handshake),
            Phase::Opening => Some(self.since + deadlines.head),
            // What nobody has asked for yet cannot be late.
            Phase::Sending if !self.is_awaited => None,
            Phase::Sending => {
                Some((self.moved + deadlines.body_pause).min(self.since + deadlines.body))
            }
            Phase::Idle => Some(self.since + deadlines.idle),
            Phase::Working | Phase::Answering => None,
        }
    }
}
