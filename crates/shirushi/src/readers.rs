//! Where the card of a command is: in a reader, or in a file.

use crate::{
    arguments::WhichCard,
    failure::{Failure, of_card_file},
    language::Language,
    told::{code, of_found, of_reader, told},
};
use shirushi_apdu::TransmitError;
use shirushi_client::{FindError, find_card};
use shirushi_crypto::SystemRandom;
use shirushi_reader::{CardSource, Connection, Pcsc, Reader, ReaderError};
use shirushi_softcard::{CardFile, SoftCardError};
use std::sync::Arc;

/// The readers that a command may look into.
///
/// # Errors
/// [`Failure::Told`] without PC/SC, unless a card's file is named.
pub(crate) fn source(
    which: &WhichCard,
    language: Language,
) -> Result<Arc<dyn CardSource>, Failure> {
    match &which.file {
        Some(file) => Ok(Arc::new(CardFile::new(file, Arc::new(SystemRandom)))),
        None => match Pcsc::load() {
            Ok(pcsc) => Ok(Arc::new(pcsc)),
            Err(error) => Err(of_reader(&error, language)),
        },
    }
}

/// Connects to the card in the reader that was named, or to the one with the JPKI application, in whichever reader it is.
pub(crate) fn connect(
    source: &dyn CardSource,
    which: &WhichCard,
    language: Language,
) -> Result<Connection, Failure> {
    let failed = |error: ReaderError| of_reader(&error, language);
    let Some(wanted) = &which.reader else {
        return find_card(source).map_err(|error| match error {
            FindError::Reader(error) => refused(&error, which, language),
            error => of_found(&error, language),
        });
    };
    let readers = source.readers().map_err(failed)?;
    let reader = named(&readers, wanted, language)?;
    source
        .connect(&reader.id)
        .map_err(failed)
}

fn named<'a>(
    readers: &'a [Reader],
    wanted: &str,
    language: Language,
) -> Result<&'a Reader, Failure> {
    let names = |reader: &Reader| {
        [
            reader.id.clone(),
            reader.name.ja.clone(),
            reader.name.en.clone(),
        ]
    };
    if let Some(exact) = readers.iter().find(|reader| {
        names(reader)
            .iter()
            .any(|name| name == wanted)
    }) {
        return Ok(exact);
    }
    let lower = wanted.to_lowercase();
    let mut like = readers.iter().filter(|reader| {
        names(reader)
            .iter()
            .any(|name| name.to_lowercase().contains(&lower))
    });
    let (first, second) = (like.next(), like.next());
    match (first, second) {
        (Some(reader), None) => Ok(reader),
        (found, _) => {
            let known: Vec<_> = readers
                .iter()
                .map(|reader| format!("\n    {}", language.of_both(&reader.name)))
                .collect();
            let text = match (found, language) {
                (None, Language::Japanese) => "その名前のカードリーダーはありません。",
                (None, Language::English) => "There is no card reader of that name.",
                (_, Language::Japanese) => {
                    "その名前に当てはまるカードリーダーが二つ以上あります。もっと長く指定してください。"
                }
                (_, Language::English) => {
                    "More than one card reader is called so; say more of the name."
                }
            };
            Err(Failure::Told {
                code: code::NOT_REACHED,
                text: format!("{text}{}", known.concat()),
            })
        }
    }
}

/// A card's file that cannot be opened is told by its name.
fn refused(error: &ReaderError, which: &WhichCard, language: Language) -> Failure {
    match (error, &which.file) {
        (_, Some(file)) if file.is_dir() => {
            let (ja, en) = of_card_file(file, &SoftCardError::Missing);
            told(code::NOT_REACHED, language, &ja, &en)
        }
        (ReaderError::NoCard, Some(file)) => told(
            code::NOT_REACHED,
            language,
            &format!(
                "カードのファイル {} がありません。\n  ファイルの名前と場所を確かめてください。",
                file.display()
            ),
            &format!(
                "There is no card's file {}.\n  See that its name and folder are right.",
                file.display()
            ),
        ),
        (ReaderError::Transmit(TransmitError::Other { source }), Some(file)) => {
            let ja = match source.downcast_ref::<SoftCardError>() {
                Some(error) => error.in_japanese(),
                None => source.to_string(),
            };
            told(
                code::NOT_REACHED,
                language,
                &format!("{}: {ja}", file.display()),
                &format!("{}: {source}", file.display()),
            )
        }
        (error, _) => of_reader(error, language),
    }
}
