//! Files of the ceremony: whole and on disk, or not there.

use super::CeremonyError;
use shirushi_crypto::{Secret, SigningKey, SoftwareKey};
use shirushi_profile::Certificate;
use std::{
    fs,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
    sync::Arc,
};

/// Makes `folder` as a whole: `fill` writes into a draft beside it, which gets the name when everything is on disk. One that is
/// there already is left as it is.
pub(super) fn make_whole(
    folder: &Path,
    fill: impl FnOnce(&Path) -> Result<(), CeremonyError>,
) -> Result<(), CeremonyError> {
    let Some(parent) = folder.parent() else {
        return Err(at(folder)(std::io::ErrorKind::InvalidInput.into()));
    };
    fs::create_dir_all(parent).map_err(at(parent))?;
    // Two processes would each remove the other's draft. Let go when the file is closed, by a crash too.
    let lock = fs::File::open(parent).map_err(at(parent))?;
    lock.lock().map_err(at(parent))?;
    if folder.exists() {
        return Ok(());
    }
    let draft = folder.with_extension("draft");
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(at(&draft))?;
    }
    fs::create_dir(&draft).map_err(at(&draft))?;
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o700)).map_err(at(&draft))?;
    fill(&draft)?;
    sync_folder(&draft)?;
    fs::rename(&draft, folder).map_err(at(&draft))?;
    sync_folder(parent)
}

pub(super) fn read_certificate(path: &Path) -> Result<Certificate, CeremonyError> {
    Certificate::from_der(&read(path)?).map_err(|_| damaged(path))
}

/// The key in this file. A key beside another's certificate would sign what nobody can verify.
pub(super) fn read_key_of(
    path: &Path,
    certificate: &Certificate,
) -> Result<Arc<dyn SigningKey>, CeremonyError> {
    let key = read_key(path)?;
    if key.public_key() == certificate.public_key() {
        Ok(key)
    } else {
        Err(damaged(path))
    }
}

pub(super) fn read_key(path: &Path) -> Result<Arc<dyn SigningKey>, CeremonyError> {
    let pkcs8 = Secret::new(read(path)?);
    let key = SoftwareKey::from_pkcs8(pkcs8).map_err(|_| damaged(path))?;
    Ok(Arc::new(key))
}

/// The secret in this file, of exactly this length: what is derived from a short one could be guessed.
pub(super) fn read_secret(path: &Path, length: usize) -> Result<Secret, CeremonyError> {
    let secret = Secret::new(read(path)?);
    if secret.len() == length {
        Ok(secret)
    } else {
        Err(damaged(path))
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, CeremonyError> {
    fs::read(path).map_err(at(path))
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CeremonyError> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(at(path))?;
    file.write_all(bytes)
        .map_err(at(path))?;
    file.sync_all().map_err(at(path))
}

pub(super) fn damaged(path: &Path) -> CeremonyError {
    CeremonyError::Damaged {
        path: path.to_owned(),
    }
}

pub(super) fn at(path: &Path) -> impl Fn(std::io::Error) -> CeremonyError {
    move |source| CeremonyError::File {
        path: path.to_owned(),
        source,
    }
}

fn sync_folder(path: &Path) -> Result<(), CeremonyError> {
    fs::File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(at(path))
}
