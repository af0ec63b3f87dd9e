//! What the responder remembers by itself (Law 18): every certificate that has ended, and the newest of each list.
//!
//! The authority tells it before it acknowledges a revocation. So there are two memories of each, in two databases, and a
//! certificate is revoked when either says so: an authority that was restored from an older copy brings nothing back to life.

use crate::{List, sql};
use shirushi_clock::Instant;
use shirushi_profile::{
    CertificateKind, CertificateList, CrlScope, Generation, RevocationReason, SerialNumber,
};
use shirushi_store::{Health, Row, Store, StoreError, Transaction, Value};
use shirushi_wire::{ListKey, PublishedList, Revocation};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
};

/// The responder's memory over its own store. Clones share everything.
///
/// Where the store is shared, other responders learn and keep lists too: what is not held here is looked up there ([`Memory::look_up`],
/// [`Memory::newest`]), and whatever is written is compared there first.
#[derive(Clone)]
pub struct Memory {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    /// One write at a time: what is held in memory is what the store has.
    writing: tokio::sync::Mutex<()>,
    held: RwLock<Held>,
    is_sound: AtomicBool,
}

/// The store's content, so that an answer costs no query.
#[derive(Default)]
struct Held {
    ended: HashMap<(CertificateKind, SerialNumber), Told>,
    lists: BTreeMap<ListKey, (Arc<List>, i64)>,
}

/// What an answer needs of a certificate that has ended.
struct Told {
    generation: i64,
    revoked_at: Instant,
    reason: RevocationReason,
}

/// The memory fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the store holds is no such thing.
    #[error("the responder's store holds a damaged {what}")]
    Damaged {
        /// What is damaged.
        what: &'static str,
    },
}

