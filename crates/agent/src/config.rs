//! What the agent is told when it starts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where an agent listens when nothing is said: sites send browsers here, so it is the same on every machine. The port is
/// not assigned to anything.
pub const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 24_780);

/// What the agent is told when it starts.
#[derive(Clone, Debug, Default)]
pub struct AgentConfig {
    /// Where browsers find it: `http://127.0.0.1:8081`.
    pub origin: String,
    /// The origins of the sites that are allowed from the start. Its owner can add others.
    pub sites: Vec<String>,
    /// Whether it belongs to a sandbox, which each page then says.
    pub is_sandbox: bool,
    /// Certificates, each in DER or PEM, that are trusted as roots of sites under https, besides the system's.
    pub trust: Vec<Vec<u8>>,
}
