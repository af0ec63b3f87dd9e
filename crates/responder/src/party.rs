//! The responder as a party: its memory, its keys, and its doors.

use crate::{IssuerRecords, Memory, ResponderKeys, TwoMemories, door, router, status::status_page};
use shirushi_clock::Clock;
use shirushi_web::{Entry, Service};
use std::sync::Arc;

/// A responder that is open and serves nobody yet.
pub struct ResponderParty {
    memory: Memory,
    keys: Arc<ResponderKeys>,
    records: Arc<dyn IssuerRecords>,
    authority: Option<Entry>,
    clock: Arc<dyn Clock>,
}

impl ResponderParty {
    /// A responder that answers from this memory and the authority's `records`, with these keys. `authority` is by what an authority in
    /// another process is let in, to have remembered what has ended.
    #[must_use]
    pub fn of(
        memory: Memory,
        keys: Arc<ResponderKeys>,
        records: Arc<dyn IssuerRecords>,
        authority: Option<Entry>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            memory,
            keys,
            records,
            authority,
            clock,
        }
    }

    /// Puts it into service: OCSP, lists and CA certificates, and how it is, for everybody.
    pub fn into_service(self) -> Service {
        let roles = match &self.authority {
            Some(entry) => entry.guard(door::routes(self.memory.clone())),
            None => axum::Router::new(),
        };
        let source = TwoMemories::new(self.memory.clone(), self.records, Arc::clone(&self.clock));
        let public = router(
            Arc::new(source),
            Arc::clone(&self.keys),
            Arc::clone(&self.clock),
        )
        .merge(status_page(self.memory, self.keys, self.clock));
        Service::new(roles, public)
    }
}

impl std::fmt::Debug for ResponderParty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponderParty")
            .field("memory", &self.memory)
            .finish_non_exhaustive()
    }
}
