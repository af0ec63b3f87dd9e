//! The authority's keys over the years, and everybody who must know of them.

use shirushi_agency::Agency;
use shirushi_authority::{Authority, Ceremony};
use shirushi_portal::Portal;
use shirushi_responder::{ResponderKey, ResponderKeys};
use std::{sync::Arc, time::Duration};

/// How often it is looked whether keys are due.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// Has the keys renewed that are due, and hands the new ones to the responder and to those who trust the authority.
pub(crate) struct Keeper {
    pub(crate) authority: Authority,
    pub(crate) responder: Arc<ResponderKeys>,
    pub(crate) agency: Arc<Agency>,
    pub(crate) portal: Arc<Portal>,
}

impl Keeper {
    /// Looks now. What fails is told by the authority's status and tried again at the next look.
    pub(crate) async fn look(&self) {
        match self.authority.renew_keys().await {
            Ok(false) => {}
            Ok(true) => self.hand_out(),
            Err(error) => {
                tracing::error!(%error, "the authority's keys could not be renewed");
                // One kind may have gone well before the other failed.
                self.hand_out();
            }
        }
    }

    /// Looks for as long as the city stands.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            self.look().await;
        }
    }

    fn hand_out(&self) {
        let ceremony = self.authority.ceremony();
        self.responder
            .replace(responder_keys(ceremony));
        self.agency
            .trust(ceremony.certificates());
        self.portal
            .trust(ceremony.certificates());
    }
}

/// What the responder signs with, for every generation.
#[must_use]
pub fn responder_keys(ceremony: &Ceremony) -> Vec<ResponderKey> {
    ceremony
        .all()
        .iter()
        .map(|issuer| ResponderKey {
            kind: issuer.kind(),
            generation: issuer.generation(),
            key: issuer.responder().key(),
            certificate: issuer.responder().certificate().clone(),
            issuer: issuer.certificate().clone(),
        })
        .collect()
}
