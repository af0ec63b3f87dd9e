//! Where a city listens.

use crate::{PagesAt, TownConfig, TownError, folder};
use shirushi_authority::CeremonyError;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Where the agent is, and its listener where the city runs it.
pub(crate) struct AgentPlace {
    pub(crate) address: SocketAddr,
    pub(crate) listener: Option<TcpListener>,
}

pub(crate) async fn agent_place(
    pages: &PagesAt,
    city: SocketAddr,
) -> Result<AgentPlace, TownError> {
    if pages.origins.is_some() {
        return Ok(AgentPlace {
            address: pages
                .agent
                .unwrap_or(shirushi_agent::ADDRESS),
            listener: None,
        });
    }
    let (listener, address) = match pages.agent {
        Some(asked) if !asked.ip().is_loopback() => {
            return Err(TownError::NotLoopback { address: asked });
        }
        Some(asked) => listen_at(asked).await?,
        None => {
            let any = SocketAddr::new(city.ip(), 0);
            let next = SocketAddr::new(city.ip(), city.port().checked_add(1).unwrap_or(0));
            match listen_at(next).await {
                Ok(listening) => listening,
                Err(_) => listen_at(any).await?,
            }
        }
    };
    Ok(AgentPlace {
        address,
        listener: Some(listener),
    })
}

/// Listens there, and says where that is: port 0 takes a free one.
pub(crate) async fn listen_at(address: SocketAddr) -> Result<(TcpListener, SocketAddr), TownError> {
    let failed = |source| TownError::Listen { address, source };
    let listener = TcpListener::bind(address)
        .await
        .map_err(failed)?;
    let taken = listener.local_addr().map_err(failed)?;
    Ok((listener, taken))
}

/// Host and port of an origin, as they stand in Host.
pub(crate) fn authority_of(origin: &str) -> String {
    origin
        .split_once("://")
        .map_or(origin, |(_, authority)| authority)
        .to_owned()
}

/// Where to listen: on the address that the certificates name, for which port 0 is right too.
pub(crate) fn address_to_use(config: &TownConfig) -> Result<SocketAddr, TownError> {
    let asked = config.listen;
    if !asked.ip().is_loopback() {
        return Err(TownError::NotLoopback { address: asked });
    }
    match folder::held_address(&config.folder)? {
        None => Ok(asked),
        Some(held) if held == asked || (held.ip() == asked.ip() && asked.port() == 0) => Ok(held),
        Some(held) => Err(CeremonyError::OtherAddress {
            held: format!("http://{held}"),
            asked: format!("http://{asked}"),
        }
        .into()),
    }
}
