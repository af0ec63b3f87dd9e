//! The keys of the authority: made once in a ceremony, read at each start. A folder that is there is whole: it is written under
//! another name, fsynced, and renamed.

use shirushi_clock::Instant;
use shirushi_crypto::{CryptoError, KeyKind, Random, Secret, SigningKey, SoftwareKey};
use shirushi_personalisation::MasterKey;
use shirushi_profile::{
    Certificate, CertificateKind, NotABaseUrl, ProfileError, SerialNumber, Urls, assemble,
    ca_certificate_tbs, lint, responder_certificate_tbs,
};
use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Length of the key that relay tokens are computed with, in bytes (AES-128).
const TOKEN_KEY_LEN: usize = 16;

/// The two kinds with their file names.
const KINDS: [(CertificateKind, &str); 2] = [
    (CertificateKind::Signature, "sign"),
    (CertificateKind::Authentication, "auth"),
];

/// The authority's keys and certificates.
#[derive(Debug)]
pub struct Ceremony {
    signature: Issuer,
    authentication: Issuer,
    urls: Urls,
    log_key: Arc<dyn SigningKey>,
    master_key: MasterKey,
    token_key: Secret,
}

/// One certification authority (認証局) with its delegated responder.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) certificate: Certificate,
    pub(crate) key: Arc<dyn SigningKey>,
    pub(crate) responder_certificate: Certificate,
    pub(crate) responder_key: Arc<dyn SigningKey>,
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
            hold(folder, base, now, random)?;
        }
        let held = String::from_utf8_lossy(&read(&folder.join("address"))?).into_owned();
        if held != base {
            return Err(CeremonyError::OtherAddress {
                held,
                asked: base.to_owned(),
            });
        }
        let [signature, authentication] = KINDS.map(|(_, name)| Issuer::read(folder, name));
        Ok(Self {
            signature: signature?,
            authentication: authentication?,
            urls,
            log_key: read_key(&folder.join("log.key"))?,
            master_key: MasterKey::new(Secret::new(read(&folder.join("master.key"))?)).map_err(
                |_| CeremonyError::Damaged {
                    path: folder.join("master.key"),
                },
            )?,
            token_key: read_token_key(&folder.join("token.key"))?,
        })
    }

    /// The same with each signing key behind another, for example one that counts what it signs.
    #[must_use]
    pub fn behind(mut self, wrap: impl Fn(Arc<dyn SigningKey>) -> Arc<dyn SigningKey>) -> Self {
        for issuer in [&mut self.signature, &mut self.authentication] {
            issuer.key = wrap(Arc::clone(&issuer.key));
            issuer.responder_key = wrap(Arc::clone(&issuer.responder_key));
        }
        self.log_key = wrap(self.log_key);
        self
    }

    /// The certificate of the authority that issues this kind.
    #[must_use]
    pub fn certificate(&self, kind: CertificateKind) -> &Certificate {
        &self.issuer(kind).certificate
    }

    /// The delegated OCSP responder's certificate for this kind.
    #[must_use]
    pub fn responder_certificate(&self, kind: CertificateKind) -> &Certificate {
        &self.issuer(kind).responder_certificate
    }

    /// The delegated OCSP responder's key for this kind.
    #[must_use]
    pub fn responder_key(&self, kind: CertificateKind) -> Arc<dyn SigningKey> {
        Arc::clone(&self.issuer(kind).responder_key)
    }

    /// The addresses inside certificates.
    #[must_use]
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The key that cards' keys are diversified from.
    #[must_use]
    pub fn master_key(&self) -> &MasterKey {
        &self.master_key
    }

    pub(crate) fn issuer(&self, kind: CertificateKind) -> &Issuer {
        match kind {
            CertificateKind::Signature => &self.signature,
            CertificateKind::Authentication => &self.authentication,
        }
    }

    pub(crate) fn log_key(&self) -> &dyn SigningKey {
        self.log_key.as_ref()
    }

    pub(crate) fn token_key(&self) -> &Secret {
        &self.token_key
    }
}

impl Issuer {
    fn read(folder: &Path, name: &str) -> Result<Self, CeremonyError> {
        let certificate = |suffix: &str| {
            let path = folder.join(format!("{name}-{suffix}.cer"));
            Certificate::from_der(&read(&path)?).map_err(|_| CeremonyError::Damaged { path })
        };
        // A key beside another's certificate would sign what nobody can verify.
        let key = |suffix: &str, certificate: &Certificate| {
            let path = folder.join(format!("{name}-{suffix}.key"));
            let key = read_key(&path)?;
            if key.public_key() == certificate.public_key() {
                Ok(key)
            } else {
                Err(CeremonyError::Damaged { path })
            }
        };
        let own = certificate("ca")?;
        let responder = certificate("ocsp")?;
        Ok(Self {
            key: key("ca", &own)?,
            certificate: own,
            responder_key: key("ocsp", &responder)?,
            responder_certificate: responder,
        })
    }
}

