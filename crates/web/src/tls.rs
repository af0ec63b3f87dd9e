//! TLS in front of a service, of two kinds: between roles, where both ends show who they are, and towards people.

mod people;

pub use people::TlsFileError;

use people::People;
use shirushi_roles::{Identity, PeerRefused, Role, Shown, shown};
use std::{path::Path, sync::Arc};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{Accept, TlsAcceptor, server::TlsStream};

/// What stands at a service's door. Behind one, addresses that other machines reach may be served: see [`crate::serve_tls`]. Clones are handles
/// to the same one.
#[derive(Clone, Debug)]
pub struct TlsDoor(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    acceptor: Acceptor,
}

#[derive(Debug)]
enum Kind {
    Roles {
        identity: Identity,
        accepts: Vec<Role>,
    },
    People(Arc<People>),
}

/// The library's, which shows nothing of itself.
struct Acceptor(TlsAcceptor);

impl TlsDoor {
    /// For services of `accepts` alone: TLS 1.3, with certificates of the city's role CA at both ends. Each request bears who asks, as an extension:
    /// its [`Peer`](shirushi_roles::Peer), which [`crate::with_role`] looks at, and what it has [`Shown`]. Whose certificate has ended or was revoked
    /// since the handshake is answered 403 and sent away.
    ///
    /// # Errors
    /// Those of [`Identity::server`].
    pub fn between_roles(identity: &Identity, accepts: &[Role]) -> Result<Self, rustls::Error> {
        let config = Arc::new(identity.server(accepts)?);
        let kind = Kind::Roles {
            identity: identity.clone(),
            accepts: accepts.to_vec(),
        };
        Ok(Self::of(kind, config))
    }

    /// For everybody: TLS 1.2 and 1.3, HTTP/1.1, with the certificate chain and the key of two PEM files. Both are looked at with each handshake,
    /// and taken into use when they have changed and belong together; until then the ones before stay ([`TlsDoor::trouble`]).
    ///
    /// # Errors
    /// [`TlsFileError`] with the file.
    pub fn towards_people(chain: &Path, key: &Path) -> Result<Self, TlsFileError> {
        let people = Arc::new(People::open(chain, key)?);
        let config = Arc::new(people.config()?);
        Ok(Self::of(Kind::People(people), config))
    }

    /// Why what lies on the disk now is not in use, for readiness; between roles, see [`Identity::health`].
    #[must_use]
    pub fn trouble(&self) -> Option<Arc<TlsFileError>> {
        match &self.0.kind {
            Kind::Roles { .. } => None,
            Kind::People(people) => people.trouble(),
        }
    }

    fn of(kind: Kind, config: Arc<rustls::ServerConfig>) -> Self {
        let acceptor = Acceptor(config.into());
        Self(Arc::new(Inner { kind, acceptor }))
    }

    /// The handshake with whoever is at the other end of `stream`.
    pub(crate) fn greet<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> Accept<S> {
        self.0.acceptor.0.accept(stream)
    }

    /// Whether who has shown this may go on asking.
    pub(crate) fn still_accepts(&self, shown: Option<&Shown>) -> Result<(), PeerRefused> {
        match (&self.0.kind, shown) {
            (Kind::Roles { identity, accepts }, Some(shown)) => {
                identity.still_accepts(accepts, shown)
            }
            (Kind::Roles { accepts, .. }, None) => Err(PeerRefused::nothing_shown(accepts)),
            (Kind::People(_), _) => Ok(()),
        }
    }
}

/// What the other end has shown in the handshake.
pub(crate) fn shown_in<S>(stream: &TlsStream<S>) -> Option<Shown> {
    shown(stream.get_ref().1)
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Acceptor")
    }
}
