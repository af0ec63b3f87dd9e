//! The tamper-evident log of every act. An act whose entry cannot be written does not happen: the entry is part of the same
//! transaction. Leaves are salted commitments, so that names stay out of the tree and can be forgotten (DESIGN.md §5).

use crate::{AuthorityError, sql};
use serde::{Deserialize, Serialize};
use shirushi_crypto::Random;
use shirushi_ledger::{Frontier, Hash, Salt, commitment, leaf_hash};
use shirushi_profile::{CertificateKind, Generation, RevocationReason, SerialNumber};
use shirushi_store::{Store, Transaction, Value};

/// One act, as it is logged (JSON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum LogEntry {
    /// An officer was enrolled.
    OfficerEnrolled {
        /// The officer's name.
        officer: String,
        /// The key, as its identifier.
        key: String,
        /// Unix time.
        at: i64,
    },
    /// An officer was retired: what their key signs counts no more.
    OfficerRetired {
        /// The officer's name.
        officer: String,
        /// The key, as its identifier.
        key: String,
        /// Unix time.
        at: i64,
    },
    /// A generation of an authority was taken into use: its key signs from here on, and not before.
    AuthorityRolled {
        /// Which authority.
        kind: CertificateKind,
        /// Its generation; that of the founding has no entry.
        generation: Generation,
        /// SHA-256 of its certificate, hexadecimal.
        certificate: String,
        /// Unix time.
        at: i64,
    },
    /// A responder's certificate was taken into use.
    ResponderDelegated {
        /// Of which authority.
        kind: CertificateKind,
        /// Of which generation.
        generation: Generation,
        /// SHA-256 of its certificate, hexadecimal.
        certificate: String,
        /// Unix time.
        at: i64,
    },
    /// A certificate was issued.
    Issued {
        /// Its serial.
        serial: SerialNumber,
        /// Its kind.
        kind: CertificateKind,
        /// The application.
        application: String,
        /// SHA-256 of the certificate, hexadecimal.
        certificate: String,
        /// Unix time.
        at: i64,
    },
    /// A certificate was revoked.
    Revoked {
        /// Its serial.
        serial: SerialNumber,
        /// Its kind.
        kind: CertificateKind,
        /// Why.
        reason: RevocationReason,
        /// Unix time.
        at: i64,
    },
    /// An intent whose certificate was not stored (a crash, a refusal at the last moment) was closed as issued and revoked.
    IntentClosed {
        /// The serial.
        serial: SerialNumber,
        /// Its kind.
        kind: CertificateKind,
        /// Unix time.
        at: i64,
    },
    /// An event of the register was taken.
    EventTaken {
        /// The life of the register's log.
        life: String,
        /// Its number.
        sequence: i64,
        /// SHA-256 of its bytes, hexadecimal.
        event: String,
        /// Unix time.
        at: i64,
    },
    /// A register that came back from a backup goes on in another life.
    RegisterLife {
        /// The life.
        life: String,
        /// The number of its first event.
        first: i64,
        /// The last event of before that both sides have.
        continues: i64,
        /// Unix time.
        at: i64,
    },
    /// A restore was accepted: the log goes on in another life, and what others remember was put together.
    Restored {
        /// The life that begins here.
        life: String,
        /// How many revocations were added.
        added: usize,
        /// Unix time.
        at: i64,
    },
    /// The operator said that the clock is right although it went back.
    ClockAccepted {
        /// The latest time that stood in the log.
        newest: i64,
        /// Unix time.
        at: i64,
    },
    /// A CRL was published.
    CrlPublished {
        /// Whose certificates.
        kind: CertificateKind,
        /// Of which generation; entries from before there were several do not say.
        #[serde(default = "first")]
        generation: i64,
        /// `complete` or the municipality's code.
        scope: String,
        /// crlNumber
        number: i64,
        /// SHA-256 of the CRL, hexadecimal.
        crl: String,
        /// Unix time.
        at: i64,
    },
}

impl LogEntry {
    /// When it happened, in Unix time.
    #[must_use]
    pub fn at(&self) -> i64 {
        match self {
            Self::OfficerEnrolled { at, .. }
            | Self::OfficerRetired { at, .. }
            | Self::Issued { at, .. }
            | Self::Revoked { at, .. }
            | Self::IntentClosed { at, .. }
            | Self::EventTaken { at, .. }
            | Self::RegisterLife { at, .. }
            | Self::Restored { at, .. }
            | Self::ClockAccepted { at, .. }
            | Self::AuthorityRolled { at, .. }
            | Self::ResponderDelegated { at, .. }
            | Self::CrlPublished { at, .. } => *at,
        }
    }
}

