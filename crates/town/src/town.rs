//! The city as it stands: it listens, and answers when it is let.

use crate::{Origins, TownConfig, TownError, folder, parties};
use axum::Router;
use shirushi_authority::Authority;
use shirushi_web::{Doormen, Seats, Tasks};
use std::{future::Future, net::SocketAddr, path::Path};
use tokio::{net::TcpListener, sync::watch};

/// A city that is open and listens; [`Town::serve`] lets it answer.
pub struct Town {
    pub(crate) address: SocketAddr,
    /// What visitors reach.
    pub(crate) city: Door,
    /// By which the services reach each other: strangers who fill the seats of visitors leave these alone.
    pub(crate) inside: Door,
    pub(crate) agent: Option<Door>,
    /// They receive visitors, also the agent's.
    pub(crate) doormen: Doormen,
    pub(crate) origins: Origins,
    pub(crate) tasks: Tasks,
    pub(crate) authority: Authority,
}

/// Who comes in somewhere, and what they find there.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) router: Router,
    pub(crate) seats: Seats,
}

impl Door {
    async fn serve(self, stopped: watch::Receiver<bool>) -> Result<(), TownError> {
        shirushi_web::serve(self.listener, self.router, self.seats, told(stopped)).await?;
        Ok(())
    }
}

impl Town {
    /// Opens the city in `config.folder`, or founds it there.
    ///
    /// # Errors
    /// [`TownError`] when the address is no loopback address, is taken or is another one than the certificates name, a file is damaged
    /// or missing, or another process has the city open. Nothing has been made then where the address was at fault.
    pub async fn open(config: TownConfig) -> Result<Self, TownError> {
        parties::open(config).await
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What every URL of the city begins with.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where browsers find its pages.
    #[must_use]
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// The address that a city in `folder` was founded for, if there is one.
    ///
    /// # Errors
    /// [`TownError`] when the folder cannot be read or holds no address where one must be.
    pub fn held_address(folder: &Path) -> Result<Option<SocketAddr>, TownError> {
        folder::held_address(folder)
    }

    /// Its authority, for operators and tests.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Answers until `shutdown` resolves.
    ///
    /// # Errors
    /// [`TownError::Serve`].
    pub async fn serve(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), TownError> {
        let tasks = self.tasks.begin();
        let (stopping, stopped) = watch::channel(false);
        let (stop_inside, stopped_inside) = watch::channel(false);
        tokio::spawn(async move {
            shutdown.await;
            // Nobody listens any more when serving has ended already.
            let _ = stopping.send(true);
        });
        let agent = async {
            match self.agent {
                Some(door) => door.serve(stopped.clone()).await,
                None => Ok(()),
            }
        };
        let inside = tokio::spawn(self.inside.serve(stopped_inside));
        let served = tokio::try_join!(self.city.serve(stopped.clone()), agent);
        drop(self.doormen);
        tasks.end().await;
        // What visitors had begun has ended, or has had its time.
        let _ = stop_inside.send(true);
        served?;
        // A panic there is one here.
        inside
            .await
            .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

impl std::fmt::Debug for Town {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Town({})", self.address)
    }
}

/// Resolves when the city is told to stop.
async fn told(mut stopped: watch::Receiver<bool>) {
    // The sender is gone only after it has told.
    let _ = stopped.wait_for(|stop| *stop).await;
}
