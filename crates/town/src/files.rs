//! Small files of the city, with the file named where one fails.

use crate::TownError;
use std::{io, path::Path};

/// Makes a folder and those above it, for its owner only; durable when this returns.
pub(crate) fn make_folder(path: &Path) -> Result<(), TownError> {
    shirushi_files::make_folder(path).map_err(|source| at(path, source))
}

/// The file's bytes; none when it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, TownError> {
    shirushi_files::read(path).map_err(|source| at(path, source))
}

/// Replaces the file; durable when this returns.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), TownError> {
    shirushi_files::replace(path, bytes).map_err(|source| at(path, source))
}

fn at(path: &Path, source: io::Error) -> TownError {
    TownError::File {
        path: path.to_owned(),
        source,
    }
}
