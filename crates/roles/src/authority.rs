//! The role CA in its folder: what it issues, renews and revokes.

mod folder;
mod list;
mod records;

pub use folder::{Handed, IdentityFolder};
pub use records::{Issued, Revocation, Standing};

use crate::{
    Peer, RoleError, ServiceName,
    certificate::{Period, authority_tbs, service_tbs},
    files::{self, AUTHORITY_FILE, LIST_FILE, PRIVATE, PUBLIC},
    pem,
};
use records::Records;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use shirushi_clock::Instant;
use shirushi_crypto::{KeyKind, PublicKey, Random, Secret, SigningKey as _, SoftwareKey};
use shirushi_profile::{
    Certificate, CertificateList, ProfileError, RevocationReason, SerialNumber, assemble,
    signature_algorithm_of,
};
use std::{
    fs::File,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// The role CA's key, in its own folder alone.
const KEY_FILE: &str = "ca.key";
/// What it has issued and revoked.
const RECORDS_FILE: &str = "identities.json";
const MOST_OF_RECORDS: usize = 64 << 20;
const MOST_OF_A_FILE: usize = 64 << 10;
const MOST_OF_A_LIST: usize = 4 << 20;

const DAY: i64 = 86_400;
/// The role CA's own certificate lasts so long: twenty years.
const AUTHORITY_DAYS: i64 = 20 * 365;
/// Clocks of the machines may be so far apart, in seconds.
const SKEW: i64 = 300;

/// Which certificates are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those of a service that are alive.
    Of(ServiceName),
    /// The one with this number.
    Numbered(u64),
}

/// A role CA whose folder is open: one process at a time has it.
#[derive(Debug)]
pub struct RoleAuthority {
    folder: PathBuf,
    key: SoftwareKey,
    certificate: Certificate,
    records: Records,
    /// The folder, locked.
    _lock: File,
}

impl RoleAuthority {
    /// A new role CA in a folder that is not there, or is empty: its key (P-256, mode 0600), its certificate for twenty years, and a list of
    /// nothing. All of it is on the disk when this returns.
    ///
    /// # Errors
    /// [`RoleError::Occupied`], [`RoleError::File`], and what making a key and a certificate can give.
    pub fn found(folder: &Path, now: Instant, random: &dyn Random) -> Result<Self, RoleError> {
        make_free(folder)?;
        let lock = lock(folder)?;
        let key = SoftwareKey::generate(KeyKind::P256)?;
        let period = Period {
            not_before: now.plus_seconds(-SKEW),
            not_after: now.plus_seconds(AUTHORITY_DAYS * DAY),
        };
        let serial = SerialNumber::random(random);
        let certificate = signed(&key, &authority_tbs(&serial, period, key.public_key())?)?;
        let mut authority = Self {
            folder: folder.to_owned(),
            key,
            certificate,
            records: Records::default(),
            _lock: lock,
        };
        let key_pem = Secret::new(pem::encode(
            "PRIVATE KEY",
            authority.key.to_pkcs8().expose(),
        ));
        authority.put(KEY_FILE, key_pem.expose(), PRIVATE)?;
        let certificate_pem = pem::encode("CERTIFICATE", authority.certificate.der());
        authority.put(AUTHORITY_FILE, &certificate_pem, PUBLIC)?;
        authority.store(now)?;
        Ok(authority)
    }

    /// The role CA in a folder. A list that was not written any more when the machine stopped is made anew.
    ///
    /// # Errors
    /// [`RoleError::NoAuthority`], [`RoleError::Damaged`] with the file, [`RoleError::File`].
    pub fn open(folder: &Path, now: Instant) -> Result<Self, RoleError> {
        if !folder.join(RECORDS_FILE).exists() && !folder.join(KEY_FILE).exists() {
            return Err(RoleError::NoAuthority {
                folder: folder.to_owned(),
            });
        }
        let lock = lock(folder)?;
        let certificate = read_certificate(&folder.join(AUTHORITY_FILE))?;
        let mut authority = Self {
            folder: folder.to_owned(),
            key: read_key(&folder.join(KEY_FILE), &certificate)?,
            records: read_records(&folder.join(RECORDS_FILE), &certificate)?,
            certificate,
            _lock: lock,
        };
        authority.finish_list(now)?;
        Ok(authority)
    }

    /// Its certificate, which everybody trusts.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// All that it has issued, by number.
    #[must_use]
    pub fn issued(&self) -> &[Issued] {
        &self.records.issued
    }

    /// Issues the first certificate of a service, valid for `days` from now on, for a key that it has.
    ///
    /// # Errors
    /// [`RoleError::Taken`], and those of [`RoleAuthority::renew`].
    pub fn issue(
        &mut self,
        peer: &Peer,
        key: &PublicKey,
        days: u16,
        now: Instant,
        random: &dyn Random,
    ) -> Result<Issued, RoleError> {
        self.may_issue(peer, now)?;
        self.add(peer, key, days, now, random)
    }

