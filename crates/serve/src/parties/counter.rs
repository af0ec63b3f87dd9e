//! The municipal counter.

use super::agent;
use crate::{Config, ServeFault, ground::Ground};
use shirushi_counter::{Counter, CounterConfig, CounterParty, PagesConfig};
use shirushi_roles::Role;
use shirushi_store::Store;
use shirushi_web::{Entry, Service};

pub(crate) async fn counter(
    config: &Config,
    ground: &Ground,
    store: Store,
) -> Result<Service, ServeFault> {
    let counter_config = CounterConfig {
        register: ground.peer(config, "peers.register", Role::Register)?,
        authority: ground.peer(config, "peers.authority", Role::Authority)?,
    };
    let counter = Counter::open(store, ground.clock(), ground.random(), counter_config)
        .await
        .map_err(ServeFault::party)?;
    let pages = PagesConfig {
        origin: config.text("public.origin")?.to_owned(),
        agent: agent(config),
        is_sandbox: false,
    };
    CounterParty::of(counter, pages, Some(Entry::Roles(vec![Role::Authority])))
        .into_service()
        .map_err(ServeFault::party)
}
