//! Whose account it is: the person's, by whichever of their certificates they log in.

use crate::{Portal, PortalError, holders::NoHolder, sql};
use shirushi_crypto::sha256;
use shirushi_profile::Certificate;
use shirushi_store::Transaction;

/// Accounts without a known person that one log-in asks about besides its own.
const AT_ONCE: i64 = 100;

/// What the authority has answered before a log-in is written down.
pub(crate) struct Persons {
    /// Who logs in.
    own: String,
    /// Accounts of the time before persons were known, each with its person where there is one.
    others: Vec<(String, Option<String>)>,
}

impl Portal {
    /// Asks the authority who logs in with `certificate`, and, while there are accounts of the time before that was asked, about some
    /// of those in the same question.
    pub(crate) async fn persons(
        &self,
        certificate: &Certificate,
    ) -> Result<Result<Persons, NoHolder>, PortalError> {
        let mut others = Vec::new();
        for row in self
            .store
            .rows(sql::WITHOUT_HOLDER, &[AT_ONCE.into()])
            .await?
        {
            others.push((row.text("id")?, row.text("serial")?));
        }
        let serial = certificate.serial().to_string();
        let asked = others
            .iter()
            .map(|(_, serial)| serial.clone())
            .chain([serial.clone()])
            .collect();
        let mut holders = match self.holders.ask(asked).await {
            Ok(holders) => holders,
            Err(cause) => return Ok(Err(cause)),
        };
        let Some(own) = holders.remove(&serial) else {
            return Ok(Err(NoHolder::Unknown));
        };
        Ok(Ok(Persons {
            others: others
                .into_iter()
                .map(|(id, other)| {
                    let holder = if other == serial {
                        Some(own.clone())
                    } else {
                        holders.remove(&other)
                    };
                    (id, holder)
                })
                .collect(),
            own,
        }))
    }

    /// The account of the person who logs in with `certificate`; a new one for who was never here.
    pub(crate) async fn account(
        &self,
        transaction: &mut Transaction,
        certificate: &Certificate,
        persons: Persons,
    ) -> Result<String, PortalError> {
        let now = self.now().unix();
        for (id, holder) in persons.others {
            transaction
                .execute(sql::ASKED, &[id.as_str().into(), now.into()])
                .await?;
            if let Some(holder) = holder {
                give(transaction, &id, &holder).await?;
            }
        }
        let issuer = sha256(certificate.issuer_der());
        let serial = certificate.serial().to_string();
        let known = transaction
            .row(
                sql::ACCOUNT_OF_CERTIFICATE,
                &[issuer.into(), serial.as_str().into()],
            )
            .await?;
        if let Some(row) = known {
            // Also where it was not among the others: two log-ins at once.
            give(transaction, &row.text("id")?, &persons.own).await?;
        }
        if let Some(account) = of_holder(transaction, &persons.own).await? {
            return Ok(account);
        }
        let account = self.new_id();
        transaction
            .execute(
                sql::OPEN_ACCOUNT,
                &[
                    account.as_str().into(),
                    issuer.into(),
                    serial.into(),
                    certificate.not_after().unix().into(),
                    now.into(),
                    persons.own.into(),
                ],
            )
            .await?;
        Ok(account)
    }
}

/// Gives an account to its person: it becomes the person's, or part of the account that the person has.
async fn give(transaction: &mut Transaction, id: &str, holder: &str) -> Result<(), PortalError> {
    match of_holder(transaction, holder).await? {
        Some(own) if own == id => {}
        Some(own) => {
            for statement in sql::MERGE {
                transaction
                    .execute(statement, &[own.as_str().into(), id.into()])
                    .await?;
            }
        }
        None => {
            let touched = transaction
                .execute(sql::SET_HOLDER, &[id.into(), holder.into()])
                .await?;
            if touched == 0 {
                // The authority says of the same certificate that it is another person's than it said before.
                return Err(PortalError::Damaged { what: "holder" });
            }
        }
    }
    Ok(())
}

async fn of_holder(
    transaction: &mut Transaction,
    holder: &str,
) -> Result<Option<String>, PortalError> {
    let row = transaction
        .row(sql::ACCOUNT_OF_HOLDER, &[holder.into()])
        .await?;
    Ok(row
        .map(|row| row.text("id"))
        .transpose()?)
}
