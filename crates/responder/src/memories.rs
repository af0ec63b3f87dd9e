//! What the responder answers from: its own memory, and the authority's records.

use crate::{Answered, List, Memory, SourceFailed, StatusAnswer, StatusSource};
use shirushi_clock::Clock;
use shirushi_profile::{CertificateKind, CrlScope, Generation, SerialNumber};
use shirushi_wire::{CertificateState, ListKey};
use std::sync::Arc;

/// The authority's own records of what it has issued and revoked, wherever they are.
pub trait IssuerRecords: Send + Sync {
    /// State of the certificate with this serial number, to whom it is told under the name of this generation of the authority of `kind`.
    ///
    /// # Errors
    /// [`SourceFailed`] when nothing can be said now.
    fn state<'a>(
        &'a self,
        kind: CertificateKind,
        generation: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, CertificateState>;
}

/// Two memories of what has ended, the responder's and the authority's. Revoked is what either calls so; good is only what both can be
/// asked about.
pub struct TwoMemories {
    memory: Memory,
    records: Arc<dyn IssuerRecords>,
    clock: Arc<dyn Clock>,
}

/// The responder's store has not taken what it was told.
#[derive(Debug, thiserror::Error)]
#[error("the responder's memory lies behind the authority's")]
struct LiesBehind;

impl TwoMemories {
    /// Answers from these two, by this clock.
    #[must_use]
    pub fn new(memory: Memory, records: Arc<dyn IssuerRecords>, clock: Arc<dyn Clock>) -> Self {
        Self {
            memory,
            records,
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
            let ended = self
                .memory
                .look_up(kind, generation, serial)
                .await
                .map_err(|error| SourceFailed(Box::new(error)))?;
            if let Some((at, reason)) = ended {
                let status = CertificateState::Revoked { at, reason };
                return Ok(StatusAnswer { status, as_of });
            }
            let status = self
                .records
                .state(kind, generation, serial)
                .await?;
            match status {
                CertificateState::Good if !self.memory.is_sound() => {
                    Err(SourceFailed(Box::new(LiesBehind)))
                }
                status => Ok(StatusAnswer { status, as_of }),
            }
        })
    }

    fn crl(
        &self,
        kind: CertificateKind,
        generation: Generation,
        scope: CrlScope,
    ) -> Answered<'_, Option<Arc<List>>> {
        Box::pin(async move {
            let key = ListKey {
                kind,
                generation: generation.number(),
                scope,
            };
            self.memory
                .newest(&key)
                .await
                .map_err(|error| SourceFailed(Box::new(error)))
        })
    }
}
