//! The agent's port.

use crate::{
    Surroundings,
    notes::{Notes, said},
    table::AGENT_PORT,
};
use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// How long loopback is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// What each of the agent's pages says of itself.
const MARK: &str = "data-site=\"agent\"";

pub(crate) fn look(surroundings: &Surroundings, notes: &mut Notes) {
    let address = surroundings.agent;
    // Closed before anything else is asked: who serves one at a time would wait for it.
    match TcpStream::connect_timeout(&address, PATIENCE).map(drop) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => notes.ok(
            &AGENT_PORT,
            said(
                format!("{address}は空いています（エージェントは動いていません）"),
                format!("{address} is free; no agent is running"),
            ),
        ),
        Err(error) => notes.not_looked_at(
            &AGENT_PORT,
            said(format!("{address}: {error}"), format!("{address}: {error}")),
        ),
        Ok(_) if is_agent(surroundings, address) => notes.ok(
            &AGENT_PORT,
            said(
                format!("エージェントが{address}で動いています"),
                format!("The agent runs at {address}"),
            ),
        ),
        Ok(_) => notes.fault(
            &AGENT_PORT,
            said(
                format!("{address}で、エージェントではないプログラムが待ち受けています"),
                format!("Something that is no agent listens at {address}"),
            ),
            &[("address", address.to_string())],
        ),
    }
}

fn is_agent(surroundings: &Surroundings, address: SocketAddr) -> bool {
    let Ok(reply) = surroundings
        .web
        .get(&format!("http://{address}/"))
    else {
        return false;
    };
    String::from_utf8_lossy(&reply.body).contains(MARK)
}
