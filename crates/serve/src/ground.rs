//! What every role stands on: clock, randomness, its folder and database, its identity, and the ways to the others.

use crate::{Config, ConfigFault, Orders, ServeFault, keys, standing::Standing};
use shirushi_clock::{Clock, SystemClock};
use shirushi_crypto::{Random, SystemRandom};
use shirushi_peers::{Base, Near, Peer};
use shirushi_roles::{Identity, Role};
use shirushi_store::{Guard, Migration, Opening, Store, StoreError};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Once},
    time::Duration,
};

/// Longest wait of one role for another.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often each role tries whether it can write.
const PROBE: Duration = Duration::from_secs(10);

pub(crate) struct Ground {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) identity: Identity,
    pub(crate) standing: Arc<Standing>,
    pub(crate) folder: PathBuf,
    role: Role,
    database: String,
}

/// Who may have a role's database in service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Company {
    /// One process; others wait until it goes, where the database is on a server. What it knows stands there.
    Successors,
    /// Many, where the database is on a server: what they know of each other's work stands there.
    Many,
    /// One process, for it has in its memory what people have begun. Another one is refused.
    Nobody,
}

impl Company {
    fn of(role: Role) -> Self {
        match role {
            Role::Register | Role::Authority => Self::Successors,
            Role::Responder | Role::Agency => Self::Many,
            _ => Self::Nobody,
        }
    }
}

impl Ground {
    /// What there is, without making anything.
    pub(crate) fn look(config: &Config) -> Result<Self, ServeFault> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let identity = Identity::open(&config.path("identity")?, Arc::clone(&clock))?;
        if identity.own().role != config.role() {
            return Err(ServeFault::OthersIdentity {
                own: config.role(),
                identity: identity.own(),
            });
        }
        let folder = config.path("folder")?;
        let role = config.role();
        let database = match config.optional("database") {
            Some(url) => url.to_owned(),
            None => format!("sqlite://{}", file(&folder, role).display()),
        };
        Ok(Self {
            random: Arc::new(SystemRandom),
            standing: Arc::new(Standing::new(identity.clone(), Arc::clone(&clock))),
            clock,
            identity,
            folder,
            role,
            database,
        })
    }

    /// The same, and its folder is there.
    pub(crate) fn prepare(config: &Config) -> Result<Self, ServeFault> {
        let ground = Self::look(config)?;
        shirushi_files::make_folder(&ground.folder).map_err(keys::at(&ground.folder))?;
        Ok(ground)
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    pub(crate) fn random(&self) -> Arc<dyn Random> {
        Arc::clone(&self.random)
    }

    /// The role's own database, guarded by a key of its own. A start that stands by is told of to `waiting`.
    pub(crate) async fn store(
        &self,
        migrations: &'static [Migration],
        orders: Orders,
        waiting: impl Fn() + Send + Sync + 'static,
    ) -> Result<Store, ServeFault> {
        let guard = Guard {
            key: keys::checkpoint(&self.folder)?,
            random: self.random(),
            accept_restore: orders.accept_restore,
        };
        let opening = Opening::of(&self.database, migrations)
            .owned_by(self.role.as_str())
            .guarded_by(guard);
        let is_on_server = !self.database.starts_with("sqlite://");
        let opening = match Company::of(self.role) {
            Company::Successors if is_on_server => opening.standing_by(told_once(waiting)),
            // Each successor may be on a machine of its own, and a checkpoint there would be an old one.
            Company::Many if is_on_server => opening.shared(),
            Company::Successors | Company::Many => opening,
            Company::Nobody => opening.placed_at(file(&self.folder, self.role)),
        };
        let store = opening
            .open()
            .await
            .map_err(|error| self.refused(error))?;
        if !matches!(self.role, Role::Register | Role::Authority) {
            // Nobody else has to hear of it: what this role remembers of others, they tell it again.
            store
                .settle_restore()
                .await
                .map_err(|error| self.refused(error))?;
        }
        store.probe_every(PROBE).await;
        Ok(store)
    }

    /// Whether it came back from a backup, was accepted, and is not put together yet.
    pub(crate) async fn is_restored(&self, store: &Store) -> Result<bool, ServeFault> {
        let restored = store
            .restored()
            .await
            .map_err(|error| self.refused(error))?;
        Ok(restored.is_some())
    }

    /// A fault of its database.
    pub(crate) fn refused(&self, error: StoreError) -> ServeFault {
        ServeFault::database(self.role, &self.database, error)
    }

    /// The role at the address that `name` sets, which this one is known to by its identity. The status page tells whether it is there.
    pub(crate) fn peer(
        &self,
        config: &Config,
        name: &'static str,
        role: Role,
    ) -> Result<Peer, ServeFault> {
        let unfit = |source| ConfigFault::Unfit {
            name,
            value: config
                .optional(name)
                .unwrap_or_default()
                .to_owned(),
            source,
        };
        let base = Base::read_tls(config.text(name)?).map_err(|error| unfit(Box::new(error)))?;
        let near = Near::with_identity(PATIENCE, &self.identity, role)
            .map_err(|error| unfit(Box::new(error)))?;
        let peer = Peer::new(near, base);
        self.standing.add(role, peer.clone());
        Ok(peer)
    }
}

/// Where a role's database is if nothing is said; where it is on a server, its checkpoint is beside this.
fn file(folder: &Path, role: Role) -> PathBuf {
    folder.join(format!("{role}.db"))
}

/// Tells once that another process is waited for.
fn told_once(waiting: impl Fn() + Send + Sync + 'static) -> impl Fn(Duration) + Send + Sync {
    let first = Once::new();
    move |waited| {
        first.call_once(&waiting);
        tracing::debug!(seconds = waited.as_secs(), "standing by");
    }
}
