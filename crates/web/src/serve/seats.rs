//! How many connections a service has at most, and who gives way.

use super::{
    connection::{Connection, Sent},
    doormen::Doormen,
    gate::Gate,
    guest::{Deadlines, Guest},
    porch::Porch,
};
use rustix::process::{Resource, getrlimit};
use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, runtime::Handle, sync::oneshot, time::timeout};

/// Descriptors that are left to databases, key and card files, and the runtime.
const RESERVED: u64 = 256;
/// The fewest connections with which a service is one.
const FEWEST: u64 = 32;
/// The most; more are no use to anybody, and each may hold a head or a part of a body.
const MOST: u64 = 1_024;
/// Nobody gives way sooner: what has come is read by then, and nobody is taken for a half-open one.
const JUST_COME: Duration = Duration::from_millis(20);
/// While nobody can give way, it is looked again so much later: an answer may have become one that is not read.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The connections that one service may have at once. Clones are handles to the same ones.
#[derive(Clone, Debug)]
pub struct Seats {
    deadlines: Deadlines,
    /// Whose threads receive those who come; none where they are received by whoever serves.
    doormen: Option<Handle>,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    most: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    guests: HashMap<u64, Arc<Guest>>,
    /// Who waits for a seat with a whole request, the first first.
    whole: VecDeque<Waiter>,
    /// Who waits with a head whose body is still to come.
    begun: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    connection: Arc<Connection>,
    seat: oneshot::Sender<Seat>,
}

/// The process may open too few files to serve anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this process may have {limit} files open, and needs at least {needed}: raise the limit (`ulimit -n {needed}`; LimitNOFILE= of a \
     systemd unit) and start again; nothing has been changed / \
     このプロセスが開けるファイルは{limit}個までですが、少なくとも{needed}個が必要です。上限を上げてから（ulimit -n {needed}、systemdなら\
     LimitNOFILE=）、もう一度起動してください。データは何も変わっていません"
)]
pub struct TooFewDescriptors {
    /// How many it may have.
    pub limit: u64,
    /// How many it needs.
    pub needed: u64,
}

