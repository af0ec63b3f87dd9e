//! The client itself.

use crate::{Base, Resolver, UnfitBase};
use reqwest::{Client, ClientBuilder, IntoUrl, Method, RequestBuilder, header, redirect};
use shirushi_crypto::Secret;
use shirushi_roles::{Identity, Role};
use std::{sync::Arc, time::Duration};

/// Longest wait for a connection: the peers are near.
const CONNECT: Duration = Duration::from_secs(5);

/// A client for services whose addresses are configured. It follows no redirection, by which a token could go elsewhere, and no proxy. It speaks
/// plain HTTP alone, or, made [`Near::with_identity`], TLS alone. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Near(Client);

impl Near {
    /// One that waits so long for a whole answer.
    ///
    /// # Errors
    /// The library's.
    pub fn new(patience: Duration) -> reqwest::Result<Self> {
        Self::with(patience, header::HeaderMap::new())
    }

    /// The same, and each request bears `token` (RFC 6750 §2.1).
    ///
    /// # Errors
    /// The library's; of a token that cannot stand in a field of a header.
    pub fn bearing(patience: Duration, token: &Secret) -> Result<Self, NotMade> {
        let bearer = [b"Bearer ", token.expose()].concat();
        let mut bearer = header::HeaderValue::from_bytes(&bearer).map_err(|_| NotMade::Token)?;
        bearer.set_sensitive(true);
        let headers = header::HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
        Ok(Self::with(patience, headers)?)
    }

    /// One that shows `identity`, and asks nobody but a service that is an `expects`, whatever its address is called. Why a peer was refused is found
    /// behind the error ([`Lost::Stranger`](crate::Lost::Stranger)); what is renewed or revoked later counts from the next request on.
    ///
    /// # Errors
    /// The libraries'.
    pub fn with_identity(
        patience: Duration,
        identity: &Identity,
        expects: Role,
    ) -> Result<Self, NotMade> {
        let client = Client::builder()
            .tls_backend_preconfigured(identity.client(expects)?)
            .https_only(true);
        Ok(Self::made(client, patience, header::HeaderMap::new())?)
    }

    fn with(patience: Duration, headers: header::HeaderMap) -> reqwest::Result<Self> {
        // Plain HTTP: without roots, and so without looking for the system's, which may have none.
        Self::made(Client::builder().tls_certs_only([]), patience, headers)
    }

    fn made(
        client: ClientBuilder,
        patience: Duration,
        headers: header::HeaderMap,
    ) -> reqwest::Result<Self> {
        client
            // No connection is kept: a service that is full ends idle ones, and a request must not meet that.
            .pool_max_idle_per_host(0)
            .default_headers(headers)
            .timeout(patience)
            .connect_timeout(CONNECT)
            .dns_resolver(Arc::new(Resolver))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map(Self)
    }

    /// A request of any method.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        self.0.request(method, url)
    }

    /// A GET.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.0.get(url)
    }

    /// A POST.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.0.post(url)
    }
}

/// A client for the service of a role at `address`, and that address. With an identity it must be `https`; without one it must be `http` on this
/// machine, where the roles of one process or one test know each other otherwise.
///
/// # Errors
/// [`NotMade::NoIdentity`] for plain HTTP to another machine, [`NotMade::Base`] for what is no such address, and those of [`Near::with_identity`].
pub fn to_role(
    patience: Duration,
    address: &str,
    identity: Option<&Identity>,
    expects: Role,
) -> Result<(Near, Base), NotMade> {
    if let Some(identity) = identity {
        let base = Base::read_tls(address)?;
        return Ok((Near::with_identity(patience, identity, expects)?, base));
    }
    let is_far = || NotMade::NoIdentity {
        address: address.to_owned(),
        role: expects,
    };
    if Base::read_tls(address).is_ok() {
        return Err(is_far());
    }
    let base = Base::read(address)?;
    match base.is_on_this_machine() {
        true => Ok((Near::new(patience)?, base)),
        false => Err(is_far()),
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotMade {
    /// The address is none of a service.
    #[error(transparent)]
    Base(#[from] UnfitBase),
    /// A role on another machine, to whom no identity would be shown.
    #[error(
        "{address} of the role {role} is asked by TLS with an identity: name the folder that `shirushi role new` has written, and an address with \
         https:// / 役割 {role} の {address} には、証明書を示すTLSで接続します。shirushi role new で作ったフォルダと、https:// のアドレスを指定してください"
    )]
    NoIdentity {
        /// Where.
        address: String,
        /// Who is expected there.
        role: Role,
    },
    /// The token cannot stand in a field of a header.
    #[error("the token cannot be sent")]
    Token,
    /// The library refuses.
    #[error("the HTTP client cannot be made")]
    Library(#[from] reqwest::Error),
    /// The TLS library refuses.
    #[error("TLS cannot be spoken")]
    Tls(#[from] rustls::Error),
}
