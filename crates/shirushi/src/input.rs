//! Files that commands read: `-` is standard input, and nothing is kept that is longer than it may be.

use crate::{
    failure::Failure,
    language::Language,
    told::{code, told},
};
use shirushi_crypto::DigestAlgorithm;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// How much is read at once, in bytes.
const PIECE: usize = 64 << 10;

/// A file that was named on the command line, opened.
#[derive(Debug)]
pub(crate) struct Input {
    path: PathBuf,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(File),
    Standard(io::Stdin),
}

/// The beginning of a file, and the digest of all of it.
#[derive(Debug)]
pub(crate) struct Start {
    /// At most one byte more than was asked for.
    pub(crate) bytes: Vec<u8>,
    /// Whether there is more than was asked for.
    pub(crate) is_longer: bool,
    /// SHA-256 of the whole.
    pub(crate) sha256: Vec<u8>,
}

impl Input {
    /// Whether a path is the name of standard input.
    pub(crate) fn is_standard(path: &Path) -> bool {
        path == Path::new("-")
    }

    /// # Errors
    /// [`Failure::Told`] with the code for inputs that are not there.
    pub(crate) fn open(path: &Path, language: Language) -> Result<Self, Failure> {
        let source = match Self::is_standard(path) {
            true => Source::Standard(io::stdin()),
            false => {
                Source::File(File::open(path).map_err(|fault| unreadable(path, &fault, language))?)
            }
        };
        Ok(Self {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads to the end and keeps the first `most` bytes, and one more if there are more.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub(crate) fn start(mut self, most: usize, language: Language) -> Result<Start, Failure> {
        let mut hasher = DigestAlgorithm::Sha256.start();
        let mut bytes = Vec::new();
        let mut piece = vec![0; PIECE];
        loop {
            let read = match self.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
                Err(fault) => return Err(self.unreadable(&fault, language)),
            };
            let piece = &piece[..read];
            hasher.update(piece);
            let room = (most + 1 - bytes.len()).min(read);
            bytes.extend_from_slice(&piece[..room]);
        }
        Ok(Start {
            is_longer: bytes.len() > most,
            bytes,
            sha256: hasher.finish(),
        })
    }

    /// What a person is told when it cannot be read.
    pub(crate) fn unreadable(&self, fault: &io::Error, language: Language) -> Failure {
        unreadable(&self.path, fault, language)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.source {
            Source::File(file) => file.read(buffer),
            Source::Standard(input) => input.read(buffer),
        }
    }
}

fn unreadable(path: &Path, fault: &io::Error, language: Language) -> Failure {
    let path = path.display();
    told(
        code::NO_INPUT,
        language,
        &format!("{path} を読めません（{fault}）。名前と権限を確かめてください。"),
        &format!(
            "{path} cannot be read ({fault}). See that the name is right and that you may read it."
        ),
    )
}
