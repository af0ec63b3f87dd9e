//! The applications that the counter has taken, and how far each has come.

use crate::{Counter, CounterError, Officer, sql};
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_profile::{CertificateKind, MunicipalityCode};
use shirushi_store::Row;
use shirushi_wire::{
    Application, ApplicationId, AttestedApplication, OfficerId, RelayToken, Signed,
};
use std::str::FromStr;

/// The most applications shown at once, the newest of them.
const MOST_SHOWN: i64 = 500;

/// How far an application has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Recorded here; the authority is not known to have received it.
    Recorded,
    /// Received by the authority: the card can be personalised.
    Received,
    /// Refused by the authority.
    Refused,
    /// The certificates are in the card and live.
    Issued,
}

/// One application in the queue.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: ApplicationId,
    /// The applicant's name.
    pub name: String,
    /// The certificates applied for.
    pub kinds: Vec<CertificateKind>,
    /// How far it has come.
    pub state: State,
    /// The rule by which the authority refused it, when that was its last word.
    pub refused_by: Option<String>,
    /// The officer who took it.
    pub officer: OfficerId,
    /// When it was taken.
    pub taken_at: Instant,
    /// When the authority received it.
    pub received_at: Option<Instant>,
    /// When its certificates were live in the card.
    pub completed_at: Option<Instant>,
}

/// One application with everything that was stated.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct QueuedApplication {
    /// How far it has come.
    #[serde(flatten)]
    pub entry: Entry,
    /// What the officer signed.
    pub application: Application,
}

/// An application as it is stored.
pub(crate) struct Recorded {
    pub(crate) entry: Entry,
    pub(crate) municipality: MunicipalityCode,
    pub(crate) application: Application,
    pub(crate) request_digest: Vec<u8>,
    /// What is sent.
    pub(crate) signed: Vec<u8>,
    pub(crate) token: Option<RelayToken>,
}

impl Counter {
    /// The newest 500 applications of the officer's municipality, newest first.
    ///
    /// # Errors
    /// [`CounterError::Store`], [`CounterError::Damaged`].
    pub async fn queue(&self, officer: &Officer) -> Result<Vec<Entry>, CounterError> {
        let rows = self
            .store
            .rows(
                sql::APPLICATIONS,
                &[officer.municipality.as_str().into(), MOST_SHOWN.into()],
            )
            .await?;
        rows.iter()
            .map(|row| Ok(Recorded::read(row)?.entry))
            .collect()
    }

    /// One application of the officer's municipality.
    ///
    /// # Errors
    /// [`CounterError::NotFound`], [`CounterError::Store`], [`CounterError::Damaged`].
    pub async fn queued(
        &self,
        officer: &Officer,
        id: &ApplicationId,
    ) -> Result<QueuedApplication, CounterError> {
        let recorded = self.recorded_for(officer, id).await?;
        Ok(QueuedApplication {
            entry: recorded.entry,
            application: recorded.application,
        })
    }

    pub(crate) async fn recorded_for(
        &self,
        officer: &Officer,
        id: &ApplicationId,
    ) -> Result<Recorded, CounterError> {
        self.recorded(id)
            .await?
            .filter(|recorded| recorded.is_of(&officer.municipality))
            .ok_or(CounterError::NotFound)
    }

    pub(crate) async fn recorded(
        &self,
        id: &ApplicationId,
    ) -> Result<Option<Recorded>, CounterError> {
        self.store
            .row(sql::APPLICATION, &[id.to_string().into()])
            .await?
            .map(|row| Recorded::read(&row))
            .transpose()
    }
}

impl Recorded {
    pub(crate) fn is_of(&self, municipality: &MunicipalityCode) -> bool {
        self.municipality == *municipality
    }

    fn read(row: &Row) -> Result<Self, CounterError> {
        let damaged = || CounterError::Damaged {
            what: "application",
        };
        let signed = row.bytes("signed")?;
        let application = as_it_reads(&signed).ok_or_else(damaged)?;
        let entry = Entry {
            id: parsed(row, "id")?,
            name: row.text("applicant")?,
            kinds: application.kinds.clone(),
            state: State::read(&row.text("state")?).ok_or_else(damaged)?,
            refused_by: row.optional_text("refused_by")?,
            officer: parsed(row, "officer")?,
            taken_at: instant(row.integer("taken_at")?)?,
            received_at: optional_instant(row, "received_at")?,
            completed_at: optional_instant(row, "completed_at")?,
        };
        let token = row
            .optional_text("token")?
            .map(|text| text.parse().map_err(|_| damaged()))
            .transpose()?;
        Ok(Self {
            entry,
            municipality: parsed(row, "municipality")?,
            application,
            request_digest: row.bytes("request_digest")?,
            signed,
            token,
        })
    }
}

impl State {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Received => "received",
            Self::Refused => "refused",
            Self::Issued => "issued",
        }
    }

    fn read(word: &str) -> Option<Self> {
        [Self::Recorded, Self::Received, Self::Refused, Self::Issued]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// What was signed, as it reads: with the register's statements in it, or as it was before there were any.
fn as_it_reads(signed: &[u8]) -> Option<Application> {
    let attested = serde_json::from_slice::<Signed<AttestedApplication>>(signed)
        .ok()?
        .unverified();
    match attested {
        Ok(attested) => attested.as_it_reads().ok(),
        Err(_) => serde_json::from_slice::<Signed<Application>>(signed)
            .ok()?
            .unverified()
            .ok(),
    }
}

fn parsed<T: FromStr>(row: &Row, column: &'static str) -> Result<T, CounterError> {
    row.text(column)?
        .parse()
        .map_err(|_| CounterError::Damaged { what: column })
}

fn instant(seconds: i64) -> Result<Instant, CounterError> {
    Instant::from_unix(seconds).map_err(|_| CounterError::Damaged { what: "time" })
}

fn optional_instant(row: &Row, column: &'static str) -> Result<Option<Instant>, CounterError> {
    row.optional_integer(column)?
        .map(instant)
        .transpose()
}
