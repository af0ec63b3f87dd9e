//! What all parties of a city stand on: clock, randomness, databases, and the secrets by which they know each other.

use crate::{TownConfig, TownError, folder, stores::Stores};
use shirushi_clock::{Clock, SandboxClock};
use shirushi_crypto::{Random, Secret, SigningKey, SystemRandom};
use shirushi_peers::Peer;
use shirushi_web::{BearerToken, Entry};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Longest wait of one party for another.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Ground<'c> {
    pub(crate) random: Arc<dyn Random>,
    pub(crate) sandbox_clock: Arc<SandboxClock>,
    pub(crate) stores: Stores<'c>,
    pub(crate) register_key: Arc<dyn SigningKey>,
    /// Where the parties reach each other.
    among_us: String,
    role_token: Secret,
    portal_token: Secret,
    folder: PathBuf,
}

impl<'c> Ground<'c> {
    pub(crate) fn prepare(config: &'c TownConfig, among_us: String) -> Result<Self, TownError> {
        let folder = &config.folder;
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let secret = |token: String| Secret::new(token.into_bytes());
        Ok(Self {
            sandbox_clock: Arc::new(SandboxClock::ahead_by(folder::clock(folder)?)),
            stores: Stores::new(folder, &config.records, Arc::clone(&random)),
            register_key: folder::register_key(folder)?,
            role_token: secret(folder::role_token(folder, random.as_ref())?),
            portal_token: secret(folder::portal_token(folder, random.as_ref())?),
            folder: folder.clone(),
            random,
            among_us,
        })
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.sandbox_clock.clone()
    }

    pub(crate) fn random(&self) -> Arc<dyn Random> {
        Arc::clone(&self.random)
    }

    /// Where statuses are asked for.
    pub(crate) fn status_base(&self) -> String {
        self.among_us.clone()
    }

    /// Any of the parties, for one that is known by nothing.
    pub(crate) fn peer(&self) -> Result<Peer, TownError> {
        Ok(Peer::plain(&self.among_us, PATIENCE)?)
    }

    /// Any of the parties, for one that is known for a role.
    pub(crate) fn role_peer(&self) -> Result<Peer, TownError> {
        Ok(Peer::bearing(&self.among_us, PATIENCE, &self.role_token)?)
    }

    /// The authority, for the portal.
    pub(crate) fn portal_peer(&self) -> Result<Peer, TownError> {
        Ok(Peer::bearing(&self.among_us, PATIENCE, &self.portal_token)?)
    }

    /// By what the roles are let in.
    pub(crate) fn roles(&self) -> Result<Entry, TownError> {
        self.entry(&self.role_token, "role-token")
    }

    /// By what the portal is.
    pub(crate) fn portal(&self) -> Result<Entry, TownError> {
        self.entry(&self.portal_token, "portal")
    }

    fn entry(&self, token: &Secret, file: &str) -> Result<Entry, TownError> {
        match BearerToken::new(token.clone()) {
            Ok(token) => Ok(Entry::Bearer(token)),
            Err(_) => Err(TownError::Damaged {
                path: self.folder.join(file),
            }),
        }
    }
}