impl Seats {
    /// At most `most` connections, and at least one; as many more may wait before they have sent a head.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            deadlines: Deadlines::default(),
            doormen: None,
            inner: Arc::new(Inner {
                most: most.max(1),
                taken: Mutex::default(),
            }),
        }
    }

    /// The same with other deadlines for those who take a seat from now on.
    #[must_use]
    pub fn with_deadlines(self, deadlines: Deadlines) -> Self {
        Self { deadlines, ..self }
    }

    /// The same, received by `doormen`: handlers run where [`serve`](super::serve) was called.
    #[must_use]
    pub fn received_by(self, doormen: &Doormen) -> Self {
        Self {
            doormen: doormen.handle(),
            ..self
        }
    }

    pub(super) fn doormen(&self) -> Option<Handle> {
        self.doormen.clone()
    }

    /// As many as a service can have that is alone in its process, so that databases and calls to others never lack a
    /// descriptor.
    ///
    /// # Errors
    /// [`TooFewDescriptors`].
    pub fn of_this_process() -> Result<Self, TooFewDescriptors> {
        most_of(limit(), DESCRIPTORS_ALONE).map(Self::new)
    }

    /// Where connections come in: half as many as there are seats may be looked at there.
    pub(super) fn gate(&self, listener: TcpListener) -> io::Result<Gate> {
        Gate::new(listener, self.inner.most.div_ceil(2))
    }

    /// Where connections wait that have sent no head yet: as many as there are seats.
    pub(super) fn porch(&self) -> Porch {
        Porch::new(self.inner.most, self.deadlines.head)
    }

    /// A seat for who has sent so much. When all are taken, one who only waits gives his up; when none does, it is waited for. Whole
    /// requests come before all others, of which no more than half of the seats are.
    pub(super) async fn take(&self, connection: Connection, sent: Sent) -> Seat {
        let (seat, mut given) = oneshot::channel();
        let waiter = Waiter {
            connection: Arc::new(connection),
            seat,
        };
        {
            let mut taken = self.taken();
            match sent {
                Sent::All => taken.whole.push_back(waiter),
                Sent::Head | Sent::Little(_) => taken.begun.push_back(waiter),
            }
        }
        // Whoever is given up while it waits leaves the queue at once, and its connection ends.
        let _queued = Queued(self);
        self.hand_out();
        loop {
            if let Ok(seat) = given.try_recv() {
                return seat;
            }
            self.make_room(JUST_COME);
            // An answer may have become one that is not read: it is looked again.
            if let Ok(Ok(seat)) = timeout(LOOK_AGAIN, &mut given).await {
                return seat;
            }
        }
    }

    /// Has one guest give way, if there is one that has kept the house waiting for so long: the half-open before the idle, the
    /// oldest first. As long as any has not sent its request, even if it has only just come, none goes that has: half-open ones
    /// that come one after another would push out those who are between two requests.
    pub(super) fn make_room(&self, waiting: Duration) {
        let taken = self.taken();
        let all = || {
            taken
                .guests
                .values()
                .filter_map(|guest| Some((guest.may_go()?, guest)))
        };
        let are_some_half = all().any(|(may_go, _)| may_go.rank.is_half());
        let mut in_turn: Vec<_> = all()
            .filter(|(may_go, _)| may_go.rank.is_half() == are_some_half)
            .filter(|(may_go, _)| may_go.is_awaited && may_go.since.elapsed() >= waiting)
            .collect();
        in_turn.sort_by_key(|(may_go, _)| (may_go.rank, may_go.since));
        if let Some((_, guest)) = in_turn
            .iter()
            .find(|(_, guest)| !guest.is_unheard())
        {
            guest.tell_to_leave();
        }
    }

    /// Whether somebody has no seat who has sent a whole request, or, behind TLS, where nobody can tell, anything.
    pub(super) fn are_waited_for(&self, is_behind_tls: bool) -> bool {
        let taken = self.taken();
        !taken.whole.is_empty() || (is_behind_tls && !taken.begun.is_empty())
    }

    /// Gives what is free to those who wait.
    fn hand_out(&self) {
        // Of those who have gone. They are dropped when nobody else looks at the seats.
        let mut unwanted = Vec::new();
        let mut taken = self.taken();
        while taken.guests.len() < self.inner.most
            && let Some(waiter) = taken.first(self.inner.most.div_ceil(2))
        {
            let number = taken.next;
            taken.next += 1;
            let guest = Arc::new(Guest::new(waiter.connection, self.deadlines));
            taken
                .guests
                .insert(number, Arc::clone(&guest));
            let seat = Seat {
                seats: self.clone(),
                number,
                guest,
            };
            unwanted.extend(waiter.seat.send(seat).err());
        }
        drop(taken);
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.inner
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Who is next. Of those who have not sent a whole request no more than `most_half` are let in at once.
    fn first(&mut self, most_half: usize) -> Option<Waiter> {
        if let Some(first) = self.whole.pop_front() {
            return Some(first);
        }
        if self.begun.is_empty() {
            return None;
        }
        let half = self
            .guests
            .values()
            .filter(|guest| guest.is_half())
            .count();
        if half >= most_half {
            return None;
        }
        self.begun.pop_front()
    }
}

/// That somebody is in the queue; when this is dropped, whoever has gone is out of it.
struct Queued<'a>(&'a Seats);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut taken = self.0.taken();
        taken
            .whole
            .retain(|waiter| !waiter.seat.is_closed());
        taken
            .begun
            .retain(|waiter| !waiter.seat.is_closed());
    }
}

/// A request's share in the seat of its connection. Whoever works on when the asker has hung up keeps it: there are never more
/// requests under way than seats.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// Held, and free again with the last share.
    _seat: Arc<Seat>,
}

impl Share {
    pub(super) fn of(seat: &Arc<Seat>) -> Self {
        Self {
            _seat: Arc::clone(seat),
        }
    }
}