impl Memory {
    /// Opens the memory over its store (with [`crate::MIGRATIONS`] applied) and reads all of it.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub async fn open(store: Store) -> Result<Self, MemoryError> {
        let mut held = Held::default();
        for row in store.rows(sql::LISTS, &[]).await? {
            let (list, latest) = read_list(&row)?;
            held.lists
                .insert(list.key(), (Arc::new(list), latest));
        }
        let memory = Self {
            inner: Arc::new(Inner {
                store,
                writing: tokio::sync::Mutex::new(()),
                held: RwLock::new(held),
                is_sound: AtomicBool::new(true),
            }),
        };
        for kind in CertificateKind::ALL {
            let mut after = None;
            loop {
                let page = memory
                    .recorded(kind, after.as_ref())
                    .await?;
                let Some(last) = page.last() else { break };
                after = Some(last.serial);
                memory.hold(&page);
            }
        }
        Ok(memory)
    }

    /// Remembers that these have ended; durable when this returns. What is known already stays, with the earlier of the two dates.
    ///
    /// # Errors
    /// [`MemoryError::Store`]: the memory is not [sound](Self::is_sound) until a later call succeeds.
    pub async fn remember(&self, ended: &[Revocation]) -> Result<(), MemoryError> {
        let _one = self.inner.writing.lock().await;
        let written = self.write(ended).await;
        self.inner
            .is_sound
            .store(written.is_ok(), Ordering::Release);
        written?;
        self.hold(ended);
        Ok(())
    }

    /// Since when and why this generation's certificate has ended, if it is known to have.
    #[must_use]
    pub fn ended(
        &self,
        kind: CertificateKind,
        generation: Generation,
        serial: &SerialNumber,
    ) -> Option<(Instant, RevocationReason)> {
        self.held()
            .ended
            .get(&(kind, *serial))
            .filter(|told| told.generation == generation.number())
            .map(|told| (told.revoked_at, told.reason))
    }

    /// The same, with what another responder has written where the store is shared.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub async fn look_up(
        &self,
        kind: CertificateKind,
        generation: Generation,
        serial: &SerialNumber,
    ) -> Result<Option<(Instant, RevocationReason)>, MemoryError> {
        let held = self.ended(kind, generation, serial);
        if held.is_some() || !self.inner.store.is_shared() {
            return Ok(held);
        }
        let name = [kind.to_string().into(), serial.to_string().into()];
        if let Some(row) = self
            .inner
            .store
            .row(sql::ENDED, &name)
            .await?
        {
            self.hold(&[read_ended(&row)?]);
        }
        Ok(self.ended(kind, generation, serial))
    }

    /// How many certificates are known here to have ended.
    #[must_use]
    pub fn count(&self) -> usize {
        self.held().ended.len()
    }

    /// Whether its store can be written.
    #[must_use]
    pub fn health(&self) -> Health {
        self.inner.store.health()
    }

    /// Whether everything that it was told is in its store. Otherwise its silence about a certificate means nothing.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.inner
            .is_sound
            .load(Ordering::Acquire)
    }

    /// Some thousand records of a kind, in the order of their serial numbers as hexadecimal text, after `after`. None are left when
    /// it answers none.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub async fn recorded(
        &self,
        kind: CertificateKind,
        after: Option<&SerialNumber>,
    ) -> Result<Vec<Revocation>, MemoryError> {
        let after = after.map_or(String::new(), ToString::to_string);
        self.inner
            .store
            .rows(sql::ENDED_AFTER, &[kind.to_string().into(), after.into()])
            .await?
            .iter()
            .map(read_ended)
            .collect()
    }

    /// Keeps a list in the place of the one before it; durable when this returns. A list that bears no higher number than the one
    /// that is there changes nothing.
    ///
    /// # Errors
    /// [`MemoryError::Store`].
    pub async fn keep(&self, list: List) -> Result<(), MemoryError> {
        let _one = self.inner.writing.lock().await;
        let key = list.key();
        let is_shared = self.inner.store.is_shared();
        let is_older = |before: &Arc<List>| before.number() >= list.number();
        if !is_shared
            && self
                .list(&key)
                .as_ref()
                .is_some_and(is_older)
        {
            return Ok(());
        }
        let mut transaction = self.inner.store.begin().await?;
        if is_shared
            && let Some(row) = transaction
                .row(sql::LIST, &name_of(&key))
                .await?
        {
            self.hold_list(read_list(&row)?);
        }
        let before = self.held().lists.get(&key).cloned();
        let made = list.list().this_update().unix();
        let (is_dated, latest) = match &before {
            Some((before, _)) if is_older(before) => return Ok(()),
            Some((_, latest)) => (made > *latest, made.max(*latest)),
            None => (true, made),
        };
        transaction
            .execute(
                sql::KEEP_LIST,
                &[
                    key.kind.to_string().into(),
                    key.generation.into(),
                    key.scope.to_string().into(),
                    latest.into(),
                    is_dated.into(),
                    Value::Bytes(list.list().der().to_vec()),
                ],
            )
            .await?;
        transaction.commit().await?;
        self.hold_list((list.dated(is_dated), latest));
        Ok(())
    }

    /// The newest list of this key, with what another responder has kept where the store is shared.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub async fn newest(&self, key: &ListKey) -> Result<Option<Arc<List>>, MemoryError> {
        let store = &self.inner.store;
        if !store.is_shared() {
            return Ok(self.list(key));
        }
        let name = name_of(key);
        let Some(row) = store.row(sql::LIST_ENDS, &name).await? else {
            return Ok(None);
        };
        self.catch_up_with(key, &row.bytes("ends")?)
            .await?;
        Ok(self.list(key))
    }

    /// The newest of each list, with what another responder has kept where the store is shared.
    ///
    /// # Errors
    /// [`MemoryError`].
    pub async fn newest_lists(&self) -> Result<Vec<Arc<List>>, MemoryError> {
        let store = &self.inner.store;
        if store.is_shared() {
            for row in store
                .rows(sql::ENDS_OF_LISTS, &[])
                .await?
            {
                self.catch_up_with(&read_key(&row)?, &row.bytes("ends")?)
                    .await?;
            }
        }
        Ok(self.lists())
    }

    /// Takes in the list of this key, unless it is the one that is held, which has this end.
    async fn catch_up_with(&self, key: &ListKey, ends: &[u8]) -> Result<(), MemoryError> {
        let is_held = self
            .list(key)
            .is_some_and(|held| held.list().der().ends_with(ends));
        if is_held {
            return Ok(());
        }
        if let Some(row) = self
            .inner
            .store
            .row(sql::LIST, &name_of(key))
            .await?
        {
            self.hold_list(read_list(&row)?);
        }
        Ok(())
    }

    fn hold_list(&self, (list, latest): (List, i64)) {
        self.held_to_write()
            .lists
            .insert(list.key(), (Arc::new(list), latest));
    }

    /// The newest list of this key.
    #[must_use]
    pub fn list(&self, key: &ListKey) -> Option<Arc<List>> {
        self.held()
            .lists
            .get(key)
            .map(|(list, _)| Arc::clone(list))
    }

    /// The newest of each list.
    #[must_use]
    pub fn lists(&self) -> Vec<Arc<List>> {
        self.held()
            .lists
            .values()
            .map(|(list, _)| Arc::clone(list))
            .collect()
    }

    /// Takes in what the store has of these. A write that failed may have reached it all the same, and another responder may have written:
    /// nobody knows but the store, and what is written again is refused by its key.
    async fn look_again(
        &self,
        transaction: &mut Transaction,
        ended: &[Revocation],
    ) -> Result<(), MemoryError> {
        let mut known = Vec::new();
        for one in ended {
            let name = [one.kind.to_string().into(), one.serial.to_string().into()];
            if let Some(row) = transaction
                .row(sql::ENDED, &name)
                .await?
            {
                known.push(read_ended(&row)?);
            }
        }
        self.hold(&known);
        Ok(())
    }

    async fn write(&self, ended: &[Revocation]) -> Result<(), MemoryError> {
        let must_look = !self.is_sound() || self.inner.store.is_shared();
        if !must_look && self.knows(ended) {
            return Ok(());
        }
        // Its beginning settles what the last write left in doubt, or fails: what is read here is on the disk.
        let mut transaction = self.inner.store.begin().await?;
        if must_look {
            self.look_again(&mut transaction, ended)
                .await?;
        }
        let mut new = BTreeMap::new();
        let mut earlier = Vec::new();
        {
            let held = self.held();
            for one in ended {
                match held.ended.get(&(one.kind, one.serial)) {
                    None => {
                        let first = new
                            .entry((one.kind, one.serial))
                            .or_insert(one);
                        if one.revoked_at < first.revoked_at {
                            *first = one;
                        }
                    }
                    Some(told) if one.revoked_at < told.revoked_at => earlier.push(one),
                    Some(_) => {}
                }
            }
        }
        if new.is_empty() && earlier.is_empty() {
            return Ok(());
        }
        let rows: Vec<Vec<Value>> = new.into_values().map(row_of).collect();
        transaction
            .insert_many(sql::INSERT_ENDED, &rows)
            .await?;
        for one in earlier {
            transaction
                .execute(
                    sql::DATE_BACK,
                    &[
                        one.kind.to_string().into(),
                        one.serial.to_string().into(),
                        one.revoked_at.unix().into(),
                    ],
                )
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Whether these are held, each with this date or an earlier one.
    fn knows(&self, ended: &[Revocation]) -> bool {
        let held = self.held();
        ended.iter().all(|one| {
            held.ended
                .get(&(one.kind, one.serial))
                .is_some_and(|told| told.revoked_at <= one.revoked_at)
        })
    }

    fn hold(&self, ended: &[Revocation]) {
        let mut held = self.held_to_write();
        for one in ended {
            held.ended
                .entry((one.kind, one.serial))
                .and_modify(|told| told.revoked_at = told.revoked_at.min(one.revoked_at))
                .or_insert(Told {
                    generation: one.generation,
                    revoked_at: one.revoked_at,
                    reason: one.reason,
                });
        }
    }

    // A thread that died holding the lock left whole entries: each is put in at once.
    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.inner
            .held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn held_to_write(&self) -> RwLockWriteGuard<'_, Held> {
        self.inner
            .held
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory")
            .field("ended", &self.count())
            .finish_non_exhaustive()
    }
}

