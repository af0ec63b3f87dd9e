//! What the responder answers from: its own memory, and the authority.

use shirushi_authority::{Authority, AuthorityError, CertificateState};
use shirushi_clock::Clock;
use shirushi_profile::{CertificateKind, CrlScope, Generation, SerialNumber};
use shirushi_responder::{
    Answered, List, ListKey, Memory, SourceFailed, Status, StatusAnswer, StatusSource,
};
use std::sync::Arc;

/// Two memories of what has ended, the responder's and that of the authority of the same process. Revoked is what either calls so;
/// good is only what both can be asked about.
#[derive(Debug)]
pub struct TwoMemories {
    memory: Memory,
    authority: Authority,
    clock: Arc<dyn Clock>,
}

/// The responder's store has not taken what it was told.
#[derive(Debug, thiserror::Error)]
#[error("the responder's memory lies behind the authority's")]
struct LiesBehind;

impl TwoMemories {
    /// Answers from these two, by this clock.
    #[must_use]
    pub fn new(memory: Memory, authority: Authority, clock: Arc<dyn Clock>) -> Self {
        Self {
            memory,
            authority,
            clock,
        }
    }
}

impl StatusSource for TwoMemories {
    fn status<'a>(
        &'a self,
        kind: CertificateKind,
        generation: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, StatusAnswer> {
        Box::pin(async move {
            // Taken before the look: what is revoked meanwhile is revoked after this instant.
            let as_of = self.clock.now();
            if let Some((at, reason)) = self
                .memory
                .ended(kind, generation, serial)
            {
                let status = Status::Revoked { at, reason };
                return Ok(StatusAnswer { status, as_of });
            }
            let state = self
                .authority
                .status_of(kind, generation, serial)
                .await
                .map_err(failed)?;
            let status = match state {
                CertificateState::Good if !self.memory.is_sound() => {
                    return Err(SourceFailed(Box::new(LiesBehind)));
                }
                CertificateState::Good => Status::Good,
                CertificateState::Revoked { at, reason } => Status::Revoked { at, reason },
                CertificateState::Unknown => Status::Unknown,
            };
            Ok(StatusAnswer { status, as_of })
        })
    }

    fn crl(
        &self,
        kind: CertificateKind,
        generation: Generation,
        scope: CrlScope,
    ) -> Answered<'_, Option<Arc<List>>> {
        let list = self.memory.list(&ListKey {
            kind,
            generation: generation.number(),
            scope,
        });
        Box::pin(std::future::ready(Ok(list)))
    }
}

fn failed(error: AuthorityError) -> SourceFailed {
    SourceFailed(Box::new(error))
}
