//! What the counter asks the resident register.

use super::{Peer, PeerError, Peers, parse};
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use shirushi_clock::Date;
use shirushi_profile::MunicipalityCode;
use shirushi_wire::{CardNumber, CardRecord, ResidentCode, ResidentRecord};

impl Peers {
    /// The record of a resident, none when there is none.
    pub(crate) async fn resident(
        &self,
        code: &ResidentCode,
    ) -> Result<Option<ResidentRecord>, PeerError> {
        self.ask(&format!("residents/{code}"), |record: &ResidentRecord| {
            record.code == *code
        })
        .await
    }

    /// The record of a card, none when there is none.
    pub(crate) async fn card(&self, number: &CardNumber) -> Result<Option<CardRecord>, PeerError> {
        self.ask(&format!("cards/{number}"), |record: &CardRecord| {
            record.number == *number
        })
        .await
    }

    /// The residents of a municipality whose name or furigana begins so, and who were born on that day where one is given.
    pub(crate) async fn search(
        &self,
        municipality: &MunicipalityCode,
        name: &str,
        birth: Option<Date>,
    ) -> Result<Vec<ResidentRecord>, PeerError> {
        let birth = birth.map(|birth| birth.to_string());
        let mut query = vec![("municipality", municipality.as_str()), ("name", name)];
        query.extend(
            birth
                .as_deref()
                .map(|birth| ("birth_date", birth)),
        );
        let found: Option<Vec<ResidentRecord>> = self
            .ask_with("residents", &query, |records: &Vec<ResidentRecord>| {
                records
                    .iter()
                    .all(|record| record.municipality == *municipality)
            })
            .await?;
        Ok(found.unwrap_or_default())
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        is_the_one: impl FnOnce(&T) -> bool,
    ) -> Result<Option<T>, PeerError> {
        self.ask_with(path, &[], is_the_one)
            .await
    }

    async fn ask_with<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        is_the_one: impl FnOnce(&T) -> bool,
    ) -> Result<Option<T>, PeerError> {
        let peer = Peer::Register;
        let mut request = self
            .client
            .get(format!("{}/register/{path}", self.register));
        if !query.is_empty() {
            request = request.query(query);
        }
        match self.exchange(peer, request).await? {
            (StatusCode::OK, body) => {
                let record = parse(peer, &body)?;
                if is_the_one(&record) {
                    Ok(Some(record))
                } else {
                    Err(PeerError::Malformed { peer })
                }
            }
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (status, _) => Err(PeerError::Status {
                peer,
                status: status.as_u16(),
            }),
        }
    }
}
