//! The log against the tables: what was logged must stand, and nothing else.
//!
//! The same walk serves a start (the tail, and the counts of rows, before anything is answered; the rest in the background) and
//! `shirushi log verify`, which reads a database that it may not write. It needs no secret.

use crate::{AuthorityError, Damage, log, log::LogEntry, revoke::kind_text, sql};
use shirushi_crypto::sha256;
use shirushi_ledger::{Frontier, Hash, Salt, commitment, leaf_hash};
use shirushi_profile::{CertificateKind, SerialNumber};
use shirushi_store::{ReadOnly, Row, Store, StoreError, Value};

/// What is read: the database in service, or one that is only looked at.
#[derive(Clone)]
pub(crate) enum Source {
    Service(Store),
    ReadOnly(ReadOnly),
}

impl Source {
    pub(crate) async fn rows(
        &self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Service(store) => store.rows(sql, values).await,
            Self::ReadOnly(database) => database.rows(sql, values).await,
        }
    }

    pub(crate) async fn row(
        &self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self
            .rows(sql, values)
            .await?
            .into_iter()
            .next())
    }
}

/// What the walk found.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// What is wrong, in the order of the log; the counts last.
    pub findings: Vec<Damage>,
    /// The entries that were read.
    pub entries: u64,
    /// The size and the root that the leaves give.
    pub tree: (u64, Option<Hash>),
}

/// Most findings that are told one by one.
const MOST: usize = 1000;

/// One walk through the log.
pub(crate) struct Replay {
    source: Source,
    next: i64,
    /// None from the first place on at which the leaves are no whole tree any more, and in a walk that begins in the middle.
    tree: Option<Frontier>,
    /// The size of the last tree that was right.
    right_until: u64,
    pub(crate) found: Replayed,
}

