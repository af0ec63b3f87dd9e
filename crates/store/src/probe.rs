//! Whether the store can be written, looked at before anybody needs it.

use crate::{Store, StoreError, store::Inner};
use std::{
    error::Error as _,
    sync::{Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};

pub(crate) const TABLES: &[&str] = &[
    "CREATE TABLE store_probe (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), times INTEGER NOT NULL) STRICT",
];

const PROBE: &str = "INSERT INTO store_probe (one, times) VALUES (1, 1) \
     ON CONFLICT (one) DO UPDATE SET times = store_probe.times + 1";

/// How soon a store that cannot be written is tried again, if its interval is not shorter still.
const AFTER_A_FAILURE: Duration = Duration::from_secs(1);

/// A probe that is so many intervals old has got stuck.
const MISSED: u32 = 3;

/// Whether a store can be written, and since when that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// What the last try came to: what is wrong if it failed, for anybody to read. None before the first.
    pub outcome: Option<Result<(), String>>,
    /// How long ago that was.
    pub age: Duration,
    /// Whether the tries go on as they should.
    pub is_on_time: bool,
}

/// What is known of it.
pub(crate) struct Pulse {
    last: Mutex<Last>,
    /// Wakes the prober after a failure.
    failed: Notify,
    /// Whether another process has taken the database over.
    superseded: watch::Sender<bool>,
}

struct Last {
    outcome: Option<Result<(), String>>,
    at: Instant,
    interval: Option<Duration>,
}

impl Health {
    /// Whether the last try succeeded, lately.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.is_on_time && !matches!(self.outcome, Some(Err(_)))
    }
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self {
            last: Mutex::new(Last {
                outcome: None,
                at: Instant::now(),
                interval: None,
            }),
            failed: Notify::new(),
            superseded: watch::Sender::new(false),
        }
    }

    /// Takes down that the machine refused, if it did, and has that looked into at once.
    pub(crate) fn note(&self, error: &StoreError) {
        if let StoreError::Machine { .. } | StoreError::Checkpoint { .. } = error {
            self.set(Err(told(error)));
            self.failed.notify_one();
        }
        if let StoreError::Superseded = error {
            self.superseded.send_replace(true);
        }
    }

    fn set(&self, outcome: Result<(), String>) {
        let mut last = self.last();
        last.outcome = Some(outcome);
        last.at = Instant::now();
    }

    fn health(&self) -> Health {
        let last = self.last();
        let age = last.at.elapsed();
        Health {
            outcome: last.outcome.clone(),
            age,
            is_on_time: last
                .interval
                .is_none_or(|interval| age <= interval * MISSED),
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Whether it can be written: what the last try came to, be it a probe's or anybody's that the machine refused.
    #[must_use]
    pub fn health(&self) -> Health {
        self.pulse().health()
    }

    /// Writes and syncs a row now, at each interval, and soon after a failure, as long as the store is in service.
    pub async fn probe_every(&self, interval: Duration) {
        self.pulse().last().interval = Some(interval);
        let pause = self.probe_and_tell(interval).await;
        self.runtime()
            .spawn(probe_for_ever(self.downgrade(), interval, pause));
    }

    /// Resolves when it has been noticed that another process has taken the database over: what this one holds in memory counts for
    /// nothing any more, and it had better end. Who probes notices it by itself.
    pub async fn superseded(&self) {
        let mut superseded = self.pulse().superseded.subscribe();
        // The sender is this store's own, and there as long as this is.
        let _ = superseded
            .wait_for(|is_so| *is_so)
            .await;
    }

    /// Writes and syncs a row.
    ///
    /// # Errors
    /// Those of [`Store::begin`] and [`crate::Transaction::commit`].
    pub async fn probe(&self) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        transaction.execute(PROBE, &[]).await?;
        transaction.commit().await
    }

    /// Probes, takes down what that came to, and says how long to wait for the next.
    async fn probe_and_tell(&self, interval: Duration) -> Duration {
        match self.probe().await {
            Ok(()) => {
                if matches!(self.health().outcome, Some(Err(_))) {
                    tracing::warn!("the store can be written again");
                }
                self.pulse().set(Ok(()));
                interval
            }
            Err(error) => {
                tracing::error!(%error, cause = error.source(), "the store cannot be written");
                self.pulse().set(Err(told(&error)));
                AFTER_A_FAILURE.min(interval)
            }
        }
    }
}

/// What is wrong, for anybody to read: no paths, and nothing that the database says.
fn told(error: &StoreError) -> String {
    match error {
        StoreError::Machine { fault } | StoreError::Checkpoint { fault } => fault.kind.to_string(),
        StoreError::Busy | StoreError::Superseded => error.to_string(),
        _ => "the database refuses".to_owned(),
    }
}

async fn probe_for_ever(inner: Weak<Inner>, interval: Duration, mut pause: Duration) {
    loop {
        let Some(store) = Store::upgrade(&inner) else {
            return;
        };
        let pulse = store.pulse();
        // It may go out of service while this waits.
        drop(store);
        let has_failed = timeout(pause, pulse.failed.notified())
            .await
            .is_ok();
        if has_failed {
            // What failed a moment ago fails again: soon, but not in a loop.
            tokio::time::sleep(AFTER_A_FAILURE.min(interval)).await;
        }
        let Some(store) = Store::upgrade(&inner) else {
            return;
        };
        if store.is_closed() {
            return;
        }
        pause = store.probe_and_tell(interval).await;
    }
}
