//! What the authority says of its own keys, for officers to see. Nothing is refused because of it.

use crate::Counter;
use shirushi_clock::Instant;
use shirushi_wire::KeyWarning;
use std::sync::{Mutex, PoisonError};

/// So long the authority's last word is shown, in seconds.
const GOOD_SECONDS: u64 = 60;

/// The authority's last word about its keys, and when it was asked for.
#[derive(Debug, Default)]
pub(crate) struct HeardOfKeys(Mutex<Option<(Instant, Vec<KeyWarning>)>>);

impl Counter {
    /// What officers should know of the authority's keys; nothing while the authority is away.
    pub(crate) async fn key_warnings(&self) -> Vec<KeyWarning> {
        let now = self.now();
        if let Some(warnings) = self.heard_of_keys.at(now) {
            return warnings;
        }
        let warnings = self
            .peers
            .key_warnings()
            .await
            .unwrap_or_default();
        self.heard_of_keys
            .note(now, warnings.clone());
        warnings
    }
}

impl HeardOfKeys {
    fn at(&self, now: Instant) -> Option<Vec<KeyWarning>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .filter(|(at, _)| at.unix().abs_diff(now.unix()) < GOOD_SECONDS)
            .map(|(_, warnings)| warnings.clone())
    }

    fn note(&self, now: Instant, warnings: Vec<KeyWarning>) {
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some((now, warnings));
    }
}
