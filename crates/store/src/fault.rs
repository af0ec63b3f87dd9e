//! What the machine under a database refuses: not the caller's fault, and for the operator to mend.

use crate::DatabaseFailure;
use std::io::{self, ErrorKind};

/// The machine refused: nothing is recorded until the operator has mended it, and then everything goes on by itself.
#[derive(Debug, thiserror::Error)]
#[error("{kind}: {failure}")]
pub struct MachineFault {
    /// What kind of thing the operator has to look at.
    pub kind: FaultKind,
    /// What the database said.
    pub failure: DatabaseFailure,
}

/// What the operator has to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The database does not answer, or the connection to it was lost (PostgreSQL).
    Connection,
    /// The file's content is damaged.
    Damaged,
    /// No space is left, or a quota is used up.
    Full,
    /// A read, write or sync failed: a broken disk, or a file that may not grow (`ulimit -f`).
    Io,
    /// The system has no memory left for it.
    Memory,
    /// A file cannot be opened: too few descriptors (`ulimit -n`), or a folder that cannot be entered or written.
    Open,
    /// The file system, the file or the server is read-only.
    ReadOnly,
}

impl FaultKind {
    /// The kind behind an error of the operating system.
    pub(crate) fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::NotFound | ErrorKind::PermissionDenied => Self::Open,
            ErrorKind::OutOfMemory => Self::Memory,
            // EMFILE and ENFILE have no kind of their own.
            _ if matches!(error.raw_os_error(), Some(23 | 24)) => Self::Open,
            _ => Self::Io,
        }
    }

    /// The kind behind a code of SQLite (its low byte is the primary one) or a SQLSTATE of PostgreSQL; none for what the
    /// machine has no part in.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        if code.len() == 5 {
            return Self::of_sqlstate(code);
        }
        let code: u16 = code.parse().ok()?;
        match code & 0xff {
            7 => Some(Self::Memory),
            8 => Some(Self::ReadOnly),
            10 => Some(Self::Io),
            11 | 26 => Some(Self::Damaged),
            13 => Some(Self::Full),
            14 => Some(Self::Open),
            _ => None,
        }
    }

    fn of_sqlstate(code: &str) -> Option<Self> {
        match code {
            "25006" => Some(Self::ReadOnly),
            "53100" => Some(Self::Full),
            "53200" => Some(Self::Memory),
            "53300" | "58P01" => Some(Self::Open),
            "XX001" | "XX002" => Some(Self::Damaged),
            _ if code.starts_with("58") => Some(Self::Io),
            _ if code.starts_with("08") || code.starts_with("57P") => Some(Self::Connection),
            _ => None,
        }
    }
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connection => "the database does not answer",
            Self::Damaged => "the database file is damaged",
            Self::Full => "the disk is full",
            Self::Io => "the disk refuses, or a file may not grow",
            Self::Memory => "the memory is used up",
            Self::Open => "a file cannot be opened, or there are too few descriptors",
            Self::ReadOnly => "the folder is read-only",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::FaultKind;

    #[test]
    fn extended_codes_are_of_the_kind_of_their_primary_one() {
        for (code, kind) in [
            ("13", Some(FaultKind::Full)),
            ("778", Some(FaultKind::Io)),
            ("1544", Some(FaultKind::ReadOnly)),
            ("14", Some(FaultKind::Open)),
            ("53100", Some(FaultKind::Full)),
            ("57P01", Some(FaultKind::Connection)),
            ("58030", Some(FaultKind::Io)),
            ("2067", None),
            ("1", None),
            ("23505", None),
            ("-", None),
        ] {
            assert_eq!(FaultKind::of_code(code), kind, "{code}");
        }
    }
}
