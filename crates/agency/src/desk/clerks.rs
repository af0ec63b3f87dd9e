//! Clerks (係員): enrolled once by a code, known by a password from then on.

use crate::{Agency, AgencyError, sql};
use shirushi_crypto::{PasswordHash, Secret, sha256};
use shirushi_rules::{Bilingual, CLERK_KNOWN, Facts, InBoth, Refusal, WELL_FORMED};
use shirushi_store::{StoreError, Value};
use shirushi_web::{KnownBrowser, PasswordFault, TriedBy};
use shirushi_wire::require_readable;

/// The fewest characters of a password.
const SHORTEST_PASSWORD: usize = 12;
/// The most characters of a name.
const LONGEST_NAME: usize = 60;
/// A code is good for a day.
const CODE_SECONDS: i64 = 24 * 60 * 60;
/// A session ends after eight hours, a working day.
const SESSION_SECONDS: i64 = 8 * 60 * 60;
/// A browser in which nobody has logged in for half a year is a stranger again.
const BROWSER_SECONDS: i64 = 180 * 24 * 60 * 60;
/// So many browsers of one clerk are known, those used last.
const MOST_BROWSERS: i64 = 10;
/// So many tries of one caller under one name …
const MOST_TRIES: i64 = 10;
/// … in a quarter of an hour; then the name waits.
const TRIES_SECONDS: i64 = 15 * 60;

/// A clerk who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clerk {
    name: String,
}

/// Why a clerk is not let in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClerkFault {
    /// A rule refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The agency's own fault.
    #[error(transparent)]
    Fault(#[from] AgencyError),
}

