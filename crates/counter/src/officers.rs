//! Officers (担当者): enrolled once by the authority's code, then known by a password of their own.

use crate::{Counter, CounterError, SecretText, sql};
use serde::Serialize;
use shirushi_accounts::{Party, Session, require_length};
use shirushi_crypto::{KeyKind, Secret, SigningKey as _, SoftwareKey, sha256};
use shirushi_profile::MunicipalityCode;
use shirushi_rules::{OFFICER_KNOWN, OFFICER_SERVING};
use shirushi_store::{Row, StoreError, Value};
use shirushi_web::KnownBrowser;
use shirushi_wire::{Message, OfficerId, Signed};

/// What is the counter's own of the accounts of its officers.
pub(crate) static PARTY: Party = Party {
    statements: sql::ACCOUNTS,
    known: &OFFICER_KNOWN,
};

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
        require_length(password.as_secret())?;
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
            .accounts
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

    /// Begins a session of eight hours for an officer who serves ([`Accounts::prove`](shirushi_accounts::Accounts::prove)).
    ///
    /// # Errors
    /// [`CounterError::Refused`] by `OFFICER_KNOWN`, by `OFFICER_SERVING`, and by `NOT_TOO_MUCH_AT_ONCE` when too many strangers try
    /// at once; [`CounterError::Store`], [`CounterError::Crypto`], [`CounterError::Account`].
    pub async fn log_in(
        &self,
        name: &str,
        password: SecretText,
        browser: Option<&KnownBrowser>,
    ) -> Result<Session, CounterError> {
        let proven = self
            .accounts
            .prove(name, password.into_secret(), browser)
            .await?;
        self.may_begin(proven.name()).await?;
        Ok(self.accounts.begin(proven).await?)
    }

    /// That the officer has not been retired, as the authority says now.
    async fn may_begin(&self, name: &str) -> Result<(), CounterError> {
        let damaged = CounterError::Damaged { what: "officer" };
        let row = self
            .officer_row(name)
            .await?
            .ok_or(damaged)?;
        let retired = row
            .optional_integer("retired_at")?
            .is_some();
        OFFICER_SERVING.require(!retired, [("officer", name.to_owned())])?;
        self.ask_whether_serving(&read_officer(&row)?)
            .await
    }

    /// The officer whose session this is.
    ///
    /// # Errors
    /// [`CounterError::NotAuthorized`] for a token that is none, or whose session has ended; [`CounterError::Store`].
    pub async fn officer(&self, session: &str) -> Result<Officer, CounterError> {
        let row = self
            .accounts
            .holder(session)
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
        Ok(self.accounts.log_out(session).await?)
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
