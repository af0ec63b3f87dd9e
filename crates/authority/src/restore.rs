//! A database that came back from a backup, or was changed from outside: how it is found at a start, and the way out.
//!
//! The way out only ever adds revocations. They come from the authority's own log, from the memories of responder and counter (which have
//! each one before anybody is told of it), from what the counter was answered, and from the register's events, which it delivers again.
//! What was issued after the backup stays unknown, and is told as unknown.

use crate::{
    Authority, AuthorityError, Damage, Replayed, Revocation, log,
    log::LogEntry,
    meeting::compare,
    replay::{Replay, Source, counts},
    revoke::{Ended, kind_text, record},
    sql,
};
use shirushi_clock::Instant;
use shirushi_ledger::VerifierKey;
use shirushi_profile::{CertificateKind, Generation, RevocationReason, SerialNumber};
use shirushi_store::{ReadOnly, Transaction, Value};
use shirushi_wire::LogLife;

/// Entries of the log that are looked over before a start is finished.
const TAIL: i64 = 1000;

/// What accepting a restore did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Revocations that were added.
    pub added: usize,
}

/// Reads the log of a database that is not in service here, against its tables and against checkpoints that others have kept.
///
/// # Errors
/// [`AuthorityError::Store`]; [`AuthorityError::Damaged`] when it is so damaged that it cannot be walked through.
pub async fn verify_database(
    database: ReadOnly,
    key: Option<&VerifierKey>,
    checkpoints: &[String],
) -> Result<Replayed, AuthorityError> {
    let source = Source::ReadOnly(database);
    let mut replay = Replay::new(source.clone());
    while replay.step().await? {}
    let mut found = replay.finish().await?;
    if let Some(key) = key {
        for note in checkpoints {
            found
                .findings
                .extend(compare(&source, key, note).await?);
        }
    }
    Ok(found)
}

impl Authority {
    /// The end of the log and the counts of all rows, before anything is answered. What is wrong stands as [`Authority::damage`].
    pub(crate) async fn look_over(&self) -> Result<(), AuthorityError> {
        let source = Source::Service(self.store().clone());
        let mut found = counts(&source).await?;
        let mut tail = Replay::tail(source, TAIL).await?;
        while tail.step().await? {}
        found.extend(tail.found.findings);
        if let Some(damage) = found.into_iter().next() {
            self.set_damage(damage);
        }
        Ok(())
    }

    /// Walks through the whole log. For the background of a start: what is wrong stands as [`Authority::damage`] from then on.
    ///
    /// # Errors
    /// [`AuthorityError::Store`], [`AuthorityError::Damaged`].
    pub async fn look_through(&self) -> Result<Replayed, AuthorityError> {
        let mut replay = Replay::new(Source::Service(self.store().clone()));
        while replay.step().await? {
            tokio::task::yield_now().await;
        }
        let found = replay.finish().await?;
        if let Some(damage) = found.findings.first() {
            self.set_damage(damage.clone());
        }
        Ok(found)
    }

    /// Goes on with a database that came back from a backup: adds what the log itself has and the tables lack, what the responder
    /// `remembers`, and what the counter was `answered`; begins another life of the log, and says so in it.
    ///
    /// # Errors
    /// [`AuthorityError::Damage`] when the log itself is damaged: then only another copy of the database helps. [`AuthorityError::Store`].
    pub async fn accept_restore(
        &self,
        remembered: &[Revocation],
        answered: &[(CertificateKind, SerialNumber, RevocationReason, Instant)],
    ) -> Result<Accepted, AuthorityError> {
        self.require_whole_log().await?;
        let size = self.left_at();
        let now = self.now().unix();
        let mut transaction = self.store().begin().await?;
        let mut missing: Vec<Missing> = remembered
            .iter()
            .map(Missing::remembered)
            .collect();
        for (kind, serial, reason, at) in answered {
            missing.push(Missing {
                kind: *kind,
                serial: *serial,
                reason: *reason,
                at: at.unix(),
                known: None,
                is_logged: false,
            });
        }
        missing.extend(logged(&mut transaction).await?);
        let mut added = 0;
        for one in &missing {
            added += usize::from(one.add(self, &mut transaction).await?);
        }
        let life = LogLife::random(self.random()).to_string();
        transaction
            .execute(
                sql::INSERT_LOG_LIFE,
                &[life.as_str().into(), size.into(), now.into()],
            )
            .await?;
        let entry = LogEntry::Restored {
            life,
            added,
            at: now,
        };
        log::append(&mut transaction, self.random(), &[entry]).await?;
        transaction.commit().await?;
        self.clear_damage();
        self.hand_over().await?;
        tracing::warn!(added, "a restore was accepted");
        self.look_over().await?;
        self.require_undamaged()?;
        Ok(Accepted { added })
    }

