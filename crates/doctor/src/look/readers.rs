//! The readers and the service behind them.

use super::{
    pcscd::{self, NO_SERVICE, SECURITY_VIOLATION, Service},
    usb,
};
use crate::{
    Surroundings,
    notes::{Notes, said},
    table::{
        CARD_ANSWERS, CARD_PRESENT, PCSC_INSTALLED, PCSC_LIBRARY, PCSC_PERMISSION, PCSC_PROTOCOL,
        PCSC_RUNNING, READER_FREE, READER_PRESENT, READER_SINGLE,
    },
};
use shirushi_client::{Inside, Looked, Search};
use shirushi_reader::{CardSource, Connection, Reader, ReaderError};
use shirushi_rules::InBoth;

/// A connection to the card in the reader that is to be used; none when there is a fault before it, which is noted.
pub(crate) fn look(
    surroundings: &Surroundings,
    source: &dyn CardSource,
    name: Option<&str>,
    notes: &mut Notes,
) -> Option<Connection> {
    let readers = match source.readers() {
        Ok(readers) => {
            service_answers(surroundings, notes);
            readers
        }
        Err(error) => {
            no_readers(surroundings, &error, notes);
            usb::look(surroundings, false, notes);
            return None;
        }
    };
    if usb::look(surroundings, !readers.is_empty(), notes) {
        // Why there is none.
        notes.ok(&PCSC_PERMISSION, allowed());
        notes.not_looked_at(
            &READER_PRESENT,
            said(
                "つないであるリーダーが使えません",
                "The one that is plugged in cannot be used",
            ),
        );
        return None;
    }
    let fitting = fitting(&readers, name, notes);
    let Some(first) = fitting.first() else {
        notes.ok(&PCSC_PERMISSION, allowed());
        return None;
    };
    if fitting.len() == 1 {
        notes.ok(&READER_SINGLE, first.name.clone());
        return connect(surroundings, source, first, notes);
    }
    let search = Search::through(source, &fitting);
    let looked = Looked::all(search.looked());
    let count = search
        .looked()
        .iter()
        .filter(|looked| looked.inside == Inside::Jpki)
        .count();
    let Some((reader, connection)) = search.into_first() else {
        // The one that has something in it is looked at, or the first.
        let reader = fitting
            .iter()
            .find(|reader| reader.has_card)
            .unwrap_or(first);
        notes.warn(
            &READER_SINGLE,
            said(
                format!(
                    "公的個人認証に使えるカードはどれにもありません（{}）。調べるのは「{}」",
                    looked.ja, reader.name.ja
                ),
                format!(
                    "None has a card with JPKI ({}); {:?} is looked at",
                    looked.en, reader.name.en
                ),
            ),
            &[],
        );
        return connect(surroundings, source, reader, notes);
    };
    let seen = said(
        format!("「{}」にカードがあります（{}）", reader.name.ja, looked.ja),
        format!("The card is in {:?} ({})", reader.name.en, looked.en),
    );
    match count {
        1 => notes.ok(&READER_SINGLE, seen),
        _ => notes.warn(
            &READER_SINGLE,
            said(
                format!(
                    "公的個人認証に使えるカードが{count}枚あります（{}）。調べるのは「{}」",
                    looked.ja, reader.name.ja
                ),
                format!(
                    "There are {count} cards with JPKI ({}); the one in {:?} is looked at",
                    looked.en, reader.name.en
                ),
            ),
            &[],
        ),
    }
    reached(&reader, notes);
    Some(connection)
}

/// A card was reached.
fn reached(reader: &Reader, notes: &mut Notes) {
    notes.ok(&PCSC_PERMISSION, allowed());
    notes.ok(&READER_FREE, said("空いています", "It is free"));
    notes.ok(&CARD_PRESENT, reader.name.clone());
}

fn allowed() -> InBoth {
    said("使えます", "It may")
}

fn service_answers(surroundings: &Surroundings, notes: &mut Notes) {
    notes.ok(&PCSC_LIBRARY, said("読み込めました", "It loads"));
    let installed = match pcscd::program(surroundings) {
        Some(path) => said(path.clone(), path),
        None => said(
            "この計算機の外か、ふつうと違う場所で動いています",
            "It runs outside this machine or from an unusual place",
        ),
    };
    notes.ok(&PCSC_INSTALLED, installed);
    for check in [&PCSC_RUNNING, &PCSC_PROTOCOL] {
        notes.ok(check, said("応答がありました", "It answers"));
    }
}