impl Replay {
    /// From the beginning.
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            next: 0,
            tree: Some(Frontier::new()),
            right_until: 0,
            found: Replayed::default(),
        }
    }

    /// The last `entries` alone, without the tree.
    pub(crate) async fn tail(source: Source, entries: i64) -> Result<Self, AuthorityError> {
        let size = size(&source).await?;
        Ok(Self {
            next: (size - entries).max(0),
            tree: None,
            ..Self::new(source)
        })
    }

    /// One page; false when there is no more.
    pub(crate) async fn step(&mut self) -> Result<bool, AuthorityError> {
        let rows = self
            .source
            .rows(sql::LOG_ENTRIES, &[self.next.into()])
            .await?;
        if rows.is_empty() {
            return Ok(false);
        }
        let roots = self.roots().await?;
        for row in &rows {
            self.entry(row, &roots).await?;
        }
        Ok(true)
    }

    /// At the end: the tree that the database says it has, and the counts.
    pub(crate) async fn finish(mut self) -> Result<Replayed, AuthorityError> {
        loop {
            let row = self
                .source
                .row(sql::COUNTS, &counted())
                .await?;
            let kept = log::frontier(
                self.source
                    .row(sql::LOG_FRONTIER, &[])
                    .await?
                    .as_ref(),
            )?;
            // What was appended meanwhile is walked through first.
            if self.step().await? {
                continue;
            }
            if let Some(row) = row {
                self.counts(&row)?;
            }
            if let Some(tree) = &self.tree
                && (kept.size() != tree.size() || kept.root() != tree.root())
            {
                let position = self.right_until.min(kept.size());
                self.tell(Damage::Entry { position });
            }
            self.found.tree = (
                u64::try_from(self.next).unwrap_or(0),
                self.tree.as_ref().map(Frontier::root),
            );
            return Ok(self.found);
        }
    }

    /// The roots that were kept for the sizes of the next page.
    async fn roots(&self) -> Result<Vec<(u64, Hash)>, AuthorityError> {
        if self.tree.is_none() {
            return Ok(Vec::new());
        }
        let rows = self
            .source
            .rows(sql::LOG_ROOTS, &[self.next.into()])
            .await?;
        rows.iter()
            .map(|row| {
                let size = u64::try_from(row.integer("size")?).unwrap_or(0);
                let root = log::hash(&row.bytes("root")?)
                    .ok_or(AuthorityError::Damaged { what: "log root" })?;
                Ok((size, root))
            })
            .collect()
    }

    async fn entry(&mut self, row: &Row, roots: &[(u64, Hash)]) -> Result<(), AuthorityError> {
        let position = row.integer("position")?;
        while self.next < position && self.found.findings.len() < MOST {
            let position = u64::try_from(self.next).unwrap_or(0);
            self.tell(Damage::Missing { position });
            self.tree = None;
            self.next += 1;
        }
        self.next = position + 1;
        self.found.entries += 1;
        let number = u64::try_from(position).unwrap_or(0);
        let leaf = log::hash(&row.bytes("leaf")?);
        let text = (row.optional_bytes("salt")?, row.optional_bytes("entry")?);
        if let (Some(salt), Some(entry)) = text {
            let opened = <[u8; 32]>::try_from(salt)
                .ok()
                .map(|salt| leaf_hash(&commitment(&Salt::from_bytes(salt), &entry)));
            match serde_json::from_slice::<LogEntry>(&entry) {
                Ok(entry) if opened.is_some() && opened == leaf => self.stands(&entry).await?,
                _ => self.tell(Damage::Entry { position: number }),
            }
        }
        self.grow(number, leaf, roots);
        Ok(())
    }

    fn grow(&mut self, position: u64, leaf: Option<Hash>, roots: &[(u64, Hash)]) {
        let Some(tree) = &mut self.tree else { return };
        let Some(leaf) = leaf else {
            self.tree = None;
            return;
        };
        tree.push(&leaf);
        let kept = roots
            .iter()
            .find(|(size, _)| *size == tree.size());
        match kept {
            Some((size, root)) if *root == tree.root() => self.right_until = *size,
            Some(_) => {
                let from = self.right_until;
                self.tree = None;
                self.tell(Damage::Rewritten { from, to: position });
            }
            None => {}
        }
    }

    /// Whether what the entry tells stands in the tables.
    async fn stands(&mut self, entry: &LogEntry) -> Result<(), AuthorityError> {
        match entry {
            LogEntry::Issued {
                serial,
                kind,
                certificate,
                ..
            } => {
                let row = self.certificate(serial, *kind).await?;
                let same = match row {
                    Some(row) => hex::encode(sha256(&row.bytes("der")?)) == *certificate,
                    None => false,
                };
                self.certificate_stands(same, serial);
            }
            LogEntry::Revoked { serial, kind, .. }
            | LogEntry::IntentClosed { serial, kind, .. } => {
                let key: [Value; 2] = [serial.to_string().into(), kind_text(*kind).into()];
                let recorded = self
                    .source
                    .row(sql::REVOCATION, &key)
                    .await?
                    .is_some();
                let lives = match self.certificate(serial, *kind).await? {
                    Some(row) => row.text("state")? == "live",
                    None => false,
                };
                self.certificate_stands(recorded && !lives, serial);
            }
            LogEntry::OfficerEnrolled { officer, key, .. } => {
                let known = self
                    .source
                    .row(
                        sql::OFFICER_ENROLLED,
                        &[officer.as_str().into(), key.as_str().into()],
                    )
                    .await?
                    .is_some();
                if !known {
                    self.tell(Damage::Officer {
                        officer: officer.clone(),
                    });
                }
            }
            LogEntry::OfficerRetired { officer, .. } => {
                let retired = self
                    .source
                    .row(sql::OFFICER_GONE, &[officer.as_str().into()])
                    .await?
                    .is_some();
                if !retired {
                    self.tell(Damage::Officer {
                        officer: officer.clone(),
                    });
                }
            }
            LogEntry::EventTaken {
                life,
                sequence,
                event,
                ..
            } => {
                let row = self
                    .source
                    .row(sql::REGISTER_EVENT, &[(*sequence).into()])
                    .await?;
                let same = match row {
                    Some(row) => {
                        row.text("life")? == *life && hex::encode(row.bytes("hash")?) == *event
                    }
                    None => false,
                };
                if !same {
                    self.tell(Damage::Event {
                        sequence: *sequence,
                    });
                }
            }
            LogEntry::RegisterLife { .. }
            | LogEntry::Restored { .. }
            | LogEntry::ClockAccepted { .. }
            | LogEntry::AuthorityRolled { .. }
            | LogEntry::ResponderDelegated { .. }
            | LogEntry::CrlPublished { .. } => {}
        }
        Ok(())
    }

    async fn certificate(
        &self,
        serial: &SerialNumber,
        kind: CertificateKind,
    ) -> Result<Option<Row>, AuthorityError> {
        Ok(self
            .source
            .row(
                sql::CERTIFICATE_LOGGED,
                &[serial.to_string().into(), kind_text(kind).into()],
            )
            .await?)
    }

    fn certificate_stands(&mut self, stands: bool, serial: &SerialNumber) {
        if !stands {
            self.tell(Damage::Certificate {
                serial: serial.to_string(),
            });
        }
    }

    /// As many rows as entries: a row that was taken away, or slipped in, is found wherever it stood.
    fn counts(&mut self, row: &Row) -> Result<(), AuthorityError> {
        let forgotten = row.integer("forgotten")?;
        for (table, logged, stored) in [
            ("certificates", "issued", "certificates"),
            ("revocations", "ended", "revocations"),
            ("log", "entries", "size"),
        ] {
            let (logged, stored) = (row.integer(logged)?, row.integer(stored)?);
            let most = if table == "log" {
                logged
            } else {
                logged + forgotten
            };
            if stored < logged || stored > most {
                self.tell(Damage::Rows {
                    table,
                    logged,
                    stored,
                });
            }
        }
        Ok(())
    }

    fn tell(&mut self, damage: Damage) {
        if self.found.findings.len() < MOST {
            self.found.findings.push(damage);
        }
    }
}

/// The counts alone: one look at each table.
pub(crate) async fn counts(source: &Source) -> Result<Vec<Damage>, AuthorityError> {
    let mut replay = Replay::new(source.clone());
    if let Some(row) = source
        .row(sql::COUNTS, &counted())
        .await?
    {
        replay.counts(&row)?;
    }
    Ok(replay.found.findings)
}

/// Beginnings of the entries that are counted, as `serde_json` writes them.
fn counted() -> [Value; 3] {
    [
        Value::Bytes(br#"{"act":"issued","#.to_vec()),
        Value::Bytes(br#"{"act":"revoked","#.to_vec()),
        Value::Bytes(br#"{"act":"intent-closed","#.to_vec()),
    ]
}

async fn size(source: &Source) -> Result<i64, AuthorityError> {
    let row = source
        .row(sql::LOG_FRONTIER, &[])
        .await?;
    row.map_or(Ok(0), |row| Ok(row.integer("size")?))
}
