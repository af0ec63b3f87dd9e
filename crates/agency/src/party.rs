//! The agency as a party: its interface for filings, and its desk for clerks.

use crate::{Agency, DeskConfig, desk, router};
use axum::Router;
use shirushi_web::{Service, UnfitOrigin};
use std::sync::Arc;

/// An agency that is open and serves nobody yet.
#[derive(Debug)]
pub struct AgencyParty {
    agency: Arc<Agency>,
    desk: DeskConfig,
}

impl AgencyParty {
    /// The party around an agency.
    #[must_use]
    pub fn of(agency: Arc<Agency>, desk: DeskConfig) -> Self {
        Self { agency, desk }
    }

    /// Puts it into service. It asks nothing of who files but the filing's own key.
    ///
    /// # Errors
    /// [`UnfitOrigin`] when pages cannot be at the origin that was configured.
    pub fn into_service(self) -> Result<Service, UnfitOrigin> {
        let origin = self.desk.origin.clone();
        let site = desk(Arc::clone(&self.agency), self.desk)?;
        Ok(Service::new(Router::new(), router(self.agency)).with_site(origin, site))
    }
}
