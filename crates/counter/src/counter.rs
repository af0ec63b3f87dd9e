//! The counter as a whole: its store, its clock, and the two services it asks.

use crate::{
    CounterError, kept::Kept, keys::HeardOfKeys, officers::PARTY, peers::Peers, retirement::Asked,
    sql,
};
use shirushi_accounts::Accounts;
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::Random;
use shirushi_peers::Peer;
use shirushi_store::{Store, Tally};
use shirushi_web::Check;
use std::sync::Arc;

/// Where the other parties are, and how the counter is known to them.
#[derive(Clone, Debug)]
pub struct CounterConfig {
    /// The resident register, which knows this client for the counter; its routes begin with `/register`.
    pub register: Peer,
    /// The authority, which does too; its routes begin with `/authority`.
    pub authority: Peer,
}

/// The counter of one or more municipalities: an officer sees their own one's applications.
#[derive(Debug)]
pub struct Counter {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) peers: Peers,
    pub(crate) accounts: Accounts,
    /// How many applications the authority is not known to have.
    recorded: Tally,
    pub(crate) asked: Asked,
    pub(crate) heard_of_keys: HeardOfKeys,
}

impl Counter {
    /// Opens the counter over its store (with [`crate::MIGRATIONS`] applied). Neither of the other parties need be up.
    ///
    /// # Errors
    /// [`CounterError::Store`], [`CounterError::Crypto`].
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        config: CounterConfig,
    ) -> Result<Arc<Self>, CounterError> {
        Ok(Arc::new(Self {
            peers: Peers::new(config, Kept::new(store.clone(), Arc::clone(&clock))),
            accounts: Accounts::new(
                store.clone(),
                Arc::clone(&clock),
                Arc::clone(&random),
                &PARTY,
            )
            .await?,
            recorded: Tally::new(&store, sql::COUNT_RECORDED),
            asked: Asked::default(),
            heard_of_keys: HeardOfKeys::default(),
            store,
            clock,
            random,
        }))
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// What the status page shows: whether the database answers, and how many applications the authority is not known to have.
    pub(crate) async fn look(&self) -> Vec<Check> {
        let waiting = async {
            self.recorded
                .row(&[])
                .await?
                .integer("recorded")
        };
        let (ok, seen) = match waiting.await {
            Ok(count) => (
                true,
                format!("applications not yet received by the authority: {count}"),
            ),
            Err(_) => (false, "the database does not answer".to_owned()),
        };
        vec![
            Check {
                name: "database".to_owned(),
                ok,
                seen,
            },
            Check::writing(&self.store.health()),
        ]
    }
}

impl Counter {
    pub(crate) fn kept(&self) -> &Kept {
        self.peers.kept()
    }
}
