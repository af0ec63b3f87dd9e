//! One-time codes (登録コード) by which a party enrols its people.

use crate::AccountError;
use shirushi_clock::Clock;
use shirushi_crypto::{Random, Secret, sha256};
use shirushi_rules::Rule;
use shirushi_store::{Store, Transaction};
use std::sync::Arc;

/// A code is good for a day.
const CODE_SECONDS: i64 = 24 * 60 * 60;

/// The statements over a party's table of codes: their hashes, and until when each is good.
#[derive(Debug)]
pub struct CodeStatements {
    /// The code `$1` is good until `$2`.
    pub insert: &'static str,
    /// Forgets the codes that ended at `$1`.
    pub forget_old: &'static str,
    /// Whether the code `$1` is good at `$2`.
    pub stands: &'static str,
    /// Deletes the code `$1` if it is good at `$2`.
    pub spend: &'static str,
}

/// The codes of a party that makes them itself. The database has their hashes only.
#[derive(Debug)]
pub struct Codes {
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    statements: &'static CodeStatements,
    known: &'static Rule,
}

impl Codes {
    /// Codes over a table of `store`; `known` refuses one that is wrong, used or too old.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        statements: &'static CodeStatements,
        known: &'static Rule,
    ) -> Self {
        Self {
            store,
            clock,
            random,
            statements,
            known,
        }
    }

    /// Makes a code that enrols one person within a day.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn make(&self) -> Result<Secret, AccountError> {
        let code = drawn::<16>(self.random.as_ref());
        let now = self.clock.now();
        let until = now.plus_seconds(CODE_SECONDS);
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(self.statements.forget_old, &[now.unix().into()])
            .await?;
        transaction
            .execute(
                self.statements.insert,
                &[sha256(code.as_bytes()).into(), until.unix().into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(Secret::new(code.into_bytes()))
    }

    /// That `code` could be spent now: whoever has none that stands makes nobody wait for a hashing.
    ///
    /// # Errors
    /// [`AccountError::Refused`] by the party's rule; [`AccountError::Store`].
    pub async fn require(&self, code: &Secret) -> Result<(), AccountError> {
        let stands = self
            .store
            .row(
                self.statements.stands,
                &[sha256(code.expose()).into(), self.clock.now().unix().into()],
            )
            .await?
            .is_some();
        Ok(self.known.require(stands, [])?)
    }

    /// Spends `code` with whatever else the transaction does; without its commit nothing has happened to it.
    ///
    /// # Errors
    /// [`AccountError::Refused`] by the party's rule when it does not stand; [`AccountError::Store`].
    pub async fn spend(
        &self,
        transaction: &mut Transaction,
        code: &Secret,
    ) -> Result<(), AccountError> {
        let spent = transaction
            .execute(
                self.statements.spend,
                &[sha256(code.expose()).into(), self.clock.now().unix().into()],
            )
            .await?;
        Ok(self.known.require(spent == 1, [])?)
    }
}

/// `N` random bytes, hexadecimal.
pub(crate) fn drawn<const N: usize>(random: &dyn Random) -> String {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    hex::encode(bytes)
}
