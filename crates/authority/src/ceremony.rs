//! The keys of the authority: made once in a ceremony, rolled about every four years, read at each start. What is there is whole: it
//! is written under another name, fsynced, and renamed.
//!
//! The folder's own files are those of the founding (`sign-ca.key`, `auth-ocsp.cer` …). A later generation is a folder below it
//! (`sign-2`), and so is a responder that took the place of an earlier one (`sign-2-ocsp-2`).

mod files;
mod issuer;

use files::{at, damaged, make_whole, read, read_key, read_secret, write};
use issuer::{Place, generation_folder, make_generation, make_next_responder};
use shirushi_clock::Instant;
use shirushi_crypto::{CryptoError, KeyKind, Random, Secret, SigningKey, SoftwareKey};
use shirushi_ledger::VerifierKey;
use shirushi_personalisation::MasterKey;
use shirushi_profile::{
    Certificate, CertificateKind, Generation, NotABaseUrl, NotAGeneration, ProfileError, Urls,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

pub use issuer::{Issuer, Responder};

/// Length of the key that relay tokens are computed with, in bytes (AES-128).
const TOKEN_KEY_LEN: usize = 16;

/// The authority's keys and certificates.
#[derive(Debug)]
pub struct Ceremony {
    folder: PathBuf,
    /// Every generation that is in use, the oldest of each kind first. Never without one of each kind.
    issuers: RwLock<Vec<Arc<Issuer>>>,
    urls: Urls,
    log_key: Arc<dyn SigningKey>,
    master_key: MasterKey,
    token_key: Secret,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CeremonyError {
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file holds something else than it should.
    #[error("{} is damaged: restore the folder from its backup", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// The certificates name another address than the one asked for.
    #[error(
        "the certificates of this folder name {held}; the address asked for is {asked}. \
         Listen on {held}, or use another folder / この認証局の証明書は {held} を指しています。{held} で起動するか、別のフォルダを使ってください"
    )]
    OtherAddress {
        /// What the certificates name.
        held: String,
        /// What was asked for.
        asked: String,
    },
    /// A certificate that the linter refuses.
    #[error("a certificate of the ceremony violates its profile: {finding}")]
    Lint {
        /// What it found.
        finding: String,
    },
    /// A key.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// There are as many generations as can be counted.
    #[error("there can be no more generations")]
    TooMany(#[from] NotAGeneration),
    /// A certificate just made cannot be read back.
    #[error("a certificate of the ceremony cannot be read back")]
    Unreadable,
    /// The address is none that a certificate may name.
    #[error(transparent)]
    Address(#[from] NotABaseUrl),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

impl Ceremony {
    /// Reads the keys in `folder`, or makes them when the folder is not there. `base` is where the responder answers, for example
    /// `http://127.0.0.1:8080`: it is inside every certificate, so a folder made for another address is refused.
    ///
    /// # Errors
    /// [`CeremonyError`].
    pub fn open_or_hold(
        folder: &Path,
        base: &str,
        now: Instant,
        random: &dyn Random,
    ) -> Result<Self, CeremonyError> {
        let urls = Urls::new(base)?;
        if !folder.exists() {
            make_whole(folder, |draft| found(draft, &urls, now, random))?;
        }
        let held = String::from_utf8_lossy(&read(&folder.join("address"))?).into_owned();
        if held != base {
            return Err(CeremonyError::OtherAddress {
                held,
                asked: base.to_owned(),
            });
        }
        let master_key = folder.join("master.key");
        Ok(Self {
            issuers: RwLock::new(read_all(folder, &urls)?),
            log_key: read_key(&folder.join("log.key"))?,
            master_key: MasterKey::new(Secret::new(read(&master_key)?))
                .map_err(|_| damaged(&master_key))?,
            token_key: read_secret(&folder.join("token.key"), TOKEN_KEY_LEN)?,
            folder: folder.to_owned(),
            urls,
        })
    }

    /// The same with each signing key behind another, for example one that counts what it signs.
    #[must_use]
    pub fn behind(mut self, wrap: impl Fn(Arc<dyn SigningKey>) -> Arc<dyn SigningKey>) -> Self {
        for issuer in self.all() {
            let mut issuer = Issuer::clone(&issuer);
            issuer.key = wrap(issuer.key);
            issuer.responder.key = wrap(issuer.responder.key);
            self.take_up(Arc::new(issuer));
        }
        self.log_key = wrap(self.log_key);
        self
    }

    /// The certificate of the newest generation of the authority that issues this kind.
    #[must_use]
    pub fn certificate(&self, kind: CertificateKind) -> Certificate {
        self.newest(kind).certificate.clone()
    }

    /// The certificates of all generations of both authorities: what a relying party trusts.
    #[must_use]
    pub fn certificates(&self) -> Vec<Certificate> {
        self.all()
            .iter()
            .map(|issuer| issuer.certificate.clone())
            .collect()
    }

    /// All generations in use, the oldest of each kind first.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Issuer>> {
        self.issuers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// All generations of a kind in use, the oldest first.
    #[must_use]
    pub fn generations(&self, kind: CertificateKind) -> Vec<Arc<Issuer>> {
        let mut all = self.all();
        all.retain(|issuer| issuer.kind == kind);
        all
    }

    /// The newest generation of a kind.
    #[must_use]
    pub fn newest(&self, kind: CertificateKind) -> Arc<Issuer> {
        self.generations(kind)
            .pop()
            // A ceremony is opened with one of each kind, and none is ever taken away.
            .unwrap_or_else(|| unreachable!())
    }

    /// The generation with this number.
    #[must_use]
    pub fn issuer(&self, kind: CertificateKind, generation: i64) -> Option<Arc<Issuer>> {
        self.generations(kind)
            .into_iter()
            .find(|issuer| issuer.generation.number() == generation)
    }

    /// The newest generation that covers this period of validity.
    #[must_use]
    pub fn covering(
        &self,
        kind: CertificateKind,
        not_before: Instant,
        not_after: Instant,
    ) -> Option<Arc<Issuer>> {
        self.generations(kind)
            .into_iter()
            .rfind(|issuer| issuer.covers(not_before, not_after))
    }

    /// The generation that issued this certificate, by its key identifier.
    #[must_use]
    pub fn issuer_of(&self, certificate: &Certificate) -> Option<Arc<Issuer>> {
        let key = certificate.authority_key_identifier()?;
        self.all().into_iter().find(|issuer| {
            issuer
                .certificate
                .subject_key_identifier()
                == Some(key)
        })
    }

    /// The addresses inside certificates of the first generation.
    #[must_use]
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The key that cards' keys are diversified from.
    #[must_use]
    pub fn master_key(&self) -> &MasterKey {
        &self.master_key
    }

    /// Makes the generation after the newest on disk, or reads it where it was made and not taken into use.
    pub(crate) fn make_next(
        &self,
        kind: CertificateKind,
        now: Instant,
        random: &dyn Random,
    ) -> Result<Issuer, CeremonyError> {
        let generation = self
            .newest(kind)
            .generation
            .following()?;
        let urls = self.urls.of_generation(generation);
        make_whole(
            &generation_folder(&self.folder, kind, generation),
            |draft| make_generation(&Place::Folder(draft.to_owned()), kind, &urls, now, random),
        )?;
        Issuer::read(&self.folder, kind, generation, Generation::FIRST, &urls)
    }

    /// The same generation with the next responder, which is made on disk or read from there.
    pub(crate) fn with_next_responder(
        &self,
        issuer: &Issuer,
        now: Instant,
        random: &dyn Random,
    ) -> Result<Issuer, CeremonyError> {
        let number = issuer.responder.number.following()?;
        let responder = make_next_responder(&self.folder, issuer, number, now, random)?;
        Ok(issuer.with(responder))
    }

    /// From now on `issuer` is in use, in the place of an earlier form of the same generation.
    pub(crate) fn take_up(&self, issuer: Arc<Issuer>) {
        let mut issuers = self
            .issuers
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        issuers.retain(|held| (held.kind, held.generation) != (issuer.kind, issuer.generation));
        issuers.push(issuer);
        issuers.sort_by_key(|held| (held.kind, held.generation));
    }

    /// The key that checkpoints of the log are verified with, for everybody.
    #[must_use]
    pub fn log_verifier(&self) -> VerifierKey {
        VerifierKey::new(self.log_origin(), self.log_key.public_key().clone())
    }

    pub(crate) fn log_origin(&self) -> String {
        let base = self.urls.base();
        let host = base
            .strip_prefix("http://")
            .unwrap_or(base);
        format!("{host}/shirushi-sandbox-log")
    }

    pub(crate) fn log_key(&self) -> &dyn SigningKey {
        self.log_key.as_ref()
    }

    pub(crate) fn token_key(&self) -> &Secret {
        &self.token_key
    }
}

/// Every generation that the folder holds.
fn read_all(folder: &Path, urls: &Urls) -> Result<Vec<Arc<Issuer>>, CeremonyError> {
    let names = folders_in(folder)?;
    let mut issuers = Vec::new();
    for kind in CertificateKind::ALL {
        let last = last_number(&names, &format!("{}-", kind.path()));
        let mut generation = Generation::FIRST;
        loop {
            let responders = format!("{}-{generation}-ocsp-", kind.path());
            let responder = last_number(&names, &responders);
            issuers.push(Arc::new(Issuer::read(
                folder, kind, generation, responder, urls,
            )?));
            if generation >= last {
                break;
            }
            generation = generation.following()?;
        }
    }
    Ok(issuers)
}

fn folders_in(folder: &Path) -> Result<Vec<String>, CeremonyError> {
    fs::read_dir(folder)
        .map_err(at(folder))?
        .map(|entry| {
            let name = entry.map_err(at(folder))?.file_name();
            Ok(name.to_string_lossy().into_owned())
        })
        .collect()
}

/// The greatest number that follows `prefix` and ends a name. The first has no folder of its own.
fn last_number(names: &[String], prefix: &str) -> Generation {
    names
        .iter()
        .filter_map(|name| name.strip_prefix(prefix)?.parse().ok())
        .max()
        .unwrap_or(Generation::FIRST)
}

/// Makes all keys and the four certificates of the first generations in `draft`.
fn found(
    draft: &Path,
    urls: &Urls,
    now: Instant,
    random: &dyn Random,
) -> Result<(), CeremonyError> {
    for kind in CertificateKind::ALL {
        let place = Place::of(draft, kind, Generation::FIRST);
        make_generation(&place, kind, urls, now, random)?;
    }
    let log_key = SoftwareKey::generate(KeyKind::Ed25519)?;
    write(&draft.join("log.key"), log_key.to_pkcs8().expose())?;
    for name in ["master.key", "token.key"] {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        write(&draft.join(name), Secret::new(bytes.to_vec()).expose())?;
    }
    write(&draft.join("address"), urls.base().as_bytes())
}
