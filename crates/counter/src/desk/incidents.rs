//! What agents have reported of commands that had no business at a card.

use crate::{Counter, CounterError, sql};
use shirushi_clock::Instant;
use shirushi_wire::ApplicationId;
use std::collections::BTreeSet;

/// A command for a card that an agent refused because it is not of the issuer's channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// The application whose card was meant.
    pub application: ApplicationId,
    /// The command's place in its batch, from 0.
    pub position: i64,
    /// CLA, INS, P1 and P2, hexadecimal.
    pub header: String,
    /// When it was reported.
    pub reported_at: Instant,
}

impl Counter {
    /// Keeps what was reported; on disk when this returns. Of one application a hundred reports are kept: more say no more.
    ///
    /// # Errors
    /// [`CounterError::Store`].
    pub async fn record_incident(&self, incident: &Incident) -> Result<(), CounterError> {
        let mut transaction = self.store.begin().await?;
        let row = [
            incident.application.to_string().into(),
            incident.position.into(),
            incident.header.as_str().into(),
            incident.reported_at.unix().into(),
        ];
        transaction
            .execute(sql::INSERT_INCIDENT, &row)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// The applications about which anything was reported.
    pub(super) async fn applications_with_incidents(
        &self,
    ) -> Result<BTreeSet<ApplicationId>, CounterError> {
        let rows = self
            .store
            .rows(sql::APPLICATIONS_WITH_INCIDENTS, &[])
            .await?;
        rows.iter()
            .map(|row| {
                row.text("application")?
                    .parse()
                    .map_err(|_| CounterError::Damaged {
                        what: "application",
                    })
            })
            .collect()
    }

    /// What was reported about an application, oldest first.
    ///
    /// # Errors
    /// [`CounterError::Store`], [`CounterError::Damaged`].
    pub async fn incidents(&self, id: &ApplicationId) -> Result<Vec<Incident>, CounterError> {
        let rows = self
            .store
            .rows(sql::INCIDENTS, &[id.to_string().into()])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Incident {
                    application: *id,
                    position: row.integer("position")?,
                    header: row.text("header")?,
                    reported_at: Instant::from_unix(row.integer("reported_at")?)
                        .map_err(|_| CounterError::Damaged { what: "time" })?,
                })
            })
            .collect()
    }
}