    /// Whether a first certificate may be issued to it: its name is nobody's.
    ///
    /// # Errors
    /// [`RoleError::Taken`].
    pub fn may_issue(&self, peer: &Peer, now: Instant) -> Result<(), RoleError> {
        match self.alive(&peer.name, now).next() {
            Some(taken) => Err(RoleError::Taken {
                peer: taken.peer.clone(),
            }),
            None => Ok(()),
        }
    }

    /// The newest certificate of a service that is not revoked: what is renewed.
    ///
    /// # Errors
    /// [`RoleError::Unknown`].
    pub fn newest(&self, name: &ServiceName) -> Result<&Issued, RoleError> {
        self.records
            .issued
            .iter()
            .rfind(|issued| issued.peer.name == *name && issued.revoked.is_none())
            .ok_or_else(|| RoleError::Unknown {
                name: name.to_string(),
            })
    }

    /// Issues a further certificate of a service, for the key of its newest one or another. The older ones stay alive until they end or are
    /// revoked.
    ///
    /// # Errors
    /// [`RoleError::Unknown`], [`RoleError::KeyKind`], [`RoleError::OutlivesAuthority`], [`RoleError::File`].
    pub fn renew(
        &mut self,
        name: &ServiceName,
        key: Option<&PublicKey>,
        days: u16,
        now: Instant,
        random: &dyn Random,
    ) -> Result<Issued, RoleError> {
        let newest = self.newest(name)?.clone();
        let key = key.unwrap_or(newest.certificate.public_key());
        self.add(&newest.peer, key, days, now, random)
    }

    /// Revokes certificates, and makes the list anew at once. All of it is on the disk when this returns.
    ///
    /// # Errors
    /// [`RoleError::Unknown`] when none is alive, [`RoleError::File`].
    pub fn revoke(
        &mut self,
        which: &Which,
        reason: RevocationReason,
        now: Instant,
    ) -> Result<Vec<Issued>, RoleError> {
        let mut revoked = Vec::new();
        for issued in &mut self.records.issued {
            let is_meant = match which {
                Which::Of(name) => issued.peer.name == *name,
                Which::Numbered(number) => issued.number == *number,
            };
            if is_meant && issued.standing(now).is_alive() {
                issued.revoked = Some(Revocation { at: now, reason });
                revoked.push(issued.clone());
            }
        }
        if revoked.is_empty() {
            return Err(RoleError::Unknown {
                name: which.to_string(),
            });
        }
        self.store(now)?;
        Ok(revoked)
    }

    /// What a service is handed.
    ///
    /// # Errors
    /// [`RoleError::File`].
    pub fn handed<'a>(
        &'a self,
        issued: &'a Issued,
        key: Option<&'a SoftwareKey>,
    ) -> Result<Handed<'a>, RoleError> {
        Ok(Handed {
            key,
            certificate: &issued.certificate,
            authority: &self.certificate,
            list_pem: self.list_pem()?,
        })
    }

    /// The newest list, as PEM.
    ///
    /// # Errors
    /// [`RoleError::File`].
    pub fn list_pem(&self) -> Result<Vec<u8>, RoleError> {
        let path = self.folder.join(LIST_FILE);
        files::read(&path, MOST_OF_A_LIST).map_err(|source| RoleError::File { path, source })
    }

    fn alive(&self, name: &ServiceName, now: Instant) -> impl Iterator<Item = &Issued> {
        self.records
            .issued
            .iter()
            .filter(move |issued| issued.peer.name == *name && issued.standing(now).is_alive())
    }

    fn add(
        &mut self,
        peer: &Peer,
        key: &PublicKey,
        days: u16,
        now: Instant,
        random: &dyn Random,
    ) -> Result<Issued, RoleError> {
        // RSA is for people's cards: TLS 1.3 takes none of its old signatures.
        if key.rsa_modulus_bits().is_some() || signature_algorithm_of(key).is_err() {
            return Err(RoleError::KeyKind);
        }
        let period = self.period(days, now)?;
        let serial = SerialNumber::random(random);
        let tbs = service_tbs(peer, &serial, period, key, &self.certificate)?;
        let issued = Issued {
            number: self.records.next_number(),
            peer: peer.clone(),
            certificate: signed(&self.key, &tbs)?,
            revoked: None,
        };
        self.records.issued.push(issued.clone());
        self.store(now)?;
        Ok(issued)
    }

    fn period(&self, days: u16, now: Instant) -> Result<Period, RoleError> {
        let not_after = now.plus_seconds(i64::from(days) * DAY);
        let end = self.certificate.not_after();
        if not_after > end {
            return Err(RoleError::OutlivesAuthority { not_after: end });
        }
        let begin = self.certificate.not_before();
        Ok(Period {
            not_before: now.plus_seconds(-SKEW).max(begin),
            not_after,
        })
    }

    /// Writes the records, then the list that follows from them.
    fn store(&mut self, now: Instant) -> Result<(), RoleError> {
        self.records.list_number += 1;
        self.put(RECORDS_FILE, &self.records.to_json(), PRIVATE)?;
        self.put_list(now)
    }

    fn put_list(&self, now: Instant) -> Result<(), RoleError> {
        let der = list::signed(&self.key, &self.certificate, &self.records, now)?;
        self.put(LIST_FILE, &pem::encode("X509 CRL", &der), PUBLIC)
    }

    /// The list of the newest records, if it is not there. One that is newer than they are tells of revocations which they do not have.
    fn finish_list(&mut self, now: Instant) -> Result<(), RoleError> {
        let path = self.folder.join(LIST_FILE);
        let number = match files::read(&path, MOST_OF_A_LIST) {
            Ok(text) => number_of(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(source) => return Err(RoleError::File { path, source }),
        };
        match number {
            Some(number) if number == self.records.list_number => Ok(()),
            Some(number) if number > self.records.list_number => Err(RoleError::Damaged {
                path: self.folder.join(RECORDS_FILE),
            }),
            _ => self.put_list(now),
        }
    }

    fn put(&self, name: &str, bytes: &[u8], mode: u32) -> Result<(), RoleError> {
        let path = self.folder.join(name);
        files::replace(&path, bytes, mode).map_err(|source| RoleError::File { path, source })
    }
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Of(name) => name.fmt(f),
            Self::Numbered(number) => write!(f, "{number}"),
        }
    }
}

