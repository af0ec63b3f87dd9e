//! Names below `localhost`, which browsers resolve to this machine by themselves and many systems do not (RFC 6761 §6.3). All
//! other names are the system's to resolve.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::lookup_host;

/// A resolver of names for HTTP clients.
#[derive(Clone, Copy, Debug)]
pub struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str();
            // The port is the address's, whatever is said here.
            let found: Vec<SocketAddr> = if is_local(host) {
                vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]
            } else {
                lookup_host((host, 0)).await?.collect()
            };
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether a name is this machine's.
#[must_use]
pub fn is_local(host: &str) -> bool {
    let host = host
        .trim_end_matches('.')
        .to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_names_below_localhost_are_this_machine() {
        for host in ["localhost", "portal.localhost", "PORTAL.LOCALHOST."] {
            assert!(is_local(host), "{host}");
        }
        for host in ["localhost.example", "portal-localhost", "example"] {
            assert!(!is_local(host), "{host}");
        }
    }
}
