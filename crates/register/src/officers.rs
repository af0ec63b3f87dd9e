//! What the register asks the authority: whose key signed a look-up, and whether that officer still serves. Asked each time, so that who is
//! retired reads nothing more.

use shirushi_contract::authority::OFFICER;
use shirushi_peers::{Peer, Unanswered};
use shirushi_wire::KnownOfficer;

/// Longest answer taken, in bytes.
const LONGEST: usize = 64 * 1024;

/// The officers, as the authority knows them.
#[derive(Clone, Debug)]
pub(crate) struct Officers(Peer);

impl Officers {
    /// `authority` knows this client for a role.
    pub(crate) fn new(authority: Peer) -> Self {
        Self(authority)
    }

    /// The officer with this key (hexadecimal identifier), serving or retired; none when nobody is enrolled with it.
    pub(crate) async fn by_key(
        &self,
        identifier: &str,
    ) -> Result<Option<KnownOfficer>, Unanswered> {
        // What a stranger sends becomes part of an address only when it is an identifier.
        if identifier.len() != 40
            || !identifier
                .bytes()
                .all(|b| b.is_ascii_hexdigit())
        {
            return Ok(None);
        }
        let call = self.0.call(&OFFICER, &[identifier]);
        match call.taken(LONGEST).await {
            Ok(officer) => Ok(Some(officer)),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
