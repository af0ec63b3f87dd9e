//! What the responder of the same process signs with.

use shirushi_authority::Ceremony;
use shirushi_responder::ResponderKey;

/// What the responder signs with, for every generation.
#[must_use]
pub fn responder_keys(ceremony: &Ceremony) -> Vec<ResponderKey> {
    ceremony
        .all()
        .iter()
        .map(|issuer| ResponderKey {
            kind: issuer.kind(),
            generation: issuer.generation(),
            key: issuer.responder().key(),
            certificate: issuer.responder().certificate().clone(),
            issuer: issuer.certificate().clone(),
        })
        .collect()
}
