//! Origins of sites (RFC 6454).

use reqwest::Url;
use shirushi_peers::is_local;
use std::net::IpAddr;

/// The origin that `text` is, in its one form: lower case, names in ASCII, without the scheme's own port. None when it is no
/// origin of http or https, or more than one.
#[must_use]
pub fn origin(text: &str) -> Option<String> {
    let text = text.trim();
    let url = Url::parse(text).ok()?;
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && !text.contains(['\\', '\t', '\n', '\r', '@']);
    let is_web = ["http", "https"].contains(&url.scheme())
        && url
            .host_str()
            .is_some_and(|host| !host.is_empty());
    (is_bare && is_web).then(|| url.origin().ascii_serialization())
}

/// Why a text names no site that may be spoken with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnfitSite {
    /// It is no origin.
    NoOrigin,
    /// It is another machine's, without TLS: this origin. Whoever is on the way could read and change what is signed.
    Plain(String),
}

/// The origin of a site: https, or anything on this machine.
///
/// # Errors
/// [`UnfitSite`].
pub fn site(text: &str) -> Result<String, UnfitSite> {
    let origin = origin(text).ok_or(UnfitSite::NoOrigin)?;
    if origin.starts_with("https://") || is_here(&origin) {
        Ok(origin)
    } else {
        Err(UnfitSite::Plain(origin))
    }
}

/// Whether a site is on this machine.
#[must_use]
pub fn is_here(site: &str) -> bool {
    Url::parse(site).is_ok_and(|url| url.host_str().is_some_and(is_loopback))
}

/// Whether a host is this machine, wherever its names are looked up: a number, or a name that this program resolves itself.
fn is_loopback(host: &str) -> bool {
    let six = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address: Option<IpAddr> = six.unwrap_or(host).parse().ok();
    address.map_or_else(|| is_local(host), |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{UnfitSite, origin, site};

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for text in [
            "https://portal.example",
            "https://203.0.113.10:8443",
            "http://127.0.0.1:8080",
            "http://127.1.2.3",
            "http://[::1]:8080",
            "http://localhost",
            "http://portal.localhost:8080",
        ] {
            assert!(site(text).is_ok(), "{text}");
        }
        for text in [
            "http://portal.example",
            "http://203.0.113.10:8080",
            "http://0.0.0.0",
            "http://[::]",
            "http://[::ffff:203.0.113.10]",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://127.0.0.1.example",
        ] {
            let plain = origin(text).unwrap();
            assert_eq!(site(text), Err(UnfitSite::Plain(plain)), "{text}");
        }
        assert_eq!(site("portal.example"), Err(UnfitSite::NoOrigin));
    }

    #[test]
    fn an_origin_has_one_form() {
        for (text, wanted) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            (" HTTPS://Portal.Example:443/ ", "https://portal.example"),
            (
                "http://portal.localhost:8080/",
                "http://portal.localhost:8080",
            ),
            ("https://例え.jp", "https://xn--r8jz45g.jp"),
        ] {
            assert_eq!(origin(text).as_deref(), Some(wanted));
        }
        for text in [
            "",
            "portal.example",
            "ftp://portal.example",
            "file:///etc",
            "javascript:alert(1)",
            "https://portal.example/path",
            "https://portal.example/?q",
            "https://portal.example#f",
            "https://user@portal.example",
            "https://user:p@portal.example",
            "https://@portal.example",
            "https://portal.example\\@evil.example",
            "https://",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
    }
}
