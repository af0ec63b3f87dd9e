//! The resident register.

use crate::{Config, ServeFault, ground::Ground, keys};
use shirushi_register::{MIGRATIONS, OverHttp, RegisterConfig, RegisterParty};
use shirushi_roles::Role;
use shirushi_web::{Entry, Service};
use std::sync::Arc;

pub(crate) async fn register(config: &Config, ground: &Ground) -> Result<Service, ServeFault> {
    let store = ground.store(MIGRATIONS).await?;
    let authority = ground.peer(config, "peers.authority", Role::Authority)?;
    let register_config = RegisterConfig {
        key: keys::register(&ground.folder)?,
        officers: authority.clone(),
        authority: Arc::new(OverHttp::new(authority)),
        log_key: keys::log(&config.path("trust.log")?)?,
        counters: Entry::Roles(vec![Role::Counter]),
        operators: Some(Entry::Roles(vec![Role::Desk])),
    };
    let party = RegisterParty::open(store, ground.clock(), ground.random(), register_config)
        .await
        .map_err(ServeFault::party)?;
    Ok(party.into_service())
}
