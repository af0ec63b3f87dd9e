//! Officers (担当者): enrolled once by the authority's code, then known by a password of their own.

use crate::{Counter, CounterError, SecretText, sql};
use serde::Serialize;
use shirushi_crypto::Secret;
use shirushi_crypto::{KeyKind, PasswordHash, SigningKey as _, SoftwareKey, sha256};
use shirushi_profile::MunicipalityCode;
use shirushi_rules::{Facts, InBoth, OFFICER_KNOWN, OFFICER_SERVING, WELL_FORMED};
use shirushi_store::{Row, StoreError, Value};
use shirushi_web::{KnownBrowser, TriedBy};
use shirushi_wire::{Message, OfficerId, Signed};

/// The fewest characters of a password.
const SHORTEST_PASSWORD: usize = 12;
/// A session ends after eight hours, a working day.
const SESSION_SECONDS: i64 = 8 * 60 * 60;
/// A browser in which nobody has logged in for half a year is a stranger again.
const BROWSER_SECONDS: i64 = 180 * 24 * 60 * 60;
/// So many browsers of one officer are known, those used last.
const MOST_BROWSERS: i64 = 10;
/// So many tries of one caller under one name …
const MOST_TRIES: i64 = 10;
/// … in a quarter of an hour; then the name waits.
const TRIES_SECONDS: i64 = 15 * 60;

/// An officer who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    /// The name they are enrolled under.
    pub name: OfficerId,
    /// Whose officer they are.
    pub municipality: MunicipalityCode,
}

/// What is answered to an enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Enrolled {
    /// The officer's name.
    pub officer: OfficerId,
    /// The municipality that the code was made for.
    pub municipality: MunicipalityCode,
}

/// What is answered to a log-in. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// The token to be sent as `Authorization: Bearer …`: 32 random bytes, hexadecimal.
    pub session: String,
    /// The browser's own secret, to be brought to the next log-in: it lets nobody in, but tells the officer's browser from others.
    pub browser: String,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session(…)")
    }
}

