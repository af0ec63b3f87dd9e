//! How the parties are that have no other page for it: whether they can record anything.

use axum::Router;
use shirushi_clock::Clock;
use shirushi_store::Store;
use shirushi_web::{Check, status};
use std::sync::Arc;

/// Adds the status pages of those among the parties.
pub(crate) fn all(
    services: Router,
    stores: Vec<(&'static str, Store)>,
    clock: &Arc<dyn Clock>,
) -> Router {
    stores
        .into_iter()
        .fold(services, |services, (party, store)| {
            let look = move || {
                let writing = Check::writing(&store.health());
                async move { vec![writing] }
            };
            let page = status(party, Arc::clone(clock), look);
            match party {
                "agent" => services.route("/agent/status", page),
                "portal" => services.route("/portal/status", page),
                _ => services,
            }
        })
}
