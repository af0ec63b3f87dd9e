//! `shirushi doctor --card-report`: how a card is made, for who tries the first real one (docs/real-card.md).

use crate::{
    arguments::WhichCard,
    failure::Failure,
    language::Language,
    output::{Output, Wanted},
    readers::{connect, source},
    told::of_card,
};
use shirushi_doctor::card_report;
use shirushi_reader::CardSource;
use std::{path::Path, process::ExitCode};

/// This program, as a report names it.
const PROGRAM: &str = concat!("shirushi ", env!("CARGO_PKG_VERSION"));

/// Asks the card, and writes what it answered to a file.
///
/// # Errors
/// [`Failure::Told`] without a card of the right kind, and where the file is there and need not be replaced; [`Failure::File`].
pub(super) fn write(
    path: &Path,
    is_forced: bool,
    which: &WhichCard,
    language: Language,
) -> Result<ExitCode, Failure> {
    let wanted = Wanted {
        is_forced,
        ..Wanted::default()
    };
    let output = Output::at(path, &wanted, language)?;
    let source = source(which, language)?;
    let connection = connect(&*source, which, language)?;
    let atr = atr(&*source, which);
    let report = card_report(connection, atr.as_deref(), PROGRAM)
        .map_err(|error| of_card(&error, language))?;
    let differing = report.differing();
    output.write(report.text().as_bytes(), language)?;
    let path = path.display();
    output.tell(&match language {
        Language::Japanese => format!(
            "{path} に書きました（ソフトウェアのカードと違う答え: {differing}件）。暗証番号は送らず、残り回数は減っていません。どこにも送っていません。\n\
             全体を読んで、よければご自分で送ってください（docs/real-card.ja.md）。"
        ),
        Language::English => format!(
            "Written to {path} (answers that differ from the software card's: {differing}). No PIN was sent, and no try was spent. It was sent nowhere.\n\
             Read all of it, and send it yourself if you like (docs/real-card.md)."
        ),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The answer to reset of the card that is meant, where one reader alone can be meant.
fn atr(source: &dyn CardSource, which: &WhichCard) -> Option<Vec<u8>> {
    let readers = source.readers().ok()?;
    let mut meant = readers.iter().filter(|reader| {
        reader.has_card
            && which
                .reader
                .as_ref()
                .is_none_or(|name| {
                    let name = name.to_lowercase();
                    reader.id.to_lowercase().contains(&name)
                })
    });
    match (meant.next(), meant.next()) {
        (Some(reader), None) => source.answer_to_reset(&reader.id),
        _ => None,
    }
}
