//! Lanes: work that takes a processor or much memory is done by a few at once, and nobody waits with more than a share of it.

use rustix::process::setpriority_process;
use shirushi_rules::{NOT_TOO_MUCH_AT_ONCE, Refusal};
use std::{
    collections::HashMap,
    panic::resume_unwind,
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{JoinError, spawn_blocking},
};

/// How nice a thread is that works in the background, of 19.
const NICE: i32 = 10;

/// A lane. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Lane(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    at_once: Arc<Semaphore>,
    of_one: usize,
    is_background: bool,
    places: Mutex<HashMap<[u8; 32], usize>>,
}

/// A turn in a lane; the next one's begins when it is dropped.
#[derive(Debug)]
pub struct Turn {
    place: Place,
    _at_once: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Place {
    lane: Lane,
    who: [u8; 32],
}

impl Lane {
    /// A lane in which `at_once` have their turn at the same time, and one and the same holds `of_one` places, waiting or having
    /// it.
    #[must_use]
    pub fn new(at_once: usize, of_one: usize) -> Self {
        Self::of(at_once, of_one, false)
    }

    /// The same for strangers: what is done in their turn ([`Turn::work`]) leaves the processors to everybody else.
    #[must_use]
    pub fn in_the_background(at_once: usize, of_one: usize) -> Self {
        Self::of(at_once, of_one, true)
    }

    fn of(at_once: usize, of_one: usize, is_background: bool) -> Self {
        Self(Arc::new(Inner {
            at_once: Arc::new(Semaphore::new(at_once)),
            of_one,
            is_background,
            places: Mutex::default(),
        }))
    }

    /// Waits for the turn of `who`, the hash of a name. Those whom nobody can tell apart have one name.
    ///
    /// # Errors
    /// A [`Refusal`] by `NOT_TOO_MUCH_AT_ONCE` when all places of `who` are taken.
    pub async fn turn(&self, who: [u8; 32]) -> Result<Turn, Refusal> {
        let refused = || NOT_TOO_MUCH_AT_ONCE.refusal([]);
        let place = self.place(who).ok_or_else(refused)?;
        let at_once = Arc::clone(&self.0.at_once)
            .acquire_owned()
            .await
            .map_err(|_| refused())?;
        Ok(Turn {
            place,
            _at_once: at_once,
        })
    }

    fn place(&self, who: [u8; 32]) -> Option<Place> {
        let mut places = self
            .0
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let taken = places.entry(who).or_default();
        if *taken >= self.0.of_one {
            return None;
        }
        *taken += 1;
        Some(Place {
            lane: self.clone(),
            who,
        })
    }
}

impl Turn {
    /// Does work that takes a processor, in a thread where nobody waits for it, and gives the turn back. Both go on to the work's end when its
    /// asker has gone.
    ///
    /// # Errors
    /// [`JoinError`] when the work panicked, or the process ends.
    pub async fn work<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Self), JoinError> {
        spawn_blocking(move || {
            let done = if self.place.lane.0.is_background {
                in_the_background(work)
            } else {
                work()
            };
            (done, self)
        })
        .await
    }
}

/// In a thread of its own, for none becomes less nice again.
fn in_the_background<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let done = thread::scope(|scope| {
        scope
            .spawn(|| {
                // A system that does not allow it has it done as everything else is.
                let _ = setpriority_process(None, NICE);
                work()
            })
            .join()
    });
    done.unwrap_or_else(|panic| resume_unwind(panic))
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self
            .lane
            .0
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = places.get_mut(&self.who) {
            *taken -= 1;
            if *taken == 0 {
                places.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_strangers_have_done_leaves_the_processors_to_others() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        for (lane, expected) in [
            (Lane::new(1, 1), nice()),
            (Lane::in_the_background(1, 1), nice().max(NICE)),
        ] {
            let turn = lane.turn([1; 32]).await.unwrap();
            let (found, turn) = turn.work(nice).await.unwrap();
            assert_eq!(found, expected);
            assert!(lane.turn([1; 32]).await.is_err());
            drop(turn);
            assert!(lane.turn([1; 32]).await.is_ok());
        }
    }

    #[tokio::test]
    async fn one_holds_no_more_than_their_places_and_the_next_waits_for_the_one_before() {
        let lane = Lane::new(1, 3);
        let running = lane.turn([1; 32]).await.unwrap();
        let waiting = [1, 1, 2].map(|who| {
            let lane = lane.clone();
            tokio::spawn(async move { lane.turn([who; 32]).await.map(drop) })
        });
        while lane
            .0
            .places
            .lock()
            .unwrap()
            .values()
            .sum::<usize>()
            < 4
        {
            tokio::task::yield_now().await;
        }
        let refused = lane.turn([1; 32]).await.unwrap_err();
        assert_eq!(refused.rule().id, NOT_TOO_MUCH_AT_ONCE.id);
        assert!(
            waiting
                .iter()
                .all(|waiting| !waiting.is_finished())
        );
        drop(running);
        for waited in waiting {
            waited.await.unwrap().unwrap();
        }
        assert!(lane.0.places.lock().unwrap().is_empty());
    }
}
