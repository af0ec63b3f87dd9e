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

pub use config::Config;
pub use error::{ConfigFault, ServeFault};
pub use example::{example, reference};
pub use founding::{Founded, ceremony, register_key};
pub use municipalities::use_municipalities;
pub use settings::{SERVED, Setting, settings};

use ground::Ground;
use listen::Places;
use shirushi_roles::Role;
use std::{future::Future, net::SocketAddr};

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

/// Serves the role of this configuration until `shutdown` resolves; `announce` is told where as soon as it listens.
///
/// # Errors
/// [`ServeFault`].
pub async fn run(
    config: &Config,
    announce: impl FnOnce(Listening),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeFault> {
    let ground = Ground::prepare(config)?;
    municipalities::take(config)?;
    let places = Places::take(config, &ground).await?;
    let service = match config.role() {
        Role::Register => parties::register(config, &ground).await,
        Role::Authority => parties::authority(config, &ground).await,
        Role::Responder => parties::responder(config, &ground).await,
        Role::Counter => parties::counter(config, &ground).await,
        Role::Portal => parties::portal(config, &ground).await,
        Role::Agency => parties::agency(config, &ground).await,
        Role::Desk => parties::desk(config, &ground),
    }?;
    announce(places.listening());
    places.serve(service, shutdown).await
}