fn name_of(key: &ListKey) -> [Value; 3] {
    [
        key.kind.to_string().into(),
        key.generation.into(),
        key.scope.to_string().into(),
    ]
}

fn row_of(ended: &Revocation) -> Vec<Value> {
    vec![
        ended.kind.to_string().into(),
        ended.serial.to_string().into(),
        ended.position.into(),
        ended.generation.into(),
        ended.municipality.to_string().into(),
        ended.revoked_at.unix().into(),
        i64::from(ended.reason.code()).into(),
        ended.not_after.unix().into(),
    ]
}

fn read_ended(row: &Row) -> Result<Revocation, MemoryError> {
    let damaged = || MemoryError::Damaged { what: "revocation" };
    let instant = |seconds| Instant::from_unix(seconds).map_err(|_| damaged());
    Ok(Revocation {
        kind: read_kind(row)?,
        serial: row
            .text("serial")?
            .parse()
            .map_err(|_| damaged())?,
        position: row.integer("position")?,
        generation: row.integer("generation")?,
        municipality: row
            .text("municipality")?
            .parse()
            .map_err(|_| damaged())?,
        revoked_at: instant(row.integer("revoked_at")?)?,
        reason: u8::try_from(row.integer("reason")?)
            .ok()
            .and_then(RevocationReason::from_code)
            .ok_or_else(damaged)?,
        not_after: instant(row.integer("not_after")?)?,
    })
}

fn read_list(row: &Row) -> Result<(List, i64), MemoryError> {
    let key = read_key(row)?;
    let list = CertificateList::from_der(&row.bytes("der")?)
        .map_err(|_| MemoryError::Damaged { what: "list" })?;
    let list = List::new(PublishedList { key, list }).dated(row.integer("dated")? == 1);
    Ok((list, row.integer("latest")?))
}

fn read_key(row: &Row) -> Result<ListKey, MemoryError> {
    let scope: CrlScope = row
        .text("scope")?
        .parse()
        .map_err(|_| MemoryError::Damaged { what: "list" })?;
    Ok(ListKey {
        kind: read_kind(row)?,
        generation: row.integer("generation")?,
        scope,
    })
}

fn read_kind(row: &Row) -> Result<CertificateKind, MemoryError> {
    let text = row.text("kind")?;
    CertificateKind::ALL
        .into_iter()
        .find(|kind| kind.to_string() == text)
        .ok_or(MemoryError::Damaged { what: "kind" })
}