impl Clerk {
    /// The name they are enrolled under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Agency {
    /// Makes a code that enrols one clerk within a day. The store has its hash only.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn enrolment_code(&self) -> Result<Secret, AgencyError> {
        let code = self.random_hex::<16>();
        let now = self.clock.now();
        let until = now.plus_seconds(CODE_SECONDS);
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::FORGET_OLD_ENROLMENTS, &[now.unix().into()])
            .await?;
        transaction
            .execute(
                sql::INSERT_ENROLMENT,
                &[sha256(code.as_bytes()).into(), until.unix().into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(Secret::new(code.into_bytes()))
    }

    /// How many clerks are enrolled.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn clerks(&self) -> Result<i64, AgencyError> {
        match self
            .store
            .row(sql::COUNT_CLERKS, &[])
            .await?
        {
            Some(row) => Ok(row.integer("n")?),
            None => Ok(0),
        }
    }

    /// Enrols a clerk. The code is spent only when everything else is in order.
    ///
    /// # Errors
    /// [`ClerkFault::Refused`] by `WELL_FORMED` for a name or password that cannot be one, by `CLERK_KNOWN` for a code that is wrong,
    /// used or too old, or a name that is taken; [`ClerkFault::Fault`].
    pub async fn enrol_clerk(
        &self,
        code: &Secret,
        name: &str,
        password: Secret,
    ) -> Result<(), ClerkFault> {
        let length = std::str::from_utf8(password.expose()).map_or(0, |text| text.chars().count());
        let fault = |place: Bilingual, fault: InBoth| {
            Facts::new()
                .and("where", place)
                .and("fault", fault)
        };
        WELL_FORMED.require(
            length >= SHORTEST_PASSWORD,
            fault(
                Bilingual::new("パスワード", "password"),
                InBoth::new(
                    format!("{SHORTEST_PASSWORD}文字以上が必要です"),
                    format!("at least {SHORTEST_PASSWORD} characters"),
                ),
            ),
        )?;
        require_readable(Bilingual::new("氏名", "name"), name, false)?;
        WELL_FORMED.require(
            (1..=LONGEST_NAME).contains(&name.chars().count()),
            fault(
                Bilingual::new("氏名", "name"),
                InBoth::new(
                    format!("1～{LONGEST_NAME}文字が必要です"),
                    format!("1 to {LONGEST_NAME} characters"),
                ),
            ),
        )?;
        let now = self.clock.now().unix();
        let code = Value::from(sha256(code.expose()));
        // Looked at first: whoever has no code that stands makes nobody wait for a hashing.
        let stands = self
            .store
            .row(sql::ENROLMENT, &[code.clone(), now.into()])
            .await
            .map_err(AgencyError::from)?
            .is_some();
        CLERK_KNOWN.require(stands, [])?;
        let hash = self
            .passwords
            .hash(password)
            .await
            .map_err(AgencyError::from)?;
        let mut transaction = self.begin().await?;
        let used = transaction
            .execute(sql::USE_ENROLMENT, &[code, now.into()])
            .await
            .map_err(AgencyError::from)?;
        let inserted = transaction
            .execute(
                sql::INSERT_CLERK,
                &[name.into(), hash.as_str().into(), now.into()],
            )
            .await
            .map_err(AgencyError::from)?;
        // Without a commit nothing has happened, neither to the code nor to the name.
        CLERK_KNOWN.require(used == 1 && inserted == 1, [])?;
        transaction
            .commit()
            .await
            .map_err(AgencyError::from)?;
        Ok(())
    }

    /// Begins a session of eight hours and answers its token: 32 random bytes, hexadecimal.
    ///
    /// An unknown name costs the same work as a wrong password and is counted like one. `browser` is what an earlier log-in has
    /// answered: who brings it is counted alone, so that the tries of others lock nobody out.
    ///
    /// # Errors
    /// [`ClerkFault::Refused`] by `CLERK_KNOWN`, and by `NOT_TOO_MUCH_AT_ONCE` when too many strangers try at once;
    /// [`ClerkFault::Fault`].
    pub async fn log_clerk_in(
        &self,
        name: &str,
        password: Secret,
        browser: Option<&KnownBrowser>,
    ) -> Result<(String, KnownBrowser), ClerkFault> {
        let caller = self.caller(name, browser).await?;
        let turn = self.passwords.turn(caller).await?;
        let counted = self
            .count_try(caller.count_key(name))
            .await?;
        CLERK_KNOWN.require(counted.is_some(), [])?;
        let stored = self
            .store
            .row(sql::CLERK, &[name.into()])
            .await
            .map_err(AgencyError::from)?
            .map(|row| row.text("password_hash"))
            .transpose()
            .map_err(AgencyError::from)?
            .map(PasswordHash::from_stored);
        let right = self
            .passwords
            .verify(turn, password, stored)
            .await
            .map_err(|fault: PasswordFault| AgencyError::from(fault))?;
        if !right {
            return Err(CLERK_KNOWN.refusal([]).into());
        }
        let browser = match (caller, browser) {
            (TriedBy::Known(_), Some(browser)) => browser.clone(),
            _ => KnownBrowser::random(self.random.as_ref()),
        };
        let session = self
            .begin_session(name, counted, &browser)
            .await?;
        Ok((session, browser))
    }

    /// Who tries to be `name`: a browser in which this clerk has logged in before, or a stranger.
    async fn caller(
        &self,
        name: &str,
        browser: Option<&KnownBrowser>,
    ) -> Result<TriedBy, AgencyError> {
        let Some(browser) = browser else {
            return Ok(TriedBy::Stranger);
        };
        let since = self
            .clock
            .now()
            .plus_seconds(-BROWSER_SECONDS);
        let known = self
            .store
            .row(
                sql::KNOWN_BROWSER,
                &[browser.hash().into(), name.into(), since.unix().into()],
            )
            .await?
            .is_some();
        Ok(match known {
            true => TriedBy::Known(browser.hash()),
            false => TriedBy::Stranger,
        })
    }

    /// The clerk whose session this is; none when it is none, or has ended.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn clerk(&self, session: &str) -> Result<Option<Clerk>, AgencyError> {
        let now = self.clock.now().unix();
        let row = self
            .store
            .row(
                sql::SESSION,
                &[sha256(session.as_bytes()).into(), now.into()],
            )
            .await?;
        Ok(row
            .map(|row| row.text("clerk"))
            .transpose()?
            .map(|name| Clerk { name }))
    }

    /// Ends a session; one that has ended already stays so.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn log_clerk_out(&self, session: &str) -> Result<(), AgencyError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::END_SESSION, &[sha256(session.as_bytes()).into()])
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Counts a try before it is judged, so that many at once are not more than many in turn; none when the name must wait.
    async fn count_try(&self, key: [u8; 32]) -> Result<Option<i64>, AgencyError> {
        let now = self.clock.now();
        let name = Value::from(key);
        let damaged = || AgencyError::Damaged { what: "tries" };
        let mut transaction = self.store.begin().await?;
        let old = now.plus_seconds(-TRIES_SECONDS).unix();
        transaction
            .execute(sql::FORGET_OLD_TRIES, &[old.into()])
            .await?;
        let tries = transaction
            .row(sql::COUNT_TRIES, std::slice::from_ref(&name))
            .await?
            .ok_or_else(damaged)?
            .integer("tries")?;
        let mut own = None;
        if tries < MOST_TRIES {
            let row = transaction
                .row(sql::INSERT_TRY, &[name, now.unix().into()])
                .await?
                .ok_or_else(damaged)?;
            own = Some(row.integer("id")?);
        }
        transaction.commit().await?;
        Ok(own)
    }

    async fn begin_session(
        &self,
        name: &str,
        counted: Option<i64>,
        browser: &KnownBrowser,
    ) -> Result<String, AgencyError> {
        let session = self.random_hex::<32>();
        let now = self.clock.now();
        let until = now.plus_seconds(SESSION_SECONDS);
        let mut transaction = self.store.begin().await?;
        if let Some(id) = counted {
            transaction
                .execute(sql::FORGET_TRY, &[id.into()])
                .await?;
        }
        transaction
            .execute(sql::FORGET_OLD_SESSIONS, &[now.unix().into()])
            .await?;
        let row = [
            sha256(session.as_bytes()).into(),
            name.into(),
            until.unix().into(),
        ];
        transaction
            .execute(sql::INSERT_SESSION, &row)
            .await?;
        transaction
            .execute(
                sql::KNOW_BROWSER,
                &[browser.hash().into(), name.into(), now.unix().into()],
            )
            .await?;
        transaction
            .execute(sql::FORGET_BROWSERS, &[name.into(), MOST_BROWSERS.into()])
            .await?;
        transaction.commit().await?;
        Ok(session)
    }

    async fn begin(&self) -> Result<shirushi_store::Transaction, AgencyError> {
        Ok(self
            .store
            .begin()
            .await
            .map_err(|error: StoreError| error)?)
    }

    fn random_hex<const N: usize>(&self) -> String {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        hex::encode(bytes)
    }
}
