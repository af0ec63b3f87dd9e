//! Before the door: connections whose request's head has not come yet. They cost a descriptor each, and nothing else.
//!
//! Whoever sends heads that never end fills the porch and no seat, and is pushed out of it by those who come after.

use super::connection::{Connection, Sent};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout, timeout_at},
};

/// Nobody is pushed out sooner. Clients send the head with the acknowledgement of the connection, or right after it.
pub(super) const JUST_COME: Duration = Duration::from_millis(10);
/// While nobody can be pushed out, it is looked again so much later.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// This part of the porch is cleared at once when it is full: one by one would take a turn of the scheduler each.
const CLEARED: usize = 4;

/// The porch of one service. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub(super) struct Porch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    head: Duration,
    places: Mutex<Places>,
    /// A place has become free.
    left: Notify,
}

#[derive(Debug, Default)]
struct Places {
    next: u64,
    /// The oldest first.
    taken: BTreeMap<u64, Arc<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    state: Mutex<State>,
    leave: Notify,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    MayGo,
    /// Has sent a whole request, and waits for a seat.
    Stays,
    Goes,
}

/// A place in the porch; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    porch: Porch,
    number: u64,
    waiting: Arc<Waiting>,
}

impl Porch {
    /// For at most `most`, who have so much time for a head.
    pub(super) fn new(most: usize, head: Duration) -> Self {
        Self(Arc::new(Inner {
            most,
            head,
            places: Mutex::default(),
            left: Notify::new(),
        }))
    }

    /// A place. When all are taken, the oldest who have not sent a whole request are pushed out; when nobody can be, it is waited for.
    pub(super) async fn enter(&self) -> Place {
        loop {
            {
                let mut places = self.places();
                if places.taken.len() < self.0.most {
                    let number = places.next;
                    places.next += 1;
                    let waiting = Arc::new(Waiting {
                        since: Instant::now(),
                        state: Mutex::new(State::MayGo),
                        leave: Notify::new(),
                    });
                    places
                        .taken
                        .insert(number, Arc::clone(&waiting));
                    return Place {
                        porch: self.clone(),
                        number,
                        waiting,
                    };
                }
            }
            self.push_out(JUST_COME);
            // Elapsed or not: one looks again.
            let _ = timeout(LOOK_AGAIN, self.0.left.notified()).await;
        }
    }

    /// Whether who comes now would have another one pushed out.
    pub(super) fn is_full(&self) -> bool {
        self.places().taken.len() >= self.0.most
    }

    /// Has the oldest leave who have waited for so long.
    pub(super) fn push_out(&self, waited: Duration) {
        let places = self.places();
        places
            .taken
            .values()
            .take_while(|waiting| waiting.since.elapsed() >= waited)
            .filter(|waiting| waiting.goes())
            .take(self.0.most.div_ceil(CLEARED))
            .for_each(|waiting| waiting.leave.notify_one());
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.0
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Decides that it goes, if it may.
    fn goes(&self) -> bool {
        let mut state = self.state();
        let may_go = *state == State::MayGo;
        if may_go {
            *state = State::Goes;
        }
        may_go
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until the peer of `connection`, who has this place and has sent so much, has sent a head. None when it does not in time, has ended the connection, or is
    /// pushed out. Nobody is who has sent a whole request, also when nobody had looked before it was decided.
    pub(super) async fn sends_a_head(&self, connection: &Connection, sent: Sent) -> Option<Sent> {
        let deadline = self.waiting.since + self.porch.0.head;
        let mut sent = match sent {
            Sent::Little(bytes) => tokio::select! {
                sent = timeout_at(deadline, connection.sends_a_head(bytes)) => sent.ok()??,
                () = self.pushed_out() => sent,
            },
            sent => sent,
        };
        let mut state = self.waiting.state();
        if sent != Sent::All && *state == State::Goes {
            sent = connection.has_sent()?;
        }
        match sent {
            Sent::All => *state = State::Stays,
            Sent::Head | Sent::Little(_) if *state == State::Goes => return None,
            Sent::Head | Sent::Little(_) => {}
        }
        Some(sent)
    }

    /// Resolves when it is to leave, and does not stay.
    pub(super) async fn pushed_out(&self) {
        loop {
            self.waiting.leave.notified().await;
            if *self.waiting.state() == State::Goes {
                return;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.porch
            .places()
            .taken
            .remove(&self.number);
        self.porch.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::AsyncWriteExt as _,
        net::{TcpListener, TcpStream},
    };

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n";

    async fn pair() -> (TcpStream, Connection) {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap());
        let (peer, accepted) = tokio::join!(peer, listener.accept());
        (peer.unwrap(), Connection::new(accepted.unwrap().0))
    }

    #[tokio::test]
    async fn who_has_sent_a_whole_request_stays_also_when_nobody_had_looked() {
        let porch = Porch::new(2, Duration::from_secs(60));
        for (rest, expected) in [(&b"\r\n"[..], Some(Sent::All)), (b"", None)] {
            let (mut peer, connection) = pair().await;
            let place = porch.enter().await;
            let sends = place.sends_a_head(&connection, Sent::Little(0));
            let comes = async {
                // In one go: the other side has not looked yet.
                peer.write_all(&[HEAD, rest].concat())
                    .await
                    .unwrap();
                porch.push_out(Duration::ZERO);
            };
            // It waits already when the other one begins.
            let (sent, ()) = tokio::join!(biased; sends, comes);
            assert_eq!(sent, expected);
            porch.push_out(Duration::ZERO);
            let state = *place.waiting.state();
            assert_eq!(state == State::Stays, expected.is_some());
        }
    }
}
