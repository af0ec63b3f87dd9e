//! The parties' databases: each guarded by a key of its party, and probed as long as it is in service.

use crate::{Records, TownError, folder};
use shirushi_crypto::Random;
use shirushi_store::{Guard, Migration, OpenFailure, Store, StoreError};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Opens the parties' databases in a city's folder.
pub(crate) struct Stores<'c> {
    folder: &'c Path,
    records: &'c Records,
    random: Arc<dyn Random>,
    opened: Mutex<Vec<(&'static str, Store)>>,
}

/// What these parties keep is nobody else's, and nobody else has a copy to make it good from: a restore is settled by being accepted.
const ALONE: [&str; 3] = ["agency", "portal", "agent"];

impl<'c> Stores<'c> {
    pub(crate) fn new(folder: &'c Path, records: &'c Records, random: Arc<dyn Random>) -> Self {
        Self {
            folder,
            records,
            random,
            opened: Mutex::default(),
        }
    }

    pub(crate) async fn open(
        &self,
        party: &'static str,
        migrations: &'static [Migration],
    ) -> Result<Store, TownError> {
        let path = folder::database(self.folder, party);
        let path = std::path::absolute(&path).map_err(|source| TownError::File {
            path: path.clone(),
            source,
        })?;
        let guard = Guard {
            key: folder::checkpoint_key(self.folder, party, self.records.accept_restore)?,
            random: Arc::clone(&self.random),
            accept_restore: self.records.accept_restore,
        };
        let url = format!("sqlite://{}", path.display());
        let store = Store::open_guarded(&url, migrations, guard)
            .await
            .map_err(|source| self.refused(path.clone(), source))?;
        if ALONE.contains(&party) {
            settle(&store)
                .await
                .map_err(|source| TownError::Database { path, source })?;
        }
        store
            .probe_every(self.records.probe_every)
            .await;
        self.opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((party, store.clone()));
        Ok(store)
    }

    /// The parties whose databases came back from a backup, as long as what they lack was not put together.
    pub(crate) async fn restored(&self) -> Result<Vec<&'static str>, TownError> {
        let mut restored = Vec::new();
        for (party, store) in self.list() {
            if store
                .restored()
                .await
                .map_err(|source| self.failed(party, source))?
                .is_some()
            {
                restored.push(party);
            }
        }
        Ok(restored)
    }

    /// Says that it was put together.
    pub(crate) async fn settle(&self) -> Result<(), TownError> {
        for (party, store) in self.list() {
            settle(&store)
                .await
                .map_err(|source| self.failed(party, source))?;
        }
        Ok(())
    }

    fn list(&self) -> Vec<(&'static str, Store)> {
        self.opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn failed(&self, party: &str, source: StoreError) -> TownError {
        TownError::Database {
            path: folder::database(self.folder, party),
            source,
        }
    }

    fn refused(&self, path: PathBuf, source: StoreError) -> TownError {
        match source {
            StoreError::Open {
                cause: OpenFailure::InUse { .. },
            } => TownError::InUse {
                folder: self.folder.to_owned(),
            },
            StoreError::Open {
                cause:
                    cause @ (OpenFailure::RolledBack { .. }
                    | OpenFailure::Forked { .. }
                    | OpenFailure::CheckpointMissing { .. }
                    | OpenFailure::CheckpointDamaged { .. }),
            } => TownError::TakenBack { path, cause },
            source => TownError::Database { path, source },
        }
    }
}

async fn settle(store: &Store) -> Result<(), StoreError> {
    if store.restored().await?.is_none() {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    transaction.settle_restore().await?;
    transaction.commit().await
}
