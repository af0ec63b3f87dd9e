//! What every role stands on: clock, randomness, its folder and database, its identity, and the ways to the others.

use crate::{Config, ConfigFault, ServeFault, keys};
use shirushi_clock::{Clock, SystemClock};
use shirushi_crypto::{Random, SystemRandom};
use shirushi_peers::{Base, Near, Peer};
use shirushi_roles::{Identity, Role};
use shirushi_store::{Guard, Migration, Store};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Longest wait of one role for another.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often each role tries whether it can write.
const PROBE: Duration = Duration::from_secs(10);

pub(crate) struct Ground {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) identity: Identity,
    pub(crate) folder: PathBuf,
    database: String,
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
        let database = match config.optional("database") {
            Some(url) => url.to_owned(),
            None => format!(
                "sqlite://{}",
                folder
                    .join(format!("{}.db", config.role()))
                    .display()
            ),
        };
        Ok(Self {
            random: Arc::new(SystemRandom),
            clock,
            identity,
            folder,
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

    /// The role's own database, guarded by a key of its own.
    pub(crate) async fn store(
        &self,
        migrations: &'static [Migration],
    ) -> Result<Store, ServeFault> {
        let guard = Guard {
            key: keys::checkpoint(&self.folder)?,
            random: self.random(),
            accept_restore: false,
        };
        let store = Store::open_guarded(&self.database, migrations, guard)
            .await
            .map_err(|error| ServeFault::database(&self.database, error))?;
        store.probe_every(PROBE).await;
        Ok(store)
    }

    /// The role at the address that `name` sets, which this one is known to by its identity.
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
        Ok(Peer::new(near, base))
    }
}
