//! Where a database lies: the file, its lock, its folder.

use crate::OpenFailure;
use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// An address, read.
pub(crate) enum Location {
    /// Absolute path of the database file.
    Sqlite(PathBuf),
    /// The URL as given; it may hold a password and is never shown.
    Postgres(String),
}

/// A database file held for this process.
pub(crate) struct HeldFile {
    /// The path with symbolic links resolved: one file has one lock.
    pub(crate) path: PathBuf,
    lock: File,
}

impl Location {
    pub(crate) fn parse(url: &str) -> Result<Self, OpenFailure> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // Whoever is reached through a socket has no host to name; the driver wants one all the same.
            return Ok(Self::Postgres(url.replacen("@/", "@localhost/", 1)));
        }
        let path = url
            .strip_prefix("sqlite://")
            .filter(|path| path.starts_with('/') && !path.contains(['?', '#', '\0']))
            .ok_or(OpenFailure::Url)?;
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

/// The address of a store for people to read: nobody's password is shown.
#[must_use]
pub fn shown(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, place)) => format!("…@{place}"),
        None => url.to_owned(),
    }
}

impl HeldFile {
    /// Creates the file if it is absent (readable by its owner alone) and takes its lock.
    ///
    /// An existing file is not opened here: closing any descriptor of it would drop the locks that SQLite holds in this
    /// process (POSIX advisory locks belong to the process, not to the descriptor).
    pub(crate) fn take(path: &Path) -> Result<Self, OpenFailure> {
        let created = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        match created {
            Ok(file) => file
                .sync_all()
                .map_err(|source| failed(path, source))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(path, error)),
        }
        let path = fs::canonicalize(path).map_err(|source| failed(path, source))?;
        let lock = lock(&path)?;
        let held = Self { path, lock };
        held.sync_folder()?;
        Ok(held)
    }

    /// Makes the names of new files in the database's folder durable.
    pub(crate) fn sync_folder(&self) -> Result<(), OpenFailure> {
        let folder = self
            .path
            .parent()
            .unwrap_or(Path::new("/"));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| failed(folder, source))
    }

    /// Lets another process take the file.
    pub(crate) fn release(&self) {
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the lock file stays held until the process ends");
        }
    }

    /// The path as the driver's URL.
    pub(crate) fn url(&self) -> String {
        url(&self.path)
    }
}

/// A path as the driver's URL: every byte that means something in a URL is escaped.
pub(crate) fn url(path: &Path) -> String {
    let mut url = "sqlite://".to_owned();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

/// The lock is the operating system's and ends with the process; the file stays.
fn lock(database: &Path) -> Result<File, OpenFailure> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|source| failed(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenFailure::InUse {
            lock: path.display().to_string(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(&path, source)),
    }
}

fn failed(path: &Path, source: std::io::Error) -> OpenFailure {
    OpenFailure::File {
        path: path.to_owned(),
        source,
    }
}
