//! Officers whom the authority has retired: their sessions end here, and no new one begins.

use crate::{Counter, CounterError, Officer, sql};
use shirushi_clock::Instant;
use shirushi_crypto::SigningKey as _;
use shirushi_rules::OFFICER_SERVING;
use shirushi_wire::OfficerId;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// So long the authority's last word about an officer is good, in seconds.
const GOOD_SECONDS: u64 = 30;

/// Most officers whose last word is remembered; beyond it they are asked about anew.
const MOST_REMEMBERED: usize = 1024;

/// When the authority was last asked about each officer.
#[derive(Debug, Default)]
pub(crate) struct Asked(Mutex<HashMap<OfficerId, Instant>>);

impl Asked {
    /// Whether it is time to ask again; the caller then does.
    fn is_due(&self, name: &OfficerId, now: Instant) -> bool {
        let mut asked = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let good = asked
            .get(name)
            .is_some_and(|at| at.unix().abs_diff(now.unix()) < GOOD_SECONDS);
        if !good {
            if asked.len() >= MOST_REMEMBERED {
                asked.clear();
            }
            asked.insert(name.clone(), now);
        }
        !good
    }
}

impl Counter {
    /// That the officer still serves, as far as the authority was heard in the last half minute. While it is away, sessions go on: nothing
    /// that counts can be done without it.
    pub(crate) async fn require_serving(&self, officer: &Officer) -> Result<(), CounterError> {
        if !self
            .asked
            .is_due(&officer.name, self.now())
        {
            return Ok(());
        }
        self.ask_whether_serving(officer).await
    }

    /// The same, asked now.
    pub(crate) async fn ask_whether_serving(&self, officer: &Officer) -> Result<(), CounterError> {
        let key = self.officers_key(officer).await?;
        if self
            .peers
            .is_retired(key.public_key())
            .await
        {
            self.retire(officer).await?;
            OFFICER_SERVING.require(false, [("officer", officer.name.to_string())])?;
        }
        Ok(())
    }

    /// What a party answered to an officer's message; that the officer is retired, is heeded before it is passed on.
    pub(crate) async fn heed<T>(
        &self,
        officer: &Officer,
        answer: Result<T, CounterError>,
    ) -> Result<T, CounterError> {
        if let Err(CounterError::Passed(refusal)) = &answer
            && refusal.rule() == OFFICER_SERVING.id
        {
            self.retire(officer).await?;
        }
        answer
    }

    async fn retire(&self, officer: &Officer) -> Result<(), CounterError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                sql::RETIRE_OFFICER,
                &[officer.name.as_str().into(), self.now().unix().into()],
            )
            .await?;
        self.accounts
            .end_all(&mut transaction, officer.name.as_str())
            .await?;
        transaction.commit().await?;
        tracing::warn!(officer = %officer.name, "the authority has retired an officer; the sessions have ended");
        Ok(())
    }
}
