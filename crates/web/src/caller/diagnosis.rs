//! One question to the kernel: whose is the socket with these two addresses? (`sock_diag(7)`, `linux/inet_diag.h`)
//!
//! It looks up one socket by its addresses and ports, so the answer costs the same on a machine with many connections, which
//! reading `/proc/net/tcp` does not: strangers could keep a program busy with it.

use rustix::{
    io::Errno,
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send,
        socket_with,
    },
};
use std::net::{IpAddr, SocketAddr};

/// `SOCK_DIAG_BY_FAMILY`
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST`
const REQUEST: u16 = 1;
/// `IPPROTO_TCP`
const TCP: u8 = 6;
/// `TCP_ESTABLISHED`
const ESTABLISHED: u8 = 1;
/// `INET_DIAG_NOCOOKIE`
const NO_COOKIE: [u8; 8] = [0xFF; 8];
/// `AF_INET`, `AF_INET6`
const FAMILIES: [u8; 2] = [2, 10];

/// Where things stand in the answer: a `nlmsghdr` of 16 bytes, then an `inet_diag_msg`.
const STATE: usize = 17;
const ADDRESSES: usize = 20;
const UID: usize = 80;
const INODE: usize = 84;
const END: usize = 88;

/// The uid of the process that holds the socket whose own address is `own` and whose peer is `peer`; none when there is no such
/// socket, when its process has closed it, or when the system does not tell.
pub(super) fn holder(own: SocketAddr, peer: SocketAddr) -> Option<u32> {
    let addresses = addresses(own, peer);
    let answer = ask(&question(own, &addresses)).ok()?;
    judged(&answer, &addresses)
}

fn ask(question: &[u8]) -> Result<Vec<u8>, Errno> {
    let kernel = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )?;
    send(&kernel, question, SendFlags::empty())?;
    let mut answer = vec![0; 4096];
    // The kernel has answered when `send` returns.
    let (length, _) = recv(&kernel, &mut answer, RecvFlags::DONTWAIT)?;
    answer.truncate(length);
    Ok(answer)
}

/// `nlmsghdr` and `inet_diag_req_v2`.
fn question(own: SocketAddr, addresses: &[u8]) -> Vec<u8> {
    const LENGTH: u32 = 16 + 8 + 48;
    let mut text = Vec::new();
    text.extend(LENGTH.to_ne_bytes());
    text.extend(BY_FAMILY.to_ne_bytes());
    text.extend(REQUEST.to_ne_bytes());
    text.extend(1_u32.to_ne_bytes());
    text.extend(0_u32.to_ne_bytes());
    let [four, six] = FAMILIES;
    text.extend([if own.is_ipv4() { four } else { six }, TCP, 0, 0]);
    // In whatever state: which one it is in is judged from the answer.
    text.extend(u32::MAX.to_ne_bytes());
    text.extend(addresses);
    // On whichever interface.
    text.extend(0_u32.to_ne_bytes());
    text.extend(NO_COOKIE);
    text
}

/// The beginning of an `inet_diag_sockid`: ports and addresses in the order of the network.
fn addresses(own: SocketAddr, peer: SocketAddr) -> Vec<u8> {
    let mut text = Vec::new();
    text.extend(own.port().to_be_bytes());
    text.extend(peer.port().to_be_bytes());
    for address in [own.ip(), peer.ip()] {
        match address {
            IpAddr::V4(four) => {
                text.extend(four.octets());
                text.extend([0; 12]);
            }
            IpAddr::V6(six) => text.extend(six.octets()),
        }
    }
    text
}

/// The uid in an answer that is about these addresses, of a socket that is connected and that a process still holds.
fn judged(answer: &[u8], addresses: &[u8]) -> Option<u32> {
    let answer = answer.get(..END)?;
    let number = |at: usize| {
        let bytes = answer.get(at..at + 4)?;
        bytes
            .try_into()
            .ok()
            .map(u32::from_ne_bytes)
    };
    let kind = answer.get(4..6)?;
    let is_about = answer.get(ADDRESSES..ADDRESSES + addresses.len()) == Some(addresses);
    let is_held = answer.get(STATE) == Some(&ESTABLISHED) && number(INODE)? != 0;
    (kind == BY_FAMILY.to_ne_bytes() && is_about && is_held)
        .then(|| number(UID))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::{holder, judged};
    use rustix::process::geteuid;
    use std::{
        io::Read as _,
        net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    };

    fn pair(address: &str) -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind(address).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    }

    fn of(server: &TcpStream) -> (SocketAddr, SocketAddr) {
        (server.peer_addr().unwrap(), server.local_addr().unwrap())
    }

    #[test]
    fn a_connection_is_of_the_account_that_made_it() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let (_client, server) = pair(address);
            let (peer, own) = of(&server);
            assert_eq!(holder(peer, own), Some(geteuid().as_raw()), "{address}");
            let other = SocketAddr::new(peer.ip(), peer.port() ^ 1);
            assert_eq!(holder(other, own), None);
            // A listener is no connection.
            assert_eq!(holder(own, other), None);
        }
    }

    #[test]
    fn whoever_has_hung_up_is_nobody() {
        let (client, mut server) = pair("127.0.0.1:0");
        let (peer, own) = of(&server);
        client
            .shutdown(Shutdown::Write)
            .unwrap();
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
        assert_eq!(holder(peer, own), None);
        drop(client);
        assert_eq!(holder(peer, own), None);
    }

    #[test]
    fn a_short_answer_and_one_about_another_are_no_answer() {
        let addresses = [7; 36];
        let mut answer = vec![0; 88];
        answer[4..6].copy_from_slice(&20_u16.to_ne_bytes());
        answer[17] = 1;
        answer[20..56].copy_from_slice(&addresses);
        answer[80..84].copy_from_slice(&1000_u32.to_ne_bytes());
        answer[84] = 1;
        assert_eq!(judged(&answer, &addresses), Some(1000));
        assert_eq!(judged(&answer[..87], &addresses), None);
        assert_eq!(judged(&answer, &[8; 36]), None);
        for (at, value) in [(4, 2), (17, 4), (17, 10), (84, 0)] {
            let mut other = answer.clone();
            other[at] = value;
            assert_eq!(judged(&other, &addresses), None, "{at}");
        }
    }
}
