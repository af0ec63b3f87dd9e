//! The identity of one service, from a folder: it is what the service shows, and what it judges others by.

mod fault;
mod loaded;
mod stamps;

pub use fault::{Fault, IdentityError};
pub use stamps::Stamps;

use crate::{
    Peer, PeerRefused, Role, Shown,
    verifier::{Answering, Asking},
};
use loaded::Loaded;
use rustls::{
    ClientConfig, ServerConfig,
    client::{ResolvesClientCert, Resumption},
    crypto::{CryptoProvider, aws_lc_rs::default_provider},
    pki_types::UnixTime,
    server::{ClientHello, NoServerSessionStorage, ResolvesServerCert},
    sign::CertifiedKey,
    time_provider::TimeProvider,
    version::TLS13,
};
use shirushi_clock::{Clock, Instant};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What is spoken over the connection (RFC 7301).
const ALPN: &[u8] = b"http/1.1";

/// The identity of a service. Clones are handles to the same one.
///
/// The four files of the folder are looked at with each handshake, and with each request that asks [`Identity::still_accepts`]: what was renewed or
/// revoked counts from the next one on. What cannot be used then leaves the one before in force, and is told by [`Identity::health`]; a list counts by
/// itself.
#[derive(Clone, Debug)]
pub struct Identity(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<Loaded>>,
    looked: Mutex<Looked>,
    refusals: AtomicU64,
    refused: Mutex<Option<PeerRefused>>,
}

/// The newest look at the folder.
#[derive(Debug)]
struct Looked {
    stamps: Stamps,
    trouble: Option<Arc<IdentityError>>,
}

/// How an identity stands, for readiness and metrics.
#[derive(Clone, Debug)]
pub struct Health {
    /// The last instant of the certificate.
    pub not_after: Instant,
    /// When the list was made.
    pub list_of: Instant,
    /// Until when the list tells.
    pub list_until: Instant,
    /// Why what stands in the folder now is not in use.
    pub trouble: Option<Arc<IdentityError>>,
    /// How many peers were refused since the start.
    pub refusals: u64,
    /// The newest of them.
    pub refused: Option<PeerRefused>,
}

impl Identity {
    /// Opens the identity in a folder: `identity.key`, `identity.pem`, `ca.pem`, `crl.pem`. That key and certificate belong together, that the role CA
    /// has signed certificate and list, that all three are in their time and the certificate is not revoked is looked at now.
    ///
    /// # Errors
    /// [`IdentityError`] with the file and what is wrong with it.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, IdentityError> {
        let stamps = Stamps::of(&loaded::files(folder));
        let provider = Arc::new(default_provider());
        let loaded = Loaded::read(folder, &provider, clock.now())?;
        Ok(Self(Arc::new(Inner {
            folder: folder.to_owned(),
            clock,
            provider,
            current: RwLock::new(Arc::new(loaded)),
            looked: Mutex::new(Looked {
                stamps,
                trouble: None,
            }),
            refusals: AtomicU64::new(0),
            refused: Mutex::new(None),
        })))
    }

    /// Who this is.
    #[must_use]
    pub fn own(&self) -> Peer {
        self.current().own.peer.clone()
    }

    /// How it stands.
    #[must_use]
    pub fn health(&self) -> Health {
        let current = self.current();
        Health {
            not_after: current.own.shown.not_after(),
            list_of: current.trust.list.this_update(),
            list_until: current.trust.list_until,
            trouble: self.looked().trouble.clone(),
            refusals: self.0.refusals.load(Ordering::Relaxed),
            refused: self.refused().clone(),
        }
    }

    /// For calls to a service that must be an `expects`, whatever its address: TLS 1.3 alone, with this identity shown and no session resumed.
    /// Good for as long as the program runs.
    ///
    /// # Errors
    /// The library's, which knows TLS 1.3 and so gives none.
    pub fn client(&self, expects: Role) -> Result<ClientConfig, rustls::Error> {
        let details = (self.0.provider.clone(), self.time());
        let mut config = ClientConfig::builder_with_details(details.0, details.1)
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Asking::new(self.clone(), expects)))
            .with_client_cert_resolver(Arc::new(Resolver(self.clone())));
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(config)
    }

    /// For a service that answers those of `accepts` alone: TLS 1.3 alone, with a certificate demanded of who asks and no session resumed.
    /// Good for as long as the program runs.
    ///
    /// # Errors
    /// The library's, which knows TLS 1.3 and so gives none.
    pub fn server(&self, accepts: &[Role]) -> Result<ServerConfig, rustls::Error> {
        let details = (self.0.provider.clone(), self.time());
        let mut config = ServerConfig::builder_with_details(details.0, details.1)
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(Arc::new(Answering::new(self.clone(), accepts)))
            .with_cert_resolver(Arc::new(Resolver(self.clone())));
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(config)
    }

    /// Whether a peer of a connection that lasts is still accepted: its certificate may have ended or been revoked meanwhile.
    ///
    /// # Errors
    /// [`PeerRefused`].
    pub fn still_accepts(&self, accepts: &[Role], shown: &Shown) -> Result<(), PeerRefused> {
        self.current()
            .still_accepts(accepts, shown, self.0.clock.now())
            .inspect_err(|refused| self.note(refused))
    }

    pub(crate) fn provider(&self) -> &CryptoProvider {
        &self.0.provider
    }

    /// What is in force, after a look at the folder.
    pub(crate) fn current(&self) -> Arc<Loaded> {
        self.look();
        self.in_force()
    }

    /// Counts and keeps a refusal, and tells the log.
    pub(crate) fn note(&self, refused: &PeerRefused) {
        tracing::warn!(why = refused.why.code(), %refused, "a peer is refused");
        self.0
            .refusals
            .fetch_add(1, Ordering::Relaxed);
        *self.refused() = Some(refused.clone());
    }

    /// Takes into use what stands in the folder now, as far as that has changed and is right.
    fn look(&self) {
        let stamps = Stamps::of(&loaded::files(&self.0.folder));
        let mut looked = self.looked();
        if looked.stamps == stamps {
            return;
        }
        looked.stamps = stamps;
        let (read, trouble) =
            self.in_force()
                .read_again(&self.0.folder, &self.0.provider, self.0.clock.now());
        match &trouble {
            None => tracing::info!(identity = %read.own.shown, "an identity was read anew"),
            Some(error) => tracing::warn!(%error, "what an identity shows stays as it was"),
        }
        looked.trouble = trouble.map(Arc::new);
        *self
            .0
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
    }

    fn in_force(&self) -> Arc<Loaded> {
        self.0
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn looked(&self) -> MutexGuard<'_, Looked> {
        self.0
            .looked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self) -> MutexGuard<'_, Option<PeerRefused>> {
        self.0
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn time(&self) -> Arc<dyn TimeProvider> {
        Arc::new(Time(self.0.clock.clone()))
    }
}

/// The service's clock, as the library asks for it.
#[derive(Debug)]
struct Time(Arc<dyn Clock>);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().unix()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// Shows what is in force.
#[derive(Debug)]
struct Resolver(Identity);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.current().own.certified.clone())
    }
}

impl ResolvesClientCert for Resolver {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.current().own.certified.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}
