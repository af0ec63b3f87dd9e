//! What caches may keep, and for how long (RFC 9110 §8.8, §13, §14; RFC 9111; RFC 5019 §6.2).
//!
//! A cache must not serve "good" long after a revocation, so whatever says something about certificates is fresh for minutes, never
//! beyond its own nextUpdate, and is asked for again after that.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::fmt::rfc2822::DateTimePrinter;
use shirushi_clock::Instant;
use std::ops::RangeInclusive;

/// The longest that anything is fresh, in seconds: how long after a revocation a cache may still serve what was said before.
pub(crate) const FRESH_SECONDS: i64 = 5 * 60;

/// One state of a resource (RFC 9110 §3.2).
pub(crate) struct Representation<'a> {
    pub(crate) media_type: &'static str,
    pub(crate) body: Bytes,
    /// Its strong entity tag, with quotes.
    pub(crate) tag: Option<&'a str>,
    /// Since when it is what it is.
    pub(crate) last_modified: Option<Instant>,
    /// After this nobody may rely on it.
    pub(crate) next_update: Option<Instant>,
}

impl Representation<'_> {
    /// The answer to a GET or HEAD with these headers: all of it, a part of it, or that the asker has it already.
    pub(crate) fn answer(self, asked: &HeaderMap, now: Instant) -> Response {
        let mut headers = HeaderMap::new();
        self.validators(&mut headers, now);
        if self.is_known(asked) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        put(&mut headers, header::CONTENT_TYPE, self.media_type);
        if self.tag.is_some() {
            put(&mut headers, header::ACCEPT_RANGES, "bytes");
        }
        let length = self.body.len();
        match self.part(asked) {
            Part::All => (headers, Body::from(self.body)).into_response(),
            Part::Bytes(range) => {
                let value = format!("bytes {}-{}/{length}", range.start(), range.end());
                put(&mut headers, header::CONTENT_RANGE, &value);
                let part = self.body.slice(range);
                (StatusCode::PARTIAL_CONTENT, headers, Body::from(part)).into_response()
            }
            Part::Outside => {
                put(
                    &mut headers,
                    header::CONTENT_RANGE,
                    &format!("bytes */{length}"),
                );
                (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
            }
        }
    }

    fn validators(&self, headers: &mut HeaderMap, now: Instant) {
        let left = self
            .next_update
            .map_or(FRESH_SECONDS, |next| next.unix() - now.unix());
        let fresh = left.clamp(0, FRESH_SECONDS);
        let value = format!("public, max-age={fresh}, no-transform, must-revalidate");
        put(headers, header::CACHE_CONTROL, &value);
        // For caches that know no max-age. All three dates are of one clock.
        put(headers, header::DATE, &http_date(now));
        put(
            headers,
            header::EXPIRES,
            &http_date(now.plus_seconds(fresh)),
        );
        if let Some(tag) = self.tag {
            put(headers, header::ETAG, tag);
        }
        if let Some(at) = self.shown_date(now) {
            put(headers, header::LAST_MODIFIED, &at);
        }
    }

    /// Last-Modified, which must not lie ahead of Date (RFC 9110 §8.8.2.1).
    fn shown_date(&self, now: Instant) -> Option<String> {
        self.last_modified
            .filter(|at| *at <= now)
            .map(http_date)
    }

    /// Whether the asker names the state that it would get. A date counts only when it is the very one: a clock may have been ahead.
    fn is_known(&self, asked: &HeaderMap) -> bool {
        let mut tags = asked
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .peekable();
        if tags.peek().is_some() {
            return tags
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','))
                .map(str::trim)
                .map(|tag| tag.strip_prefix("W/").unwrap_or(tag))
                .any(|tag| tag == "*" || Some(tag) == self.tag);
        }
        match (asked.get(header::IF_MODIFIED_SINCE), self.last_modified) {
            (Some(since), Some(at)) => since.as_bytes() == http_date(at).as_bytes(),
            _ => false,
        }
    }

    /// Which part is asked for. Several at once are answered with all (RFC 9110 §14.2: a server may).
    fn part(&self, asked: &HeaderMap) -> Part {
        let range = asked
            .get(header::RANGE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("bytes="))
            .and_then(parse);
        let is_current = match asked.get(header::IF_RANGE) {
            None => true,
            Some(tag) => self
                .tag
                .is_some_and(|own| own.as_bytes() == tag.as_bytes()),
        };
        match range {
            Some(range) if is_current && self.tag.is_some() => range.within(self.body.len()),
            _ => Part::All,
        }
    }
}

enum Part {
    All,
    Bytes(RangeInclusive<usize>),
    Outside,
}

/// One range as it is written (RFC 9110 §14.1.2).
enum Asked {
    From(usize, Option<usize>),
    Last(usize),
}

fn parse(text: &str) -> Option<Asked> {
    let (first, last) = text.trim().split_once('-')?;
    match (first, last) {
        ("", last) => Some(Asked::Last(last.parse().ok()?)),
        (first, "") => Some(Asked::From(first.parse().ok()?, None)),
        (first, last) => {
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some(Asked::From(first, Some(last)))
        }
    }
}

impl Asked {
    fn within(self, length: usize) -> Part {
        let end = length.saturating_sub(1);
        match self {
            Self::From(first, _) if first >= length => Part::Outside,
            Self::From(first, last) => Part::Bytes(first..=last.unwrap_or(end).min(end)),
            Self::Last(0) => Part::Outside,
            Self::Last(_) if length == 0 => Part::Outside,
            Self::Last(many) => Part::Bytes(length.saturating_sub(many)..=end),
        }
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Everything put here is visible ASCII.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// IMF-fixdate (RFC 9110 §5.6.7).
fn http_date(at: Instant) -> String {
    // Only years that four digits cannot write fail; none of a city's is one.
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at.timestamp())
        .unwrap_or_default()
}
