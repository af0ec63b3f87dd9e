//! The one connection that writes, handed from transaction to transaction.
//!
//! One that failed is not handed on. When the disk is full, SQLite ends the transaction by itself; whoever counts transactions
//! beside it, as the driver does, is wrong from then on and refuses every later one. So transactions are plain statements here,
//! and a connection of which anything is doubtful is closed: the next turn opens another (PostgreSQL's advisory lock lives in
//! the session and is taken again with it).

use crate::{
    Position, StoreError,
    chain::Keeper,
    connection::{Address, PATIENCE, Role},
    dialect::Dialect,
    guard::Chain,
    tenure,
};
use sqlx::AnyConnection;
use std::sync::Arc;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};

/// Gives turns to write, in the order asked.
pub(crate) struct Writer {
    address: Arc<Address>,
    seat: Arc<Mutex<Seat>>,
}

/// Where the connection waits between two turns.
#[derive(Default)]
struct Seat {
    connection: Option<AnyConnection>,
    keeper: Option<Keeper>,
    /// Which tenure this process has; none before it has begun.
    tenure: Option<i64>,
    is_closed: bool,
    /// Another process has taken over.
    is_superseded: bool,
}

/// A transaction under way, with the right to be the only one. Dropped, its connection is closed.
pub(crate) struct Turn {
    address: Arc<Address>,
    /// None once the connection was closed or handed back.
    connection: Option<AnyConnection>,
    seat: OwnedMutexGuard<Seat>,
}

impl Writer {
    /// Connects, so that what is wrong is said at once.
    pub(crate) async fn open(address: Arc<Address>) -> Result<Self, sqlx::Error> {
        let seat = Seat {
            connection: Some(address.connect(Role::Writer).await?),
            ..Seat::default()
        };
        Ok(Self {
            address,
            seat: Arc::new(Mutex::new(seat)),
        })
    }

    /// Waits for the turn and begins a transaction.
    pub(crate) async fn begin(&self) -> Result<Turn, StoreError> {
        let mut seat = timeout(PATIENCE, Arc::clone(&self.seat).lock_owned())
            .await
            .map_err(|_| StoreError::Busy)?;
        if seat.is_closed {
            return Err(StoreError::Closed);
        }
        if seat.is_superseded {
            return Err(StoreError::Superseded);
        }
        let handed_on = seat.connection.take();
        let mut turn = Turn {
            address: Arc::clone(&self.address),
            connection: handed_on,
            seat,
        };
        if turn.connection.is_some() {
            match turn.start().await {
                // It has been lost since its last turn; nothing has been done yet, so another may try.
                Err(StoreError::Machine { .. } | StoreError::Database(_)) => turn.discard().await,
                started => return turn.settle(started).await,
            }
        }
        match self.address.connect(Role::Writer).await {
            Ok(connection) => turn.connection = Some(connection),
            Err(error) => {
                return Err(turn
                    .unless_superseded(error.into())
                    .await);
            }
        }
        turn.start().await?;
        turn.require_tenure().await?;
        turn.settle(Ok(())).await
    }

    /// From now on a connection that is made anew writes only as long as nobody else has taken over.
    pub(crate) async fn hold(&self, tenure: i64) {
        self.seat.lock().await.tenure = Some(tenure);
    }

    /// Lets every later transaction move the chain on.
    pub(crate) async fn guard_by(&self, keeper: Keeper) {
        self.seat.lock().await.keeper = Some(keeper);
    }

    /// Waits for the transaction under way and lets nobody begin another.
    pub(crate) async fn close(&self) {
        let mut seat = self.seat.lock().await;
        seat.is_closed = true;
        if let Some(connection) = seat.connection.take() {
            self.address.close(connection).await;
        }
    }
}

impl Turn {
    pub(crate) fn connection(&mut self) -> Result<&mut AnyConnection, StoreError> {
        self.connection
            .as_mut()
            .ok_or(StoreError::Doomed)
    }

    /// The newest place that file and database both know; none where nobody guards.
    pub(crate) fn known(&self) -> Option<&Position> {
        self.seat
            .keeper
            .as_ref()
            .map(Keeper::known)
    }

