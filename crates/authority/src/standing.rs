//! Whether what the authority knows may be told: it may not while its memory is known to be incomplete.

use crate::{Authority, AuthorityError, RegisterTrouble};
use std::{
    fmt,
    sync::{OnceLock, PoisonError, RwLock},
};

/// What was found to be wrong with the authority's own memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// A checkpoint that this log gave out is of a larger tree: the database came back from a backup.
    LogIsBehind {
        /// The size that was given out.
        shown: u64,
        /// The size that stands here.
        stands: u64,
    },
    /// A checkpoint that this log gave out has another root at its size.
    OtherTree {
        /// That size.
        size: u64,
    },
    /// A checkpoint is of a life of the log that began after what stands here: the database came back from a backup.
    UnknownLife {
        /// The size that was given out.
        shown: u64,
    },
    /// What was shown as this log's checkpoint is not signed by its key.
    ForeignCheckpoint,
    /// An entry of the log is not what it was when it was written.
    Entry {
        /// Its position.
        position: u64,
    },
    /// An entry of the log is gone.
    Missing {
        /// Its position.
        position: u64,
    },
    /// Entries of the log were exchanged, moved or written anew.
    Rewritten {
        /// The position of the first that may be.
        from: u64,
        /// The position of the last that may be.
        to: u64,
    },
    /// What was taken from the register stands otherwise in the table.
    Event {
        /// The number of the event.
        sequence: i64,
    },
    /// Another memory has revocations that this one has not: the database came back from a backup, or was changed.
    Forgotten {
        /// How many.
        revocations: usize,
    },
    /// The log and a table tell different things of a certificate.
    Certificate {
        /// Its serial number.
        serial: String,
    },
    /// The log and the table of officers differ.
    Officer {
        /// The officer's name.
        officer: String,
    },
    /// A table has more rows or fewer than the log has entries.
    Rows {
        /// The table.
        table: &'static str,
        /// What the log has.
        logged: i64,
        /// What the table has.
        stored: i64,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogIsBehind { shown, stands } => write!(
                f,
                "the authority's log stood at {shown} entries and has {stands}: its database came back from a backup"
            ),
            Self::OtherTree { size } => write!(
                f,
                "the first {size} entries of the authority's log are not those that it has told of"
            ),
            Self::UnknownLife { shown } => write!(
                f,
                "the authority's log stood at {shown} entries in a life that it does not know any more: its database came back from a backup"
            ),
            Self::ForeignCheckpoint => f.write_str(
                "a checkpoint of the authority's log is not signed by the key that it has now",
            ),
            Self::Entry { position } => {
                write!(
                    f,
                    "entry {position} of the authority's log is not what was written"
                )
            }
            Self::Missing { position } => {
                write!(f, "entry {position} of the authority's log is gone")
            }
            Self::Rewritten { from, to } => write!(
                f,
                "among the entries {from} to {to} of the authority's log, some were exchanged, moved or written anew"
            ),
            Self::Event { sequence } => write!(
                f,
                "the authority's log and its tables tell different things of register event {sequence}"
            ),
            Self::Forgotten { revocations } => write!(
                f,
                "the authority has forgotten {revocations} revocations that others remember"
            ),
            Self::Certificate { serial } => write!(
                f,
                "the authority's log and its tables tell different things of certificate {serial}"
            ),
            Self::Officer { officer } => write!(
                f,
                "the authority's log and its table of officers tell different things of {officer}"
            ),
            Self::Rows {
                table,
                logged,
                stored,
            } => write!(
                f,
                "the authority's log tells of {logged} rows of the table {table}, which has {stored}"
            ),
        }
    }
}

impl Damage {
    /// The same in Japanese.
    #[must_use]
    pub fn in_japanese(&self) -> String {
        match self {
            Self::LogIsBehind { shown, stands } => format!(
                "認証局の記録は{shown}件まであったはずですが、{stands}件しかありません。データベースがバックアップから戻されています"
            ),
            Self::OtherTree { size } => {
                format!("認証局の記録の最初の{size}件が、以前に示したものと違います")
            }
            Self::UnknownLife { shown } => format!(
                "認証局の記録は、いまの記録にない別の系列で{shown}件まであったはずです。データベースがバックアップから戻されています"
            ),
            Self::ForeignCheckpoint => {
                "認証局の記録の控えが、いまの鍵で署名されたものではありません".to_owned()
            }
            Self::Entry { position } => {
                format!("認証局の記録の第{position}項が書き換えられています")
            }
            Self::Missing { position } => format!("認証局の記録の第{position}項がありません"),
            Self::Rewritten { from, to } => format!(
                "認証局の記録の第{from}項から第{to}項までのどれかが、入れ替えられたか書き直されています"
            ),
            Self::Event { sequence } => {
                format!("台帳の異動第{sequence}号について、認証局の記録と表が食い違っています")
            }
            Self::Forgotten { revocations } => {
                format!("認証局が、他の控えにある失効{revocations}件を忘れています")
            }
            Self::Certificate { serial } => {
                format!("電子証明書 {serial} について、認証局の記録と表が食い違っています")
            }
            Self::Officer { officer } => {
                format!("担当者 {officer} について、認証局の記録と表が食い違っています")
            }
            Self::Rows {
                table,
                logged,
                stored,
            } => format!("表 {table} は記録によれば{logged}行のはずですが、{stored}行あります"),
        }
    }
}

/// What stands against telling.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    trouble: RwLock<Option<RegisterTrouble>>,
    damage: RwLock<Option<Damage>>,
    /// The size of the log at the start, before anything was appended.
    found_at: OnceLock<u64>,
}

impl Standing {
    pub(crate) fn found_at(&self) -> u64 {
        self.found_at
            .get()
            .copied()
            .unwrap_or(0)
    }

    pub(crate) fn note_size(&self, size: u64) {
        // The first stays.
        let _ = self.found_at.set(size);
    }
}

impl Authority {
    /// What the register has proven to be missing, as long as it is.
    #[must_use]
    pub fn trouble(&self) -> Option<RegisterTrouble> {
        *self
            .standing()
            .trouble
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found to be wrong with the authority's own memory.
    #[must_use]
    pub fn damage(&self) -> Option<Damage> {
        self.standing()
            .damage
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_trouble(&self, trouble: Option<RegisterTrouble>) {
        *self
            .standing()
            .trouble
            .write()
            .unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// The first damage found stays: the others may follow from it.
    pub(crate) fn set_damage(&self, damage: Damage) {
        tracing::error!(%damage, "the authority is damaged");
        self.standing()
            .damage
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(damage);
    }

    pub(crate) fn clear_damage(&self) {
        *self
            .standing()
            .damage
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn require_undamaged(&self) -> Result<(), AuthorityError> {
        match self.damage() {
            Some(damage) => Err(AuthorityError::Damage(damage)),
            None => Ok(()),
        }
    }

    /// That nothing is known to be missing.
    pub(crate) fn require_sound(&self) -> Result<(), AuthorityError> {
        self.require_undamaged()?;
        match self.trouble() {
            Some(trouble) => Err(AuthorityError::Register(trouble)),
            None => Ok(()),
        }
    }
}
