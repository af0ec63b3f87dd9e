//! The sandbox's desk, beside the parties and not among them.

use crate::{Config, ServeFault, ground::Ground, keys};
use axum::Router;
use shirushi_crypto::Secret;
use shirushi_personalisation::MasterKey;
use shirushi_roles::Role;
use shirushi_sandbox::{DeskConfig, FakedClock, Places, routes};
use shirushi_web::Service;

pub(crate) fn desk(config: &Config, ground: &Ground) -> Result<Service, ServeFault> {
    let master = config.path("master")?;
    let bytes = shirushi_files::read(&master)
        .map_err(keys::at(&master))?
        .unwrap_or_default();
    let desk = DeskConfig {
        register: ground.peer(config, "peers.register", Role::Register)?,
        authority: ground.peer(config, "peers.authority", Role::Authority)?,
        master: MasterKey::new(Secret::new(bytes)).map_err(keys::at(&master))?,
        moved: FakedClock::new(&config.path("clock")?),
        clock: ground.clock(),
        random: ground.random(),
        places: places(config)?,
    };
    Ok(Service::new(Router::new(), routes(desk)))
}

fn places(config: &Config) -> Result<Places, ServeFault> {
    let mut places = Places::new();
    for (role, name) in [
        ("responder", "places.responder"),
        ("counter", "places.counter"),
        ("agency", "places.agency"),
    ] {
        places.insert(role, config.text(name)?.to_owned());
    }
    Ok(places)
}
