//! The store: one database in service.

use crate::{
    Guard, Migration, OpenFailure, Opening, Position, Row, StoreError, Transaction, Value,
    chain::Keeper,
    connection::Address,
    dialect::Dialect,
    guarded,
    lane::Lane,
    location::HeldFile,
    migration,
    opening::Held,
    probe::Pulse,
    statement, tenure,
    writer::{Turn, Writer},
};
use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::runtime::Handle;

/// Readers of a store at once.
const READERS: u32 = 4;

/// One database in service. Clones are handles to the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    /// Readers of this handle's own.
    lane: Option<Arc<Lane>>,
}

pub(crate) struct Inner {
    address: Arc<Address>,
    readers: Lane,
    writer: Writer,
    file: Option<HeldFile>,
    told: Arc<Mutex<Option<Position>>>,
    pulse: Arc<Pulse>,
    is_closed: AtomicBool,
    /// Besides `readers`; closed with them.
    lanes: Mutex<Vec<Arc<Lane>>>,
    runtime: Handle,
}

impl Store {
    /// Takes a database into service and brings it to the newest migration.
    ///
    /// `url` is `sqlite://` and an absolute path, taken literally (created when absent, with mode 0600; its folder must
    /// exist), or `postgres://…`. `migrations` stand in ascending order of version; each is applied once, in a transaction of
    /// its own, and recorded with a digest of its text. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the database cannot be taken into service, for example because another process has it;
    /// [`StoreError::MigrationChanged`], [`StoreError::MigrationUnknown`] and [`StoreError::MigrationOrder`] when the
    /// migrations and the database do not fit; whatever a migration's statement provokes.
    pub async fn open(url: &str, migrations: &'static [Migration]) -> Result<Self, StoreError> {
        Opening::of(url, migrations)
            .open()
            .await
    }

    /// [`Store::open`], and nobody takes the database back unnoticed from then on (see [`Guard`]). One that is guarded for the first time
    /// begins its first life.
    ///
    /// # Errors
    /// Those of [`Store::open`]; [`StoreError::Open`] with [`OpenFailure::RolledBack`], [`OpenFailure::Forked`],
    /// [`OpenFailure::CheckpointMissing`] or [`OpenFailure::CheckpointDamaged`] when the database is not provably the one that was left,
    /// unless the guard accepts a restore; [`StoreError::Checkpoint`] when the file cannot be written.
    pub async fn open_guarded(
        url: &str,
        migrations: &'static [Migration],
        guard: Guard,
    ) -> Result<Self, StoreError> {
        Opening::of(url, migrations)
            .guarded_by(guard)
            .open()
            .await
    }

    pub(crate) async fn take(opening: Opening<'_>) -> Result<Self, StoreError> {
        let Held {
            address,
            file,
            writer,
        } = opening.hold().await?;
        let store = Self {
            inner: Arc::new(Inner {
                writer,
                readers: Lane::open(Arc::clone(&address), READERS)
                    .await
                    .map_err(OpenFailure::from)?,
                address,
                file,
                told: Arc::default(),
                pulse: Arc::new(Pulse::new()),
                is_closed: AtomicBool::new(false),
                lanes: Mutex::default(),
                runtime: Handle::current(),
            }),
            lane: None,
        };
        let ready = store.make_ready(&opening);
        match ready.await {
            Ok(()) => {
                if let Some(file) = &store.inner.file {
                    file.sync_folder()?;
                }
                Ok(store)
            }
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    async fn make_ready(&self, opening: &Opening<'_>) -> Result<(), StoreError> {
        migration::run_own(self).await?;
        tenure::refuse_anothers(self, opening.owner).await?;
        migration::refuse_others(self, opening.migrations).await?;
        let tenure = tenure::begin(self, opening.owner).await?;
        if !self.is_shared() {
            self.inner.writer.hold(tenure).await;
            if let Some(guard) = &opening.guard {
                guarded::install(self, guard, opening.place.as_deref()).await?;
            }
        }
        migration::run(self, opening.migrations).await
    }

    /// Whether other processes may have it in service too: what was read before may be old.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.inner.address.is_shared
    }

    /// Waits for its turn and begins the one writing transaction. Waiters are served in the order they came.
    ///
    /// # Errors
    /// [`StoreError::Busy`] after 30 seconds without a turn, or when another program holds the file;
    /// [`StoreError::Machine`] when the machine under the database refuses; [`StoreError::Closed`] after [`Store::close`].
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        Transaction::begin(self).await
    }

