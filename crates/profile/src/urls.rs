//! The addresses that stand in certificates.

use crate::{CertificateKind, CrlScope, Generation};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses that stand in certificates of one generation, all under one base that is fixed when the authorities are made.
///
/// A responder answers for all generations, because a request names the issuer's key. A list and an authority's certificate are of
/// one generation, and have an address each.
///
/// Plain HTTP (RFC 5280 §8: revocation must not need what it is to vouch for) and a numeric host: foreign tools do not resolve
/// names under `localhost` (DESIGN.md §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    base: String,
    generation: Generation,
}

/// A text that cannot be the base of the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the base must be http://, a numeric host and a port, without a path: such as http://127.0.0.1:8080"
)]
pub struct NotABaseUrl;

impl Urls {
    /// The addresses under `base`, such as `http://127.0.0.1:8080`, of the first generation.
    ///
    /// # Errors
    /// [`NotABaseUrl`] for another scheme, a host that is not numeric, or a path.
    pub fn new(base: &str) -> Result<Self, NotABaseUrl> {
        let authority = base
            .strip_prefix("http://")
            .ok_or(NotABaseUrl)?;
        let (host, port) = split_port(authority)?;
        let canonical = match host {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("[{v6}]"),
        };
        let canonical = match port {
            Some(port) => format!("http://{canonical}:{port}"),
            None => format!("http://{canonical}"),
        };
        if canonical == base {
            Ok(Self {
                base: canonical,
                generation: Generation::FIRST,
            })
        } else {
            Err(NotABaseUrl)
        }
    }

    /// The same for another generation.
    #[must_use]
    pub fn of_generation(&self, generation: Generation) -> Self {
        Self {
            base: self.base.clone(),
            generation,
        }
    }

    /// Whose addresses these are.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// The base, without a trailing slash.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where the kind's responder answers.
    #[must_use]
    pub fn ocsp(&self, kind: CertificateKind) -> String {
        format!("{}/ocsp/{}", self.base, kind.path())
    }

    /// Where the revocation list of this scope is.
    #[must_use]
    pub fn crl(&self, kind: CertificateKind, scope: CrlScope) -> String {
        format!(
            "{}/crl/{}/{scope}.crl",
            self.base,
            self.generation.path(kind)
        )
    }

    /// Where this generation's certificate is, in DER.
    #[must_use]
    pub fn ca_certificate(&self, kind: CertificateKind) -> String {
        format!("{}/ca/{}-{}.cer", self.base, kind.path(), self.generation)
    }

    /// Where the newest generation's certificate is. Certificates that were issued before there were several generations name it
    /// as their issuer's.
    #[must_use]
    pub fn newest_ca_certificate(&self, kind: CertificateKind) -> String {
        format!("{}/ca/{}.cer", self.base, kind.path())
    }

    /// Whether `urls` are what a certificate of this generation names as its issuer's.
    pub(crate) fn is_of_issuer(&self, kind: CertificateKind, urls: &[String]) -> bool {
        let [url] = urls else { return false };
        *url == self.ca_certificate(kind)
            || (self.generation == Generation::FIRST && *url == self.newest_ca_certificate(kind))
    }

    /// Where the practice statement (運用規程) is.
    #[must_use]
    pub fn cps(&self) -> String {
        format!("{}/cps.html", self.base)
    }
}

fn split_port(authority: &str) -> Result<(IpAddr, Option<u16>), NotABaseUrl> {
    let v6 = authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'));
    let (host, after) = match v6 {
        Some((host, after)) => {
            let host: Ipv6Addr = host.parse().map_err(|_| NotABaseUrl)?;
            (IpAddr::V6(host), after)
        }
        None => {
            let end = authority
                .find(':')
                .unwrap_or(authority.len());
            let (host, after) = authority.split_at(end);
            let host: Ipv4Addr = host.parse().map_err(|_| NotABaseUrl)?;
            (IpAddr::V4(host), after)
        }
    };
    match after.strip_prefix(':') {
        Some(port) => {
            let port: u16 = port.parse().map_err(|_| NotABaseUrl)?;
            Ok((host, Some(port)))
        }
        None if after.is_empty() => Ok((host, None)),
        None => Err(NotABaseUrl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stand_under_the_base() {
        let urls = Urls::new("http://127.0.0.1:8080").unwrap();
        let code = "13998".parse().unwrap();
        let sign = CertificateKind::Signature;
        let auth = CertificateKind::Authentication;
        assert_eq!(urls.ocsp(auth), "http://127.0.0.1:8080/ocsp/auth");
        assert_eq!(
            urls.crl(sign, CrlScope::Municipality(code)),
            "http://127.0.0.1:8080/crl/sign/13998.crl"
        );
        assert_eq!(
            urls.crl(sign, CrlScope::Complete),
            "http://127.0.0.1:8080/crl/sign/complete.crl"
        );
        assert_eq!(
            urls.crl(sign, CrlScope::Authorities),
            "http://127.0.0.1:8080/crl/sign/authorities.crl"
        );
        assert_eq!(
            urls.ca_certificate(sign),
            "http://127.0.0.1:8080/ca/sign-1.cer"
        );
        let third = urls.of_generation(Generation::new(3).unwrap());
        assert_eq!(third.ocsp(auth), urls.ocsp(auth));
        assert_eq!(
            third.crl(auth, CrlScope::Complete),
            "http://127.0.0.1:8080/crl/auth-3/complete.crl"
        );
        assert_eq!(
            third.ca_certificate(auth),
            "http://127.0.0.1:8080/ca/auth-3.cer"
        );
        assert_eq!(
            third.newest_ca_certificate(auth),
            "http://127.0.0.1:8080/ca/auth.cer"
        );
        assert_eq!(
            Urls::new("http://[::1]:80")
                .unwrap()
                .cps(),
            "http://[::1]:80/cps.html"
        );
        assert_eq!(
            Urls::new("http://10.0.0.1")
                .unwrap()
                .base(),
            "http://10.0.0.1"
        );
    }

    #[test]
    fn names_other_schemes_and_paths_are_refused() {
        for wrong in [
            "",
            "https://127.0.0.1:8080",
            "http://localhost:8080",
            "http://ca.localhost:8080",
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080/ca",
            "http://127.0.0.1:",
            "http://127.0.0.1:080",
            "http://127.0.0.1:70000",
            "http://127.0.0.1@evil",
            "http://::1",
            "http://[::1",
            "http://0177.0.0.1",
        ] {
            assert_eq!(Urls::new(wrong), Err(NotABaseUrl), "{wrong}");
        }
    }
}
