//! What the counter asks the resident register: look-ups under the officer's signature.

use super::{Peer, Peers};
use crate::CounterError;
use shirushi_wire::LookUpAnswer;

impl Peers {
    /// Has the register answer a look-up, the signed bytes as they stand.
    pub(crate) async fn look_up(&self, signed: Vec<u8>) -> Result<LookUpAnswer, CounterError> {
        self.tell(Peer::Register, "look-ups", signed)
            .await
    }
}
