//! The certificate chain and the key that people's programs are shown, from two files.

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs::default_provider},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use shirushi_crypto::Secret;
use shirushi_roles::Stamps;
use shirushi_rules::InBoth;
use std::{
    fs::File,
    io::{self, ErrorKind, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const MOST_BYTES: u64 = 1 << 20;
const ALPN: &[u8] = b"http/1.1";

/// A file of a certificate chain or key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFileError {
    /// It cannot be read.
    #[error("{} cannot be read ({source}): see that its name, owner and mode are right", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It does not hold what it should.
    #[error("{} holds no {what} in PEM that can be used", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The first certificate of the chain is for another key.
    #[error("the key in {} is not that of the first certificate in {}", key.display(), chain.display())]
    Apart {
        /// The chain's file.
        chain: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The library does not take it.
    #[error("TLS cannot be served")]
    Library(#[from] rustls::Error),
}

impl TlsFileError {
    /// What is wrong and what to do, in both languages.
    #[must_use]
    pub fn in_both(&self) -> InBoth {
        let ja = match self {
            Self::Unreadable { path, source } => format!(
                "{} を読めません（{source}）。名前、所有者、権限を確かめてください",
                path.display()
            ),
            Self::Content { path, what } => {
                format!("{} に、使える {what}（PEM）がありません", path.display())
            }
            Self::Apart { chain, key } => format!(
                "{} の鍵は、{} の最初の証明書の鍵ではありません",
                key.display(),
                chain.display()
            ),
            Self::Library(error) => format!("TLSを提供できません（{error}）"),
        };
        InBoth {
            ja,
            en: self.to_string(),
        }
    }
}

/// What is shown to people, looked at anew with each handshake.
#[derive(Debug)]
pub(super) struct People {
    chain: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    stamps: Stamps,
    certified: Arc<CertifiedKey>,
    trouble: Option<Arc<TlsFileError>>,
}

impl People {
    pub(super) fn open(chain: &Path, key: &Path) -> Result<Self, TlsFileError> {
        let provider = Arc::new(default_provider());
        let stamps = Stamps::of(&[chain.to_owned(), key.to_owned()]);
        let certified = read(chain, key, &provider)?;
        Ok(Self {
            chain: chain.to_owned(),
            key: key.to_owned(),
            provider,
            state: Mutex::new(State {
                stamps,
                certified,
                trouble: None,
            }),
        })
    }

    pub(super) fn config(self: &Arc<Self>) -> Result<ServerConfig, TlsFileError> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Resolver(self.clone())));
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(config)
    }

    pub(super) fn trouble(&self) -> Option<Arc<TlsFileError>> {
        self.look().trouble.clone()
    }

    /// Takes into use what the files hold now, if that has changed and can be used.
    fn look(&self) -> MutexGuard<'_, State> {
        let stamps = Stamps::of(&[self.chain.clone(), self.key.clone()]);
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if state.stamps != stamps {
            state.stamps = stamps;
            match read(&self.chain, &self.key, &self.provider) {
                Ok(certified) => {
                    state.certified = certified;
                    state.trouble = None;
                }
                Err(error) => {
                    tracing::warn!(%error, "the certificate stays as it was");
                    state.trouble = Some(Arc::new(error));
                }
            }
        }
        state
    }
}

#[derive(Debug)]
struct Resolver(Arc<People>);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.look().certified.clone())
    }
}

fn read(
    chain: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, TlsFileError> {
    let certificates = certificates(chain)?;
    let no_key = || TlsFileError::Content {
        path: key.to_owned(),
        what: "PRIVATE KEY",
    };
    let text = Secret::new(bounded(key)?);
    let der = PrivateKeyDer::from_pem_slice(text.expose()).map_err(|_| no_key())?;
    let private = provider
        .key_provider
        .load_private_key(der)
        .map_err(|_| no_key())?;
    let certified = CertifiedKey::new(certificates, private);
    certified
        .keys_match()
        .map_err(|_| TlsFileError::Apart {
            chain: chain.to_owned(),
            key: key.to_owned(),
        })?;
    Ok(Arc::new(certified))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFileError> {
    let none = || TlsFileError::Content {
        path: path.to_owned(),
        what: "CERTIFICATE",
    };
    let text = bounded(path)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|_| none())?;
    match found.is_empty() {
        true => Err(none()),
        false => Ok(found),
    }
}

fn bounded(path: &Path) -> Result<Vec<u8>, TlsFileError> {
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| {
            file.take(MOST_BYTES + 1)
                .read_to_end(&mut bytes)
        })
        .and_then(|length| match length as u64 > MOST_BYTES {
            true => Err(ErrorKind::FileTooLarge.into()),
            false => Ok(()),
        });
    read.map_err(|source| TlsFileError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    Ok(bytes)
}
