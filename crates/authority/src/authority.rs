//! The authority as a whole: its store, its keys, and what it counts.

use crate::{
    AuthorityError, Ceremony, VerifiedLog,
    committer::{Committer, Job},
    crl::Publishing,
    generations::Renewal,
    log,
    relay::Sessions,
    sql,
    standing::Standing,
    witness::Witnessing,
};
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::Random;
use shirushi_store::{Health, Row, Store, Tally};
use std::sync::Arc;

/// Readers for OCSP alone.
const ANSWERERS: u32 = 2;

/// The certification authority. Clones share everything.
#[derive(Clone)]
pub struct Authority {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    store: Store,
    /// Readers of their own for what OCSP asks.
    answers: Store,
    totals: Tally,
    ceremony: Arc<Ceremony>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    committer: Committer,
    sessions: Sessions,
    publishing: Publishing,
    witnessing: Witnessing,
    standing: Standing,
    renewal: Renewal,
}

/// How much the authority has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Applications received.
    pub applications: i64,
    /// Certificates issued.
    pub certificates: i64,
    /// Certificates that are live.
    pub live: i64,
    /// Revocation records.
    pub revocations: i64,
    /// Intents neither issued nor closed.
    pub open_intents: i64,
}

impl Authority {
    /// Opens the authority over its store (with [`crate::MIGRATIONS`] applied) and closes what a crash left open.
    ///
    /// # Errors
    /// [`AuthorityError::Store`], [`AuthorityError::Damaged`]; [`AuthorityError::KeysLost`] when a key that was in use is gone.
    pub async fn open(
        store: Store,
        ceremony: Arc<Ceremony>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, AuthorityError> {
        let (committer, jobs) = Committer::new();
        let answers = store.lane(ANSWERERS).await?;
        let totals = Tally::new(&store, sql::TOTALS);
        let authority = Self {
            inner: Arc::new(Inner {
                answers,
                totals,
                store,
                ceremony,
                clock,
                random,
                committer,
                sessions: Sessions::default(),
                publishing: Publishing::default(),
                witnessing: Witnessing::default(),
                standing: Standing::default(),
                renewal: Renewal::default(),
            }),
        };
        authority.begin_lives().await?;
        authority.read_trouble().await?;
        authority.look_over().await?;
        authority.know_keys().await?;
        let closed = authority.close_open_intents().await?;
        if closed > 0 {
            tracing::warn!(
                closed,
                "intents left open were closed as issued and revoked"
            );
        }
        authority.note_older_keys().await?;
        authority.spawn_committer(jobs);
        Ok(authority)
    }

    /// The authority's keys and certificates.
    #[must_use]
    pub fn ceremony(&self) -> &Ceremony {
        &self.inner.ceremony
    }

    /// Counts of what is stored.
    ///
    /// # Errors
    /// [`AuthorityError::Store`].
    pub async fn totals(&self) -> Result<Totals, AuthorityError> {
        let row = self
            .store()
            .row(sql::TOTALS, &[self.now().unix().into()])
            .await?
            .ok_or(AuthorityError::Damaged { what: "totals" })?;
        totals(&row)
    }

    /// The same for anybody who asks, however often: a second old at most.
    ///
    /// # Errors
    /// [`AuthorityError::Store`].
    pub async fn totals_tally(&self) -> Result<Totals, AuthorityError> {
        let row = self
            .inner
            .totals
            .row(&[self.now().unix().into()])
            .await?;
        totals(&row)
    }

    /// Reads the whole log back and recomputes its root.
    ///
    /// # Errors
    /// [`AuthorityError::Damaged`] at the first leaf that does not fit.
    pub async fn verify_log(&self) -> Result<VerifiedLog, AuthorityError> {
        log::verify(self.store()).await
    }

    /// Whether its store can be written.
    #[must_use]
    pub fn health(&self) -> Health {
        self.store().health()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The store for what OCSP asks, which waits for no other reader.
    pub(crate) fn answers(&self) -> &Store {
        &self.inner.answers
    }

    pub(crate) fn renewal(&self) -> &Renewal {
        &self.inner.renewal
    }

    pub(crate) fn shared_ceremony(&self) -> Arc<Ceremony> {
        Arc::clone(&self.inner.ceremony)
    }

    pub(crate) fn shared_random(&self) -> Arc<dyn Random> {
        Arc::clone(&self.inner.random)
    }

    pub(crate) fn now(&self) -> Instant {
        self.inner.clock.now()
    }

    pub(crate) fn random(&self) -> &dyn Random {
        self.inner.random.as_ref()
    }

    pub(crate) fn committer(&self) -> &Committer {
        &self.inner.committer
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    pub(crate) fn witnessing(&self) -> &Witnessing {
        &self.inner.witnessing
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.inner.standing
    }

    pub(crate) fn publishing(&self) -> &Publishing {
        &self.inner.publishing
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    pub(crate) fn from_inner(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    /// The task that issues. It holds no strong handle while it waits, so the authority can be dropped.
    fn spawn_committer(&self, mut jobs: tokio::sync::mpsc::Receiver<Job>) {
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while jobs
                .recv_many(&mut batch, crate::committer::LARGEST_BATCH)
                .await
                > 0
            {
                let Some(inner) = inner.upgrade() else { break };
                let authority = Self { inner };
                authority
                    .issue_batch(std::mem::take(&mut batch))
                    .await;
            }
        });
    }
}

fn totals(row: &Row) -> Result<Totals, AuthorityError> {
    Ok(Totals {
        applications: row.integer("applications")?,
        certificates: row.integer("certificates")?,
        live: row.integer("live")?,
        revocations: row.integer("revocations")?,
        open_intents: row.integer("open_intents")?,
    })
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .finish_non_exhaustive()
    }
}
