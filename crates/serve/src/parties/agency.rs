//! The agency: a relying party that takes filings.

use super::anchors;
use crate::{Config, ServeFault, ground::Ground, keys};
use shirushi_agency::{Agency, AgencyConfig, AgencyParty, DeskConfig};
use shirushi_store::Store;
use shirushi_web::Service;
use std::sync::Arc;

pub(crate) async fn agency(
    config: &Config,
    ground: &Ground,
    store: Store,
) -> Result<Service, ServeFault> {
    let file = config.path("trust.anchors")?;
    let agency_config = AgencyConfig {
        anchors: keys::certificates(&file)?,
        status_base: config.text("trust.status")?.to_owned(),
    };
    let agency = Agency::open(store, ground.clock(), agency_config)
        .await
        .map_err(ServeFault::party)?;
    let agency = Arc::new(agency);
    let desk = DeskConfig {
        origin: config.text("public.origin")?.to_owned(),
        is_sandbox: false,
    };
    let trusting = Arc::clone(&agency);
    let mut service = AgencyParty::of(agency, desk)
        .into_service()
        .map_err(ServeFault::party)?;
    // The portal files by the same interface as everybody.
    service.roles = service.public.clone();
    Ok(service.with_task(anchors::watch(file, move |anchors| trusting.trust(anchors))))
}