fn first() -> i64 {
    1
}

/// Appends entries inside the caller's transaction.
pub(crate) async fn append(
    transaction: &mut Transaction,
    random: &dyn Random,
    entries: &[LogEntry],
) -> Result<(), AuthorityError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut frontier = frontier(
        transaction
            .row(sql::LOG_FRONTIER, &[])
            .await?
            .as_ref(),
    )?;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let json =
            serde_json::to_vec(entry).map_err(|_| AuthorityError::Damaged { what: "log entry" })?;
        let salt = Salt::random(random);
        let leaf = leaf_hash(&commitment(&salt, &json));
        let position = i64::try_from(frontier.size())
            .map_err(|_| AuthorityError::Damaged { what: "log size" })?;
        frontier.push(&leaf);
        rows.push(vec![
            Value::Integer(position),
            Value::Bytes(salt.expose().to_vec()),
            Value::Bytes(json),
            Value::Bytes(leaf.0.to_vec()),
        ]);
    }
    transaction
        .insert_many(sql::INSERT_LOG, &rows)
        .await?;
    let size =
        i64::try_from(frontier.size()).map_err(|_| AuthorityError::Damaged { what: "log size" })?;
    let parts: Vec<u8> = frontier
        .parts()
        .iter()
        .flat_map(|hash| hash.0)
        .collect();
    transaction
        .execute(
            sql::SET_LOG_FRONTIER,
            &[Value::Integer(size), Value::Bytes(parts)],
        )
        .await?;
    transaction
        .execute(
            sql::INSERT_LOG_ROOT,
            &[
                Value::Integer(size),
                Value::Bytes(frontier.root().0.to_vec()),
            ],
        )
        .await?;
    let newest = entries.iter().map(LogEntry::at).max();
    transaction
        .execute(sql::LATER_LOG_TIME, &[newest.unwrap_or(0).into()])
        .await?;
    Ok(())
}

/// The log, read back and recomputed leaf by leaf.
#[derive(Clone, Debug)]
pub struct VerifiedLog {
    /// The entries whose text is still kept.
    pub entries: Vec<LogEntry>,
    /// The number of leaves.
    pub size: u64,
    /// The root that the leaves give.
    pub root: Hash,
}

/// Reads the whole log and recomputes its root; every kept entry must open its commitment.
pub(crate) async fn verify(store: &Store) -> Result<VerifiedLog, AuthorityError> {
    let damaged = || AuthorityError::Damaged { what: "log" };
    let mut recomputed = Frontier::new();
    let mut entries = Vec::new();
    loop {
        let next = i64::try_from(recomputed.size()).map_err(|_| damaged())?;
        // Read before the rows: what is appended meanwhile is in the rows and not yet in this frontier.
        let kept = frontier(
            store
                .row(sql::LOG_FRONTIER, &[])
                .await?
                .as_ref(),
        )?;
        let rows = store
            .rows(sql::LOG_ENTRIES, &[Value::Integer(next)])
            .await?;
        if rows.is_empty() {
            if kept.size() != recomputed.size() || kept.root() != recomputed.root() {
                return Err(damaged());
            }
            break;
        }
        for row in rows {
            let expected = i64::try_from(recomputed.size()).map_err(|_| damaged())?;
            let leaf = hash(&row.bytes("leaf")?).ok_or_else(damaged)?;
            if row.integer("position")? != expected {
                return Err(damaged());
            }
            if let (Some(salt), Some(entry)) =
                (row.optional_bytes("salt")?, row.optional_bytes("entry")?)
            {
                let salt = Salt::from_bytes(salt.try_into().map_err(|_| damaged())?);
                if leaf_hash(&commitment(&salt, &entry)) != leaf {
                    return Err(damaged());
                }
                entries.push(serde_json::from_slice(&entry).map_err(|_| damaged())?);
            }
            recomputed.push(&leaf);
        }
    }
    Ok(VerifiedLog {
        entries,
        size: recomputed.size(),
        root: recomputed.root(),
    })
}

pub(crate) fn frontier(row: Option<&shirushi_store::Row>) -> Result<Frontier, AuthorityError> {
    let damaged = || AuthorityError::Damaged {
        what: "log frontier",
    };
    let Some(row) = row else {
        return Ok(Frontier::new());
    };
    let size = u64::try_from(row.integer("size")?).map_err(|_| damaged())?;
    let parts = row
        .bytes("parts")?
        .chunks(32)
        .map(hash)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(damaged)?;
    Frontier::from_parts(size, parts).map_err(|_| damaged())
}

pub(crate) fn hash(bytes: &[u8]) -> Option<Hash> {
    Some(Hash(bytes.try_into().ok()?))
}
