//! Files that are named on the command line: none is read further than it may be large, and `-` is standard input.

use crate::failure::Failure;
use shirushi_crypto::DigestAlgorithm;
use shirushi_signature::{ContentDigests, ContentHasher};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU8, Ordering},
};

/// What stands for standard input and standard output, as POSIX has it (XBD 12.2, guideline 13).
pub(crate) const STANDARD: &str = "-";

/// The largest document that is signed or verified, in bytes. It is never held in memory.
const LARGEST: u64 = 16 << 30;
/// The same of one whose size is not known before it is read (a pipe, a device), which may have no end.
const LARGEST_OF_UNKNOWN_SIZE: u64 = 1 << 30;

/// How much is read at once, in bytes.
const PIECE: usize = 64 << 10;

/// Who reads standard input: nobody yet, a document, or the PINs.
static READER: AtomicU8 = AtomicU8::new(NOBODY);
const NOBODY: u8 = 0;
const DOCUMENT: u8 = 1;
const PINS: u8 = 2;

/// Reads a file, or standard input for `-`. The size is judged before anything is read, and where it is not known beforehand, no more
/// than a byte too many is read.
///
/// # Errors
/// [`Failure::Unreadable`], [`Failure::TooLarge`], [`Failure::StandardInput`].
pub(crate) fn read_at_most(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    let unreadable = |source| unreadable(path, source);
    let too_large = || Failure::TooLarge {
        path: path.to_owned(),
        most,
    };
    if path.as_os_str() == STANDARD {
        take(DOCUMENT)?;
        return bounded(io::stdin().lock(), most)
            .map_err(unreadable)?
            .ok_or_else(too_large);
    }
    let file = File::open(path).map_err(unreadable)?;
    let length = file
        .metadata()
        .map_err(unreadable)?
        .len();
    if length > most as u64 {
        return Err(too_large());
    }
    bounded(file, most)
        .map_err(unreadable)?
        .ok_or_else(too_large)
}

/// A document that is read in pieces: its size is judged before anything is read, and it is never held as a whole.
#[derive(Debug)]
pub(crate) struct Pieces {
    path: PathBuf,
    source: Source,
    most: u64,
    /// How much more may come.
    left: u64,
}

#[derive(Debug)]
enum Source {
    File(File),
    Standard(io::Stdin),
}

/// The beginning of a file, and the digest of all of it.
#[derive(Debug)]
pub(crate) struct Start {
    /// As many bytes as were asked for, or all; one more where there are more.
    pub(crate) bytes: Vec<u8>,
    /// SHA-256 of the whole.
    pub(crate) sha256: Vec<u8>,
}

impl Pieces {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// [`Failure::Unreadable`], [`Failure::TooLarge`], [`Failure::StandardInput`].
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        let unreadable = |source| unreadable(path, source);
        let (source, size) = if path.as_os_str() == STANDARD {
            take(DOCUMENT)?;
            (Source::Standard(io::stdin()), None)
        } else {
            let file = File::open(path).map_err(unreadable)?;
            let about = file.metadata().map_err(unreadable)?;
            let size = about.is_file().then_some(about.len());
            (Source::File(file), size)
        };
        let most = match size {
            Some(_) => LARGEST,
            None => LARGEST_OF_UNKNOWN_SIZE,
        };
        let pieces = Self {
            path: path.to_owned(),
            source,
            most,
            left: most,
        };
        match size {
            Some(size) if size > most => Err(pieces.too_large()),
            _ => Ok(pieces),
        }
    }

    /// The digest of all of it.
    ///
    /// # Errors
    /// [`Failure::Unreadable`], [`Failure::TooLarge`].
    pub(crate) fn digests(mut self) -> Result<ContentDigests, Failure> {
        let mut hasher = ContentHasher::default();
        self.each(|piece| hasher.update(piece))?;
        Ok(hasher.finish())
    }

    /// Reads to the end and keeps the beginning.
    ///
    /// # Errors
    /// [`Failure::Unreadable`], [`Failure::TooLarge`].
    pub(crate) fn start(mut self, most: usize) -> Result<Start, Failure> {
        let mut hasher = DigestAlgorithm::Sha256.start();
        let mut bytes = Vec::new();
        self.each(|piece| {
            hasher.update(piece);
            let room = (most + 1 - bytes.len()).min(piece.len());
            bytes.extend_from_slice(&piece[..room]);
        })?;
        Ok(Start {
            bytes,
            sha256: hasher.finish(),
        })
    }

    /// Reads to the end, in pieces.
    fn each(&mut self, mut take: impl FnMut(&[u8])) -> Result<(), Failure> {
        let mut piece = vec![0; PIECE];
        loop {
            match self.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(read) => take(&piece[..read]),
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => (),
                Err(fault) => return Err(self.unreadable(fault)),
            }
        }
    }

    /// The failure that it cannot be read.
    pub(crate) fn unreadable(&self, source: io::Error) -> Failure {
        match source.kind() {
            io::ErrorKind::FileTooLarge => self.too_large(),
            _ => unreadable(&self.path, source),
        }
    }

    fn too_large(&self) -> Failure {
        Failure::TooLarge {
            path: self.path.clone(),
            most: usize::try_from(self.most).unwrap_or(usize::MAX),
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.source {
            Source::File(file) => file.read(buffer)?,
            Source::Standard(input) => input.read(buffer)?,
        };
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

fn unreadable(path: &Path, source: io::Error) -> Failure {
    Failure::Unreadable {
        path: path.to_owned(),
        source,
    }
}

/// Standard input gives PINs from here on, and nothing else.
///
/// # Errors
/// [`Failure::StandardInput`] when a document was read from it.
pub(crate) fn take_for_pins() -> Result<(), Failure> {
    take(PINS)
}

fn take(reader: u8) -> Result<(), Failure> {
    let had = READER.swap(reader, Ordering::Relaxed);
    // PINs are lines, of which the next one can be read; a document is all there is.
    match had == NOBODY || (had, reader) == (PINS, PINS) {
        true => Ok(()),
        false => Err(Failure::StandardInput),
    }
}

/// None when there are more than `most` bytes.
fn bounded(from: impl Read, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take((most as u64).saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() <= most).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn what_has_no_end_is_read_to_the_limit_and_one_byte() {
        assert_eq!(
            bounded(&b"1234"[..], 4)
                .unwrap()
                .unwrap(),
            b"1234"
        );
        assert!(
            bounded(&b"12345"[..], 4)
                .unwrap()
                .is_none()
        );
        assert!(
            bounded(std::io::repeat(0), 1 << 10)
                .unwrap()
                .is_none()
        );
    }
}
