//! Keys of a responder that is a process of its own: made here, certified by the authority over its door, kept in a folder.

use crate::ResponderKey;
use base64ct::{Base64, Encoding as _};
use shirushi_clock::{Clock, Instant};
use shirushi_contract::authority::{CERTIFY, ISSUERS};
use shirushi_crypto::{CryptoError, KeyKind, Secret, SigningKey as _, SoftwareKey};
use shirushi_peers::{Peer, Unanswered};
use shirushi_profile::{Certificate, authority_kind};
use shirushi_wire::{IssuerCertificate, ResponderKeyRequest};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Longest answer taken, in bytes.
const LONGEST: usize = 256 * 1024;
/// A certificate that has less than this left, in seconds, is replaced.
const LEFT: i64 = 120 * 86_400;

/// The folder of a responder's own keys, and the authority that certifies them.
#[derive(Debug)]
pub struct CertifiedKeys {
    folder: PathBuf,
    authority: Peer,
    clock: Arc<dyn Clock>,
}

/// Why a responder has no keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotCertified {
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file holds something else than it should.
    #[error("{} is damaged: remove it, and the responder has another key certified", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// No answer of the authority's, or none of its kind.
    #[error("the authority has not certified a key")]
    Authority(#[from] Unanswered),
    /// An answer with something else than a certificate.
    #[error("the authority's answer is malformed")]
    Malformed,
    /// A certificate that its authority has not signed, or over another key.
    #[error("the authority's certificate for this responder is not for its key")]
    Unfit,
    /// A key.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl CertifiedKeys {
    /// Keys in `folder`, which is there, certified by the authority behind this client.
    #[must_use]
    pub fn new(folder: PathBuf, authority: Peer, clock: Arc<dyn Clock>) -> Self {
        Self {
            folder,
            authority,
            clock,
        }
    }

    /// The keys that the folder has.
    ///
    /// # Errors
    /// [`NotCertified::File`], [`NotCertified::Damaged`].
    pub fn held(&self) -> Result<Vec<ResponderKey>, NotCertified> {
        let mut held = Vec::new();
        let entries = std::fs::read_dir(&self.folder).map_err(at(&self.folder))?;
        for entry in entries {
            let path = entry.map_err(at(&self.folder))?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str()?.strip_suffix(".issuer"));
            if let Some(name) = name {
                held.extend(self.read(name)?);
            }
        }
        Ok(held)
    }

    /// Asks which generations there are, and has a key certified for each that has none or one that ends soon. Answers all.
    ///
    /// # Errors
    /// [`NotCertified`]; what was certified before stays.
    pub async fn renew(&self) -> Result<Vec<ResponderKey>, NotCertified> {
        let now = self.clock.now();
        let issuers = self
            .authority
            .call(&ISSUERS, &[])
            .taken(LONGEST)
            .await?;
        let mut keys = self.held()?;
        for issuer in issuers {
            let certificate = certificate(&issuer.certificate)?;
            if authority_kind(&certificate) != Some(issuer.kind) {
                return Err(NotCertified::Malformed);
            }
            let held = keys
                .iter()
                .position(|key| (key.kind, key.generation) == (issuer.kind, issuer.generation));
            let is_due = held.is_none_or(|at| is_due(&keys[at], now));
            if is_due && now <= certificate.not_after() {
                let key = self
                    .certify(&issuer, certificate)
                    .await?;
                if let Some(at) = held {
                    keys.swap_remove(at);
                }
                keys.push(key);
            }
        }
        Ok(keys)
    }

    async fn certify(
        &self,
        of: &IssuerCertificate,
        issuer: Certificate,
    ) -> Result<ResponderKey, NotCertified> {
        let key = tokio::task::spawn_blocking(|| SoftwareKey::generate(KeyKind::Rsa2048))
            .await
            .map_err(|_| NotCertified::Unfit)??;
        let request = ResponderKeyRequest {
            kind: of.kind,
            generation: of.generation,
            public_key: Base64::encode_string(key.public_key().spki_der()),
        };
        let told = self
            .authority
            .call(&CERTIFY, &[])
            .saying(&request)
            .taken(LONGEST)
            .await?;
        let certificate = certificate(&told)?;
        if certificate.public_key() != key.public_key() || !is_signed(&certificate, &issuer) {
            return Err(NotCertified::Unfit);
        }
        // The issuer's file last: without it the others are not looked at.
        let name = of.generation.path(of.kind);
        self.write(&name, "key", key.to_pkcs8().expose())?;
        self.write(&name, "cer", certificate.der())?;
        self.write(&name, "issuer", issuer.der())?;
        Ok(ResponderKey {
            kind: of.kind,
            generation: of.generation,
            key: Arc::new(key),
            certificate,
            issuer,
        })
    }

    /// The key of this name; none when it and its certificate are not of one renewal, which a crash between two files leaves.
    fn read(&self, name: &str) -> Result<Option<ResponderKey>, NotCertified> {
        let path = |suffix| {
            self.folder
                .join(format!("{name}.{suffix}"))
        };
        let damaged = |suffix| NotCertified::Damaged { path: path(suffix) };
        let bytes = |suffix| -> Result<Vec<u8>, NotCertified> {
            let path = path(suffix);
            let read = shirushi_files::read(&path).map_err(at(&path))?;
            read.ok_or(NotCertified::Damaged { path })
        };
        let (kind, generation) =
            shirushi_profile::Generation::of_path(name).ok_or_else(|| damaged("issuer"))?;
        let parsed = |suffix| -> Result<Certificate, NotCertified> {
            Certificate::from_der(&bytes(suffix)?).map_err(|_| damaged(suffix))
        };
        let issuer = parsed("issuer")?;
        let certificate = parsed("cer")?;
        let key =
            SoftwareKey::from_pkcs8(Secret::new(bytes("key")?)).map_err(|_| damaged("key"))?;
        if authority_kind(&issuer) != Some(kind) {
            return Err(damaged("issuer"));
        }
        let is_whole =
            certificate.public_key() == key.public_key() && is_signed(&certificate, &issuer);
        Ok(is_whole.then(|| ResponderKey {
            kind,
            generation,
            key: Arc::new(key),
            certificate,
            issuer,
        }))
    }

    fn write(&self, name: &str, suffix: &str, bytes: &[u8]) -> Result<(), NotCertified> {
        let path = self
            .folder
            .join(format!("{name}.{suffix}"));
        shirushi_files::replace(&path, bytes).map_err(at(&path))
    }
}

/// Not for one that ends with its authority.
fn is_due(key: &ResponderKey, now: Instant) -> bool {
    let end = key.certificate.not_after();
    end < now.plus_seconds(LEFT) && end < key.issuer.not_after()
}

fn is_signed(certificate: &Certificate, by: &Certificate) -> bool {
    certificate
        .signature_algorithm()
        .is_ok_and(|algorithm| {
            by.public_key()
                .verify(algorithm, certificate.tbs_der(), certificate.signature())
                .is_ok()
        })
}

fn certificate(text: &str) -> Result<Certificate, NotCertified> {
    let der = Base64::decode_vec(text).map_err(|_| NotCertified::Malformed)?;
    Certificate::from_der(&der).map_err(|_| NotCertified::Malformed)
}

fn at(path: &Path) -> impl Fn(io::Error) -> NotCertified {
    move |source| NotCertified::File {
        path: path.to_owned(),
        source,
    }
}
