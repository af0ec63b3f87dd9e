//! The files of software cards. They are read, never locked: a card in use is looked at too.

use super::entries;
use crate::{
    Surroundings,
    notes::{Notes, said},
    table::{CARD_FILE, CARD_NAMED},
};
use shirushi_crypto::SystemRandom;
use shirushi_softcard::{FileDisk, SoftCard, SoftCardError};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The card in a file; what is wrong with the file is noted.
pub(crate) fn look_at(path: &Path, notes: &mut Notes) -> Option<SoftCard> {
    let shown = path.display().to_string();
    match open(path) {
        Ok(card) => return Some(card),
        Err(SoftCardError::Missing) => notes.fault(
            &CARD_NAMED,
            said(
                format!("{shown}というファイルがありません"),
                format!("There is no file {shown}"),
            ),
            &[("path", shown.as_str().into())],
        ),
        Err(error) => note(&shown, &error, notes),
    }
    None
}

/// The cards in the agent's wallet.
pub(crate) fn look_at_wallet(surroundings: &Surroundings, notes: &mut Notes) {
    let mut cards = cards(surroundings);
    cards.sort();
    for path in &cards {
        if let Err(error) = open(path) {
            note(&path.display().to_string(), &error, notes);
            return;
        }
    }
    match cards.len() {
        0 => notes.not_concerned(
            &[&CARD_FILE],
            &said(
                "利用者クライアントにソフトウェアのカードはありません",
                "The agent has no software cards",
            ),
        ),
        number => notes.ok(
            &CARD_FILE,
            said(
                format!("利用者クライアントのカード{number}枚"),
                format!("{number} in the agent's wallet"),
            ),
        ),
    }
}

fn cards(surroundings: &Surroundings) -> Vec<PathBuf> {
    let Some(folder) = &surroundings.agent_folder else {
        return Vec::new();
    };
    entries(&folder.join("cards"), "card")
}

fn open(path: &Path) -> Result<SoftCard, SoftCardError> {
    let bytes = FileDisk::peek(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SoftCardError::Missing,
        _ => SoftCardError::Read { source },
    })?;
    SoftCard::look(bytes, Arc::new(SystemRandom))
}

fn note(path: &str, error: &SoftCardError, notes: &mut Notes) {
    let seen = said(
        format!("{path}: {}", error.in_japanese()),
        format!("{path}: {error}"),
    );
    match error {
        SoftCardError::Read { .. } => notes.not_looked_at(&CARD_FILE, seen),
        _ => notes.fault(&CARD_FILE, seen, &[("path", path.into())]),
    }
}
