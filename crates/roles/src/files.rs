//! Files in folders of identities and of the role CA: read up to a bound, written whole and durable.

use rustix::process::{Gid, Uid, geteuid};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

/// The private key of an identity (PKCS#8).
pub const KEY_FILE: &str = "identity.key";
/// The certificate of an identity.
pub const CERTIFICATE_FILE: &str = "identity.pem";
/// The role CA's certificate, in its own folder and in those of identities.
pub const AUTHORITY_FILE: &str = "ca.pem";
/// The role CA's list of what is revoked, in its own folder and in those of identities.
pub const LIST_FILE: &str = "crl.pem";

/// For the owner alone.
pub(crate) const PRIVATE: u32 = 0o600;
/// For everybody to read.
pub(crate) const PUBLIC: u32 = 0o644;

/// A file of at most `most` bytes.
///
/// # Errors
/// Those of the system; [`ErrorKind::FileTooLarge`].
pub(crate) fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(most as u64 + 1)
        .read_to_end(&mut bytes)?;
    match bytes.len() > most {
        true => Err(ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

/// Replaces a file; it is on the disk when this returns, and whole at any instant. It belongs to whom the folder belongs: an operator makes
/// identities of services that run in accounts of their own.
///
/// # Errors
/// Those of the system.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let draft = path.with_extension("draft");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        // What an interrupted one has left.
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&draft)?;
    give_to_owner_of(folder, &file)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(folder)?.sync_all()
}

/// Makes a folder for its owner alone; its name is on the disk when this returns.
///
/// # Errors
/// Those of the system.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .mode(0o700)
        .create(path)?;
    let above = match path.parent() {
        Some(above) if above != Path::new("") => above,
        _ => Path::new("."),
    };
    File::open(above)?.sync_all()
}

/// Whether nothing is there, or an empty folder.
///
/// # Errors
/// Those of the system, also for what is no folder.
pub(crate) fn is_free(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn give_to_owner_of(folder: &Path, file: &File) -> io::Result<()> {
    let owner = fs::metadata(folder)?;
    if owner.uid() == geteuid().as_raw() {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(owner.uid()), Gid::from_raw(owner.gid()));
    rustix::fs::fchown(file, Some(user), Some(group)).map_err(io::Error::from)
}
