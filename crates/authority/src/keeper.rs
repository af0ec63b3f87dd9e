//! The authority's keys over the years, and everybody who must know of them.

use crate::{Authority, Ceremony};
use std::{fmt, sync::Arc, time::Duration};

/// How often it is looked whether keys are due.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// Who is told of the keys whenever there are new ones.
type Heirs = Box<dyn Fn(&Ceremony) + Send + Sync>;

/// Has the keys renewed that are due, and tells those who must know.
pub struct Keeper {
    authority: Authority,
    heirs: Heirs,
}

impl Keeper {
    /// A keeper of this authority's keys; `heirs` is told of all that are in use whenever there are new ones.
    #[must_use]
    pub fn new(
        authority: Authority,
        heirs: impl Fn(&Ceremony) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            authority,
            heirs: Box::new(heirs),
        })
    }

    /// Looks now. What fails is told by the authority's status and tried again at the next look.
    pub async fn look(&self) {
        match self.authority.renew_keys().await {
            Ok(false) => {}
            Ok(true) => (self.heirs)(self.authority.ceremony()),
            Err(error) => {
                tracing::error!(%error, "the authority's keys could not be renewed");
                // One kind may have gone well before the other failed.
                (self.heirs)(self.authority.ceremony());
            }
        }
    }

    /// Looks again and again.
    pub async fn run(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            self.look().await;
        }
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .finish_non_exhaustive()
    }
}