    /// Commits, moves the chain on to `link` with it and tells the file. The connection is handed on if the commit succeeded.
    pub(crate) async fn commit(mut self, link: Option<Chain>) -> Result<(), StoreError> {
        let committed = match self.advance(link.as_ref()).await {
            Ok(()) => self.say("COMMIT").await,
            refused => refused,
        };
        if let Err(error) = committed {
            self.discard().await;
            return Err(error);
        }
        self.hand_on();
        match (&mut self.seat.keeper, link) {
            (Some(keeper), Some(link)) => keeper.keep(&link.at).await,
            _ => Ok(()),
        }
    }

    async fn advance(&mut self, link: Option<&Chain>) -> Result<(), StoreError> {
        match (&mut self.seat.keeper, &mut self.connection, link) {
            (Some(keeper), Some(connection), Some(link)) => {
                keeper
                    .advance(connection, self.address.dialect, link)
                    .await
            }
            _ => Ok(()),
        }
    }

    /// On a new connection: the lock of the old one had been let go, and another process may have had it since.
    async fn require_tenure(&mut self) -> Result<(), StoreError> {
        let Some(tenure) = self.seat.tenure else {
            return Ok(());
        };
        let dialect = self.address.dialect;
        if tenure::lasts(self.connection()?, dialect, tenure).await? {
            return Ok(());
        }
        // Closed, so that this process does not stand in the other one's way.
        self.discard().await;
        self.seat.is_superseded = true;
        Err(StoreError::Superseded)
    }

    /// Why there is no connection to write by. The lock may be held by another process, which has begun its own tenure; or by this one's
    /// last session, whose end the server has not noticed yet.
    async fn unless_superseded(&mut self, refused: StoreError) -> StoreError {
        let (Some(tenure), true) = (self.seat.tenure, refused.is_in_use()) else {
            return refused;
        };
        let Ok(mut reader) = self.address.connect(Role::Reader).await else {
            return refused;
        };
        let lasts = tenure::lasts(&mut reader, self.address.dialect, tenure).await;
        self.address.close(reader).await;
        match lasts {
            Ok(false) => {
                self.seat.is_superseded = true;
                StoreError::Superseded
            }
            _ => refused,
        }
    }

    /// Ends what an earlier turn left in doubt before this one does anything.
    async fn settle(mut self, started: Result<(), StoreError>) -> Result<Self, StoreError> {
        started?;
        let settled = match (&mut self.seat.keeper, &mut self.connection) {
            (Some(keeper), Some(connection)) => {
                keeper
                    .settle(connection, self.address.dialect)
                    .await
            }
            _ => Ok(()),
        };
        if let Err(error) = settled {
            self.roll_back().await;
            return Err(error);
        }
        Ok(self)
    }

    /// Rolls back, and hands the connection on if that succeeded.
    pub(crate) async fn roll_back(mut self) {
        match self.say("ROLLBACK").await {
            Ok(()) => self.hand_on(),
            Err(error) => {
                tracing::debug!(%error, "a connection that cannot roll back is closed");
                self.discard().await;
            }
        }
    }

    /// Closes the connection, which ends its transaction without effect unless a commit had reached the disk.
    pub(crate) async fn discard(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.address.close(connection).await;
        }
    }

    async fn start(&mut self) -> Result<(), StoreError> {
        let begun = self
            .say(match self.address.dialect {
                // Locks at once: a transaction that reads first and then writes could otherwise fail half-way.
                Dialect::Sqlite => "BEGIN IMMEDIATE",
                Dialect::Postgres => "BEGIN",
            })
            .await;
        if let Err(StoreError::Busy) = begun {
            // Nothing was begun, and nothing is wrong with the connection.
            self.hand_on();
        }
        begun?;
        let address = Arc::clone(&self.address);
        let alone = address
            .take_turn(self.connection()?)
            .await;
        if let Err(error) = alone {
            // Whatever it is, the transaction that it was in is of no use any more.
            self.discard().await;
            return Err(error.into());
        }
        Ok(())
    }

    async fn say(&mut self, statement: &'static str) -> Result<(), StoreError> {
        sqlx::query(statement)
            .execute(self.connection()?)
            .await?;
        Ok(())
    }

    fn hand_on(&mut self) {
        self.seat.connection = self.connection.take();
    }
}
