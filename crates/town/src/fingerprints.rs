//! What the files of a city hashed to when they were made.
//!
//! A key beside a certificate is checked against it, and a certificate against its issuer. These files have nothing beside them: another
//! key of the same kind, or other random bytes, would be taken without a word, and everything that was made with the right one would be
//! wrong from then on. A hash of 256 random bits or of a private key tells nothing of it.

use crate::{TownError, files, folder::damaged};
use shirushi_crypto::sha256;
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

pub(crate) const FILE: &str = "fingerprints";

/// Files that never change, relative to the city's folder.
const KEPT: [&str; 12] = [
    "role-token",
    "register/register.key",
    "authority/keys/log.key",
    "authority/keys/master.key",
    "authority/keys/token.key",
    "register/checkpoint.key",
    "authority/checkpoint.key",
    "responder/checkpoint.key",
    "counter/checkpoint.key",
    "agency/checkpoint.key",
    "portal/checkpoint.key",
    "agent/checkpoint.key",
];

/// Where a restore is accepted, the keys of checkpoints may be new.
const REPLACEABLE: &str = "checkpoint.key";

/// Whether each file is the one that was noted.
pub(crate) fn check(folder: &Path, accept_restore: bool) -> Result<(), TownError> {
    for (name, noted) in read(folder)? {
        if accept_restore && name.ends_with(REPLACEABLE) {
            continue;
        }
        let path = folder.join(&name);
        if files::read(&path)?.map(|bytes| hash(&bytes)) != Some(noted) {
            return Err(damaged(&path));
        }
    }
    Ok(())
}

/// Notes the files that are there.
pub(crate) fn note(folder: &Path) -> Result<(), TownError> {
    let mut text = String::new();
    for name in KEPT {
        if let Some(bytes) = files::read(&folder.join(name))? {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}  {name}", hash(&bytes));
        }
    }
    let path = folder.join(FILE);
    if files::read(&path)?.as_deref() != Some(text.as_bytes()) {
        files::replace(&path, text.as_bytes())?;
    }
    Ok(())
}

/// Name and hash of each file that was noted; none in a city of before.
fn read(folder: &Path) -> Result<BTreeMap<String, String>, TownError> {
    let path = folder.join(FILE);
    let Some(bytes) = files::read(&path)? else {
        return Ok(BTreeMap::new());
    };
    String::from_utf8(bytes)
        .ok()
        .and_then(|text| {
            text.lines()
                .map(|line| {
                    let (hash, name) = line.split_once("  ")?;
                    KEPT.contains(&name)
                        .then(|| (name.to_owned(), hash.to_owned()))
                })
                .collect()
        })
        .ok_or_else(|| damaged(&path))
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(sha256(bytes))
}
