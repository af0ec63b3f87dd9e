//! Where a service is.

use crate::is_local;
use reqwest::Url;
use std::{fmt, net::IpAddr};

/// The address of a service without a path: `http://host:port`, or `https://host:port` where an identity is shown to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Base(String);

/// An address that is none of a service: another scheme, a path, a query, a fragment, or a name and password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the address of a service: http://host:port, or https://host:port for a client with an identity"
)]
pub struct UnfitBase;

impl Base {
    /// Reads `http://host:port`, with or without a slash behind it.
    ///
    /// # Errors
    /// [`UnfitBase`].
    pub fn read(text: &str) -> Result<Self, UnfitBase> {
        Self::of_scheme("http", text)
    }

    /// Reads `https://host:port`, with or without a slash behind it: of a service to which an identity is shown.
    ///
    /// # Errors
    /// [`UnfitBase`].
    pub fn read_tls(text: &str) -> Result<Self, UnfitBase> {
        Self::of_scheme("https", text)
    }

    /// Whether it is on this machine by its very text: a loopback number, or a name below `localhost`.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        let url = Url::parse(&self.0);
        let host = url
            .as_ref()
            .ok()
            .and_then(Url::host_str)
            .unwrap_or_default();
        match host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
        {
            Ok(number) => number.is_loopback(),
            Err(_) => is_local(host),
        }
    }

    fn of_scheme(scheme: &str, text: &str) -> Result<Self, UnfitBase> {
        let fits = Url::parse(text).is_ok_and(|url| {
            url.scheme() == scheme
                && url.has_host()
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        });
        match fits {
            true => Ok(Self(text.trim_end_matches('/').to_owned())),
            false => Err(UnfitBase),
        }
    }

    /// The address without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of what lies at `path`, which begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_without_anything_behind_it_is_one() {
        for fits in ["http://127.0.0.1:8080", "http://city.example/"] {
            let base = Base::read(fits).unwrap();
            assert_eq!(
                base.at("/ocsp"),
                format!("{}/ocsp", fits.trim_end_matches('/'))
            );
        }
        for unfit in [
            "",
            "127.0.0.1:8080",
            "https://127.0.0.1:8080",
            "http://127.0.0.1:8080/city",
            "http://127.0.0.1:8080/?a",
            "http://127.0.0.1:8080/#a",
            "http://name@127.0.0.1:8080/",
            "http://:word@127.0.0.1:8080/",
            "file:///etc/passwd",
        ] {
            assert_eq!(Base::read(unfit), Err(UnfitBase), "{unfit}");
        }
    }

    #[test]
    fn with_an_identity_it_is_https_and_nothing_else() {
        let base = Base::read_tls("https://authority.example:8443/").unwrap();
        assert_eq!(base.as_str(), "https://authority.example:8443");
        for unfit in [
            "http://authority.example:8443",
            "https://authority.example/city",
            "https://name@authority.example",
        ] {
            assert_eq!(Base::read_tls(unfit), Err(UnfitBase), "{unfit}");
        }
    }

    #[test]
    fn this_machine_is_known_by_the_address_itself() {
        for (text, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://127.8.0.1", true),
            ("http://[::1]:8080", true),
            ("http://portal.localhost:8080", true),
            ("http://10.0.0.1:8080", false),
            ("http://0.0.0.0:8080", false),
            ("http://localhost.example", false),
        ] {
            let base = Base::read(text).unwrap();
            assert_eq!(base.is_on_this_machine(), expected, "{text}");
        }
    }
}