impl Counter {
    /// Makes an officer's key, has the authority know it under the one-time `code`, and keeps it with the password's hash. Wherever it breaks
    /// off, the same name and code take it up again.
    ///
    /// # Errors
    /// [`CounterError::Refused`] by `WELL_FORMED` for a password under 12 characters and by `OFFICER_KNOWN` for a name taken;
    /// [`CounterError::Passed`] when the authority refuses the code; [`CounterError::Peer`], [`CounterError::Store`],
    /// [`CounterError::Crypto`].
    pub async fn enrol(
        &self,
        code: &SecretText,
        name: OfficerId,
        password: SecretText,
    ) -> Result<Enrolled, CounterError> {
        WELL_FORMED.require(
            password.text().chars().count() >= SHORTEST_PASSWORD,
            Facts::new()
                .and("where", "password")
                .and(
                    "fault",
                    InBoth::new(
                        format!("{SHORTEST_PASSWORD}文字以上が必要です"),
                        format!("at least {SHORTEST_PASSWORD} characters"),
                    ),
                ),
        )?;
        let taken = || CounterError::from(OFFICER_KNOWN.refusal([]));
        if self
            .officer_row(name.as_str())
            .await?
            .is_some()
        {
            return Err(taken());
        }
        // Looked at before anything costly is done for whoever sends it.
        self.peers
            .look_at_code(code.text(), &name)
            .await?;
        let hash = self
            .passwords
            .hash(password.into_secret())
            .await?;
        let enrolment = [
            Value::from(name.as_str()),
            sha256(code.text().as_bytes()).into(),
        ];
        let key = self.key_to_enrol(&enrolment).await?;
        let answer = self
            .peers
            .enrol(code.text(), &name, key.public_key())
            .await;
        if matches!(answer, Err(CounterError::Passed(_))) {
            self.end_enrolment(&enrolment).await?;
        }
        let municipality = answer?;
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::END_ENROLMENT, &enrolment)
            .await?;
        let inserted = transaction
            .execute(
                sql::INSERT_OFFICER,
                &[
                    name.as_str().into(),
                    municipality.as_str().into(),
                    hash.as_str().into(),
                    key.to_pkcs8().expose().into(),
                    self.now().unix().into(),
                ],
            )
            .await;
        match inserted {
            Err(StoreError::Unique { .. }) => return Err(taken()),
            other => other?,
        };
        transaction.commit().await?;
        tracing::info!(%municipality, "an officer was enrolled");
        Ok(Enrolled {
            officer: name,
            municipality,
        })
    }

    /// Begins a session of eight hours.
    ///
    /// An unknown name costs the same work as a wrong password, and is counted like one: after ten tries in a quarter of an
    /// hour the name waits, and what is answered is always the same. `browser` is what an earlier log-in has answered: who brings
    /// it is counted alone, so that the tries of others lock nobody out.
    ///
    /// # Errors
    /// [`CounterError::Refused`] by `OFFICER_KNOWN`, and by `NOT_TOO_MUCH_AT_ONCE` when too many strangers try at once;
    /// [`CounterError::Store`], [`CounterError::Crypto`].
    pub async fn log_in(
        &self,
        name: &str,
        password: SecretText,
        browser: Option<&KnownBrowser>,
    ) -> Result<Session, CounterError> {
        let caller = self.caller(name, browser).await?;
        let turn = self.passwords.turn(caller).await?;
        let counted = self
            .count_try(caller.count_key(name))
            .await?;
        OFFICER_KNOWN.require(counted.is_some(), [])?;
        let officer = self.officer_row(name).await?;
        let hash = officer
            .as_ref()
            .map(|row| row.text("password_hash"))
            .transpose()?
            .map(PasswordHash::from_stored);
        let known = hash.is_some();
        let right = self
            .passwords
            .verify(turn, password.into_secret(), hash)
            .await?;
        if !known {
            return Err(OFFICER_KNOWN.refusal([]).into());
        }
        OFFICER_KNOWN.require(right, [])?;
        if let Some(row) = officer.filter(|_| right) {
            let retired = row
                .optional_integer("retired_at")?
                .is_some();
            OFFICER_SERVING.require(!retired, [("officer", name.to_owned())])?;
            self.ask_whether_serving(&read_officer(&row)?)
                .await?;
        }
        let browser = match (caller, browser) {
            (TriedBy::Known(_), Some(browser)) => browser.clone(),
            _ => KnownBrowser::random(self.random.as_ref()),
        };
        self.begin_session(name, counted.filter(|_| right), browser)
            .await
    }

    /// Who tries to be `name`: a browser in which this officer has logged in before, or a stranger.
    async fn caller(
        &self,
        name: &str,
        browser: Option<&KnownBrowser>,
    ) -> Result<TriedBy, CounterError> {
        let Some(browser) = browser else {
            return Ok(TriedBy::Stranger);
        };
        let known = self
            .store
            .row(
                sql::KNOWN_BROWSER,
                &[
                    browser.hash().into(),
                    name.into(),
                    self.now()
                        .plus_seconds(-BROWSER_SECONDS)
                        .unix()
                        .into(),
                ],
            )
            .await?
            .is_some();
        Ok(match known {
            true => TriedBy::Known(browser.hash()),
            false => TriedBy::Stranger,
        })
    }

    /// The officer whose session this is.
    ///
    /// # Errors
    /// [`CounterError::NotAuthorized`] for a token that is none, or whose session has ended; [`CounterError::Store`].
    pub async fn officer(&self, session: &str) -> Result<Officer, CounterError> {
        let row = self
            .store
            .row(
                sql::SESSION,
                &[sha256(session.as_bytes()).into(), self.now().unix().into()],
            )
            .await?
            .ok_or(CounterError::NotAuthorized)?;
        let officer = read_officer(&row)?;
        match self.require_serving(&officer).await {
            Ok(()) => Ok(officer),
            Err(CounterError::Refused(_)) => Err(CounterError::NotAuthorized),
            Err(error) => Err(error),
        }
    }

    /// Ends a session; one that has ended already stays so.
    ///
    /// # Errors
    /// [`CounterError::Store`].
    pub async fn log_out(&self, session: &str) -> Result<(), CounterError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::END_SESSION, &[sha256(session.as_bytes()).into()])
            .await?;
        Ok(transaction.commit().await?)
    }

    /// The key that is to be enrolled: kept before the authority hears of it, and the same when a broken enrolment is taken up again.
    async fn key_to_enrol(&self, enrolment: &[Value; 2]) -> Result<SoftwareKey, CounterError> {
        let damaged = || CounterError::Damaged {
            what: "officer's key",
        };
        let new = SoftwareKey::generate(KeyKind::P256)?;
        let [name, code_hash] = enrolment.clone();
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                sql::BEGIN_ENROLMENT,
                &[
                    name,
                    code_hash,
                    new.to_pkcs8().expose().into(),
                    self.now().unix().into(),
                ],
            )
            .await?;
        let row = transaction
            .row(sql::ENROLMENT, enrolment)
            .await?
            .ok_or_else(damaged)?;
        transaction.commit().await?;
        SoftwareKey::from_pkcs8(Secret::new(row.bytes("key")?)).map_err(|_| damaged())
    }

    async fn end_enrolment(&self, enrolment: &[Value; 2]) -> Result<(), CounterError> {
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::END_ENROLMENT, enrolment)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// `message` under the officer's signature, as it is sent.
    pub(crate) async fn sign<T: Message>(
        &self,
        officer: &Officer,
        message: &T,
    ) -> Result<Vec<u8>, CounterError> {
        let key = self.officers_key(officer).await?;
        let signed = Signed::sign(message, &key)?;
        serde_json::to_vec(&signed).map_err(|_| CounterError::Damaged {
            what: "signed message",
        })
    }

    /// The officer's key, for one signature.
    pub(crate) async fn officers_key(
        &self,
        officer: &Officer,
    ) -> Result<SoftwareKey, CounterError> {
        let damaged = CounterError::Damaged {
            what: "officer's key",
        };
        let Some(row) = self
            .store
            .row(sql::OFFICER_KEY, &[officer.name.as_str().into()])
            .await?
        else {
            return Err(damaged);
        };
        SoftwareKey::from_pkcs8(Secret::new(row.bytes("key")?)).map_err(|_| damaged)
    }

    async fn officer_row(&self, name: &str) -> Result<Option<Row>, CounterError> {
        Ok(self
            .store
            .row(sql::OFFICER, &[name.into()])
            .await?)
    }

    /// Counts a try before it is judged, so that many at once are not more than many in turn; none when the name must wait.
    async fn count_try(&self, key: [u8; 32]) -> Result<Option<i64>, CounterError> {
        let now = self.now();
        let name = Value::from(key);
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(
                sql::FORGET_OLD_TRIES,
                &[now
                    .plus_seconds(-TRIES_SECONDS)
                    .unix()
                    .into()],
            )
            .await?;
        let damaged = CounterError::Damaged { what: "tries" };
        let counted = transaction
            .row(sql::COUNT_TRIES, std::slice::from_ref(&name))
            .await?;
        let Some(counted) = counted else {
            return Err(damaged);
        };
        let mut own = None;
        if counted.integer("tries")? < MOST_TRIES {
            let row = transaction
                .row(sql::INSERT_TRY, &[name, now.unix().into()])
                .await?
                .ok_or(damaged)?;
            own = Some(row.integer("id")?);
        }
        transaction.commit().await?;
        Ok(own)
    }

    async fn begin_session(
        &self,
        name: &str,
        counted: Option<i64>,
        browser: KnownBrowser,
    ) -> Result<Session, CounterError> {
        let mut token = [0; 32];
        self.random.fill(&mut token);
        let session = hex::encode(token);
        let now = self.now();
        let mut transaction = self.store.begin().await?;
        if let Some(id) = counted {
            transaction
                .execute(sql::FORGET_TRY, &[id.into()])
                .await?;
        }
        transaction
            .execute(sql::FORGET_OLD_SESSIONS, &[now.unix().into()])
            .await?;
        transaction
            .execute(
                sql::INSERT_SESSION,
                &[
                    sha256(session.as_bytes()).into(),
                    name.into(),
                    now.plus_seconds(SESSION_SECONDS)
                        .unix()
                        .into(),
                ],
            )
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
        Ok(Session {
            session,
            browser: browser.expose().to_owned(),
        })
    }
}

fn read_officer(row: &Row) -> Result<Officer, CounterError> {
    let damaged = || CounterError::Damaged { what: "officer" };
    Ok(Officer {
        name: row
            .text("name")?
            .parse()
            .map_err(|_| damaged())?,
        municipality: row
            .text("municipality")?
            .parse()
            .map_err(|_| damaged())?,
    })
}
