//! The register's events on their way to the authority: from the outbox, signed, over HTTP, in order, until each is taken.

use crate::TownError;
use shirushi_crypto::SigningKey;
use shirushi_register::Register;
use shirushi_wire::Signed;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Mutex, Notify};

/// Events fetched from the outbox at once.
const BATCH: usize = 100;

/// Pause before trying again after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// The delivery of one register to one authority.
pub(crate) struct Delivery {
    register: Arc<Register>,
    key: Arc<dyn SigningKey>,
    url: String,
    client: reqwest::Client,
    one_at_a_time: Mutex<()>,
    wake: Notify,
}

impl Delivery {
    pub(crate) fn new(
        register: Arc<Register>,
        key: Arc<dyn SigningKey>,
        base: &str,
        client: reqwest::Client,
    ) -> Arc<Self> {
        Arc::new(Self {
            register,
            key,
            url: format!("{base}/authority/register-events"),
            client,
            one_at_a_time: Mutex::new(()),
            wake: Notify::new(),
        })
    }

    /// Delivers whatever waits, for as long as the city stands.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            match self.deliver().await {
                Ok(()) => self.wake.notified().await,
                Err(error) => {
                    tracing::warn!(%error, "register events wait");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Delivers everything that waits now. Whoever reports a change is answered after this, so that a change that was
    /// acknowledged has had its effect; if it fails, [`Delivery::run`] goes on trying.
    pub(crate) async fn deliver(&self) -> Result<(), TownError> {
        let _one = self.one_at_a_time.lock().await;
        loop {
            let events = self.register.undelivered(BATCH).await?;
            if events.is_empty() {
                return Ok(());
            }
            for event in events {
                let signed = Signed::sign(&event, self.key.as_ref())
                    .map_err(|_| shirushi_crypto::CryptoError::SigningFailed)?;
                self.client
                    .post(&self.url)
                    .json(&signed)
                    .send()
                    .await?
                    .error_for_status()?;
                self.register
                    .delivered(event.sequence)
                    .await?;
            }
        }
    }

    /// Tells [`Delivery::run`] that something waits.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}
