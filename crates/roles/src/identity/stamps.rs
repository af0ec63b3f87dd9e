//! Whether files are still those that were read.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// What tells a file from the one that was there before: number, length, and the instants of the last changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// How some files are now. Taken before they are read, so that a change meanwhile is seen at the next look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamps(Vec<Option<Stamp>>);

impl Stamps {
    /// Of these files, behind links; one that is not there has none.
    #[must_use]
    pub fn of(files: &[PathBuf]) -> Self {
        Self(
            files
                .iter()
                .map(|file| stamp(file))
                .collect(),
        )
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let found = fs::metadata(file).ok()?;
    Some(Stamp {
        inode: found.ino(),
        length: found.len(),
        modified: (found.mtime(), found.mtime_nsec()),
        changed: (found.ctime(), found.ctime_nsec()),
    })
}
