//! The parties' databases: each guarded by a key of its party, and probed as long as it is in service.

use crate::{Records, TownError, folder};
use shirushi_crypto::Random;
use shirushi_store::{Guard, Migration, OpenFailure, Opening, Store, StoreError};
use std::{
    path::Path,
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
        let url = self
            .records
            .databases
            .address(self.folder, party)?;
        let guard = Guard {
            key: folder::checkpoint_key(self.folder, party, self.records.accept_restore)?,
            random: Arc::clone(&self.random),
            accept_restore: self.records.accept_restore,
        };
        let store = Opening::of(&url, migrations)
            .owned_by(party)
            .guarded_by(guard)
            .placed_at(folder::database(self.folder, party))
            .open()
            .await
            .map_err(|source| self.refused(party, source))?;
        if ALONE.contains(&party) {
            store
                .settle_restore()
                .await
                .map_err(|source| self.failed(party, source))?;
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
            store
                .settle_restore()
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
            database: self.shown(party),
            source,
        }
    }

    fn shown(&self, party: &str) -> String {
        self.records
            .databases
            .shown(self.folder, party)
    }

    fn refused(&self, party: &str, source: StoreError) -> TownError {
        match source {
            source if source.is_in_use() && !self.records.databases.are_on_server() => {
                TownError::InUse {
                    folder: self.folder.to_owned(),
                }
            }
            StoreError::Open {
                cause:
                    cause @ (OpenFailure::RolledBack { .. }
                    | OpenFailure::Forked { .. }
                    | OpenFailure::CheckpointMissing { .. }
                    | OpenFailure::CheckpointDamaged { .. }),
            } => TownError::TakenBack {
                database: self.shown(party),
                cause,
            },
            source => self.failed(party, source),
        }
    }
}
