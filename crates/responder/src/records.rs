//! The authority's records, asked over HTTP: an authority in another process.

use crate::{Answered, IssuerRecords, SourceFailed};
use shirushi_contract::authority::STATE;
use shirushi_peers::Peer;
use shirushi_profile::{CertificateKind, Generation, SerialNumber};
use shirushi_wire::CertificateState;

/// Longest answer taken, in bytes.
const LONGEST: usize = 4 * 1024;

/// The authority behind this client.
#[derive(Debug)]
pub struct RecordsOverHttp(Peer);

impl RecordsOverHttp {
    /// The records of the authority behind this client.
    #[must_use]
    pub fn new(authority: Peer) -> Self {
        Self(authority)
    }
}

impl IssuerRecords for RecordsOverHttp {
    fn state<'a>(
        &'a self,
        kind: CertificateKind,
        generation: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, CertificateState> {
        let names = [generation.path(kind), serial.to_string()];
        let call = self
            .0
            .call(&STATE, &[&names[0], &names[1]]);
        Box::pin(async move {
            call.taken(LONGEST)
                .await
                .map_err(|error| SourceFailed(Box::new(error)))
        })
    }
}
