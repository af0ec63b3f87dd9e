//! Small files, each written whole or not at all, durable when a function returns, and readable by their owner only.
#![forbid(unsafe_code)]

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

/// Makes a folder and those above it, for its owner only; durable when this returns. One that is there is left as it is.
///
/// # Errors
/// What the operating system says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = folder_of(path);
    make_folder(above)?;
    match fs::DirBuilder::new()
        .mode(0o700)
        .create(path)
    {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        made => made?,
    }
    fs::File::open(above)?.sync_all()
}

/// The file's bytes; none when it is not there.
///
/// # Errors
/// What the operating system says of a file that is there.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts these bytes in the place of the file's, which others see whole or not at all; durable when this returns.
///
/// # Errors
/// What the operating system says; the file is then what it was.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    fs::File::open(folder_of(path))?.sync_all()
}

/// A relative path's first part stands in the present folder.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => path,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path)
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    }

    #[test]
    fn what_is_written_is_its_owners_and_takes_the_place_of_what_was_there() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b");
        make_folder(&folder).unwrap();
        make_folder(&folder).unwrap();
        assert_eq!(
            (mode(&folder), mode(folder.parent().unwrap())),
            (0o700, 0o700)
        );
        let file = folder.join("key");
        assert_eq!(read(&file).unwrap(), None);
        for bytes in [&b"one"[..], b""] {
            replace(&file, bytes).unwrap();
            assert_eq!(read(&file).unwrap().unwrap(), bytes);
        }
        assert_eq!(mode(&file), 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_file_in_the_place_of_a_folder_is_told_and_left() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        replace(&file, b"kept").unwrap();
        assert!(make_folder(&file).is_err());
        assert!(make_folder(&file.join("below")).is_err());
        assert!(replace(&file.join("below"), b"").is_err());
        assert_eq!(read(&file).unwrap().unwrap(), b"kept");
    }
}
