//! The way out: proxies that the environment names, as curl and most programs read them.
//!
//! `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, each in small letters or in capitals, which count only where the small ones are not
//! set. What stays on this machine goes to no proxy, whatever is set: loopback numbers and names below `localhost` mean another machine
//! there, and what is said to them is nobody else's.
//!
//! Proxies are spoken with by HTTP alone. Where the environment names another kind (`ALL_PROXY=socks5h://…`), nothing goes out by
//! another way than it wants: each such request fails with [`UnusableProxy`], and what stays on this machine goes on.

use super::NoHttp;
use reqwest::{
    ClientBuilder, NoProxy, Proxy,
    dns::{Addrs, Name, Resolve, Resolving},
};
use shirushi_path::innermost;
use shirushi_rules::InBoth;
use std::net::SocketAddr;
use tokio::net::lookup_host;

/// What stays on this machine, in the form of `no_proxy`: a name stands for all below it too.
const THIS_MACHINE: &str = "localhost,localhost.,127.0.0.0/8,::1,::ffff:127.0.0.0/104";

/// The environment names a proxy that is not spoken with by HTTP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} / {}", self.told().en, self.told().ja)]
pub struct UnusableProxy {
    /// As it is set: `all_proxy` or `ALL_PROXY`.
    pub variable: String,
    /// `socks5h`, for example.
    pub scheme: String,
}

impl UnusableProxy {
    /// What is behind an error of a request, if it is this.
    #[must_use]
    pub fn behind(error: &reqwest::Error) -> Option<&Self> {
        innermost(error).downcast_ref()
    }

    /// What was refused, and what to do.
    #[must_use]
    pub fn told(&self) -> InBoth {
        let Self { variable, scheme } = self;
        InBoth::new(
            format!(
                "{variable} のプロキシーは {scheme}:// ですが、使えるのはHTTPのプロキシーだけです。http_proxy と https_proxy に\
                 HTTPのプロキシーを指定するか、no_proxy でこのホストを除くか、{variable} の設定をやめてください。"
            ),
            format!(
                "{variable} names a proxy of the kind {scheme}://, and only HTTP proxies can be used: name one in http_proxy and \
                 https_proxy, except this host by no_proxy, or unset {variable}."
            ),
        )
    }

    /// Of a proxy's address; none where it is one of HTTP, which needs no scheme, or is no address at all.
    fn of(variable: &str, address: &str) -> Option<Self> {
        let (scheme, _) = address.trim().split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let is_scheme = !scheme.is_empty()
            && scheme.len() <= 16
            && scheme
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
        (is_scheme && !["http", "https"].contains(&scheme.as_str())).then(|| Self {
            variable: variable.to_owned(),
            scheme,
        })
    }

    /// The name that stands for it where an HTTP proxy's address would; nobody else has it (RFC 6761 §6.4).
    fn stand_in(&self) -> String {
        format!(
            "{}.unusable.invalid",
            self.variable
                .to_ascii_lowercase()
                .replace('_', "-")
        )
    }
}

/// Resolves as the system does.
pub(super) struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is the address's, whatever is said here.
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0))
                .await?
                .collect();
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// What stands for an unusable proxy has no address, and why is told; other names are another's to resolve.
struct Names<R> {
    unusable: Vec<UnusableProxy>,
    others: R,
}

impl<R: Resolve> Resolve for Names<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let unusable = self
            .unusable
            .iter()
            .find(|proxy| proxy.stand_in() == name.as_str());
        match unusable.cloned() {
            Some(proxy) => Box::pin(async move { Err(proxy.into()) }),
            None => self.others.resolve(name),
        }
    }
}

/// A client that takes the way out which the environment of this process names, and resolves names by `names`.
///
/// # Errors
/// [`NoHttp::Proxy`].
pub fn proxied(
    builder: ClientBuilder,
    names: impl Resolve + 'static,
) -> Result<ClientBuilder, NoHttp> {
    proxied_by(builder, names, |name| std::env::var(name).ok())
}

