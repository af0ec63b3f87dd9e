//! Sources that gave nothing to judge, and how an answer over HTTP becomes evidence: the same for every room that asks.

use crate::{StatusProblem, StatusSource};
use shirushi_clock::Instant;
use shirushi_profile::{
    CertificateList,
    ocsp::{OcspMalformed, OcspResponseStatus, ReceivedResponse},
};
use shirushi_rules::InBoth;

/// A source that was asked about the leaf and gave nothing that the path could judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// Which.
    pub source: StatusSource,
    /// Why.
    pub why: StatusProblem,
    /// What the operating system or the parser says of it.
    pub detail: Option<String>,
}

impl Missed {
    /// Without a detail.
    #[must_use]
    pub const fn new(source: StatusSource, why: StatusProblem) -> Self {
        Self {
            source,
            why,
            detail: None,
        }
    }

    /// Nobody was reached. Of an error that has others behind it, the innermost says what happened: "connection refused".
    #[must_use]
    pub fn not_reached(source: StatusSource, error: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(source, StatusProblem::NotReached).because(innermost(error))
    }

    /// With what somebody else says of it.
    #[must_use]
    pub fn because(self, detail: impl ToString) -> Self {
        Self {
            detail: Some(detail.to_string()),
            ..self
        }
    }

    /// What happened, in both languages.
    #[must_use]
    pub fn told(&self) -> InBoth {
        let InBoth { ja, en } = self.why.in_both();
        match &self.detail {
            Some(detail) => InBoth::new(format!("{ja}（{detail}）"), format!("{en} ({detail})")),
            None => InBoth::new(ja, en),
        }
    }
}

impl std::fmt::Display for Missed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told().en)
    }
}

impl std::error::Error for Missed {}

impl StatusProblem {
    /// What is wrong with an answer over HTTP before its body is read: another status than 200, or a page for people, as proxies and the
    /// log-in pages of networks answer with (RFC 6585 §6).
    #[must_use]
    pub fn of_http(status: u16, content_type: Option<&str>) -> Option<Self> {
        let is_page = content_type.is_some_and(|kind| {
            kind.trim_start()
                .to_ascii_lowercase()
                .starts_with("text/html")
        });
        match status {
            200 if !is_page => None,
            200 | 300..=399 | 407 | 511 => Some(Self::Intercepted { status }),
            status => Some(Self::HttpStatus { status }),
        }
    }
}

/// The last of the errors that are behind each other.
#[must_use]
pub fn innermost<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> &'e (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(behind) = cause.source() {
        cause = behind;
    }
    cause
}

/// The OCSP response in the body of a 200, if it answers the question that bore `nonce`.
///
/// # Errors
/// [`Missed`].
pub fn read_response(der: &[u8], nonce: &[u8], now: Instant) -> Result<ReceivedResponse, Missed> {
    let missed = |why| Missed::new(StatusSource::Ocsp, why);
    let response = ReceivedResponse::from_der(der).map_err(|error| match error {
        OcspMalformed::NotSuccessful {
            status: OcspResponseStatus::TryLater,
        } => missed(StatusProblem::TryLater),
        OcspMalformed::NotSuccessful { status } => missed(StatusProblem::ResponderError { status }),
        other => missed(no_evidence(der)).because(other),
    })?;
    match response.nonce() {
        _ if response.answers(nonce, now) => Ok(response),
        Some(_) => Err(missed(StatusProblem::NonceWrong)),
        None => Err(missed(StatusProblem::NonceMissing)),
    }
}

/// The list in the body of a 200.
///
/// # Errors
/// [`Missed`].
pub fn read_list(der: &[u8]) -> Result<CertificateList, Missed> {
    CertificateList::from_der(der)
        .map_err(|error| Missed::new(StatusSource::Crl, no_evidence(der)).because(error))
}

/// Of what is no evidence: a page that does not say so in its media type is one all the same.
fn no_evidence(body: &[u8]) -> StatusProblem {
    let text = body
        .strip_prefix("\u{FEFF}".as_bytes())
        .unwrap_or(body);
    match text.trim_ascii_start().first() {
        Some(b'<') => StatusProblem::Intercepted { status: 200 },
        _ => StatusProblem::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_from_an_answer_and_from_a_failing_server() {
        let intercepted = |status| Some(StatusProblem::Intercepted { status });
        for (status, kind, wanted) in [
            (200, None, None),
            (200, Some("application/ocsp-response"), None),
            (200, Some("text/html; charset=utf-8"), intercepted(200)),
            (200, Some(" TEXT/HTML"), intercepted(200)),
            (302, None, intercepted(302)),
            (407, None, intercepted(407)),
            (511, Some("text/html"), intercepted(511)),
            (
                404,
                Some("text/html"),
                Some(StatusProblem::HttpStatus { status: 404 }),
            ),
            (503, None, Some(StatusProblem::HttpStatus { status: 503 })),
        ] {
            assert_eq!(StatusProblem::of_http(status, kind), wanted, "{status}");
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("error sending request")]
    struct Wrapped(#[source] std::io::Error);

    #[test]
    fn who_was_not_reached_is_told_by_the_innermost_error() {
        let refused = std::io::ErrorKind::ConnectionRefused.into();
        let missed = Missed::not_reached(StatusSource::Crl, &Wrapped(refused));
        assert_eq!(
            (missed.source, missed.why),
            (StatusSource::Crl, StatusProblem::NotReached)
        );
        assert_eq!(missed.detail.as_deref(), Some("connection refused"));
    }

    #[test]
    fn a_page_without_its_media_type_is_one_all_the_same() {
        for (body, wanted) in [
            (
                &b"<!doctype html>"[..],
                StatusProblem::Intercepted { status: 200 },
            ),
            (
                b"\xEF\xBB\xBF\r\n <html>",
                StatusProblem::Intercepted { status: 200 },
            ),
            (b"junk", StatusProblem::Unreadable),
            (b"", StatusProblem::Unreadable),
        ] {
            assert_eq!(read_list(body).unwrap_err().why, wanted);
            let now = Instant::from_unix(1_800_000_000).unwrap();
            assert_eq!(
                read_response(body, b"nonce", now)
                    .unwrap_err()
                    .why,
                wanted
            );
        }
    }
}
