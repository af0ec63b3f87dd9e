//! How the authority stands with its register: what it has taken, what the register has proven, and how a register that came back from a
//! backup goes on.
//!
//! Silence proves nothing. What is proven is proven by the register's own signature: an event whose number is not the next (a gap), another
//! content under a number that was taken (a fork), or the statement that it has less than the authority took (it is behind).

use crate::{Authority, AuthorityError, log, log::LogEntry, sql};
use shirushi_crypto::{PublicKey, SignatureAlgorithm};
use shirushi_store::{Row, Transaction, Value};
use shirushi_wire::{AuthorityPosition, EventHash, EventName, NewLife, RegisterGreeting, Signed};
use std::fmt;

/// What the register has proven by its signature. While it stands, nothing is issued, and nothing is told as good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterTrouble {
    /// The register has less than the authority took from it: it came back from a backup.
    Behind {
        /// The last event that the authority took.
        taken: i64,
        /// The register's newest.
        has: i64,
    },
    /// Two events have the same number.
    Fork {
        /// That number.
        sequence: i64,
    },
    /// Events between the last one taken and the one sent are missing.
    Gap {
        /// The last one taken.
        taken: i64,
        /// The one sent.
        sent: i64,
    },
    /// The event is of a life that the register has not declared.
    OtherLife {
        /// Its number.
        sequence: i64,
    },
}

impl RegisterTrouble {
    /// Its name in the store and in a status.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Behind { .. } => "behind",
            Self::Fork { .. } => "fork",
            Self::Gap { .. } => "gap",
            Self::OtherLife { .. } => "other-life",
        }
    }

    fn numbers(&self) -> (i64, i64) {
        match *self {
            Self::Behind { taken, has } => (taken, has),
            Self::Fork { sequence } | Self::OtherLife { sequence } => (sequence, 0),
            Self::Gap { taken, sent } => (taken, sent),
        }
    }

    fn of(name: &str, (sequence, other): (i64, i64)) -> Option<Self> {
        Some(match name {
            "behind" => Self::Behind {
                taken: sequence,
                has: other,
            },
            "fork" => Self::Fork { sequence },
            "gap" => Self::Gap {
                taken: sequence,
                sent: other,
            },
            "other-life" => Self::OtherLife { sequence },
            _ => return None,
        })
    }
}

impl fmt::Display for RegisterTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Behind { taken, has } => {
                write!(
                    f,
                    "the register has events up to {has}, and {taken} were taken from it"
                )
            }
            Self::Fork { sequence } => {
                write!(
                    f,
                    "the register has another event {sequence} than the one that was taken"
                )
            }
            Self::Gap { taken, sent } => {
                write!(
                    f,
                    "register event {sent} was sent, and {} is the next",
                    taken + 1
                )
            }
            Self::OtherLife { sequence } => write!(
                f,
                "register event {sequence} is of a life that the register has not declared"
            ),
        }
    }
}

/// How far the register's events were taken.
pub(crate) struct Taken {
    /// The number of the last one; 0 before the first.
    pub(crate) sequence: i64,
    /// That event, or what the register's present life follows; none while only events of before contents were kept were taken.
    pub(crate) event: Option<EventName>,
    /// The lowest number whose content is kept.
    oldest_known: Option<i64>,
}

impl Taken {
    /// Whether contents were kept only after this number was taken.
    pub(crate) fn first_known(&self, sequence: i64) -> bool {
        self.oldest_known
            .is_none_or(|oldest| sequence < oldest)
    }
}

