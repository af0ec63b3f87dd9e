//! The counter as a party: its interface for programs, its pages for officers, and its door for the authority.

use crate::{Counter, PagesConfig, pages, remembered::remembered_routes, router};
use axum::Router;
use shirushi_web::{Entry, Service, UnfitOrigin};
use std::sync::Arc;

/// A counter that is open and serves nobody yet.
#[derive(Debug)]
pub struct CounterParty {
    counter: Arc<Counter>,
    pages: PagesConfig,
    authority: Option<Entry>,
}

impl CounterParty {
    /// The party around a counter. `authority` is by what an authority in another process is let in, to have remembered what has ended.
    #[must_use]
    pub fn of(counter: Arc<Counter>, pages: PagesConfig, authority: Option<Entry>) -> Self {
        Self {
            counter,
            pages,
            authority,
        }
    }

    /// Puts it into service.
    ///
    /// # Errors
    /// [`UnfitOrigin`] when pages cannot be at the origin that was configured.
    pub fn into_service(self) -> Result<Service, UnfitOrigin> {
        let roles = match &self.authority {
            Some(entry) => entry.guard(remembered_routes(Arc::clone(&self.counter))),
            None => Router::new(),
        };
        let origin = self.pages.origin.clone();
        let site = pages(Arc::clone(&self.counter), self.pages)?;
        Ok(Service::new(roles, router(self.counter)).with_site(origin, site))
    }
}
