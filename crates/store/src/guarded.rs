//! Taking a guarded database into service, and what can be asked of its lives.

use crate::{
    Guard, Life, LifeCause, LifeRecord, OpenFailure, Position, Store, StoreError, Transaction,
    chain::{self, Found, Keeper, record},
    checkpoint_file::CheckpointFile,
    guard::{Chain, Standing, judge},
    weakened::{Promise, is_broken},
};
use shirushi_crypto::Random;
use std::path::Path;

const LIVES: &str =
    "SELECT life, counter, cause, kept, found, is_settled FROM store_life ORDER BY ordinal";

/// Looks whether the database is the one that was left, and guards it from here on. The checkpoint is beside its file, or beside `place` where
/// it has none.
pub(crate) async fn install(
    store: &Store,
    guard: &Guard,
    place: Option<&Path>,
) -> Result<(), StoreError> {
    let mut file = store
        .file()
        .or(place)
        .map(|database| CheckpointFile::beside(database, guard.key.clone()));
    let mut turn = store.turn().await?;
    let connection = turn.connection()?;
    let found_chain = chain::read(connection, store.dialect()).await?;
    let path = file
        .as_ref()
        .map_or_else(|| Path::new("").to_owned(), |file| file.path().to_owned());
    let (kept, standing) = match &file {
        // What cannot be read knows nothing.
        Some(file) => match file.read() {
            Ok(kept) => (kept, judge(&path, kept, found_chain)),
            Err(cause @ OpenFailure::CheckpointDamaged { .. }) => (None, Err(cause)),
            Err(cause) => return Err(cause.into()),
        },
        None => (
            None,
            Ok(found_chain.map_or(Standing::Unfounded, Standing::Level)),
        ),
    };
    let found = Found {
        kept,
        chain: found_chain,
    };
    let standing = unless_switched_off(standing, found_chain);
    let link = match standing {
        Ok(Standing::Level(link)) => {
            turn.roll_back().await;
            link
        }
        Ok(Standing::OneAhead(link)) => {
            turn.roll_back().await;
            if let Some(file) = &mut file {
                file.write(&link.at)?;
            }
            link
        }
        Ok(Standing::Unfounded) => {
            let link = Chain::founded(Life::draw(guard.random.as_ref()));
            // The file first: a file without a chain is seen to be a founding that was cut short.
            if let Some(file) = &mut file {
                file.replace(&link.at)?;
            }
            chain::begin_life(
                connection,
                store.dialect(),
                &link,
                LifeCause::Founded,
                &found,
            )
            .await?;
            turn.commit(None).await?;
            link
        }
        Err(cause) if guard.accept_restore => {
            tracing::warn!(%cause, "taken into service all the same: a new life begins");
            let link = next_life(&found, guard.random.as_ref());
            chain::begin_life(
                connection,
                store.dialect(),
                &link,
                LifeCause::Restored,
                &found,
            )
            .await?;
            turn.commit(None).await?;
            if let Some(file) = &mut file {
                file.replace(&link.at)?;
            }
            link
        }
        Err(cause) => {
            turn.roll_back().await;
            return Err(cause.into());
        }
    };
    store
        .guard_by(Keeper::new(file, link.at, store.told()))
        .await;
    Ok(())
}

/// The first link of a life after a restore. It counts on from what anybody has seen, and hangs on what the file knew.
fn next_life(found: &Found, random: &dyn Random) -> Chain {
    let kept = found.kept.map(|kept| kept.newest);
    let there = found.chain.map(|chain| chain.at);
    let counter = kept
        .iter()
        .chain(&there)
        .map(|position| position.counter)
        .max()
        .unwrap_or(0);
    let previous = kept
        .or(there)
        .map_or([0; 32], |position| position.head);
    Chain::begun(Life::draw(random), counter + 1, previous)
}

/// Where the promise is broken, whatever is found is taken for what was left, so that tests of rollbacks are seen to fail.
fn unless_switched_off(
    standing: Result<Standing, OpenFailure>,
    chain: Option<Chain>,
) -> Result<Standing, OpenFailure> {
    if is_broken(Promise::Guard) {
        return Ok(chain.map_or(Standing::Unfounded, Standing::OneAhead));
    }
    standing
}

impl Store {
    /// The present life; [`Life::NONE`] of a store that is not guarded.
    #[must_use]
    pub fn life(&self) -> Life {
        self.position()
            .map_or(Life::NONE, |position| position.life)
    }

    /// The newest place in this database's history that is on the disk, in the database and in the file beside it. None of a store
    /// that is not guarded.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        *self
            .told()
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// All lives of the database, in their order.
    ///
    /// # Errors
    /// Those of [`Store::rows`].
    pub async fn lives(&self) -> Result<Vec<LifeRecord>, StoreError> {
        self.rows(LIVES, &[])
            .await?
            .iter()
            .map(record)
            .collect()
    }

    /// The present life, if it began because the database had been taken back and that has not been made good yet.
    ///
    /// # Errors
    /// Those of [`Store::rows`].
    pub async fn restored(&self) -> Result<Option<LifeRecord>, StoreError> {
        let newest = self.lives().await?.pop();
        Ok(newest.filter(|life| !life.is_settled && life.life == self.life()))
    }

    /// Says that what a restore had taken back is made good, if one waits for that.
    ///
    /// # Errors
    /// Those of [`Store::rows`], [`Store::begin`] and [`Transaction::commit`].
    pub async fn settle_restore(&self) -> Result<(), StoreError> {
        if self.restored().await?.is_none() {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        transaction.settle_restore().await?;
        transaction.commit().await
    }

    /// Begins a new life, because somebody else knows that the database was taken back together with its checkpoint.
    ///
    /// # Errors
    /// Those of [`Transaction::commit`]; [`StoreError::Unguarded`] for a store that is not guarded.
    pub async fn begin_life(&self, random: &dyn Random) -> Result<Life, StoreError> {
        let mut transaction = self.begin().await?;
        let before = self
            .position()
            .ok_or(StoreError::Unguarded)?;
        let link = Chain::begun(Life::draw(random), before.counter + 1, before.head);
        transaction
            .execute(
                "INSERT INTO store_life (life, counter, cause, kept, found, is_settled) \
                 VALUES ($1, $2, 'begun', NULL, $3, 0)",
                &[
                    link.at.life.as_bytes().into(),
                    link.at.counter.into(),
                    before.counter.into(),
                ],
            )
            .await?;
        transaction
            .commit_as(Some(link))
            .await?;
        Ok(link.at.life)
    }
}

impl Transaction {
    /// Says that what the restore behind the present life had taken back is made good, with this transaction.
    ///
    /// # Errors
    /// Those of [`Transaction::execute`].
    pub async fn settle_restore(&mut self) -> Result<(), StoreError> {
        self.execute("UPDATE store_life SET is_settled=1 WHERE is_settled=0", &[])
            .await?;
        Ok(())
    }
}
