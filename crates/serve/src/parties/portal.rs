//! The citizens' portal.

use super::{agent, anchors};
use crate::{Config, ServeFault, ground::Ground, keys};
use shirushi_portal::{Portal, PortalConfig, PortalParty};
use shirushi_roles::Role;
use shirushi_store::Store;
use shirushi_web::Service;
use std::sync::Arc;

pub(crate) async fn portal(
    config: &Config,
    ground: &Ground,
    store: Store,
) -> Result<Service, ServeFault> {
    let file = config.path("trust.anchors")?;
    let origin = config.text("public.origin")?.to_owned();
    let portal_config = PortalConfig {
        agent: agent(config),
        agency: ground.peer(config, "peers.agency", Role::Agency)?,
        authority: ground.peer(config, "peers.authority", Role::Authority)?,
        anchors: keys::certificates(&file)?,
        status_base: config.text("trust.status")?.to_owned(),
        counter_page: config
            .optional("counter")
            .unwrap_or(&origin)
            .to_owned(),
        origin,
        is_sandbox: false,
    };
    let portal = Portal::open(store, ground.clock(), ground.random(), portal_config)
        .await
        .map_err(ServeFault::party)?;
    let trusting = Arc::clone(&portal);
    Ok(PortalParty::of(portal)
        .into_service()
        .with_task(anchors::watch(file, move |anchors| trusting.trust(anchors))))
}
