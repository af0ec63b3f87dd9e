//! Who somebody is: a name, a password, and what an earlier log-in has left in the browser.

use crate::{AccountError, Passwords, Session, Statements, TriedBy};
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::{PasswordHash, Random, Secret};
use shirushi_rules::Rule;
use shirushi_store::Store;
use shirushi_web::KnownBrowser;
use std::sync::Arc;

/// What differs from party to party.
#[derive(Debug)]
pub struct Party {
    /// The statements over its tables.
    pub statements: Statements,
    /// The rule that refuses who is not known, with no fact but that.
    pub known: &'static Rule,
}

/// The accounts of one party, in its own database.
#[derive(Debug)]
pub struct Accounts {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    passwords: Passwords,
    party: &'static Party,
}

/// That somebody has shown to be who they say. Only [`Accounts::prove`] makes one.
#[derive(Debug)]
pub struct Proven {
    pub(crate) name: String,
    /// The try that was right.
    pub(crate) counted: Option<i64>,
    pub(crate) browser: KnownBrowser,
}

impl Proven {
    /// Of which account.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Accounts {
    /// Makes ready to compare passwords: one hashing.
    ///
    /// # Errors
    /// [`AccountError::Password`].
    pub async fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        party: &'static Party,
    ) -> Result<Self, AccountError> {
        Ok(Self {
            passwords: Passwords::new(Arc::clone(&random)).await?,
            store,
            clock,
            random,
            party,
        })
    }

    /// The hash of a new password: for who has shown a one-time code that stands.
    ///
    /// # Errors
    /// [`AccountError::Password`].
    pub async fn hash(&self, password: Secret) -> Result<PasswordHash, AccountError> {
        Ok(self.passwords.hash(password).await?)
    }

    /// That this is the account `name`.
    ///
    /// An unknown name costs the same work as a wrong password, and is counted like one: after ten tries in a quarter of an
    /// hour the name waits, and what is answered is always the same. `browser` is what an earlier log-in has answered: who brings
    /// it is counted alone, so that the tries of others lock nobody out.
    ///
    /// # Errors
    /// [`AccountError::Refused`] by the party's rule, and by `NOT_TOO_MUCH_AT_ONCE` when too many strangers try at once;
    /// [`AccountError::Store`], [`AccountError::Password`].
    pub async fn prove(
        &self,
        name: &str,
        password: Secret,
        browser: Option<&KnownBrowser>,
    ) -> Result<Proven, AccountError> {
        let known = self.party.known;
        let caller = self.caller(name, browser).await?;
        let turn = self.passwords.turn(caller).await?;
        let counted = self
            .count_try(caller.count_key(name))
            .await?;
        known.require(counted.is_some(), [])?;
        let stored = self.stored(name).await?;
        let is_one = stored.is_some();
        let right = self
            .passwords
            .verify(turn, password, stored)
            .await?;
        // Also without the rule there is nobody of that name to be.
        if !is_one {
            return Err(known.refusal([]).into());
        }
        known.require(right, [])?;
        let browser = match (caller, browser) {
            (TriedBy::Known(_), Some(browser)) => browser.clone(),
            _ => KnownBrowser::random(self.random.as_ref()),
        };
        Ok(Proven {
            name: name.to_owned(),
            counted: counted.filter(|_| right),
            browser,
        })
    }

    /// Begins a session for who proves to be `name`, where the party asks for nothing more.
    ///
    /// # Errors
    /// Those of [`Accounts::prove`] and [`Accounts::begin`].
    pub async fn log_in(
        &self,
        name: &str,
        password: Secret,
        browser: Option<&KnownBrowser>,
    ) -> Result<Session, AccountError> {
        let proven = self
            .prove(name, password, browser)
            .await?;
        self.begin(proven).await
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub async fn count(&self) -> Result<i64, AccountError> {
        match self
            .store
            .row(self.statements().count, &[])
            .await?
        {
            Some(row) => Ok(row.integer("n")?),
            None => Ok(0),
        }
    }

    async fn stored(&self, name: &str) -> Result<Option<PasswordHash>, AccountError> {
        let row = self
            .store
            .row(self.statements().password, &[name.into()])
            .await?;
        Ok(row
            .map(|row| row.text("password_hash"))
            .transpose()?
            .map(PasswordHash::from_stored))
    }

    pub(crate) fn statements(&self) -> &'static Statements {
        &self.party.statements
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }
}
