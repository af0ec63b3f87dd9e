//! The resident register.

use crate::{Config, ServeFault, ground::Ground, keys};
use shirushi_register::{OverHttp, RegisterConfig, RegisterParty};
use shirushi_roles::Role;
use shirushi_store::Store;
use shirushi_web::{Entry, Service};
use std::{path::PathBuf, sync::Arc};

/// Where the register's key is. It is made by a command and never by a start: another one would sign what nobody believes.
pub(super) fn key_file(config: &Config) -> Result<PathBuf, ServeFault> {
    keys::present(
        config
            .path("folder")?
            .join("register.key"),
        "台帳の鍵は shirushi register key で作ります",
        "The register's key is made with shirushi register key",
    )
}

pub(crate) async fn register(
    config: &Config,
    ground: &Ground,
    store: Store,
) -> Result<Service, ServeFault> {
    let authority = ground.peer(config, "peers.authority", Role::Authority)?;
    let register_config = RegisterConfig {
        key: keys::register(&key_file(config)?)?,
        officers: authority.clone(),
        authority: Arc::new(OverHttp::new(authority)),
        log_key: keys::log(&config.path("trust.log")?)?,
        counters: Entry::Roles(vec![Role::Counter]),
        operators: Some(Entry::Roles(vec![Role::Desk])),
    };
    let is_restored = ground.is_restored(&store).await?;
    let party = RegisterParty::open(store, ground.clock(), ground.random(), register_config)
        .await
        .map_err(ServeFault::party)?;
    Ok(match is_restored {
        true => party.after_restore().into_service(),
        false => party.into_service(),
    })
}
