//! How a role stands among the others, for its status page: its own identity, and whether each peer that it asks is there and lets it in.

use shirushi_clock::Clock;
use shirushi_peers::{Lost, Peer};
use shirushi_roles::{Identity, Role};
use shirushi_web::{Besides, Check, Service};
use std::{
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How often a peer that answers is asked whether it still does.
const WELL: Duration = Duration::from_secs(2);
/// The same of one that does not.
const AGAIN: Duration = Duration::from_secs(1);

/// The identity of a role, and the peers that it asks.
pub(crate) struct Standing {
    identity: Identity,
    clock: Arc<dyn Clock>,
    peers: Mutex<Vec<Arc<Watched>>>,
}

/// A peer, and what came of asking it last.
struct Watched {
    role: Role,
    peer: Peer,
    found: Mutex<Option<Found>>,
}

struct Found {
    at: Instant,
    /// Why it was not reached, if it was not.
    lost: Option<String>,
}

impl Standing {
    pub(crate) fn new(identity: Identity, clock: Arc<dyn Clock>) -> Self {
        Self {
            identity,
            clock,
            peers: Mutex::new(Vec::new()),
        }
    }

    /// From now on this peer is looked at too.
    pub(crate) fn add(&self, role: Role, peer: Peer) {
        self.peers().push(Arc::new(Watched {
            role,
            peer,
            found: Mutex::new(None),
        }));
    }

    /// The service, which tells of this on its status page and asks its peers by itself.
    pub(crate) fn watched(self: Arc<Self>, mut service: Service) -> Service {
        let peers = self.peers().clone();
        for watched in peers {
            let identity = self.identity.clone();
            service = service.with_task(async move { watched.keep_asking(&identity).await });
        }
        service.public = service
            .public
            .layer(axum::Extension(Besides::new(move || self.checks())));
        service
    }

    fn checks(&self) -> Vec<Check> {
        let peers = self.peers();
        let peers = peers
            .iter()
            .map(|watched| watched.check(&self.identity));
        [self.own()]
            .into_iter()
            .chain(peers)
            .collect()
    }

    /// Its own certificate, and the list that it judges others by.
    fn own(&self) -> Check {
        let (own, health) = (self.identity.own(), self.identity.health());
        let now = self.clock.now();
        let (not_after, refused) = (health.not_after, health.refusals);
        let (ok, seen) = if let Some(trouble) = &health.trouble {
            let file = trouble
                .path
                .file_name()
                .unwrap_or_default()
                .display();
            (
                false,
                format!("{own} stays as it was: {file} {}", trouble.fault),
            )
        } else if not_after < now {
            (
                false,
                format!("{own} ended at {not_after}: renew it with `shirushi role renew`"),
            )
        } else if health.list_until < now {
            (
                false,
                format!(
                    "{own} has a list of what is revoked that ended at {}",
                    health.list_until
                ),
            )
        } else {
            (
                true,
                format!("{own} until {not_after}; peers refused since the start: {refused}"),
            )
        };
        Check {
            name: "identity".to_owned(),
            ok,
            seen,
        }
    }

    fn peers(&self) -> MutexGuard<'_, Vec<Arc<Watched>>> {
        self.peers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    async fn keep_asking(&self, identity: &Identity) {
        loop {
            let lost = self
                .peer
                .reach()
                .await
                .err()
                .map(|lost| told(&lost));
            let pause = if lost.is_some() { AGAIN } else { WELL };
            self.note(lost, identity);
            tokio::time::sleep(pause).await;
        }
    }

    /// Keeps what was found, and tells the log of what is new.
    fn note(&self, lost: Option<String>, identity: &Identity) {
        let mut found = self.found();
        let before = found
            .as_ref()
            .and_then(|found| found.lost.as_ref());
        let (peer, own) = (self.role, identity.own());
        match &lost {
            Some(why) if before != Some(why) => {
                tracing::warn!(%peer, %own, why, "a peer is not reached");
            }
            None if before.is_some() => tracing::info!(%peer, %own, "a peer is reached again"),
            _ => {}
        }
        *found = Some(Found {
            at: Instant::now(),
            lost,
        });
    }

    fn check(&self, identity: &Identity) -> Check {
        let (ok, seen) = match &*self.found() {
            None => (false, "not asked yet".to_owned()),
            Some(found) => {
                let age = found.at.elapsed().as_secs();
                match &found.lost {
                    None => (true, format!("answered {age} s ago")),
                    Some(why) => (
                        false,
                        format!("not reached by {} {age} s ago: {why}", identity.own()),
                    ),
                }
            }
        };
        Check {
            name: format!("peer-{}", self.role),
            ok,
            seen,
        }
    }

    fn found(&self) -> MutexGuard<'_, Option<Found>> {
        self.found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error and its causes, without addresses.
fn told(lost: &Lost) -> String {
    let mut told = lost.to_string();
    let mut cause = lost.source();
    while let Some(error) = cause {
        told.push_str(": ");
        told.push_str(&error.to_string());
        cause = error.source();
    }
    told
}
