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
/// What its page says of the rule by which another account gets no other.
const NOT_OURS: &str = "data-rule=\"agent/owner-only\"";

pub(crate) fn look(surroundings: &Surroundings, notes: &mut Notes) {
    let address = surroundings.agent;
    // Closed before anything else is asked: who serves one at a time would wait for it.
    match TcpStream::connect_timeout(&address, PATIENCE).map(drop) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => notes.ok(
            &AGENT_PORT,
            said(
                format!("{address}は空いています（利用者クライアントは動いていません）"),
                format!("{address} is free; no agent is running"),
            ),
        ),
        Err(error) => notes.not_looked_at(
            &AGENT_PORT,
            said(format!("{address}: {error}"), format!("{address}: {error}")),
        ),
        Ok(_) => match listener(surroundings, address) {
            Listener::Agent => notes.ok(
                &AGENT_PORT,
                said(
                    format!("利用者クライアントが{address}で動いています"),
                    format!("The agent runs at {address}"),
                ),
            ),
            Listener::AnothersAgent => notes.fault(
                &AGENT_PORT,
                said(
                    format!("{address}で動いているのは別のアカウントの利用者クライアントで、このアカウントからは使えません"),
                    format!("The agent at {address} is another account's, and serves nobody else"),
                ),
                &[("address", address.to_string().into())],
            ),
            Listener::Other => notes.fault(
                &AGENT_PORT,
                said(
                    format!("{address}で、利用者クライアントではないプログラムが待ち受けています"),
                    format!("Something that is no agent listens at {address}"),
                ),
                &[("address", address.to_string().into())],
            ),
        },
    }
}

/// What listens at the agent's address.
enum Listener {
    Agent,
    AnothersAgent,
    Other,
}

fn listener(surroundings: &Surroundings, address: SocketAddr) -> Listener {
    let Ok(reply) = surroundings
        .web
        .get(&format!("http://{address}/"))
    else {
        return Listener::Other;
    };
    let text = String::from_utf8_lossy(&reply.body);
    match (text.contains(MARK), text.contains(NOT_OURS)) {
        (false, _) => Listener::Other,
        (true, true) => Listener::AnothersAgent,
        (true, false) => Listener::Agent,
    }
}
