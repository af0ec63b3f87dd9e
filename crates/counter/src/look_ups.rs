//! Asking the register, as the officer who asks: each look-up is signed with their key and says what it is for.

use crate::{Counter, CounterError, Officer, PeerError, peers::Peer};
use shirushi_clock::Date;
use shirushi_rules::{Bilingual, CARD_REGISTERED, RESIDENT_KNOWN};
use shirushi_wire::{
    CardNumber, CardStatement, LookUp, LookUpAnswer, LookUpId, LookedUp, ResidentCode,
    ResidentRecord, ResidentStatement, Signed, Why, require_readable,
};

impl Counter {
    /// The record of a resident, looked up for `why`.
    ///
    /// # Errors
    /// [`CounterError::Refused`] by `RESIDENT_KNOWN`; [`CounterError::Passed`] when the register refuses; [`CounterError::Peer`].
    pub async fn resident(
        &self,
        officer: &Officer,
        code: &ResidentCode,
        why: Why,
    ) -> Result<ResidentRecord, CounterError> {
        let (_, statement) = self
            .resident_statement(officer, code, why)
            .await?;
        Ok(statement.resident)
    }

    /// The register's signed word about a resident, and how it reads.
    pub(crate) async fn resident_statement(
        &self,
        officer: &Officer,
        code: &ResidentCode,
        why: Why,
    ) -> Result<(Signed<ResidentStatement>, ResidentStatement), CounterError> {
        let stated = self
            .find_resident(officer, code, why)
            .await?;
        RESIDENT_KNOWN.require(stated.is_some(), [("resident", code.to_string())])?;
        stated.ok_or(CounterError::Absent {
            what: "resident record",
        })
    }

    /// The same; none when there is no such resident.
    pub(crate) async fn find_resident(
        &self,
        officer: &Officer,
        code: &ResidentCode,
        why: Why,
    ) -> Result<Option<(Signed<ResidentStatement>, ResidentStatement)>, CounterError> {
        let what = LookedUp::Resident { code: code.clone() };
        match self.look_up(officer, what, why).await? {
            LookUpAnswer::Resident(signed) => {
                let statement = signed
                    .unverified()
                    .map_err(|_| malformed())?;
                match statement.resident.code == *code {
                    true => Ok(Some((signed, statement))),
                    false => Err(malformed()),
                }
            }
            LookUpAnswer::Nothing => Ok(None),
            _ => Err(malformed()),
        }
    }

    /// The register's signed word about a card, and how it reads.
    pub(crate) async fn card_statement(
        &self,
        officer: &Officer,
        number: &CardNumber,
        why: Why,
    ) -> Result<(Signed<CardStatement>, CardStatement), CounterError> {
        let stated = self
            .find_card(officer, number, why)
            .await?;
        CARD_REGISTERED.require(stated.is_some(), [("card", number.to_string())])?;
        stated.ok_or(CounterError::Absent {
            what: "card record",
        })
    }

    /// The same; none when there is no such card.
    pub(crate) async fn find_card(
        &self,
        officer: &Officer,
        number: &CardNumber,
        why: Why,
    ) -> Result<Option<(Signed<CardStatement>, CardStatement)>, CounterError> {
        let what = LookedUp::Card {
            number: number.clone(),
        };
        match self.look_up(officer, what, why).await? {
            LookUpAnswer::Card(signed) => {
                let statement = signed
                    .unverified()
                    .map_err(|_| malformed())?;
                match statement.card.number == *number {
                    true => Ok(Some((signed, statement))),
                    false => Err(malformed()),
                }
            }
            LookUpAnswer::Nothing => Ok(None),
            _ => Err(malformed()),
        }
    }

    /// The residents of the officer's municipality whose name or reading begins so, and who were born on that day where one is given.
    pub(crate) async fn find_named(
        &self,
        officer: &Officer,
        name: &str,
        birth: Option<Date>,
        why: Why,
    ) -> Result<Vec<ResidentRecord>, CounterError> {
        let what = LookedUp::Named {
            name: name.to_owned(),
            birth,
        };
        match self.look_up(officer, what, why).await? {
            LookUpAnswer::Residents(found)
                if found
                    .iter()
                    .all(|record| record.municipality == officer.municipality) =>
            {
                Ok(found)
            }
            _ => Err(malformed()),
        }
    }

    async fn look_up(
        &self,
        officer: &Officer,
        what: LookedUp,
        why: Why,
    ) -> Result<LookUpAnswer, CounterError> {
        if let LookedUp::Named { name, .. } = &what {
            require_readable(Bilingual::new("氏名", "name"), name, false)?;
        }
        if let Why::Enquiry {
            reason: Some(reason),
        } = &why
        {
            require_readable(Bilingual::new("理由", "reason"), reason, false)?;
        }
        let look_up = LookUp {
            id: LookUpId::random(self.random.as_ref()),
            officer: officer.name.clone(),
            municipality: officer.municipality,
            what,
            why,
            at: self.now(),
        };
        let signed = self.sign(officer, &look_up).await?;
        let answer = self.peers.look_up(signed).await;
        self.heed(officer, answer).await
    }
}

fn malformed() -> CounterError {
    PeerError::Malformed {
        peer: Peer::Register,
    }
    .into()
}
