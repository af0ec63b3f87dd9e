//! Where browsers find the city's pages.

use crate::TownError;
use std::net::SocketAddr;

/// Stands for a site's word in a pattern of origins.
const SITE: &str = "{site}";

/// One origin a site, so that no site's pages can read another's, and the agent's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// The sandbox desk, where everybody begins.
    pub sandbox: String,
    /// The municipal counters.
    pub counter: String,
    /// The citizens' portal.
    pub portal: String,
    /// The agency's desk.
    pub agency: String,
    /// The agent on the visitor's own machine.
    pub agent: String,
}

impl Origins {
    /// Origins by a pattern: `https://{site}.city.example`; without one, names below `localhost` on the city's port, which browsers
    /// resolve to this machine by themselves (RFC 6761 §6.3).
    ///
    /// # Errors
    /// [`TownError::OriginPattern`] when the pattern has no `{site}` in its host, or a path.
    pub(crate) fn new(
        pattern: Option<&str>,
        city: SocketAddr,
        agent: SocketAddr,
    ) -> Result<Self, TownError> {
        let local = format!("http://{SITE}.localhost:{}", city.port());
        let pattern = pattern.unwrap_or(&local);
        let host = pattern
            .strip_prefix("https://")
            .or_else(|| pattern.strip_prefix("http://"));
        if !host.is_some_and(|host| host.contains(SITE) && !host.contains('/')) {
            return Err(TownError::OriginPattern {
                pattern: pattern.to_owned(),
            });
        }
        let of = |word| pattern.replace(SITE, word);
        Ok(Self {
            sandbox: of("sandbox"),
            counter: of("counter"),
            portal: of("portal"),
            agency: of("agency"),
            agent: format!("http://{agent}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(pattern: Option<&str>) -> Result<Origins, TownError> {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Origins::new(pattern, at(8080), at(8081))
    }

    #[test]
    fn each_site_has_an_origin_of_its_own() {
        let local = origins(None).unwrap();
        assert_eq!(local.counter, "http://counter.localhost:8080");
        assert_eq!(local.agent, "http://127.0.0.1:8081");
        let proxied = origins(Some("https://{site}.city.example")).unwrap();
        assert_eq!(proxied.portal, "https://portal.city.example");
    }

    #[test]
    fn a_pattern_that_gives_all_the_same_origin_or_none_is_refused() {
        for pattern in [
            "https://city.example",
            "{site}.example",
            "https://a/{site}",
            "ftp://{site}.example",
        ] {
            assert!(origins(Some(pattern)).is_err(), "{pattern}");
        }
    }
}
