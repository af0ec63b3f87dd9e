//! Each party, made of its configuration.

mod agency;
mod anchors;
mod authority;
mod counter;
mod desk;
mod portal;
mod register;
mod responder;

pub(crate) use agency::agency;
pub(crate) use authority::authority;
pub(crate) use counter::counter;
pub(crate) use desk::desk;
pub(crate) use portal::portal;
pub(crate) use register::register;
pub(crate) use responder::responder;

use crate::{Config, ServeFault, keys};
use shirushi_roles::Role;
use shirushi_store::Migration;

/// The agent on the visitor's own machine, if nothing is said.
const AGENT: &str = "http://127.0.0.1:24780";

/// Looks at every file that a configuration names, without making any.
pub(crate) fn look(config: &Config) -> Result<(), ServeFault> {
    match config.role() {
        Role::Register => {
            register::key_file(config)?;
            keys::log(&config.path("trust.log")?).map(drop)
        }
        Role::Authority => {
            authority::keys_folder(config)?;
            keys::public(&config.path("trust.register")?).map(drop)
        }
        Role::Portal | Role::Agency => keys::certificates(&config.path("trust.anchors")?).map(drop),
        _ => Ok(()),
    }
}

/// The tables of a role; none for one without a database.
pub(crate) fn migrations(role: Role) -> Option<&'static [Migration]> {
    match role {
        Role::Register => Some(shirushi_register::MIGRATIONS),
        Role::Authority => Some(shirushi_authority::MIGRATIONS),
        Role::Responder => Some(shirushi_responder::MIGRATIONS),
        Role::Counter => Some(shirushi_counter::MIGRATIONS),
        Role::Portal => Some(shirushi_portal::MIGRATIONS),
        Role::Agency => Some(shirushi_agency::MIGRATIONS),
        Role::Desk => None,
    }
}

fn agent(config: &Config) -> String {
    config
        .optional("agent")
        .unwrap_or(AGENT)
        .to_owned()
}
