//! Where the card of a command is: in a reader, or in a file.

use crate::{
    arguments::WhichCard,
    failure::Failure,
    language::Language,
    told::{code, of_reader},
};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_crypto::SystemRandom;
use shirushi_reader::{CardSource, Connection, Reader, ReaderError, Several};
use shirushi_rules::InBoth;
use shirushi_softcard::{SoftCard, SoftCardError};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// The readers that a command may look into.
pub(crate) fn source(which: &WhichCard) -> Arc<dyn CardSource> {
    match &which.file {
        Some(file) => Arc::new(FileReader(file.clone())),
        None => Arc::new(Several::new(Vec::new())),
    }
}

/// Connects to the card that was named, or to the first.
pub(crate) fn connect(
    source: &dyn CardSource,
    which: &WhichCard,
    language: Language,
) -> Result<Connection, Failure> {
    let told = |error: ReaderError| of_reader(&error, language);
    let Some(wanted) = &which.reader else {
        return source
            .connect_first()
            .map_err(|error| refused(&error, which, language));
    };
    let readers = source.readers().map_err(told)?;
    let reader = named(&readers, wanted, language)?;
    source.connect(&reader.id).map_err(told)
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
        (ReaderError::Transmit(TransmitError::Other { source }), Some(file)) => Failure::Told {
            code: code::NOT_REACHED,
            text: format!("{}: {source}", file.display()),
        },
        (error, _) => of_reader(error, language),
    }
}

/// A software card's file, in a reader of its own.
#[derive(Debug)]
struct FileReader(PathBuf);

impl CardSource for FileReader {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        let name = self.0.display().to_string();
        Ok(vec![Reader {
            id: name.clone(),
            name: InBoth {
                ja: name.clone(),
                en: name,
            },
            has_card: true,
            changes: 0,
        }])
    }

    fn connect(&self, _reader: &str) -> Result<Connection, ReaderError> {
        open(&self.0).map_err(|error| match error {
            SoftCardError::InUse => ReaderError::Busy,
            error => ReaderError::Transmit(TransmitError::other(error)),
        })
    }

    fn wait(&self, _known: &[Reader], _patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        self.readers()
    }
}

fn open(path: &Path) -> Result<Connection, SoftCardError> {
    let mut card = SoftCard::open_file(path, Arc::new(SystemRandom))?;
    card.power_on();
    Ok(Box::new(Powered(card)))
}

/// A card that loses power when its connection ends.
struct Powered(SoftCard);

impl Transmit for Powered {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        self.0.transmit(command)
    }
}