/// Why the readers cannot be told.
fn no_readers(surroundings: &Surroundings, error: &ReaderError, notes: &mut Notes) {
    if let ReaderError::NoLibrary { source } = error {
        notes.fault(
            &PCSC_LIBRARY,
            said(source.to_string(), source.to_string()),
            &[],
        );
    } else {
        notes.ok(&PCSC_LIBRARY, said("読み込めました", "It loads"));
    }
    let service = Service::ask(surroundings);
    let installed = pcscd::program(surroundings);
    match (&installed, service.is_there()) {
        (Some(path), _) => notes.ok(&PCSC_INSTALLED, said(path, path)),
        (None, true) => notes.ok(
            &PCSC_INSTALLED,
            said(
                "ふつうと違う場所で動いています",
                "It runs from an unusual place",
            ),
        ),
        (None, false) => notes.fault(
            &PCSC_INSTALLED,
            said(
                "pcscdというプログラムがありません",
                "There is no program pcscd",
            ),
            &[],
        ),
    }
    let code = match error {
        ReaderError::Other { code } => *code,
        _ => NO_SERVICE,
    };
    service.note(surroundings, code, installed.is_some(), notes);
}

/// The readers that may be used: those of the name that was given, or all.
fn fitting(readers: &[Reader], name: Option<&str>, notes: &mut Notes) -> Vec<Reader> {
    let names = |language: fn(&Reader) -> &str| {
        readers
            .iter()
            .map(language)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (ja, en) = (names(|r| &r.name.ja), names(|r| &r.name.en));
    if readers.is_empty() {
        notes.fault(
            &READER_PRESENT,
            said("リーダーがありません", "There is no reader"),
            &[],
        );
        return Vec::new();
    }
    let fitting: Vec<Reader> = readers
        .iter()
        .filter(|reader| {
            name.is_none_or(|name| {
                let name = name.to_lowercase();
                [&reader.id, &reader.name.ja, &reader.name.en]
                    .into_iter()
                    .any(|known| known.to_lowercase().contains(&name))
            })
        })
        .cloned()
        .collect();
    if fitting.is_empty() {
        let name = name.unwrap_or_default();
        notes.fault(
            &READER_PRESENT,
            said(
                format!("「{name}」という名前のリーダーがありません。あるのは: {ja}"),
                format!("No reader is called {name:?}; there is: {en}"),
            ),
            &[],
        );
        return fitting;
    }
    notes.ok(&READER_PRESENT, said(&ja, &en));
    fitting
}

fn connect(
    surroundings: &Surroundings,
    source: &dyn CardSource,
    reader: &Reader,
    notes: &mut Notes,
) -> Option<Connection> {
    let error = match source.connect(&reader.id) {
        Ok(connection) => {
            reached(reader, notes);
            return Some(connection);
        }
        Err(error) => error,
    };
    if matches!(
        error,
        ReaderError::NoService
            | ReaderError::Other {
                code: SECURITY_VIOLATION
            }
    ) {
        notes.fault(
            &PCSC_PERMISSION,
            said(
                "リーダーは見えますが、カードへの接続が許されていません（polkit）",
                "The reader can be seen, but polkit does not allow connecting to the card",
            ),
            &[(
                "path",
                pcscd::socket(surroundings)
                    .display()
                    .to_string()
                    .into(),
            )],
        );
        return None;
    }
    notes.ok(&PCSC_PERMISSION, allowed());
    let free = said("占有されていません", "Nobody holds it");
    match error {
        ReaderError::Busy => {
            let programs = pcscd::users(surroundings);
            let told = match programs.is_empty() {
                true => said("わかりません", "not to be found out").into(),
                false => programs.join(" ").into(),
            };
            notes.ok(&CARD_PRESENT, reader.name.clone());
            notes.fault(
                &READER_FREE,
                said(
                    "ほかのプログラムがカードを占有しています",
                    "Another program holds the card",
                ),
                &[("programs", told)],
            );
        }
        ReaderError::Mute => {
            notes.ok(&READER_FREE, free);
            notes.ok(&CARD_PRESENT, reader.name.clone());
            notes.fault(
                &CARD_ANSWERS,
                said(
                    "カードは入っていますが、応答しません",
                    "A card is in the reader and does not answer",
                ),
                &[],
            );
        }
        ReaderError::NoCard => {
            notes.ok(&READER_FREE, free);
            notes.fault(
                &CARD_PRESENT,
                said(
                    format!("「{}」は空です", reader.name.ja),
                    format!("{:?} is empty", reader.name.en),
                ),
                &[],
            );
        }
        other => {
            notes.ok(&CARD_PRESENT, reader.name.clone());
            let text = other.to_string();
            notes.not_looked_at(&READER_FREE, said(text.clone(), text));
        }
    }
    None
}
