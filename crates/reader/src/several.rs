//! Several sources of cards as one.

use crate::{CardSource, Connection, Reader, ReaderError};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long one source is waited for before the others are looked at.
const SLICE: Duration = Duration::from_millis(200);

/// Several sources as one, in the order given: the readers of the first come first.
///
/// A source that cannot tell its readers has none, as long as another one can: a machine without PC/SC still has its wallet.
pub struct Several {
    sources: Vec<Arc<dyn CardSource>>,
}

impl Several {
    /// These sources as one.
    #[must_use]
    pub fn new(sources: Vec<Arc<dyn CardSource>>) -> Self {
        Self { sources }
    }

    /// The source of a reader, and what the source calls it.
    fn source_of<'a>(&self, reader: &'a str) -> Result<(&dyn CardSource, &'a str), ReaderError> {
        let (number, id) = reader
            .split_once('/')
            .ok_or(ReaderError::NoReader)?;
        let number: usize = number
            .parse()
            .map_err(|_| ReaderError::NoReader)?;
        let source = self
            .sources
            .get(number)
            .ok_or(ReaderError::NoReader)?;
        Ok((&**source, id))
    }

    /// The readers of each source.
    fn by_source(&self) -> Result<Vec<Vec<Reader>>, ReaderError> {
        let mut told = Vec::with_capacity(self.sources.len());
        let mut fault = None;
        let mut some = false;
        for source in &self.sources {
            match source.readers() {
                Ok(readers) => {
                    some = true;
                    told.push(readers);
                }
                Err(error) => {
                    fault = fault.or(Some(error));
                    told.push(Vec::new());
                }
            }
        }
        match fault {
            Some(fault) if !some => Err(fault),
            _ => Ok(numbered(told)),
        }
    }
}

impl CardSource for Several {
    fn readers(&self) -> Result<Vec<Reader>, ReaderError> {
        Ok(self.by_source()?.concat())
    }

    fn connect(&self, reader: &str) -> Result<Connection, ReaderError> {
        let (source, id) = self.source_of(reader)?;
        source.connect(id)
    }

    fn connect_within(&self, reader: &str, patience: Duration) -> Result<Connection, ReaderError> {
        let (source, id) = self.source_of(reader)?;
        source.connect_within(id, patience)
    }

    fn wait(&self, known: &[Reader], patience: Duration) -> Result<Vec<Reader>, ReaderError> {
        let end = Instant::now() + patience;
        loop {
            let by_source = self.by_source()?;
            let left = end.saturating_duration_since(Instant::now());
            if by_source.concat() != known || left.is_zero() {
                return Ok(by_source.concat());
            }
            if self.sources.is_empty() {
                std::thread::park_timeout(left);
            }
            for (number, (source, readers)) in self
                .sources
                .iter()
                .zip(by_source)
                .enumerate()
            {
                let own: Vec<Reader> = readers
                    .into_iter()
                    .map(|reader| without_number(number, reader))
                    .collect();
                let left = end.saturating_duration_since(Instant::now());
                if source
                    .wait(&own, left.min(SLICE))
                    .is_err()
                {
                    // It has none, and would not wait.
                    std::thread::park_timeout(left.min(SLICE));
                }
            }
        }
    }
}

/// Two sources may use one name.
fn numbered(told: Vec<Vec<Reader>>) -> Vec<Vec<Reader>> {
    let number = |(number, readers): (usize, Vec<Reader>)| {
        readers
            .into_iter()
            .map(|reader| Reader {
                id: format!("{number}/{}", reader.id),
                ..reader
            })
            .collect()
    };
    told.into_iter()
        .enumerate()
        .map(number)
        .collect()
}

fn without_number(number: usize, reader: Reader) -> Reader {
    let id = reader
        .id
        .strip_prefix(&format!("{number}/"))
        .unwrap_or(&reader.id)
        .to_owned();
    Reader { id, ..reader }
}

impl std::fmt::Debug for Several {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Several")
            .field("sources", &self.sources.len())
            .finish()
    }
}
