//! One site at one origin.

use super::{
    guard,
    posted::Posts,
    visit::{cookie, cookies, is_session},
};
use crate::{AllowedHosts, Lane, NotAnAuthority};
use axum::{Router, http::HeaderMap};
use shirushi_crypto::{Random, Secret, aes_cmac, constant_time_eq, sha256};
use shirushi_rules::Bilingual;
use std::sync::Arc;
use tokio::sync::Semaphore;

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
    /// Whether a PIN or a password is typed into one of its forms. No connection is then kept after a form, and with it no buffer.
    pub takes_secrets: bool,
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
    /// Of this process, unless it was given one: a form does not outlive it, so that a restart asks for the page once more and loses nothing
    /// else.
    key: Secret,
    random: Arc<dyn Random>,
    /// Below this path each next part is a room with a session of its own.
    rooms: Option<&'static str>,
    /// The acts of each session.
    under_way: Lane,
    /// Forms that came when the log-in had ended.
    posts: Posts,
}

/// Acts of one session at once: more than a person has windows for. One session's hundred presses must not cost what a hundred citizens'
/// would.
const OF_ONE_SESSION: usize = 8;

fn own_key(random: &dyn Random) -> Secret {
    let mut key = [0; 32];
    random.fill(&mut key);
    Secret::from(key.as_slice())
}

/// Bytes of a session's name that are random, where the rest is made from them.
const CHANCE: usize = 16;

impl Site {
    /// Makes a site.
    ///
    /// # Errors
    /// [`UnfitOrigin`].
    pub fn new(config: SiteConfig, random: Arc<dyn Random>) -> Result<Self, UnfitOrigin> {
        let key = own_key(random.as_ref());
        Self::made(config, random, key, None)
    }

    /// Makes a site that other processes serve too, with the same `key` of 32 random bytes: a form may come back to any of them.
    ///
    /// # Errors
    /// [`UnfitOrigin`].
    pub fn with_form_key(
        config: SiteConfig,
        random: Arc<dyn Random>,
        key: Secret,
    ) -> Result<Self, UnfitOrigin> {
        Self::made(config, random, key, None)
    }

    /// Makes a site on a host that it shares with programs of others: cookies are sent to all ports of a host, and each of them can set
    /// them (RFC 6265 §8.5). Its sessions are only those that this very process has given out, whatever else a browser brings; and
    /// below `rooms` (`/errands/`) each next part of a path has a session of its own, which [`Visit::open_room`](super::Visit::open_room) begins.
    ///
    /// # Errors
    /// [`UnfitOrigin`].
    pub fn on_shared_host(
        config: SiteConfig,
        random: Arc<dyn Random>,
        rooms: &'static str,
    ) -> Result<Self, UnfitOrigin> {
        let key = own_key(random.as_ref());
        Self::made(config, random, key, Some(rooms))
    }

