//! Which hosts a service answers to. A page of another site can make its own name resolve to this machine (DNS rebinding);
//! its requests then carry that name, and are refused here.

use axum::http::{HeaderMap, Uri, Version, header, uri::Authority};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The configured authority, and numeric loopback where that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHosts {
    authority: Authority,
    or_numeric_loopback: bool,
}

/// A text that is no `host` or `host:port`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not host:port")]
pub struct NotAnAuthority {
    /// The text.
    pub text: String,
}

impl AllowedHosts {
    /// Allows `authority` (`agency.localhost:8080`), compared without regard to case, and `127.0.0.1` and `[::1]` on any port: a
    /// foreign page cannot make a browser send these as its own host.
    ///
    /// # Errors
    /// [`NotAnAuthority`] when the text is none, or has a user name.
    pub fn new(authority: &str) -> Result<Self, NotAnAuthority> {
        Self::read(authority, true)
    }

    /// Allows `authority` alone: for pages, whose origin is one and no other.
    ///
    /// # Errors
    /// [`NotAnAuthority`] when the text is none, or has a user name.
    pub fn only(authority: &str) -> Result<Self, NotAnAuthority> {
        Self::read(authority, false)
    }

    fn read(authority: &str, or_numeric_loopback: bool) -> Result<Self, NotAnAuthority> {
        match authority.parse::<Authority>() {
            Ok(authority) if !authority.as_str().contains('@') => Ok(Self {
                authority,
                or_numeric_loopback,
            }),
            _ => Err(NotAnAuthority {
                text: authority.to_owned(),
            }),
        }
    }

    /// Whether a request with this target and these headers is for this service. RFC 9112 §3.2: exactly one Host; a target in
    /// absolute form must name an allowed host as well.
    #[must_use]
    pub fn allow(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host
                .to_str()
                .ok()
                .and_then(|host| host.parse().ok()),
            _ => None,
        };
        let target_allowed = uri
            .authority()
            .is_none_or(|target| self.allows(target));
        host.is_some_and(|host| self.allows(&host)) && target_allowed
    }

    /// Whether a request names no host at all, as those before HTTP/1.1 need not (RFC 9112 §3.2): neither in Host nor in its target.
    /// No page of a browser can send one.
    #[must_use]
    pub fn is_unnamed(version: Version, uri: &Uri, headers: &HeaderMap) -> bool {
        version < Version::HTTP_11
            && uri.authority().is_none()
            && !headers.contains_key(header::HOST)
    }

    fn allows(&self, authority: &Authority) -> bool {
        authority == &self.authority || (self.or_numeric_loopback && is_numeric_loopback(authority))
    }
}

fn is_numeric_loopback(authority: &Authority) -> bool {
    // `Authority::host` leaves a user name out, which no Host has.
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let six = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match six {
        Some(six) => six.parse() == Ok(Ipv6Addr::LOCALHOST),
        None => host.parse() == Ok(Ipv4Addr::LOCALHOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn allowed(target: &str, hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_str(host).unwrap());
        }
        AllowedHosts::new("agency.localhost:8080")
            .unwrap()
            .allow(&target.parse().unwrap(), &headers)
    }

    #[test]
    fn the_configured_authority_and_numeric_loopback_are_allowed() {
        for host in [
            "agency.localhost:8080",
            "AGENCY.localhost:8080",
            "127.0.0.1",
            "127.0.0.1:9",
            "[::1]:8080",
            "[::1]",
        ] {
            assert!(allowed("/", &[host]), "{host}");
        }
        assert!(allowed("http://127.0.0.1:8080/", &["127.0.0.1:8080"]));
    }

    #[test]
    fn every_other_host_is_refused() {
        for host in [
            "agency.localhost",
            "agency.localhost:8081",
            "agency.localhost:8080.evil.example",
            "evil.example:8080",
            "localhost:8080",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "evil.example@127.0.0.1",
            "127.1",
            "2130706433",
            "127.0.0.2",
            "[::ffff:127.0.0.1]",
            "",
        ] {
            assert!(!allowed("/", &[host]), "{host}");
        }
    }

    #[test]
    fn a_missing_a_second_and_a_contradicting_host_are_refused() {
        assert!(!allowed("/", &[]));
        assert!(!allowed("/", &["127.0.0.1", "127.0.0.1"]));
        assert!(!allowed("http://evil.example/", &["127.0.0.1"]));
    }

    #[test]
    fn only_what_is_older_than_http_1_1_names_no_host() {
        let unnamed = |version, target: &str, host: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(host) = host {
                headers.insert(header::HOST, HeaderValue::from_static(host));
            }
            AllowedHosts::is_unnamed(version, &target.parse().unwrap(), &headers)
        };
        assert!(unnamed(Version::HTTP_10, "/ocsp/sign", None));
        assert!(!unnamed(Version::HTTP_11, "/ocsp/sign", None));
        assert!(!unnamed(
            Version::HTTP_10,
            "/ocsp/sign",
            Some("evil.example")
        ));
        assert!(!unnamed(Version::HTTP_10, "http://evil.example/", None));
    }

    #[test]
    fn only_an_authority_can_be_configured() {
        for text in ["", "http://a", "a b", "user@host:1"] {
            assert!(AllowedHosts::new(text).is_err(), "{text}");
        }
    }
}
