//! What the authority has said of its own log, and what it is shown of that again.
//!
//! A checkpoint goes out with each acknowledgement; the register, the counter and a witness keep the newest. A database that came back
//! from a backup cannot know what it has forgotten, but they do. So each start begins with them showing what they have, and the authority
//! compares: every size and root that it stood at is kept in the transaction that brought it there.
//!
//! A restore that was accepted begins another life of the log, which its checkpoints name: what was said of entries that are lost is then no
//! reproach any more.

use crate::{Authority, AuthorityError, Damage, log, replay::Source, sql};
use shirushi_ledger::{Checkpoint, Frontier, Hash, VerifierKey};
use shirushi_store::Value;
use shirushi_wire::LogLife;

/// The word before the life in a checkpoint's line.
const LIFE: &str = "life ";

/// A life of the log and the size at which it began.
struct Life {
    life: LogLife,
    began: u64,
}

impl Authority {
    /// The log's present state as a signed note (C2SP checkpoint), for anyone to keep and compare.
    ///
    /// # Errors
    /// [`AuthorityError::Store`], [`AuthorityError::Damaged`].
    pub async fn checkpoint(&self) -> Result<String, AuthorityError> {
        let damaged = || AuthorityError::Damaged { what: "checkpoint" };
        let lives = self.lives().await?;
        let life = lives.last().ok_or_else(damaged)?.life;
        let frontier = self.frontier().await?;
        let origin = self.ceremony().log_origin();
        let checkpoint = Checkpoint {
            origin: origin.clone(),
            size: frontier.size(),
            root: frontier.root(),
        };
        checkpoint
            .sign_with(
                &[format!("{LIFE}{life}")],
                &origin,
                self.ceremony().log_key(),
            )
            .map_err(|_| damaged())
    }

    /// The key that checkpoints of this log are verified with, for everybody.
    #[must_use]
    pub fn log_key(&self) -> VerifierKey {
        self.ceremony().log_verifier()
    }

    /// Whether `text` is a checkpoint of this authority's log.
    #[must_use]
    pub fn checkpoint_is_ours(&self, text: &str) -> bool {
        self.log_key().open(text).is_ok()
    }

    /// Is shown a checkpoint that somebody has kept, and compares. What is wrong stands until the next start.
    ///
    /// # Errors
    /// [`AuthorityError::Damage`] when this log is smaller, or another one; [`AuthorityError::Store`].
    pub async fn meet(&self, note: &str) -> Result<(), AuthorityError> {
        match self.compared(note).await? {
            None => Ok(()),
            // Anybody can send something that is none.
            Some(Damage::ForeignCheckpoint) => {
                Err(AuthorityError::Damage(Damage::ForeignCheckpoint))
            }
            Some(damage) => {
                self.set_damage(damage.clone());
                Err(AuthorityError::Damage(damage))
            }
        }
    }

    pub(crate) async fn compared(&self, note: &str) -> Result<Option<Damage>, AuthorityError> {
        compare(
            &Source::Service(self.store().clone()),
            &self.log_key(),
            note,
        )
        .await
    }

    async fn lives(&self) -> Result<Vec<Life>, AuthorityError> {
        lives(&Source::Service(self.store().clone())).await
    }

    /// At the first opening: the first life, and the root of a log from before roots were kept.
    pub(crate) async fn begin_lives(&self) -> Result<(), AuthorityError> {
        self.standing()
            .note_size(self.frontier().await?.size());
        if !self.lives().await?.is_empty() {
            return Ok(());
        }
        let frontier = self.frontier().await?;
        let life = LogLife::random(self.random());
        let mut transaction = self.store().begin().await?;
        transaction
            .execute(
                sql::INSERT_LOG_LIFE,
                &[
                    life.to_string().into(),
                    Value::Integer(0),
                    self.now().unix().into(),
                ],
            )
            .await?;
        if frontier.size() > 0 {
            let size = i64::try_from(frontier.size())
                .map_err(|_| AuthorityError::Damaged { what: "log size" })?;
            transaction
                .execute(
                    sql::INSERT_LOG_ROOT,
                    &[size.into(), Value::Bytes(frontier.root().0.to_vec())],
                )
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    pub(crate) async fn frontier(&self) -> Result<Frontier, AuthorityError> {
        log::frontier(
            self.store()
                .row(sql::LOG_FRONTIER, &[])
                .await?
                .as_ref(),
        )
    }
}

/// What is wrong when somebody shows this note to the log in this database.
pub(crate) async fn compare(
    source: &Source,
    key: &VerifierKey,
    note: &str,
) -> Result<Option<Damage>, AuthorityError> {
    let Ok((shown, extensions)) = key.open(note) else {
        return Ok(Some(Damage::ForeignCheckpoint));
    };
    let frontier = log::frontier(
        source
            .row(sql::LOG_FRONTIER, &[])
            .await?
            .as_ref(),
    )?;
    let stands = frontier.size();
    let lives = lives(source).await?;
    // Checkpoints of before lives were counted are of the first one.
    let life = extensions.iter().find_map(|line| {
        line.strip_prefix(LIFE)?
            .parse::<LogLife>()
            .ok()
    });
    let place = match life {
        None => Some(0),
        Some(life) => lives
            .iter()
            .position(|known| known.life == life),
    };
    let Some(place) = place else {
        return Ok(Some(Damage::UnknownLife { shown: shown.size }));
    };
    let left_at = lives
        .get(place + 1)
        .map(|next| next.began);
    if left_at.is_some_and(|size| shown.size > size) {
        return Ok(None);
    }
    if shown.size > stands {
        return Ok(Some(Damage::LogIsBehind {
            shown: shown.size,
            stands,
        }));
    }
    let same = root_at(source, shown.size).await? == Some(shown.root);
    Ok((!same).then_some(Damage::OtherTree { size: shown.size }))
}

/// The root at this size: looked up, or computed for a size that nothing was committed at.
async fn root_at(source: &Source, size: u64) -> Result<Option<Hash>, AuthorityError> {
    if size == 0 {
        return Ok(Some(Hash::of_empty_tree()));
    }
    let number = i64::try_from(size).map_err(|_| AuthorityError::Damaged { what: "log size" })?;
    if let Some(row) = source
        .row(sql::LOG_ROOT, &[Value::Integer(number)])
        .await?
    {
        return Ok(log::hash(&row.bytes("root")?));
    }
    let mut frontier = Frontier::new();
    while frontier.size() < size {
        let next = i64::try_from(frontier.size())
            .map_err(|_| AuthorityError::Damaged { what: "log size" })?;
        let rows = source
            .rows(sql::LOG_ENTRIES, &[Value::Integer(next)])
            .await?;
        if rows.is_empty() {
            return Ok(None);
        }
        for row in rows {
            let leaf =
                log::hash(&row.bytes("leaf")?).ok_or(AuthorityError::Damaged { what: "log" })?;
            if frontier.size() < size {
                frontier.push(&leaf);
            }
        }
    }
    Ok(Some(frontier.root()))
}

/// The lives of the log, oldest first.
async fn lives(source: &Source) -> Result<Vec<Life>, AuthorityError> {
    let damaged = || AuthorityError::Damaged { what: "log life" };
    source
        .rows(sql::LOG_LIVES, &[])
        .await?
        .iter()
        .map(|row| {
            Ok(Life {
                life: row
                    .text("life")?
                    .parse()
                    .map_err(|_| damaged())?,
                began: u64::try_from(row.integer("size")?).map_err(|_| damaged())?,
            })
        })
        .collect()
}
