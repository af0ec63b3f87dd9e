//! Origins of sites (RFC 6454).

use reqwest::Url;

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

#[cfg(test)]
mod tests {
    use super::origin;

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
