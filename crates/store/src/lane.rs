//! Connections that read. A lane has a few of its own, so that whoever reads much in one lane starves nobody in another.

use crate::{
    StoreError,
    connection::{Address, PATIENCE, Role},
};
use sqlx::AnyConnection;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// A few connections that read.
pub(crate) struct Lane {
    address: Arc<Address>,
    idle: Mutex<Vec<AnyConnection>>,
    seats: Semaphore,
    size: u32,
}

/// A connection for one query. Dropped, also half-way, it goes back to its lane.
pub(crate) struct Reader<'l> {
    lane: &'l Lane,
    connection: Option<AnyConnection>,
    /// Whether it had been used before, and may have been lost since.
    pub(crate) was_idle: bool,
    _seat: SemaphorePermit<'l>,
}

impl Lane {
    /// `size` connections at most. The first is made at once: reading goes on when no more files can be opened.
    pub(crate) async fn open(address: Arc<Address>, size: u32) -> Result<Self, sqlx::Error> {
        let first = address.connect(Role::Reader).await?;
        Ok(Self {
            address,
            idle: Mutex::new(vec![first]),
            seats: Semaphore::new(size as usize),
            size,
        })
    }

    pub(crate) async fn reader(&self) -> Result<Reader<'_>, StoreError> {
        let seat = timeout(PATIENCE, self.seats.acquire())
            .await
            .map_err(|_| StoreError::Busy)?
            .map_err(|_| StoreError::Closed)?;
        let idle = self.idle().pop();
        let was_idle = idle.is_some();
        let connection = match idle {
            Some(connection) => connection,
            None => {
                self.address
                    .connect(Role::Reader)
                    .await?
            }
        };
        Ok(Reader {
            lane: self,
            connection: Some(connection),
            was_idle,
            _seat: seat,
        })
    }

    /// Waits for the queries under way and closes the connections.
    pub(crate) async fn close(&self) {
        let all = self.seats.acquire_many(self.size).await;
        self.seats.close();
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            self.address.close(connection).await;
        }
        drop(all);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<AnyConnection>> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader<'_> {
    pub(crate) fn connection(&mut self) -> Result<&mut AnyConnection, StoreError> {
        self.connection
            .as_mut()
            .ok_or(StoreError::Closed)
    }

    /// Closes a connection that failed and takes a fresh one in its place.
    pub(crate) async fn renew(&mut self) -> Result<(), StoreError> {
        self.discard().await;
        self.connection = Some(
            self.lane
                .address
                .connect(Role::Reader)
                .await?,
        );
        self.was_idle = false;
        Ok(())
    }

    pub(crate) async fn discard(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.lane
                .address
                .close(connection)
                .await;
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.lane.idle().push(connection);
        }
    }
}
