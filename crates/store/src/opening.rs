//! How a database is to be taken into service.

use crate::{
    Guard, Migration, OpenFailure, Store, StoreError,
    connection::Address,
    dialect::Dialect,
    location::{HeldFile, Location},
    writer::Writer,
};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// Who stands by tries so often whether a SQLite file is free. PostgreSQL is waited for in the server.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// Told again and again, with how long it has been waited, as long as another process has the database in service.
type Told = Box<dyn Fn(Duration) + Send + Sync>;

/// What [`Store::open`] and [`Store::open_guarded`] do, with all that can be said about it.
pub struct Opening<'a> {
    url: &'a str,
    pub(crate) migrations: &'static [Migration],
    pub(crate) guard: Option<Guard>,
    pub(crate) place: Option<PathBuf>,
    pub(crate) owner: Option<&'a str>,
    is_shared: bool,
    told: Option<Told>,
}

/// A database that no other process can have.
pub(crate) struct Held {
    pub(crate) address: Arc<Address>,
    pub(crate) file: Option<HeldFile>,
    pub(crate) writer: Writer,
}

impl<'a> Opening<'a> {
    /// That of the database at `url`, to be brought to the newest of `migrations`.
    #[must_use]
    pub fn of(url: &'a str, migrations: &'static [Migration]) -> Self {
        Self {
            url,
            migrations,
            guard: None,
            place: None,
            owner: None,
            is_shared: false,
            told: None,
        }
    }

    /// Nobody takes it back unnoticed from then on.
    #[must_use]
    pub fn guarded_by(mut self, guard: Guard) -> Self {
        self.guard = Some(guard);
        self
    }

    /// Where the file of a SQLite database would be. Beside this place, a guarded database that has no file of its own keeps its checkpoint,
    /// so that this machine notices when its server is restored. It is for a database that processes of this machine alone have in service:
    /// what another one had committed would pass for another history.
    #[must_use]
    pub fn placed_at(mut self, place: PathBuf) -> Self {
        self.place = Some(place);
        self
    }

    /// Whose database it is. The first name given is recorded in it, and every other one is refused from then on.
    #[must_use]
    pub fn owned_by(mut self, owner: &'a str) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Other processes may have it in service at the same time, who say so too, where it is on a server; a SQLite file is one process's as
    /// ever. Each transaction is alone all the same, also among those of other processes; what this one has read before may be old. Nobody
    /// guards a shared database: a checkpoint here would not know what another process commits.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.is_shared = true;
        self
    }

    /// As long as another process has the database in service, it is waited for, and this is told how long, some times a minute at least.
    #[must_use]
    pub fn standing_by(mut self, told: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        self.told = Some(Box::new(told));
        self
    }

    /// Takes the database into service. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// Those of [`Store::open_guarded`]; [`StoreError::Open`] with [`OpenFailure::Anothers`] where somebody else is its owner.
    pub async fn open(self) -> Result<Store, StoreError> {
        Store::take(self).await
    }

    /// Holds the database, or waits until it can.
    pub(crate) async fn hold(&self) -> Result<Held, StoreError> {
        let since = Instant::now();
        loop {
            let refused = match hold(self.url, self.is_shared).await {
                Err(refused) => refused,
                held => return held,
            };
            match &self.told {
                Some(told) if refused.is_in_use() => told(since.elapsed()),
                _ => return Err(refused),
            }
            sleep(TRY_EVERY).await;
        }
    }
}

async fn hold(url: &str, is_shared: bool) -> Result<Held, StoreError> {
    let (dialect, file, url) = match Location::parse(url)? {
        Location::Sqlite(path) => {
            let file = HeldFile::take(&path)?;
            let url = file.url();
            (Dialect::Sqlite, Some(file), url)
        }
        Location::Postgres(url) => (Dialect::Postgres, None, url),
    };
    let is_shared = is_shared && dialect == Dialect::Postgres;
    let address = Arc::new(Address::new(&url, dialect, is_shared)?);
    let writer = Writer::open(Arc::clone(&address))
        .await
        .map_err(OpenFailure::from)?;
    Ok(Held {
        address,
        file,
        writer,
    })
}

impl std::fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("Opening")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}
