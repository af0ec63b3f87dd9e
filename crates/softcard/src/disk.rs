//! Where a card's state rests: one file, replaced as a whole, whole at every instant.
//!
//! A replacement is four steps, and their order is the point: write a new file beside the old one, force its bytes to the
//! disk, rename it over the old one, force the folder to the disk. POSIX promises atomic names, not durable ones; without
//! the first force a power cut can leave the new name with an empty file, without the second the old state may come back
//! after the card has answered – and a retry counter that comes back is a counter that can be guessed against for ever.

mod system;

use shirushi_crypto::Secret;
use std::io;
pub use system::SystemFolder;

/// The state of one card, as bytes.
pub trait Disk: Send + Sync {
    /// The bytes last replaced; none when there never were any.
    ///
    /// # Errors
    /// When the medium cannot be read.
    fn read(&self) -> io::Result<Option<Vec<u8>>>;

    /// Replaces the bytes. Durable when it returns; when it fails or is interrupted, the medium has the old bytes or the new.
    ///
    /// # Errors
    /// When the medium cannot be written.
    fn replace(&self, bytes: &[u8]) -> io::Result<()>;
}

/// The steps a folder of a POSIX file system offers; the seam at which a test cuts the power.
pub trait Folder: Send + Sync {
    /// The bytes of the file `name`; none when there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Creates or empties the file `name`, readable and writable by its owner only, and writes `bytes`; not durable.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Forces the bytes of the file `name` to the disk.
    ///
    /// # Errors
    /// When the disk does not confirm.
    fn sync(&self, name: &str) -> io::Result<()>;

    /// Gives the file `from` the name `to`, replacing a file of that name; not durable.
    ///
    /// # Errors
    /// When the file system refuses.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Forces the names in the folder to the disk.
    ///
    /// # Errors
    /// When the disk does not confirm.
    fn sync_names(&self) -> io::Result<()>;
}

/// A card's state as a file in a folder.
#[derive(Debug)]
pub struct FolderDisk<F> {
    folder: F,
    name: String,
    unfinished: String,
}

/// A card's state as a file of the operating system, mode 0600, locked against a second user while this value lives.
pub type FileDisk = FolderDisk<SystemFolder>;

/// A card's state that is only looked at.
pub(crate) struct ReadOnly(Secret);

impl ReadOnly {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Secret::new(bytes))
    }
}

impl Disk for ReadOnly {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(Some(self.0.expose().to_vec()))
    }

    fn replace(&self, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

impl<F: Folder> FolderDisk<F> {
    /// The file `name` in `folder`.
    pub fn new(folder: F, name: &str) -> Self {
        Self {
            folder,
            name: name.to_owned(),
            unfinished: format!("{name}.new"),
        }
    }
}

impl<F: Folder> Disk for FolderDisk<F> {
    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        self.folder.read(&self.name)
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        self.folder
            .write(&self.unfinished, bytes)?;
        self.folder.sync(&self.unfinished)?;
        self.folder
            .rename(&self.unfinished, &self.name)?;
        self.folder.sync_names()
    }
}
