//! One site at one origin.

use super::guard;
use crate::{AllowedHosts, NotAnAuthority};
use axum::Router;
use shirushi_crypto::{Random, Secret, aes_cmac};
use shirushi_rules::Bilingual;
use std::sync::Arc;

/// What a site is made of.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// Where browsers find it: `http://counter.localhost:8080`, `https://counter.example`. No path, no slash at the end.
    pub origin: String,
    /// One word for it, lower case; its cookies are named by it.
    pub word: &'static str,
    /// What it calls itself.
    pub name: Bilingual,
    /// The links at the head of each page.
    pub links: Vec<Link>,
    /// The origins, other than its own, that its forms may lead to: the agent's, for a site; the sites', for the agent.
    pub forms_lead_to: Vec<String>,
    /// Whether it belongs to a sandbox, which each page then says.
    pub is_sandbox: bool,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where to.
    pub href: String,
    /// What it says.
    pub label: Bilingual,
}

/// An origin that no site can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin:?} is not http://host:port or https://host")]
pub struct UnfitOrigin {
    /// What was configured.
    pub origin: String,
}

/// One site. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Site(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: SiteConfig,
    hosts: AllowedHosts,
    /// Of this process: a form does not outlive it, so that a restart asks for the page once more and loses nothing else.
    key: Secret,
    random: Arc<dyn Random>,
}

impl Site {
    /// Makes a site.
    ///
    /// # Errors
    /// [`UnfitOrigin`].
    pub fn new(config: SiteConfig, random: Arc<dyn Random>) -> Result<Self, UnfitOrigin> {
        let unfit = || UnfitOrigin {
            origin: config.origin.clone(),
        };
        let authority = config
            .origin
            .strip_prefix("http://")
            .or_else(|| config.origin.strip_prefix("https://"))
            .ok_or_else(unfit)?;
        let hosts = AllowedHosts::only(authority).map_err(|NotAnAuthority { .. }| unfit())?;
        let mut key = [0; 32];
        random.fill(&mut key);
        Ok(Self(Arc::new(Inner {
            hosts,
            key: Secret::from(key.as_slice()),
            config,
            random,
        })))
    }

    /// Its origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.0.config.origin
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(&self) -> Bilingual {
        self.0.config.name
    }

    /// Its host and port, as they stand in Host.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.origin()
            .split_once("://")
            .map_or("", |(_, authority)| authority)
    }

    /// Wraps the finished routes. Around them are: the check of Host, the check that what changes something comes from this
    /// site's own pages, the visitor's session and language, the headers of a page, and errors as pages.
    pub fn wrap(self, routes: Router) -> Router {
        guard::wrap(self, routes)
    }

    pub(crate) fn config(&self) -> &SiteConfig {
        &self.0.config
    }

    pub(crate) fn hosts(&self) -> &AllowedHosts {
        &self.0.hosts
    }

    /// Name of the cookie that holds the session. Under TLS it is bound to the host by its name (RFC 6265bis §4.1.3.2).
    pub(crate) fn cookie(&self) -> String {
        let prefix = if self.is_secure() { "__Host-" } else { "" };
        format!("{prefix}shirushi-{}", self.0.config.word)
    }

    /// Name of the cookie by which a browser is known again.
    pub(crate) fn known_cookie(&self) -> String {
        format!("{}-known", self.cookie())
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.origin().starts_with("https://")
    }

    /// The token that a form of a page made for `session` bears.
    pub(crate) fn form_token(&self, session: &str) -> String {
        // A key of 32 bytes is never refused.
        hex::encode(aes_cmac(self.0.key.expose(), &[session.as_bytes()]).unwrap_or_default())
    }

    /// A new session's name: 32 random bytes, hexadecimal.
    pub(crate) fn new_session(&self) -> String {
        let mut bytes = [0; 32];
        self.0.random.fill(&mut bytes);
        hex::encode(bytes)
    }
}
