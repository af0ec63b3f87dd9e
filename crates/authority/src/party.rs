//! The authority as a party: its core, its door, and what it does by itself.

use crate::{
    Authority, AuthorityEntries, Keeper, SecondPlace,
    door::{DoorConfig, routes},
};
use shirushi_clock::Clock;
use shirushi_crypto::PublicKey;
use shirushi_web::Service;
use std::sync::Arc;

/// What the authority works with, besides its store and keys.
#[derive(Debug)]
pub struct AuthorityConfig {
    /// The key that the register signs events and statements with.
    pub register_key: PublicKey,
    /// Whom it lets in.
    pub entries: AuthorityEntries,
    /// Where its newest checkpoint is kept besides.
    pub second_place: Option<Arc<SecondPlace>>,
    /// Has its keys renewed.
    pub keeper: Arc<Keeper>,
}

/// An authority that is open and serves nobody yet.
#[derive(Debug)]
pub struct AuthorityParty {
    authority: Authority,
    keeper: Arc<Keeper>,
    door: DoorConfig,
}

impl AuthorityParty {
    /// The party around an authority that is open.
    #[must_use]
    pub fn of(authority: Authority, clock: Arc<dyn Clock>, config: AuthorityConfig) -> Self {
        Self {
            door: DoorConfig {
                authority: authority.clone(),
                register_key: config.register_key,
                entries: config.entries,
                second_place: config.second_place,
                clock,
            },
            authority,
            keeper: config.keeper,
        }
    }

    /// Puts it into service: its routes, and by itself the lists, the renewal of keys, and one walk through the log.
    pub fn into_service(self) -> Service {
        let (roles, public) = routes(self.door);
        let lists = self.authority.make_lists();
        Service::new(roles, public)
            .with_task(lists)
            .with_task(self.keeper.run())
            .with_task(async move {
                if let Err(error) = self.authority.look_through().await {
                    tracing::error!(%error, "the authority's log could not be walked through");
                }
            })
    }
}