impl Authority {
    /// Hears a greeting of the register whose key is `register_key`, and answers how far its events were taken: the register sees by that
    /// whether it may go on. That it is behind, or forked, is noted when the greeting proves it, and is over when it proves the contrary.
    ///
    /// # Errors
    /// [`AuthorityError::EventNotSigned`], [`AuthorityError::Store`].
    pub async fn greet(
        &self,
        signed: &Signed<RegisterGreeting>,
        register_key: &PublicKey,
    ) -> Result<AuthorityPosition, AuthorityError> {
        let greeting = signed
            .verified(register_key, SignatureAlgorithm::EcdsaP256Sha256)
            .map_err(|_| AuthorityError::EventNotSigned)?;
        let json = signed
            .json()
            .map_err(|_| AuthorityError::EventNotSigned)?;
        let mut transaction = self.store().begin().await?;
        let taken = taken(&mut transaction).await?;
        let about = match greeting.about {
            Some(number) => event_taken(&mut transaction, number).await?,
            None => None,
        };
        if let Some(trouble) = proven(&taken, &greeting) {
            self.prove(transaction, trouble, &json)
                .await?;
        } else if agrees(&taken, &greeting) && self.trouble().is_some() {
            transaction
                .execute(sql::CLEAR_REGISTER_TROUBLE, &[])
                .await?;
            transaction.commit().await?;
            self.set_trouble(None);
        } else {
            drop(transaction);
        }
        Ok(AuthorityPosition {
            sequence: taken.sequence,
            taken: taken.event,
            about,
            checkpoint: self.checkpoint().await?,
        })
    }

    /// Takes the declaration of a register that came back from a backup and goes on in another life. The same one again changes nothing.
    ///
    /// # Errors
    /// [`AuthorityError::EventNotSigned`]; [`AuthorityError::LifeUnfit`] when it does not follow the last event taken.
    pub async fn register_life(
        &self,
        signed: &Signed<NewLife>,
        register_key: &PublicKey,
    ) -> Result<(), AuthorityError> {
        let declared = signed
            .verified(register_key, SignatureAlgorithm::EcdsaP256Sha256)
            .map_err(|_| AuthorityError::EventNotSigned)?;
        let json = signed
            .json()
            .map_err(|_| AuthorityError::EventNotSigned)?;
        let life = declared.life.to_string();
        let mut transaction = self.store().begin().await?;
        let known = transaction
            .row(sql::REGISTER_LIFE, &[life.as_str().into()])
            .await?;
        if known.is_some() {
            return Ok(());
        }
        let last = taken(&mut transaction).await?;
        if !follows(&mut transaction, &last, &declared).await? {
            return Err(AuthorityError::LifeUnfit {
                first: declared.first,
                taken: last.sequence,
            });
        }
        let now = self.now().unix();
        transaction
            .execute(
                sql::INSERT_REGISTER_LIFE,
                &[
                    life.as_str().into(),
                    declared.first.into(),
                    json.into(),
                    now.into(),
                ],
            )
            .await?;
        transaction
            .execute(
                sql::SET_REGISTER_HEAD,
                &[
                    life.as_str().into(),
                    (declared.first - 1).into(),
                    declared.after.hash.as_bytes().into(),
                ],
            )
            .await?;
        transaction
            .execute(sql::SET_REGISTER_POSITION, &[(declared.first - 1).into()])
            .await?;
        transaction
            .execute(sql::CLEAR_REGISTER_TROUBLE, &[])
            .await?;
        let entry = LogEntry::RegisterLife {
            life,
            first: declared.first,
            continues: declared.continues.sequence,
            at: now,
        };
        log::append(&mut transaction, self.random(), &[entry]).await?;
        transaction.commit().await?;
        self.set_trouble(None);
        Ok(())
    }