    fn made(
        config: SiteConfig,
        random: Arc<dyn Random>,
        key: Secret,
        rooms: Option<&'static str>,
    ) -> Result<Self, UnfitOrigin> {
        let unfit = || UnfitOrigin {
            origin: config.origin.clone(),
        };
        let authority = config
            .origin
            .strip_prefix("http://")
            .or_else(|| config.origin.strip_prefix("https://"))
            .ok_or_else(unfit)?;
        let hosts = AllowedHosts::only(authority).map_err(|NotAnAuthority { .. }| unfit())?;
        Ok(Self(Arc::new(Inner {
            hosts,
            key,
            config,
            random,
            rooms,
            // Nobody waits for another session's.
            under_way: Lane::new(Semaphore::MAX_PERMITS, OF_ONE_SESSION),
            posts: Posts::default(),
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

    pub(crate) fn posts(&self) -> &Posts {
        &self.0.posts
    }

    pub(crate) fn random(&self) -> &dyn Random {
        self.0.random.as_ref()
    }

    /// The mark of a person in the forms of this process's pages: it says nothing of the person, and nobody else can make one.
    pub(crate) fn mark_of(&self, who: &str) -> String {
        let who = sha256(&[b"who", who.as_bytes()].concat());
        hex::encode([who.as_slice(), &self.proof_of_mark(&who)].concat())
    }

    /// Whether this process has made a mark.
    pub(crate) fn has_marked(&self, mark: &str) -> bool {
        let bytes = hex::decode(mark).unwrap_or_default();
        bytes
            .split_at_checked(32)
            .is_some_and(|(who, proof)| constant_time_eq(&self.proof_of_mark(who), proof))
    }

    /// Told from a form's token and from a session by its first byte.
    fn proof_of_mark(&self, who: &[u8]) -> [u8; 16] {
        // A key of 32 bytes is never refused.
        aes_cmac(self.0.key.expose(), &[&[1], who]).unwrap_or_default()
    }

    pub(crate) fn under_way(&self) -> &Lane {
        &self.0.under_way
    }

    pub(crate) fn config(&self) -> &SiteConfig {
        &self.0.config
    }

    pub(crate) fn hosts(&self) -> &AllowedHosts {
        &self.0.hosts
    }

    /// Name of the cookie that holds the session. Under TLS it is bound to the host by its name (RFC 6265bis §4.1.3.2).
    pub(crate) fn cookie(&self, room: Option<&str>) -> String {
        let prefix = if self.is_secure() { "__Host-" } else { "" };
        let word = self.0.config.word;
        match room {
            None => format!("{prefix}shirushi-{word}"),
            Some(room) => format!("shirushi-{word}-{room}"),
        }
    }

    /// Where that cookie is sent.
    pub(crate) fn path(&self, room: Option<&str>) -> String {
        let rooms = self.0.rooms.unwrap_or("/");
        room.map_or_else(|| "/".to_owned(), |room| format!("{rooms}{room}"))
    }

    /// The room that a path leads to.
    pub(crate) fn room_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        let below = path.strip_prefix(self.0.rooms?)?;
        let room = below.split(['/', '?']).next()?;
        let is_name = !room.is_empty()
            && room
                .bytes()
                .all(|b| b.is_ascii_alphanumeric());
        is_name.then_some(room)
    }

    /// The session that a browser brings.
    pub(crate) fn session_in<'h>(
        &self,
        headers: &'h HeaderMap,
        room: Option<&str>,
    ) -> Option<&'h str> {
        let name = self.cookie(room);
        if self.0.rooms.is_none() {
            return cookie(headers, &name).filter(|text| is_session(text));
        }
        // What others have planted beside it does not put it out.
        cookies(headers, &name).find(|text| is_session(text) && self.has_given(text, room))
    }

    /// Name of the cookie by which a browser is known again.
    pub(crate) fn known_cookie(&self) -> String {
        format!("{}-known", self.cookie(None))
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.origin().starts_with("https://")
    }

    /// The token that a form of a page made for `session` bears.
    pub(crate) fn form_token(&self, session: &str) -> String {
        // A key of 32 bytes is never refused.
        hex::encode(aes_cmac(self.0.key.expose(), &[session.as_bytes()]).unwrap_or_default())
    }

    /// A new session's name: 32 bytes, hexadecimal.
    pub(crate) fn new_session(&self, room: Option<&str>) -> String {
        let mut bytes = [0; 32];
        self.0.random.fill(&mut bytes);
        if self.0.rooms.is_some() {
            let (chance, proof) = bytes.split_at_mut(CHANCE);
            proof.copy_from_slice(&self.proof(chance, room));
        }
        hex::encode(bytes)
    }

    /// Whether this process has given out this session, for this room.
    fn has_given(&self, session: &str, room: Option<&str>) -> bool {
        let bytes = hex::decode(session).unwrap_or_default();
        bytes
            .split_at_checked(CHANCE)
            .is_some_and(|(chance, proof)| constant_time_eq(&self.proof(chance, room), proof))
    }

    /// Told from a form's token by its length and its first byte.
    fn proof(&self, chance: &[u8], room: Option<&str>) -> [u8; 16] {
        let parts = [&[0], room.unwrap_or("").as_bytes(), &[0], chance];
        // A key of 32 bytes is never refused.
        aes_cmac(self.0.key.expose(), &parts).unwrap_or_default()
    }
}
