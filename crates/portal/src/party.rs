//! The portal as a party: its pages, and how it is.

use crate::{Portal, router};
use axum::Router;
use shirushi_web::{Service, status_of_store};
use std::sync::Arc;

/// A portal that is open and serves nobody yet.
#[derive(Debug)]
pub struct PortalParty(Arc<Portal>);

impl PortalParty {
    /// The party around a portal.
    #[must_use]
    pub fn of(portal: Arc<Portal>) -> Self {
        Self(portal)
    }

    /// Puts it into service: `GET /portal/status` for everybody, and its pages.
    pub fn into_service(self) -> Service {
        let portal = self.0;
        let status = status_of_store("portal", portal.store.clone(), Arc::clone(&portal.clock));
        let public = Router::new().route("/portal/status", status);
        let origin = portal.config.origin.clone();
        Service::new(Router::new(), public).with_site(origin, router(portal))
    }
}