    /// Notes what the register has proven; durable when this returns.
    pub(crate) async fn prove(
        &self,
        mut transaction: Transaction,
        trouble: RegisterTrouble,
        evidence: &[u8],
    ) -> Result<(), AuthorityError> {
        let (sequence, other) = trouble.numbers();
        transaction
            .execute(
                sql::SET_REGISTER_TROUBLE,
                &[
                    trouble.name().into(),
                    sequence.into(),
                    other.into(),
                    evidence.into(),
                    self.now().unix().into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        tracing::error!(%trouble, "the register contradicts what was taken from it");
        self.set_trouble(Some(trouble));
        Ok(())
    }

    /// Whether taking the event of this number mends what stands.
    pub(crate) fn trouble_is_over(&self, sequence: i64) -> bool {
        match self.trouble() {
            None => false,
            // Filled up to the one that was sent too early.
            Some(RegisterTrouble::Gap { sent, .. }) => sequence >= sent - 1,
            Some(_) => true,
        }
    }

    /// What was proven before this start.
    pub(crate) async fn read_trouble(&self) -> Result<(), AuthorityError> {
        let row = self
            .store()
            .row(sql::REGISTER_TROUBLE, &[])
            .await?;
        let Some(row) = row else {
            return Ok(());
        };
        let numbers = (row.integer("sequence")?, row.integer("other")?);
        let trouble =
            RegisterTrouble::of(&row.text("kind")?, numbers).ok_or(AuthorityError::Damaged {
                what: "trouble of the register",
            })?;
        self.set_trouble(Some(trouble));
        Ok(())
    }
}

/// What the greeting proves.
fn proven(taken: &Taken, greeting: &RegisterGreeting) -> Option<RegisterTrouble> {
    let last = taken.event?;
    let newest = greeting.newest;
    let own = match greeting.own {
        Some(own) if own.sequence == last.sequence => Some(own),
        _ if newest.sequence == last.sequence => Some(newest),
        _ => None,
    };
    if let Some(own) = own {
        // A life that was begun and not yet declared follows the same event.
        let fork = own.hash != last.hash;
        return fork.then_some(RegisterTrouble::Fork {
            sequence: last.sequence,
        });
    }
    let has_less = newest.sequence < last.sequence && greeting.seen == Some(last);
    has_less.then_some(RegisterTrouble::Behind {
        taken: last.sequence,
        has: newest.sequence,
    })
}

/// Whether the register ends where the authority ends.
fn agrees(taken: &Taken, greeting: &RegisterGreeting) -> bool {
    taken.event == Some(greeting.newest)
}

/// Whether the declared life follows the last event taken, above all numbers, and from a point that both sides have.
async fn follows(
    transaction: &mut Transaction,
    last: &Taken,
    declared: &NewLife,
) -> Result<bool, AuthorityError> {
    let after = match last.event {
        Some(event) => event,
        None => EventName {
            sequence: last.sequence,
            ..EventName::beginning(declared.after.life)
        },
    };
    let continues = declared.continues;
    let shared = continues.sequence == 0
        || last.first_known(continues.sequence)
        || event_taken(transaction, continues.sequence).await? == Some(continues)
        || last.event == Some(continues);
    Ok(declared.after == after
        && declared.first > last.sequence
        && declared.life != after.life
        && shared)
}

/// How far the register's events were taken, as the transaction sees it.
pub(crate) async fn taken(transaction: &mut Transaction) -> Result<Taken, AuthorityError> {
    let position = transaction
        .row(sql::REGISTER_POSITION, &[])
        .await?;
    let head = transaction
        .row(sql::REGISTER_HEAD, &[])
        .await?;
    let event = match head {
        Some(row) => Some(name(&row, row.integer("sequence")?)?),
        None => None,
    };
    let oldest = transaction
        .row(sql::OLDEST_REGISTER_EVENT, &[])
        .await?;
    Ok(Taken {
        sequence: position.map_or(Ok(0), |row| row.integer("sequence"))?,
        event,
        oldest_known: oldest
            .map(|row| row.integer("sequence"))
            .transpose()?,
    })
}

/// The event that was taken under this number; none when none was, or before contents were kept.
pub(crate) async fn event_taken(
    transaction: &mut Transaction,
    sequence: i64,
) -> Result<Option<EventName>, AuthorityError> {
    let row = transaction
        .row(sql::REGISTER_EVENT, &[Value::Integer(sequence)])
        .await?;
    row.map(|row| name(&row, sequence))
        .transpose()
}

fn name(row: &Row, sequence: i64) -> Result<EventName, AuthorityError> {
    let damaged = || AuthorityError::Damaged {
        what: "register event",
    };
    Ok(EventName {
        life: row
            .text("life")?
            .parse()
            .map_err(|_| damaged())?,
        sequence,
        hash: EventHash::from_slice(&row.bytes("hash")?).ok_or_else(damaged)?,
    })
}
