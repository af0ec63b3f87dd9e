//! The folder of one service's identity, as the role CA writes it.

use crate::{
    RoleError, ServiceName, Shown,
    files::{self, AUTHORITY_FILE, CERTIFICATE_FILE, KEY_FILE, LIST_FILE, PRIVATE, PUBLIC},
    pem,
};
use rustls::pki_types::CertificateDer;
use shirushi_crypto::{Secret, SoftwareKey};
use shirushi_profile::Certificate;
use std::path::{Path, PathBuf};

const MOST_BYTES: usize = 64 << 10;

/// What a service is handed.
#[derive(Debug)]
pub struct Handed<'a> {
    /// Its key; none where the service has it already.
    pub(super) key: Option<&'a SoftwareKey>,
    pub(super) certificate: &'a Certificate,
    pub(super) authority: &'a Certificate,
    pub(super) list_pem: Vec<u8>,
}

/// A folder into which an identity may be written. It is looked at before anything is issued.
#[derive(Debug)]
pub struct IdentityFolder(PathBuf);

impl IdentityFolder {
    /// A folder for a new identity: not there, or without one.
    ///
    /// # Errors
    /// [`RoleError::HasIdentity`], [`RoleError::File`].
    pub fn fresh(path: &Path) -> Result<Self, RoleError> {
        let holds = |name: &str| {
            path.join(name)
                .symlink_metadata()
                .is_ok()
        };
        if holds(CERTIFICATE_FILE) || holds(KEY_FILE) {
            return Err(RoleError::HasIdentity {
                folder: path.to_owned(),
            });
        }
        Self::made(path)
    }

    /// The same for a service that has made its key there itself.
    ///
    /// # Errors
    /// [`RoleError::HasIdentity`], [`RoleError::File`].
    pub fn beside_its_key(path: &Path) -> Result<Self, RoleError> {
        match path
            .join(CERTIFICATE_FILE)
            .symlink_metadata()
        {
            Ok(_) => Err(RoleError::HasIdentity {
                folder: path.to_owned(),
            }),
            Err(_) => Self::made(path),
        }
    }

    /// The folder that holds the identity of `name`.
    ///
    /// # Errors
    /// [`RoleError::OtherIdentity`].
    pub fn of(path: &Path, name: &ServiceName) -> Result<Self, RoleError> {
        let held = held(&path.join(CERTIFICATE_FILE)).map(|certificate| Shown::of(&certificate));
        let is_theirs = held
            .as_ref()
            .and_then(Shown::peer)
            .is_some_and(|peer| peer.name == *name);
        match is_theirs {
            true => Ok(Self(path.to_owned())),
            false => Err(RoleError::OtherIdentity {
                folder: path.to_owned(),
                name: name.clone(),
            }),
        }
    }

    /// A folder that trusts `authority`: it may be given a newer list.
    ///
    /// # Errors
    /// [`RoleError::NoIdentity`].
    pub fn trusting(path: &Path, authority: &Certificate) -> Result<Self, RoleError> {
        match held(&path.join(AUTHORITY_FILE)).as_ref() == Some(authority) {
            true => Ok(Self(path.to_owned())),
            false => Err(RoleError::NoIdentity {
                folder: path.to_owned(),
            }),
        }
    }

    /// Writes it, the certificate last: a service that looks meanwhile goes on with what it has until key and certificate belong together.
    ///
    /// # Errors
    /// [`RoleError::File`].
    pub fn take(&self, handed: &Handed<'_>) -> Result<(), RoleError> {
        self.take_list(&handed.list_pem)?;
        let pem_of = |certificate: &Certificate| pem::encode("CERTIFICATE", certificate.der());
        self.put(AUTHORITY_FILE, &pem_of(handed.authority), PUBLIC)?;
        if let Some(key) = handed.key {
            let key = Secret::new(pem::encode("PRIVATE KEY", key.to_pkcs8().expose()));
            self.put(KEY_FILE, key.expose(), PRIVATE)?;
        }
        self.put(CERTIFICATE_FILE, &pem_of(handed.certificate), PUBLIC)
    }

    /// Writes a newer list.
    ///
    /// # Errors
    /// [`RoleError::File`].
    pub fn take_list(&self, list_pem: &[u8]) -> Result<(), RoleError> {
        self.put(LIST_FILE, list_pem, PUBLIC)
    }

    fn made(path: &Path) -> Result<Self, RoleError> {
        if !path.is_dir() {
            files::make_folder(path).map_err(|source| RoleError::File {
                path: path.to_owned(),
                source,
            })?;
        }
        Ok(Self(path.to_owned()))
    }

    fn put(&self, name: &str, bytes: &[u8], mode: u32) -> Result<(), RoleError> {
        let path = self.0.join(name);
        files::replace(&path, bytes, mode).map_err(|source| RoleError::File { path, source })
    }
}

/// The certificate in a file, if there is one.
fn held(path: &Path) -> Option<Certificate> {
    let text = files::read(path, MOST_BYTES).ok()?;
    let der = pem::only::<CertificateDer<'_>>(&text)?;
    Certificate::from_der(&der).ok()
}