/// One connection's seat; free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    number: u64,
    guest: Arc<Guest>,
}

impl Seat {
    pub(super) fn guest(&self) -> &Arc<Guest> {
        &self.guest
    }

    pub(super) fn seats(&self) -> &Seats {
        &self.seats
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats
            .taken()
            .guests
            .remove(&self.number);
        self.seats.hand_out();
    }
}

/// The seats of a process whose services ask each other.
#[derive(Debug)]
pub struct House {
    /// For those who come to the services, and for those who come to the visitors' agent: as many for the one as for the other.
    pub visitors: Seats,
    /// See `visitors`.
    pub agent: Seats,
    /// For the services' calls to each other. There are as many as all visitors' requests can need at the same time, so that no
    /// call waits for a seat that another call holds which waits in turn.
    pub inside: Seats,
}

impl House {
    /// As many as this process can have.
    ///
    /// # Errors
    /// [`TooFewDescriptors`].
    pub fn of_this_process() -> Result<Self, TooFewDescriptors> {
        let most = most_of(limit(), DESCRIPTORS_OF_A_VISITOR)?;
        Ok(Self {
            visitors: Seats::new(most),
            agent: Seats::new(most).with_deadlines(Deadlines::for_large_files()),
            inside: Seats::new(most * CALLS_OF_A_VISITOR),
        })
    }
}

/// A visitor's own, one in the porch, half a one in the gate, and one for a call to a service elsewhere.
const DESCRIPTORS_ALONE: u64 = 4;
/// Each request of a visitor has another service called, which calls a third one at the most.
const CALLS_OF_A_VISITOR: usize = 2;
/// A visitor's own, one in the porch and half a one in the gate, the same at the agent's, and for each call that of him who asks and that of
/// him who is asked.
const DESCRIPTORS_OF_A_VISITOR: u64 = 5 + 2 * CALLS_OF_A_VISITOR as u64;

/// How many files this process may have open.
fn limit() -> u64 {
    getrlimit(Resource::Nofile)
        .current
        .unwrap_or(u64::MAX)
}

/// As many seats as there can be when each is worth so many descriptors.
fn most_of(limit: u64, descriptors: u64) -> Result<usize, TooFewDescriptors> {
    let most = limit.saturating_sub(RESERVED) / descriptors;
    if most < FEWEST {
        let needed = RESERVED + FEWEST * descriptors;
        return Err(TooFewDescriptors { limit, needed });
    }
    // It is at most MOST.
    Ok(usize::try_from(most.min(MOST)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_and_calls_between_services_keep_their_descriptors() {
        for (limit, descriptors) in [(1_024, 1), (1_024, 8), (4_096, 8), (u64::MAX, 8)] {
            let most = u64::try_from(most_of(limit, descriptors).unwrap()).unwrap();
            assert!((FEWEST..=MOST).contains(&most));
            assert!(RESERVED + most * descriptors <= limit);
        }
    }

    #[test]
    fn the_agent_of_a_house_has_time_for_the_largest_files_and_no_other_service() {
        let house = House::of_this_process().unwrap();
        let seconds = (16 << 30) / 10_000_000;
        assert!(house.agent.deadlines.body.as_secs() >= seconds);
        for others in [&house.visitors, &house.inside] {
            assert_eq!(others.deadlines, Deadlines::default());
        }
        // It is what lasts, and not a sender that pauses.
        assert_eq!(
            house.agent.deadlines.body_pause,
            Deadlines::default().body_pause
        );
    }

    #[test]
    fn too_few_descriptors_are_refused_with_the_number_that_suffices() {
        for descriptors in [1, DESCRIPTORS_ALONE, DESCRIPTORS_OF_A_VISITOR] {
            let refused = most_of(256, descriptors).unwrap_err();
            assert_eq!(refused.limit, 256);
            assert!(most_of(refused.needed, descriptors).is_ok());
            assert!(most_of(refused.needed - 1, descriptors).is_err());
        }
    }
}
