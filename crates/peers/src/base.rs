//! Where a service is.

use reqwest::Url;
use std::fmt;

/// The address of a service without a path: `http://host:port`.
#[derive(Clone, PartialEq, Eq)]
pub struct Base(String);

/// An address that is none of a service: another scheme, a path, a query, a fragment, or a name and password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the address of a service: http://host:port")]
pub struct UnfitBase;

impl Base {
    /// Reads `http://host:port`, with or without a slash behind it.
    ///
    /// # Errors
    /// [`UnfitBase`].
    pub fn read(text: &str) -> Result<Self, UnfitBase> {
        let fits = Url::parse(text).is_ok_and(|url| {
            url.scheme() == "http"
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
}
