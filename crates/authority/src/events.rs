//! Register events: what changed in the register ends certificates at once (Law 12, 31).
//!
//! An event is its number, its content and the life of the log it stands in. The same one again changes nothing; another one under a number
//! that was taken, one whose number is not the next, and one of another life are refused by name, and what the register has thereby proven
//! under its own signature stands until it is mended ([`crate::RegisterTrouble`]).

use crate::{
    Authority, AuthorityError, RegisterTrouble, log,
    log::LogEntry,
    register::{Taken, taken},
    residents::note_event,
    revoke::{end_live, record},
    sql,
};
use shirushi_crypto::{PublicKey, SignatureAlgorithm};
use shirushi_profile::RevocationReason;
use shirushi_store::{Transaction, Value};
use shirushi_wire::{EventHash, EventKind, EventName, LogLife, RegisterEvent, Signed};

/// What an event is to the authority.
enum Place {
    Next,
    Seen,
    Wrong(RegisterTrouble),
}

impl Authority {
    /// Takes one event of the register whose key is `register_key` (ECDSA on P-256). An event seen before changes nothing.
    ///
    /// # Errors
    /// [`AuthorityError::EventNotSigned`] when the register did not sign it; [`AuthorityError::Register`] when events before it are missing,
    /// when another event was taken under its number, or when it is of a life that the register has not declared.
    pub async fn register_event(
        &self,
        signed: &Signed<RegisterEvent>,
        register_key: &PublicKey,
    ) -> Result<(), AuthorityError> {
        let event = signed
            .verified(register_key, SignatureAlgorithm::EcdsaP256Sha256)
            .map_err(|_| AuthorityError::EventNotSigned)?;
        let json = signed
            .json()
            .map_err(|_| AuthorityError::EventNotSigned)?;
        let name = EventName {
            life: event.life,
            sequence: event.sequence,
            hash: EventHash::of(&json),
        };
        let mut transaction = self.store().begin().await?;
        let taken = taken(&mut transaction).await?;
        match place(&mut transaction, &taken, &event, &name).await? {
            Place::Seen => {
                drop(transaction);
                self.hand_over().await
            }
            Place::Next => {
                self.take(&mut transaction, &event, &name)
                    .await?;
                let mended = self.trouble_is_over(event.sequence);
                if mended {
                    transaction
                        .execute(sql::CLEAR_REGISTER_TROUBLE, &[])
                        .await?;
                }
                transaction.commit().await?;
                if mended {
                    self.set_trouble(None);
                }
                self.hand_over().await
            }
            Place::Wrong(trouble) => {
                self.prove(transaction, trouble, &json)
                    .await?;
                Err(AuthorityError::Register(trouble))
            }
        }
    }

    /// The event and all that it ends, in the caller's transaction.
    async fn take(
        &self,
        transaction: &mut Transaction,
        event: &RegisterEvent,
        name: &EventName,
    ) -> Result<(), AuthorityError> {
        let now = self.now().unix();
        let life = name.life.to_string();
        let hash = Value::Bytes(name.hash.as_bytes().to_vec());
        transaction
            .execute(
                sql::SET_REGISTER_POSITION,
                &[Value::Integer(event.sequence)],
            )
            .await?;
        transaction
            .execute(
                sql::INSERT_REGISTER_EVENT,
                &[
                    event.sequence.into(),
                    life.as_str().into(),
                    hash.clone(),
                    now.into(),
                ],
            )
            .await?;
        transaction
            .execute(
                sql::SET_REGISTER_HEAD,
                &[life.as_str().into(), event.sequence.into(), hash],
            )
            .await?;
        note_event(transaction, event).await?;
        let mut ended = Vec::new();
        for kind in &event.ends {
            ended.extend(
                end_live(
                    transaction,
                    &event.resident,
                    *kind,
                    event.sequence,
                    reason(event.kind),
                    now,
                )
                .await?,
            );
        }
        let taken = LogEntry::EventTaken {
            life,
            sequence: event.sequence,
            event: name.hash.to_string(),
            at: now,
        };
        log::append(transaction, self.random(), &[taken]).await?;
        record(self, transaction, &ended).await
    }
}

/// Where the event stands beside what was taken.
async fn place(
    transaction: &mut Transaction,
    taken: &Taken,
    event: &RegisterEvent,
    name: &EventName,
) -> Result<Place, AuthorityError> {
    let sequence = event.sequence;
    if sequence < 1 {
        return Ok(Place::Wrong(RegisterTrouble::Fork { sequence }));
    }
    if sequence <= taken.sequence {
        let known = crate::register::event_taken(transaction, sequence).await?;
        return Ok(match known {
            // Taken before contents were kept: nothing can be said about it.
            None if taken.first_known(sequence) => Place::Seen,
            Some(known) if known == *name => Place::Seen,
            _ => Place::Wrong(RegisterTrouble::Fork { sequence }),
        });
    }
    if sequence != taken.sequence + 1 {
        return Ok(Place::Wrong(RegisterTrouble::Gap {
            taken: taken.sequence,
            sent: sequence,
        }));
    }
    Ok(match &taken.event {
        Some(last) if last.life != event.life => {
            Place::Wrong(RegisterTrouble::OtherLife { sequence })
        }
        Some(last) if event.previous != Some(last.hash) && names_the_one_before(event) => {
            Place::Wrong(RegisterTrouble::Fork {
                sequence: last.sequence,
            })
        }
        None if taken.sequence == 0
            && event
                .previous
                .is_some_and(|p| p != EventHash::NONE) =>
        {
            Place::Wrong(RegisterTrouble::Fork { sequence: 0 })
        }
        _ => Place::Next,
    })
}

/// Events from before lives were counted do not name the one before them; all others do.
fn names_the_one_before(event: &RegisterEvent) -> bool {
    event.previous.is_some() || event.life != LogLife::default()
}

/// The CRLReason that each reason of change is told as. The real mapping is not public (facts/profile-and-rules.md A.6).
fn reason(kind: EventKind) -> RevocationReason {
    match kind {
        EventKind::Death | EventKind::DeletionByOffice | EventKind::CardInvalidated => {
            RevocationReason::CessationOfOperation
        }
        _ => RevocationReason::AffiliationChanged,
    }
}
