//! The revocations that lists are made from, in memory, and what a list holds of them.

use crate::{
    AuthorityError, ListKey,
    revoke::{kind_from_text, reason_from_text, serial},
    sql,
    status::instant,
};
use shirushi_clock::Instant;
use shirushi_profile::{
    CertificateKind, MunicipalityCode, RevocationReason, RevokedEntry, SerialNumber,
};
use shirushi_store::{Row, Store};
use std::collections::BTreeMap;

/// Revocations of certificates that had not ended by themselves at an instant, up to a place in their order.
#[derive(Clone)]
pub(super) struct Book {
    entries: BTreeMap<(CertificateKind, i64), BTreeMap<SerialNumber, Entry>>,
    since: Instant,
    through: i64,
}

#[derive(Clone)]
struct Entry {
    position: i64,
    municipality: MunicipalityCode,
    recorded_at: Instant,
    /// From which place on it is told with an earlier date.
    redated: Vec<(i64, Instant)>,
    reason: RevocationReason,
    not_after: Instant,
}

impl Book {
    /// Reads what the store has of certificates that would not have ended before `since`.
    pub(super) async fn read(store: &Store, since: Instant) -> Result<Self, AuthorityError> {
        Self::read_through(store, since, i64::MAX).await
    }

    /// The same up to a place in the order.
    pub(super) async fn read_through(
        store: &Store,
        since: Instant,
        through: i64,
    ) -> Result<Self, AuthorityError> {
        let mut book = Self {
            entries: BTreeMap::new(),
            since,
            through: 0,
        };
        loop {
            let rows = store
                .rows(
                    sql::REVOCATIONS_OF_BOOK,
                    &[book.through.into(), through.into(), since.unix().into()],
                )
                .await?;
            if rows.is_empty() {
                return Ok(book);
            }
            for row in &rows {
                book.add(row)?;
            }
        }
    }

    /// Takes in one more place of the order.
    pub(super) fn add(&mut self, row: &Row) -> Result<(), AuthorityError> {
        let position = row.integer("position")?;
        let key = (
            kind_from_text(&row.text("kind")?)?,
            row.integer("generation")?,
        );
        let serial = serial(row)?;
        let entries = self.entries.entry(key).or_default();
        match row.optional_integer("redated_to")? {
            None => {
                entries.insert(serial, Entry::read(position, row)?);
            }
            Some(redated) => {
                // Of one that has ended by itself nothing is told.
                if let Some(entry) = entries.get_mut(&serial) {
                    entry
                        .redated
                        .push((position, instant(redated)?));
                }
            }
        }
        self.through = self.through.max(position);
        Ok(())
    }

    /// The last place of the order that is in it.
    pub(super) fn through(&self) -> i64 {
        self.through
    }

    /// Whether it may lack certificates that have not ended at this instant.
    pub(super) fn misses(&self, now: Instant) -> bool {
        now < self.since
    }

    /// Whether a certificate had ended by itself at this instant.
    pub(super) fn has_ended(&self, key: &ListKey, serial: &SerialNumber, at: Instant) -> bool {
        self.entries
            .get(&(key.kind, key.generation))
            .and_then(|entries| entries.get(serial))
            .is_some_and(|entry| entry.not_after < at)
    }

    /// What is told with a later date than this.
    pub(super) fn ahead_of(&self, now: Instant) -> Vec<SerialNumber> {
        self.entries
            .values()
            .flatten()
            .filter(|(_, entry)| entry.told_at(self.through) > now)
            .map(|(serial, _)| *serial)
            .collect()
    }

    /// The newest date that a list tells.
    pub(super) fn newest_told(&self, key: &ListKey) -> Option<Instant> {
        let entries = self
            .entries
            .get(&(key.kind, key.generation))?;
        entries
            .values()
            .filter(|entry| key.scope.covers(entry.municipality))
            .map(|entry| entry.told_at(self.through))
            .max()
    }

    /// What stands in a list of this time that tells what had happened up to a place, in the order of the serial numbers. Records
    /// are kept until the certificate's own end (Law 16; facts/profile-and-rules.md A.6). All are of holders: each authority has signed
    /// its own certificate and no other authority's, and nobody can revoke that by it, so the list of authorities stays empty.
    pub(super) fn content(
        &self,
        key: &ListKey,
        through: i64,
        this_update: Instant,
    ) -> Vec<RevokedEntry> {
        let Some(entries) = self
            .entries
            .get(&(key.kind, key.generation))
        else {
            return Vec::new();
        };
        entries
            .iter()
            .filter(|(_, entry)| {
                entry.position <= through
                    && entry.not_after >= this_update
                    && key.scope.covers(entry.municipality)
            })
            .map(|(serial, entry)| RevokedEntry {
                serial: *serial,
                revoked_at: entry.told_at(through),
                reason: entry.reason,
            })
            .collect()
    }
}

impl Entry {
    fn read(position: i64, row: &Row) -> Result<Self, AuthorityError> {
        Ok(Self {
            position,
            municipality: row
                .text("municipality")?
                .parse()
                .map_err(|_| AuthorityError::Damaged {
                    what: "municipality",
                })?,
            recorded_at: instant(row.integer("revoked_at")?)?,
            redated: Vec::new(),
            reason: reason_from_text(&row.text("reason")?)?,
            not_after: instant(row.integer("not_after")?)?,
        })
    }

    /// The date that a list up to this place tells.
    fn told_at(&self, through: i64) -> Instant {
        self.redated
            .iter()
            .filter(|(position, _)| *position <= through)
            .map(|(_, at)| *at)
            .fold(self.recorded_at, Instant::min)
    }
}
