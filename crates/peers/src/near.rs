//! The client itself.

use crate::{Resolver, UnfitBase};
use reqwest::{Client, IntoUrl, Method, RequestBuilder, header, redirect};
use shirushi_crypto::Secret;
use std::{sync::Arc, time::Duration};

/// Longest wait for a connection: the peers are near.
const CONNECT: Duration = Duration::from_secs(5);

/// A client for services whose addresses are configured. It follows no redirection, by which a token could go elsewhere, and no proxy, and speaks
/// plain HTTP alone. Clones are handles to the same one.
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

    fn with(patience: Duration, headers: header::HeaderMap) -> reqwest::Result<Self> {
        Client::builder()
            // Plain HTTP: without roots, and so without looking for the system's, which may have none.
            .tls_certs_only([])
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

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotMade {
    /// The address is none of a service.
    #[error(transparent)]
    Base(#[from] UnfitBase),
    /// The token cannot stand in a field of a header.
    #[error("the token cannot be sent")]
    Token,
    /// The library refuses.
    #[error("the HTTP client cannot be made")]
    Library(#[from] reqwest::Error),
}
