//! A folder of the operating system.

use super::{FileDisk, Folder, FolderDisk};
use crate::unknowns::STATE_LIMIT;
use std::{
    fs::{File, OpenOptions, Permissions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The card's file holds private keys: its owner alone may read it.
const OWNER_ONLY: u32 = 0o600;

/// A folder of the operating system, with the lock of the one card in it that is in use.
#[derive(Debug)]
pub struct SystemFolder {
    path: PathBuf,
    /// Held, never read: the operating system releases the lock with the handle.
    _lock: File,
}

impl FileDisk {
    /// The bytes of the file at `path` as they are at this moment, without its lock; of a longer file than a state has, one byte more.
    ///
    /// # Errors
    /// When it cannot be read; [`io::ErrorKind::InvalidInput`] when it is no regular file.
    pub fn peek(path: &Path) -> io::Result<Vec<u8>> {
        // Before it is opened, which waits at a pipe.
        if !path.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        bounded(File::open(path)?)
    }

    /// The state file at `path`, which need not exist yet; its folder must. Takes the lock `<path>.lock`, because two
    /// processes that each write back their own copy would give back tries that were spent.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when the card is in use, here or in another process; others when the path is no file
    /// path or the lock cannot be made.
    pub fn at(path: &Path) -> io::Result<Self> {
        let no_name = || io::Error::from(io::ErrorKind::InvalidInput);
        let name = path
            .file_name()
            .and_then(|n| n.to_str())
            .ok_or_else(no_name)?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let lock = private().open(folder.join(format!("{name}.lock")))?;
        lock.try_lock().map_err(|e| match e {
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            TryLockError::Error(e) => e,
        })?;
        let folder = SystemFolder {
            path: folder.to_owned(),
            _lock: lock,
        };
        Ok(FolderDisk::new(folder, name))
    }
}

impl Folder for SystemFolder {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path.join(name)) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        bounded(file).map(Some)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = private()
            .truncate(true)
            .open(self.path.join(name))?;
        // `mode` of the options applies to files that are made, not to one that a crash or another program left behind.
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
        file.write_all(bytes)
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        File::open(self.path.join(name))?.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

fn bounded(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than a state may have, so that a longer file is seen to be longer.
    file.take(STATE_LIMIT as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create(true)
        .mode(OWNER_ONLY);
    options
}
