//! Small files of the city, each written whole or not at all, and readable by its owner only.

use crate::TownError;
use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

/// Makes a folder and those above it, for its owner only; durable when this returns.
pub(crate) fn make_folder(path: &Path) -> Result<(), TownError> {
    if path.is_dir() {
        return Ok(());
    }
    // A relative path's first part stands in the present folder.
    let above = match path.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => path,
    };
    make_folder(above)?;
    let make = || -> io::Result<()> {
        match fs::DirBuilder::new()
            .mode(0o700)
            .create(path)
        {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            made => made?,
        }
        fs::File::open(above)?.sync_all()
    };
    make().map_err(|source| at(path, source))
}

/// The file's bytes; none when it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, TownError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(at(path, source)),
    }
}

/// Replaces the file; durable when this returns.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), TownError> {
    let draft = path.with_extension("draft");
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        match path.parent() {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    write().map_err(|source| at(path, source))
}

fn at(path: &Path, source: io::Error) -> TownError {
    TownError::File {
        path: path.to_owned(),
        source,
    }
}