/// [`proxied`], for an environment of which `variable` gives the values.
fn proxied_by(
    builder: ClientBuilder,
    names: impl Resolve + 'static,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<ClientBuilder, NoHttp> {
    let either = |name: &str| {
        [name.to_owned(), name.to_ascii_uppercase()]
            .into_iter()
            .find_map(|name| variable(&name).map(|value| (name, value)))
            .filter(|(_, value)| !value.trim().is_empty())
    };
    let except = either("no_proxy").map_or_else(String::new, |(_, value)| value);
    let except = format!("{THIS_MACHINE},{except}");
    let mut unusable = Vec::new();
    // Otherwise the library reads the environment by itself, and has nothing excepted.
    let mut builder = builder.no_proxy();
    let ways = [
        ("http_proxy", Proxy::http::<String> as fn(String) -> _),
        ("https_proxy", Proxy::https::<String>),
    ];
    for (name, way) in ways {
        let Some((variable, mut address)) = either(name).or_else(|| either("all_proxy")) else {
            continue;
        };
        if let Some(proxy) = UnusableProxy::of(&variable, &address) {
            address = format!("http://{}", proxy.stand_in());
            unusable.push(proxy);
        }
        let proxy = way(address).map_err(|source| NoHttp::Proxy { variable, source })?;
        builder = builder.proxy(proxy.no_proxy(NoProxy::from_string(&except)));
    }
    Ok(builder.dns_resolver(Names {
        unusable,
        others: names,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read as _, Write as _},
        net::{SocketAddr, TcpListener},
        sync::mpsc::{Receiver, channel},
        thread,
    };

    /// A server that hands on what it is asked, once for each connection, and answers with this.
    fn server(answer: &'static str) -> (u16, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, told) = channel();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let mut asked = Vec::new();
                let mut byte = [0];
                while !asked.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap_or(0) == 1
                {
                    asked.push(byte[0]);
                }
                if tell
                    .send(String::from_utf8(asked).unwrap())
                    .is_err()
                {
                    return;
                }
                let _ = connection.write_all(answer.as_bytes());
            }
        });
        (port, told)
    }

    const EMPTY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

    /// Asks for an address in an environment; what the proxy was asked, if it was.
    async fn asked(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let (port, told) = server(EMPTY);
        let variables: Vec<(String, String)> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.replace("PORT", &port.to_string())))
            .collect();
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let builder = reqwest::Client::builder()
            .tls_certs_only([])
            .resolve("portal.localhost", here)
            .resolve("localhost.", here);
        let client = proxied_by(builder, System, variable)
            .unwrap()
            .build()
            .unwrap();
        // A name without an address, and a tunnel that ends at once, are failures; what was asked of whom is what counts.
        let _ = client.get(url).send().await;
        told.try_recv().ok()
    }

    #[tokio::test]
    async fn what_goes_out_goes_by_the_proxy_that_is_set() {
        let http = "http://ocsp.example.invalid/jpki";
        for (name, value) in [
            ("http_proxy", "http://127.0.0.1:PORT"),
            ("HTTP_PROXY", "http://127.0.0.1:PORT"),
            ("http_proxy", "127.0.0.1:PORT"),
            ("all_proxy", "http://127.0.0.1:PORT"),
        ] {
            let line = asked(&[(name, value)], http)
                .await
                .unwrap();
            assert!(
                line.starts_with("GET http://ocsp.example.invalid/jpki HTTP/1.1\r\n"),
                "{name}: {line}"
            );
        }
        let https = "https://site.example.invalid/agent/claims";
        let line = asked(&[("HTTPS_PROXY", "http://127.0.0.1:PORT")], https)
            .await
            .unwrap();
        assert!(
            line.starts_with("CONNECT site.example.invalid:443 HTTP/1.1\r\n"),
            "{line}"
        );
        let known = asked(
            &[("http_proxy", "http://hanko:geheim@127.0.0.1:PORT")],
            http,
        )
        .await
        .unwrap();
        // hanko:geheim
        assert!(known.contains("Basic aGFua286Z2VoZWlt\r\n"), "{known}");
    }

    #[tokio::test]
    async fn what_is_excepted_goes_without_one() {
        let http = "http://ocsp.example.invalid/jpki";
        let proxy = ("http_proxy", "http://127.0.0.1:PORT");
        for except in [
            "ocsp.example.invalid",
            ".invalid",
            "*",
            "a, ocsp.example.invalid",
        ] {
            for name in ["no_proxy", "NO_PROXY"] {
                assert_eq!(
                    asked(&[proxy, (name, except)], http).await,
                    None,
                    "{except}"
                );
            }
        }
        let other = asked(&[proxy, ("no_proxy", "example.com")], http).await;
        assert!(other.is_some());
        // Set to nothing, for another scheme, or not at all.
        for variables in [
            &[("http_proxy", "")][..],
            &[("https_proxy", "http://127.0.0.1:PORT")],
            &[],
        ] {
            assert_eq!(asked(variables, http).await, None, "{variables:?}");
        }
    }

    #[tokio::test]
    async fn nothing_that_stays_on_this_machine_goes_to_a_proxy() {
        let (port, told) = server(EMPTY);
        let all = [
            ("all_proxy", "http://127.0.0.1:PORT"),
            ("http_proxy", "http://127.0.0.1:PORT"),
        ];
        for host in [
            "127.0.0.1",
            "127.8.9.1",
            "localhost",
            "portal.localhost",
            "LOCALHOST.",
        ] {
            let by_proxy = asked(&all, &format!("http://{host}:{port}/")).await;
            assert_eq!(by_proxy, None, "{host}");
            // All of 127/8 is there on Linux alone.
            if host != "127.8.9.1" {
                assert!(told.try_recv().is_ok(), "{host}");
            }
        }
        for host in ["[::1]", "[::ffff:127.0.0.1]"] {
            let url = format!("http://{host}:{port}/");
            assert_eq!(asked(&all, &url).await, None, "{host}");
        }
        for host in [
            "127.0.0.1.example.invalid",
            "localhost.example.invalid",
            "notlocalhost",
            "192.0.2.1",
        ] {
            let url = format!("http://{host}/");
            assert!(asked(&all, &url).await.is_some(), "{host}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_told_with_its_variable() {
        for variable in ["https_proxy", "HTTP_PROXY", "all_proxy"] {
            for address in ["http://", "so cks://x", "http://proxy:port"] {
                let builder = reqwest::Client::builder();
                let refused = proxied_by(builder, System, |name| {
                    (name == variable).then(|| address.to_owned())
                });
                match refused {
                    Err(NoHttp::Proxy { variable: told, .. }) => assert_eq!(told, variable),
                    other => panic!("{address}: {other:?}"),
                }
            }
        }
    }

    /// Asks for an address where only these are set; why there is no answer.
    async fn lost(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let variable = |name: &str| {
            let found = variables
                .iter()
                .find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let builder = reqwest::Client::builder().tls_certs_only([]);
        let client = proxied_by(builder, System, variable)
            .unwrap()
            .build()
            .unwrap();
        let answer = client.get(url).send().await;
        answer
            .err()
            .map(|error| innermost(&error).to_string())
    }

    #[tokio::test]
    async fn what_would_go_out_by_socks_is_refused_with_the_variable_and_what_to_do() {
        for (variable, address, scheme) in [
            ("ALL_PROXY", "socks5h://127.0.0.1:9050", "socks5h"),
            ("all_proxy", "SOCKS5://127.0.0.1:9050", "socks5"),
            ("http_proxy", "socks4a://hanko:geheim@127.0.0.1", "socks4a"),
        ] {
            for url in ["http://ocsp.example.invalid/jpki", "http://192.0.2.1/jpki"] {
                let told = lost(&[(variable, address)], url)
                    .await
                    .unwrap();
                let begins = format!("{variable} names a proxy of the kind {scheme}://, ");
                assert!(told.starts_with(&begins), "{told}");
                assert!(told.contains(&format!("or unset {variable}. / ")), "{told}");
                assert!(told.contains("HTTPのプロキシーだけです"), "{told}");
                assert!(!told.contains("geheim"), "{told}");
            }
        }
        let told = lost(
            &[("ALL_PROXY", "socks5h://127.0.0.1:9050")],
            "https://site.example.invalid/",
        )
        .await;
        assert!(
            told.unwrap()
                .starts_with("ALL_PROXY names")
        );
    }

    #[tokio::test]
    async fn beside_socks_this_machine_and_what_has_another_way_are_reached() {
        let socks = ("ALL_PROXY", "socks5h://127.0.0.1:9");
        let (port, told) = server(EMPTY);
        let here = format!("http://localhost:{port}/");
        assert_eq!(lost(&[socks], &here).await, None);
        assert!(told.try_recv().is_ok());
        let line = asked(
            &[socks, ("http_proxy", "http://127.0.0.1:PORT")],
            "http://ocsp.example.invalid/jpki",
        )
        .await
        .unwrap();
        assert!(line.starts_with("GET http://ocsp.example.invalid/jpki "));
        let excepted = lost(
            &[socks, ("no_proxy", "192.0.2.1, .invalid")],
            "http://ocsp.example.invalid/",
        )
        .await;
        assert!(!excepted.unwrap().contains("ALL_PROXY"));
    }
}
