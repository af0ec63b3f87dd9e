//! Whose a connection is: the account of this machine that holds its other end.

mod diagnosis;

use rustix::process::geteuid;
use tokio::net::TcpStream;

/// What the system says instead of an account that has no number in this namespace of users (`/proc/sys/kernel/overflowuid`):
/// it stands for any number of them.
const NOBODY: u32 = 65_534;

/// The account behind a connection over loopback. [`crate::serve`] puts it beside each request, as `ConnectInfo<Caller>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    account: Option<u32>,
}

impl Caller {
    /// An account that is known otherwise; none when it is not known.
    #[must_use]
    pub fn new(account: Option<u32>) -> Self {
        Self { account }
    }

    /// The account that holds the other end of `stream`, as the kernel tells it now.
    ///
    /// A caller who has gone is nobody: what is left of a closed socket has no owner (on many kernels it counts as root's), and the
    /// next who is given its port is another.
    #[must_use]
    pub fn of(stream: &TcpStream) -> Self {
        Self::new(account(stream))
    }

    /// The number of the account (uid), if the system tells it.
    #[must_use]
    pub fn account(&self) -> Option<u32> {
        self.account
    }

    /// Whether it is the account that this program runs in.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        let own = geteuid().as_raw();
        own != NOBODY && self.account == Some(own)
    }
}

fn account(stream: &TcpStream) -> Option<u32> {
    let own = stream.local_addr().ok()?;
    let peer = stream.peer_addr().ok()?;
    if !own.ip().is_loopback() || !peer.ip().is_loopback() {
        return None;
    }
    let account = diagnosis::holder(peer, own)?;
    // While this end lives, no other socket can have the same two addresses. Had it died before the kernel was asked, the answer
    // could be about another's that has taken its port since.
    stream.peer_addr().ok()?;
    Some(account)
}