/// Makes all keys and the four certificates in `folder`.
fn hold(folder: &Path, base: &str, now: Instant, random: &dyn Random) -> Result<(), CeremonyError> {
    let urls = Urls::new(base)?;
    let draft = folder.with_extension("draft");
    let at = |source| CeremonyError::File {
        path: draft.clone(),
        source,
    };
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(at)?;
    }
    fs::create_dir_all(&draft).map_err(at)?;
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o700)).map_err(at)?;
    for (kind, name) in KINDS {
        let ca_key = SoftwareKey::generate(KeyKind::Rsa2048)?;
        let ca = self_signed(kind, &ca_key, now, random)?;
        let responder_key = SoftwareKey::generate(KeyKind::Rsa2048)?;
        let responder = responder(&ca, &ca_key, &responder_key, &urls, now, random)?;
        write(
            &draft.join(format!("{name}-ca.key")),
            ca_key.to_pkcs8().expose(),
        )?;
        write(&draft.join(format!("{name}-ca.cer")), ca.der())?;
        write(
            &draft.join(format!("{name}-ocsp.key")),
            responder_key.to_pkcs8().expose(),
        )?;
        write(&draft.join(format!("{name}-ocsp.cer")), responder.der())?;
    }
    let log_key = SoftwareKey::generate(KeyKind::Ed25519)?;
    write(&draft.join("log.key"), log_key.to_pkcs8().expose())?;
    for name in ["master.key", "token.key"] {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        write(&draft.join(name), Secret::new(bytes.to_vec()).expose())?;
    }
    write(&draft.join("address"), base.as_bytes())?;
    sync_folder(&draft)?;
    fs::rename(&draft, folder).map_err(at)?;
    match folder.parent() {
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

fn self_signed(
    kind: CertificateKind,
    key: &SoftwareKey,
    now: Instant,
    random: &dyn Random,
) -> Result<Certificate, CeremonyError> {
    let serial = SerialNumber::random(random);
    let tbs = ca_certificate_tbs(kind, &serial, now, key.public_key())?;
    let der = assemble(&tbs, key.algorithm(), &key.sign(&tbs)?);
    let certificate = Certificate::from_der(&der).map_err(|_| CeremonyError::Unreadable)?;
    clean(lint::lint_ca(&certificate))?;
    Ok(certificate)
}

fn responder(
    ca: &Certificate,
    ca_key: &SoftwareKey,
    key: &SoftwareKey,
    urls: &Urls,
    now: Instant,
    random: &dyn Random,
) -> Result<Certificate, CeremonyError> {
    let serial = SerialNumber::random(random);
    // The sandbox's responder lives as long as its authority, so that years can be lived through without a new ceremony.
    let tbs = responder_certificate_tbs(ca, urls, &serial, now, ca.not_after(), key.public_key())?;
    let der = assemble(&tbs, ca_key.algorithm(), &ca_key.sign(&tbs)?);
    let certificate = Certificate::from_der(&der).map_err(|_| CeremonyError::Unreadable)?;
    clean(lint::lint_responder(&certificate, ca))?;
    Ok(certificate)
}

fn clean(findings: Vec<lint::Finding>) -> Result<(), CeremonyError> {
    match findings.first() {
        None => Ok(()),
        Some(finding) => Err(CeremonyError::Lint {
            finding: finding.to_string(),
        }),
    }
}

/// The key that relay tokens are computed with, whole or not at all: tokens of a short key could be guessed.
fn read_token_key(path: &Path) -> Result<Secret, CeremonyError> {
    let key = Secret::new(read(path)?);
    if key.len() == TOKEN_KEY_LEN {
        Ok(key)
    } else {
        Err(CeremonyError::Damaged {
            path: path.to_owned(),
        })
    }
}

fn read_key(path: &Path) -> Result<Arc<dyn SigningKey>, CeremonyError> {
    let pkcs8 = Secret::new(read(path)?);
    let key = SoftwareKey::from_pkcs8(pkcs8).map_err(|_| CeremonyError::Damaged {
        path: path.to_owned(),
    })?;
    Ok(Arc::new(key))
}

fn read(path: &Path) -> Result<Vec<u8>, CeremonyError> {
    fs::read(path).map_err(|source| CeremonyError::File {
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CeremonyError> {
    let at = |source| CeremonyError::File {
        path: path.to_owned(),
        source,
    };
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(at)?;
    file.write_all(bytes).map_err(at)?;
    file.sync_all().map_err(at)
}

fn sync_folder(path: &Path) -> Result<(), CeremonyError> {
    fs::File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| CeremonyError::File {
            path: path.to_owned(),
            source,
        })
}
