//! Each party of a city as a process of its own: `shirushi serve ROLE --config FILE`.
//!
//! * [`Config`] – a role's settings as a TOML file has them; [`settings`] is the one table of what can be set, from which [`example`] and
//!   [`reference()`] are written;
//! * [`check`] – judges a configuration without starting anything: its settings, the identity, and every file it names;
//! * [`run`] – opens the party and serves it until it is told to stop.
//!
//! Between roles there is mutual TLS alone (`shirushi_roles`); towards people TLS by file, or loopback. It does not matter which role starts first:
//! one that is not there yet is asked again, and told by the status of whoever waits for it.
#![forbid(unsafe_code)]

mod config;
mod error;
mod example;
mod founding;
mod ground;
mod keys;
mod listen;
mod municipalities;
mod parties;
mod settings;
mod standing;

pub use config::Config;
pub use error::{ConfigFault, ServeFault};
pub use example::{example, reference};
pub use founding::{Founded, ceremony, register_key};
pub use municipalities::use_municipalities;
pub use settings::{SERVED, Setting, settings};

use ground::Ground;
use listen::Places;
use shirushi_roles::Role;
use shirushi_store::{Store, StoreError};
use std::{future::Future, net::SocketAddr, sync::Arc};

/// What is said of one start, besides the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// Whether a database that is not the one that was left there is taken into service all the same.
    pub accept_restore: bool,
}

/// What a role tells of its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Another process has its database in service, and this one takes over when that one goes. It listens nowhere as yet.
    StandingBy,
    /// It serves.
    Listening(Listening),
}

/// Where a role that is in service listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// For other roles; none for a role that no other asks.
    pub roles: Option<SocketAddr>,
    /// For everybody.
    pub public: SocketAddr,
}

/// Judges a configuration without starting anything: nothing is made, and no address is taken.
///
/// # Errors
/// [`ServeFault`]: the first thing that would keep the role from starting.
pub fn check(config: &Config) -> Result<(), ServeFault> {
    let ground = Ground::look(config)?;
    Places::look(config, &ground)?;
    municipalities::look(config)?;
    parties::look(config)
}

/// Serves the role of this configuration until `shutdown` resolves; `announce` is told as soon as it listens, and when it stands by.
///
/// # Errors
/// [`ServeFault`].
pub async fn run(
    config: &Config,
    orders: Orders,
    announce: impl Fn(Progress) + Clone + Send + Sync + 'static,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeFault> {
    let ground = Ground::prepare(config)?;
    municipalities::take(config)?;
    let mut shutdown = Box::pin(shutdown);
    let waiting = announce.clone();
    // Before any address is taken: what came to somebody who stands by would wait with them.
    let store = match parties::migrations(config.role()) {
        None => None,
        Some(migrations) => {
            let taken = ground.store(migrations, orders, move || waiting(Progress::StandingBy));
            tokio::select! {
                store = taken => Some(store?),
                () = &mut shutdown => return Ok(()),
            }
        }
    };
    let places = Places::take(config, &ground).await?;
    let held = store.clone();
    let service = match (config.role(), store) {
        (Role::Register, Some(store)) => parties::register(config, &ground, store).await,
        (Role::Authority, Some(store)) => parties::authority(config, &ground, store).await,
        (Role::Responder, Some(store)) => parties::responder(config, &ground, store).await,
        (Role::Counter, Some(store)) => parties::counter(config, &ground, store).await,
        (Role::Portal, Some(store)) => parties::portal(config, &ground, store).await,
        (Role::Agency, Some(store)) => parties::agency(config, &ground, store).await,
        _ => parties::desk(config, &ground),
    }?;
    announce(Progress::Listening(places.listening()));
    let service = Arc::clone(&ground.standing).watched(service);
    tokio::select! {
        served = places.serve(service, shutdown) => served,
        () = superseded(held) => Err(ground.refused(StoreError::Superseded)),
    }
}

/// Resolves when another process has taken over a role's database.
async fn superseded(store: Option<Store>) {
    match store {
        Some(store) => store.superseded().await,
        None => std::future::pending().await,
    }
}