fn signed(key: &SoftwareKey, tbs: &[u8]) -> Result<Certificate, RoleError> {
    let der = assemble(tbs, key.algorithm(), &key.sign(tbs)?);
    // What is built here is read back before it goes anywhere.
    Certificate::from_der(&der).map_err(|_| RoleError::Profile(ProfileError::Key))
}

fn make_free(folder: &Path) -> Result<(), RoleError> {
    let at = |source| RoleError::File {
        path: folder.to_owned(),
        source,
    };
    match files::is_free(folder) {
        Ok(true) if folder.exists() => Ok(()),
        Ok(true) => files::make_folder(folder).map_err(at),
        Ok(false) => Err(RoleError::Occupied {
            folder: folder.to_owned(),
        }),
        Err(source) => Err(at(source)),
    }
}

/// Commands come one after the other.
fn lock(folder: &Path) -> Result<File, RoleError> {
    let locked = || -> io::Result<File> {
        let folder = File::open(folder)?;
        folder.lock()?;
        Ok(folder)
    };
    locked().map_err(|source| RoleError::File {
        path: folder.to_owned(),
        source,
    })
}

fn read(path: &Path, most: usize) -> Result<Vec<u8>, RoleError> {
    files::read(path, most).map_err(|source| match source.kind() {
        ErrorKind::NotFound | ErrorKind::FileTooLarge => damaged(path),
        _ => RoleError::File {
            path: path.to_owned(),
            source,
        },
    })
}

fn damaged(path: &Path) -> RoleError {
    RoleError::Damaged {
        path: path.to_owned(),
    }
}

fn read_certificate(path: &Path) -> Result<Certificate, RoleError> {
    let text = read(path, MOST_OF_A_FILE)?;
    pem::only::<CertificateDer<'_>>(&text)
        .and_then(|der| Certificate::from_der(&der).ok())
        .ok_or_else(|| damaged(path))
}

fn read_key(path: &Path, certificate: &Certificate) -> Result<SoftwareKey, RoleError> {
    let text = Secret::new(read(path, MOST_OF_A_FILE)?);
    pem::only::<PrivatePkcs8KeyDer<'_>>(text.expose())
        .and_then(|der| SoftwareKey::from_pkcs8(Secret::from(der.secret_pkcs8_der())).ok())
        .filter(|key| key.public_key() == certificate.public_key())
        .ok_or_else(|| damaged(path))
}

fn read_records(path: &Path, authority: &Certificate) -> Result<Records, RoleError> {
    let text = read(path, MOST_OF_RECORDS)?;
    Records::read(&text, authority).ok_or_else(|| damaged(path))
}

fn number_of(list: &[u8]) -> Option<u64> {
    let der = pem::only::<rustls::pki_types::CertificateRevocationListDer<'_>>(list)?;
    CertificateList::from_der(&der)
        .ok()?
        .number()
}
