//! One request of one visitor.

use super::{asked::Asked, site::Site};
use crate::{KnownBrowser, Problem};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header, request::Parts},
    response::AppendHeaders,
};
use shirushi_crypto::{constant_time_eq, sha256};
use shirushi_rules::{Bilingual, InBoth, Language, PAGE_OF_THIS_SESSION, Refusal};
use std::sync::{Arc, Mutex, OnceLock};

/// How long a browser is known again: half a year.
const KNOWN_SECONDS: i64 = 180 * 24 * 60 * 60;

/// Name of the cookie that holds the language.
pub(crate) const LANGUAGE: &str = "shirushi-language";

/// A visitor's request: on which site, in which session, in which language.
///
/// A session here is no log-in: it begins with the first page, and only ties forms to it. What a log-in is, the site decides; it
/// must give a new session then ([`Visit::session_cookie`]), so that one known before is worth nothing after.
#[derive(Clone)]
pub struct Visit {
    pub(crate) site: Site,
    pub(crate) language: Language,
    /// The browser's.
    pub(crate) session: Session,
    /// The room that the request is for, and the session of that room alone.
    room: Option<(String, Session)>,
    /// By which the browser is known again, if it is.
    pub(crate) known: Option<KnownBrowser>,
    /// Path and query of the request, to which a change of language returns.
    pub(crate) here: String,
    /// The mark of who is logged in, once the site has said so: one for all clones.
    who: Arc<OnceLock<String>>,
    /// What the fields ask that were made since the last form.
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
}

/// A session's name.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) name: String,
    /// Whether it began with this request.
    pub(crate) is_new: bool,
}

/// A room that was opened for a visitor.
#[derive(Debug)]
pub struct OpenedRoom {
    /// By which its session can be told from others without being it.
    pub session_hash: [u8; 32],
    /// The cookies of its session, and of the browser's where that is new.
    pub cookies: HeaderMap,
}

impl Visit {
    pub(crate) fn of(site: &Site, uri: &Uri, headers: &HeaderMap) -> Self {
        let language = match cookie(headers, LANGUAGE) {
            Some("en") => Language::English,
            _ => Language::Japanese,
        };
        let session = |room| {
            let found = site.session_in(headers, room);
            Session {
                is_new: found.is_none(),
                name: found.map_or_else(|| site.new_session(room), str::to_owned),
            }
        };
        Self {
            session: session(None),
            room: site
                .room_of(uri.path())
                .map(|room| (room.to_owned(), session(Some(room)))),
            language,
            known: cookie(headers, &site.known_cookie()).and_then(KnownBrowser::read),
            here: uri
                .path_and_query()
                .map_or("/", |here| here.as_str())
                .to_owned(),
            site: site.clone(),
            who: Arc::default(),
            asked: Arc::default(),
        }
    }

    /// Says who is logged in, by a name that stays the same from log-in to log-in: the forms of the page bear the person's mark, by which
    /// what was typed comes back to nobody else when a log-in has ended ([`held_post`](Self::held_post)).
    pub fn is_of(&self, who: &str) {
        self.who
            .get_or_init(|| self.site.mark_of(who));
    }

    pub(crate) fn who_mark(&self) -> Option<String> {
        self.who.get().cloned()
    }