    /// The rows of a query, as committed when it starts. Writing is refused here.
    ///
    /// # Errors
    /// [`StoreError::QuestionMark`], [`StoreError::Busy`], [`StoreError::Machine`], [`StoreError::Database`] and
    /// [`StoreError::Closed`].
    pub async fn rows(
        &self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let lane = self
            .lane
            .as_deref()
            .unwrap_or(&self.inner.readers);
        let mut reader = lane.reader().await?;
        loop {
            let connection = reader.connection()?;
            let read = statement::rows(connection, self.dialect(), sql, parameters).await;
            match read {
                // It may have been lost while it was idle. Reading again does no harm.
                Err(StoreError::Machine { .. }) if reader.was_idle => reader.renew().await?,
                Err(error) => {
                    if !error.spares_the_connection() {
                        reader.discard().await;
                    }
                    return Err(error);
                }
                Ok(rows) => return Ok(rows),
            }
        }
    }

    /// The first row of a query, none if it has none.
    ///
    /// # Errors
    /// Those of [`Store::rows`].
    pub async fn row(
        &self,
        sql: &'static str,
        parameters: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        let rows = self.rows(sql, parameters).await?;
        Ok(rows.into_iter().next())
    }

    /// A handle to the same store that reads through `size` connections of its own: whoever reads much elsewhere does not keep it waiting.
    ///
    /// # Errors
    /// [`StoreError::Machine`] and [`StoreError::Open`] when the first of them cannot be made.
    pub async fn lane(&self, size: u32) -> Result<Self, StoreError> {
        let lane = Arc::new(Lane::open(Arc::clone(&self.inner.address), size).await?);
        self.lanes().push(Arc::clone(&lane));
        Ok(Self {
            inner: Arc::clone(&self.inner),
            lane: Some(lane),
        })
    }

    /// Takes the database out of service: waits for transactions under way, closes the connections and releases the lock.
    /// Other clones of this handle refuse from then on.
    pub async fn close(self) {
        self.inner
            .is_closed
            .store(true, Ordering::Release);
        self.inner.readers.close().await;
        let lanes = std::mem::take(&mut *self.lanes());
        for lane in lanes {
            lane.close().await;
        }
        // Last, so that SQLite folds the write-ahead log into the file.
        self.inner.writer.close().await;
        if let Some(file) = &self.inner.file {
            file.release();
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.inner.address.dialect
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.inner.runtime
    }

    /// The database's file, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.inner
            .file
            .as_ref()
            .map(|file| file.path.as_path())
    }

    /// Where the keeper tells how far the database has come.
    pub(crate) fn told(&self) -> Arc<Mutex<Option<Position>>> {
        Arc::clone(&self.inner.told)
    }

    pub(crate) fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.inner.pulse)
    }

    /// For a task that must not keep the store in service.
    pub(crate) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.inner)
    }

    pub(crate) fn upgrade(inner: &Weak<Inner>) -> Option<Self> {
        Some(Self {
            inner: inner.upgrade()?,
            lane: None,
        })
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Arc<Lane>>> {
        self.inner
            .lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn guard_by(&self, keeper: Keeper) {
        self.inner.writer.guard_by(keeper).await;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.inner
            .is_closed
            .load(Ordering::Acquire)
    }

    pub(crate) async fn turn(&self) -> Result<Turn, StoreError> {
        let begun = self.inner.writer.begin().await;
        if let Err(error) = &begun {
            self.inner.pulse.note(error);
        }
        begun
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("Store")
            .field("dialect", &self.dialect())
            .finish_non_exhaustive()
    }
}