    /// The size up to which this log is the one that others know: as it was found at the start, or less where a checkpoint contradicts.
    fn left_at(&self) -> i64 {
        let found = self.standing().found_at();
        let left = match self.damage() {
            Some(Damage::OtherTree { size }) => found.min(size.saturating_sub(1)),
            _ => found,
        };
        i64::try_from(left).unwrap_or(i64::MAX)
    }

    /// That the log is what its frontier says: of a damaged one nothing can be taken over.
    async fn require_whole_log(&self) -> Result<(), AuthorityError> {
        let mut replay = Replay::new(Source::Service(self.store().clone()));
        while replay.step().await? {}
        let found = replay.finish().await?;
        let of_the_log = found
            .findings
            .into_iter()
            .find(|damage| {
                matches!(
                    damage,
                    Damage::Entry { .. }
                        | Damage::Missing { .. }
                        | Damage::Rewritten { .. }
                        | Damage::Rows { table: "log", .. }
                )
            });
        match of_the_log {
            Some(damage) => Err(AuthorityError::Damage(damage)),
            None => Ok(()),
        }
    }
}

/// A revocation that the table may lack.
struct Missing {
    kind: CertificateKind,
    serial: SerialNumber,
    reason: RevocationReason,
    at: i64,
    /// Municipality and end, where whoever remembers it knows them.
    known: Option<(String, i64, Generation)>,
    is_logged: bool,
}

impl Missing {
    fn remembered(revocation: &Revocation) -> Self {
        Self {
            kind: revocation.kind,
            serial: revocation.serial,
            reason: revocation.reason,
            at: revocation.revoked_at.unix(),
            known: Some((
                revocation.municipality.to_string(),
                revocation.not_after.unix(),
                // One that is no number is of a memory from before there were several.
                Generation::new(revocation.generation).unwrap_or(Generation::FIRST),
            )),
            is_logged: false,
        }
    }

    /// Records it unless it stands already, and takes the certificate out of life.
    async fn add(
        &self,
        authority: &Authority,
        transaction: &mut Transaction,
    ) -> Result<bool, AuthorityError> {
        let serial: Value = self.serial.to_string().into();
        transaction
            .execute(
                sql::SET_CERTIFICATE_STATE,
                &[serial.clone(), "revoked".into()],
            )
            .await?;
        let key = [serial, kind_text(self.kind).into()];
        if transaction
            .row(sql::REVOCATION, &key)
            .await?
            .is_some()
        {
            return Ok(false);
        }
        let issued = transaction
            .row(sql::CERTIFICATE_OR_INTENT, &key)
            .await?;
        let (municipality, not_after, generation) = match (issued, &self.known) {
            (Some(row), _) => (
                row.text("municipality")?,
                row.integer("not_after")?,
                crate::revoke::generation(&row)?,
            ),
            (None, Some(known)) => known.clone(),
            (None, None) => {
                tracing::debug!(serial = %self.serial, "nobody knows any more whose certificate this revocation is of");
                return Ok(false);
            }
        };
        let ended = [Ended {
            serial: self.serial,
            kind: self.kind,
            generation,
            municipality,
            not_after,
            reason: self.reason,
            at: self.at,
        }];
        if self.is_logged {
            crate::revoke::insert(transaction, &ended).await?;
        } else {
            record(authority, transaction, &ended).await?;
        }
        Ok(true)
    }
}

/// What the log has revoked.
async fn logged(transaction: &mut Transaction) -> Result<Vec<Missing>, AuthorityError> {
    let mut found = Vec::new();
    let mut next = 0;
    loop {
        let rows = transaction
            .rows(sql::LOG_ENTRIES, &[Value::Integer(next)])
            .await?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in rows {
            next = row.integer("position")? + 1;
            let Some(entry) = row.optional_bytes("entry")? else {
                continue;
            };
            let (serial, kind, reason, at) = match serde_json::from_slice(&entry) {
                Ok(LogEntry::Revoked {
                    serial,
                    kind,
                    reason,
                    at,
                }) => (serial, kind, reason, at),
                Ok(LogEntry::IntentClosed { serial, kind, at }) => {
                    (serial, kind, RevocationReason::CessationOfOperation, at)
                }
                _ => continue,
            };
            found.push(Missing {
                kind,
                serial,
                reason,
                at,
                known: None,
                is_logged: true,
            });
        }
    }
}