    /// The site.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The language that the visitor has chosen; Japanese if none.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text in the visitor's language.
    #[must_use]
    pub fn say<'t>(&self, ja: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Japanese => ja,
            Language::English => en,
        }
    }

    /// The text in the visitor's language.
    #[must_use]
    pub fn text(&self, text: Bilingual) -> &'static str {
        text.text(self.language)
    }

    /// The text in the visitor's language.
    #[must_use]
    pub fn both<'t>(&self, text: &'t InBoth) -> &'t str {
        self.say(&text.ja, &text.en)
    }

    /// Path and query of the request.
    #[must_use]
    pub fn here(&self) -> &str {
        &self.here
    }

    /// The session's name: a secret of the visitor's browser. In a room it is the room's.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.own().name
    }

    /// By which the session can be told from others without being it.
    #[must_use]
    pub fn session_hash(&self) -> [u8; 32] {
        sha256(self.session().as_bytes())
    }

    /// The same of the browser's session, whichever room the request is for.
    #[must_use]
    pub fn browser_hash(&self) -> [u8; 32] {
        sha256(self.session.name.as_bytes())
    }

    /// The token that a form of this page must bear as the field `form-token`, when it is sent to `action`.
    #[must_use]
    pub fn form_token(&self, action: &str) -> String {
        let session = match (&self.room, self.site.room_of(action)) {
            (Some((room, session)), Some(to)) if room == to => session,
            _ => &self.session,
        };
        self.site.form_token(&session.name)
    }

    /// That a form came from a page of this session.
    ///
    /// # Errors
    /// A [`Refusal`] by `PAGE_OF_THIS_SESSION`.
    pub fn require_token(&self, token: &str) -> Result<(), Refusal> {
        let session = self.own();
        let own = self.site.form_token(&session.name);
        PAGE_OF_THIS_SESSION.require(
            !session.is_new && constant_time_eq(&sha256(token.as_bytes()), &sha256(own.as_bytes())),
            [],
        )
    }

    /// A new session's name, for a log-in that does not bring its own.
    #[must_use]
    pub fn new_session(&self) -> String {
        self.site.new_session(None)
    }

    /// Opens a room for this visitor: a session of its own, made now, whatever the browser has brought. Its cookie has a name of its own
    /// and is sent to the room alone, so that it is neither told to what else listens on this host, nor put out by another room's.
    #[must_use]
    pub fn open_room(&self, room: &str, seconds: u32) -> OpenedRoom {
        let session = self.site.new_session(Some(room));
        let mut cookies = HeaderMap::new();
        if self.session.is_new {
            cookies.append(
                header::SET_COOKIE,
                self.cookie_value(&self.session.name, ""),
            );
        }
        let more = format!("; Max-Age={seconds}");
        cookies.append(
            header::SET_COOKIE,
            self.cookie_of(Some(room), &session, &more),
        );
        OpenedRoom {
            session_hash: sha256(session.as_bytes()),
            cookies,
        }
    }

    fn own(&self) -> &Session {
        match &self.room {
            Some((_, session)) => session,
            None => &self.session,
        }
    }

    /// The header that gives the browser another session: `session` is 64 hexadecimal digits.
    #[must_use]
    pub fn session_cookie(&self, session: &str) -> [(HeaderName, HeaderValue); 1] {
        [(header::SET_COOKIE, self.cookie_value(session, ""))]
    }

    /// What the browser brings to be known again by.
    #[must_use]
    pub fn known_browser(&self) -> Option<&KnownBrowser> {
        self.known.as_ref()
    }

    /// The header by which the browser is known again for half a year. It stays when the session ends; it lets nobody in.
    pub fn known_cookie(
        &self,
        known: &KnownBrowser,
    ) -> AppendHeaders<[(HeaderName, HeaderValue); 1]> {
        let secure = if self.site.is_secure() {
            "; Secure"
        } else {
            ""
        };
        let text = format!(
            "{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={KNOWN_SECONDS}{secure}",
            self.site.known_cookie(),
            known.expose()
        );
        let value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        AppendHeaders([(header::SET_COOKIE, value)])
    }

    /// The header that has the browser forget its session.
    #[must_use]
    pub fn end_of_session(&self) -> [(HeaderName, HeaderValue); 1] {
        [(header::SET_COOKIE, self.cookie_value("", "; Max-Age=0"))]
    }

    pub(crate) fn cookie_value(&self, session: &str, more: &str) -> HeaderValue {
        self.cookie_of(None, session, more)
    }

    fn cookie_of(&self, room: Option<&str>, session: &str, more: &str) -> HeaderValue {
        let secure = if self.site.is_secure() {
            "; Secure"
        } else {
            ""
        };
        // Lax: the agent navigates back here, and Strict cookies are not sent then (facts/crates.md §6).
        let text = format!(
            "{}={session}; Path={}; HttpOnly; SameSite=Lax{secure}{more}",
            self.site.cookie(room),
            self.site.path(room),
        );
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit")
            .field("site", &self.site.origin())
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // There is one on every route that a site has wrapped.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Problem::NotFound)
    }
}

/// The value of the one cookie with this name (RFC 6265 §5.4); a second one of the same name comes from somewhere else.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut found = cookies(headers, name);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// The values of all cookies with this name.
pub(crate) fn cookies<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(found, _)| *found == name)
        .map(|(_, value)| value)
}

pub(crate) fn is_session(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
