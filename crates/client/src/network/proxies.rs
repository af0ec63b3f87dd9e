//! The way out: proxies that the environment names, as curl and most programs read them.
//!
//! `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, each in small letters or in capitals, which count only where the small ones are not
//! set. What stays on this machine goes to no proxy, whatever is set: loopback numbers and names below `localhost` mean another machine
//! there, and what is said to them is nobody else's.

use reqwest::{ClientBuilder, NoProxy, Proxy};

/// What stays on this machine, in the form of `no_proxy`: a name stands for all below it too.
const THIS_MACHINE: &str = "localhost,localhost.,127.0.0.0/8,::1,::ffff:127.0.0.0/104";

/// A client that takes the way out which the environment of this process names.
///
/// # Errors
/// When a proxy's address is none.
pub fn proxied(builder: ClientBuilder) -> Result<ClientBuilder, reqwest::Error> {
    proxied_by(builder, |name| std::env::var(name).ok())
}

/// [`proxied`], for an environment of which `variable` gives the values.
fn proxied_by(
    builder: ClientBuilder,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<ClientBuilder, reqwest::Error> {
    let either = |name: &str| {
        [name.to_owned(), name.to_ascii_uppercase()]
            .iter()
            .find_map(|name| variable(name))
            .filter(|value| !value.trim().is_empty())
    };
    let except = format!("{THIS_MACHINE},{}", either("no_proxy").unwrap_or_default());
    let except = || NoProxy::from_string(&except);
    // Otherwise the library reads the environment by itself, and has nothing excepted.
    let mut builder = builder.no_proxy();
    if let Some(address) = either("http_proxy").or_else(|| either("all_proxy")) {
        builder = builder.proxy(Proxy::http(address)?.no_proxy(except()));
    }
    if let Some(address) = either("https_proxy").or_else(|| either("all_proxy")) {
        builder = builder.proxy(Proxy::https(address)?.no_proxy(except()));
    }
    Ok(builder)
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
        let client = proxied_by(builder, variable)
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
    fn an_address_that_is_none_is_told() {
        let builder = reqwest::Client::builder();
        let refused = proxied_by(builder, |name| {
            (name == "https_proxy").then(|| "http://".to_owned())
        });
        assert!(refused.is_err());
    }
}
