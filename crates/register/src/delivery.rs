//! The register's events on their way to the authority: from the outbox, signed, over HTTP, in order, until each is taken.
//!
//! Each delivery begins with a greeting. The authority answers how far it has taken events, and is told from there on, whatever was
//! acknowledged before: an authority that came back from a backup hears again what it has forgotten. A register that has less than the
//! authority took, or something else, is the one that came back: it stops, says so, and tells the authority under its signature.

mod door;

use crate::{Register, RegisterError};
use shirushi_crypto::{CryptoError, SigningKey};
use shirushi_ledger::VerifierKey;
use shirushi_wire::{
    AuthorityPosition, EventName, Message, NewLife, RegisterEvent, RegisterGreeting, Signed,
};
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::{Mutex, Notify};

pub use door::{AuthorityDoor, Heard, OverHttp, Undelivered};

/// Events fetched from the outbox at once.
const BATCH: usize = 100;

/// Pause before trying again after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// Why the register's log and what the authority took of it are not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutOfStep {
    /// The register has less than the authority took.
    #[error(
        "the register ends at event {has}, and the authority has taken event {taken} from it: the register's database came back from a backup / \
         住民基本台帳の記録は異動第{has}号までですが、認証局は第{taken}号まで受け取っています。台帳のデータベースがバックアップから戻されています"
    )]
    Behind {
        /// Its newest event.
        has: i64,
        /// What the authority took.
        taken: i64,
    },
    /// The register has something else under a number that the authority took.
    #[error(
        "the register's event {number} is not the one that the authority has taken: one of the two databases came back from a backup / \
         住民基本台帳の異動第{number}号は、認証局が受け取ったものと違います。どちらかのデータベースがバックアップから戻されています"
    )]
    Fork {
        /// The number.
        number: i64,
    },
    /// The register does not have all that the authority lacks.
    #[error(
        "the authority lacks event {number} of the register, which the register does not have any more: both databases came back from a backup / \
         認証局にない異動第{number}号が、住民基本台帳にもありません。両方のデータベースがバックアップから戻されています"
    )]
    Lost {
        /// The number.
        number: i64,
    },
}

/// Why nothing is delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The two logs are not one.
    #[error(transparent)]
    OutOfStep(OutOfStep),
    /// The authority has not taken what was sent.
    #[error(transparent)]
    Undelivered(#[from] Undelivered),
    /// The register's own side.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The register's key.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// The delivery of one register to one authority.
pub struct Delivery {
    register: Arc<Register>,
    key: Arc<dyn SigningKey>,
    log_key: VerifierKey,
    door: Arc<dyn AuthorityDoor>,
    one_at_a_time: Mutex<()>,
    wake: Notify,
    out_of_step: RwLock<Option<OutOfStep>>,
}

impl Delivery {
    /// The delivery of this register's events, signed with its `key`, to the authority behind `door`, whose log's checkpoints are
    /// believed under `log_key`.
    #[must_use]
    pub fn new(
        register: Arc<Register>,
        key: Arc<dyn SigningKey>,
        log_key: VerifierKey,
        door: Arc<dyn AuthorityDoor>,
    ) -> Arc<Self> {
        Arc::new(Self {
            register,
            key,
            log_key,
            door,
            one_at_a_time: Mutex::new(()),
            wake: Notify::new(),
            out_of_step: RwLock::new(None),
        })
    }

    /// Delivers whatever waits, for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        loop {
            match self.deliver().await {
                Ok(()) => self.wake.notified().await,
                Err(error) => {
                    tracing::warn!(%error, "register events wait");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// The same, after [`Delivery::accept`] as soon as the authority is there: until then nothing is delivered.
    pub async fn run_after_restore(self: Arc<Self>) {
        while let Err(error) = self.go_on().await {
            tracing::warn!(%error, "the register's new life waits");
            tokio::time::sleep(PAUSE).await;
        }
        self.run().await;
    }

    async fn go_on(&self) -> Result<(), DeliveryError> {
        self.accept().await?;
        self.register
            .store
            .settle_restore()
            .await
            .map_err(RegisterError::from)?;
        Ok(())
    }

    /// Delivers everything that waits now. Whoever reports a change is answered after this, so that a change that was
    /// acknowledged has had its effect; if it fails, [`Delivery::run`] goes on trying.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn deliver(&self) -> Result<(), DeliveryError> {
        let _one = self.one_at_a_time.lock().await;
        let position = self.in_step().await?;
        let mut taken = position.sequence;
        let mut note = position.checkpoint;
        loop {
            let events = self
                .register
                .written_after(taken, BATCH)
                .await?;
            if events.is_empty() {
                return self.keep(&note).await;
            }
            for event in events {
                let signed = Signed::<RegisterEvent>::sign_json(&event.json, self.key.as_ref())
                    .map_err(|_| CryptoError::SigningFailed)?;
                if let Some(told) = self.door.tell(&signed).await? {
                    note = told;
                }
                self.register
                    .delivered(event.sequence)
                    .await?;
                taken = event.sequence;
            }
        }
    }

    /// Delivers what waits now, and answers whether the authority has heard of all. If not, [`Delivery::run`] goes on trying: what was
    /// recorded stays so whatever happens here.
    pub async fn deliver_now(&self) -> bool {
        match self.deliver().await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "a register event waits");
                self.wake();
                false
            }
        }
    }

    /// Tells [`Delivery::run`] that something waits.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// What stands between the register and the authority, as far as it is known.
    #[must_use]
    pub fn out_of_step(&self) -> Option<OutOfStep> {
        self.out_of_step
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Goes on after a restore that the operator has accepted: in another life, above everything that was numbered, and with all that the
    /// authority has not heard of.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn accept(&self) -> Result<(), DeliveryError> {
        match self.in_step().await {
            Err(DeliveryError::OutOfStep(wrong)) => {
                tracing::warn!(%wrong, "accepted");
                let newest = self.register.newest().await?;
                let position = self.greet(newest, None).await?;
                let shared = self
                    .shared(newest, position.sequence)
                    .await?;
                let after = position.taken.unwrap_or(EventName {
                    sequence: position.sequence,
                    ..EventName::beginning(newest.life)
                });
                self.register
                    .begin_life(shared, after)
                    .await?;
            }
            other => {
                other?;
            }
        }
        self.deliver().await
    }

    /// The last event that both sides have.
    async fn shared(&self, newest: EventName, taken: i64) -> Result<EventName, DeliveryError> {
        let mut number = newest.sequence.min(taken);
        while number > 0 {
            let own = self.register.event_name(number).await?;
            let theirs = self
                .greet(newest, Some(number))
                .await?
                .about;
            if own.is_some() && own == theirs {
                return Ok(own.unwrap_or(newest));
            }
            number -= 1;
        }
        Ok(EventName::beginning(newest.life))
    }

    /// Greets the authority, and answers how far it is if the register's log goes on from there.
    async fn in_step(&self) -> Result<AuthorityPosition, DeliveryError> {
        let newest = self.register.newest().await?;
        let mut position = self.greet(newest, None).await?;
        // A restore was accepted, and the authority has not heard of it yet.
        if let Some(declaration) = self.register.declaration().await?
            && position
                .taken
                .unwrap_or(before(position.sequence, &declaration))
                == declaration.after
        {
            self.declare(&declaration).await?;
            position = self.greet(newest, None).await?;
        }
        let wrong = match position.taken {
            Some(taken) => self.judged(newest, taken).await?,
            None if newest.sequence < position.sequence => Some(OutOfStep::Behind {
                has: newest.sequence,
                taken: position.sequence,
            }),
            None => None,
        };
        let wrong = match wrong {
            None => {
                self.lost_after(position.sequence, newest)
                    .await?
            }
            wrong => wrong,
        };
        if let Some(wrong) = &wrong
            && let Some(taken) = position.taken
            && self.out_of_step().as_ref() != Some(wrong)
        {
            let own = self
                .register
                .event_name(taken.sequence)
                .await?;
            let told = self
                .greet_with(newest, Some(taken), own, None)
                .await;
            tracing::error!(%wrong, told = told.is_err(), "the register stops");
        }
        *self
            .out_of_step
            .write()
            .unwrap_or_else(PoisonError::into_inner) = wrong.clone();
        match wrong {
            Some(wrong) => Err(DeliveryError::OutOfStep(wrong)),
            None => Ok(position),
        }
    }

    /// The first event that the authority lacks and the register cannot send.
    async fn lost_after(
        &self,
        taken: i64,
        newest: EventName,
    ) -> Result<Option<OutOfStep>, DeliveryError> {
        let mut last = taken;
        loop {
            let events = self
                .register
                .written_after(last, BATCH)
                .await?;
            if events.is_empty() {
                // What a register numbered before it came back itself stands nowhere; its next event would come too early.
                return Ok((last < newest.sequence).then_some(OutOfStep::Lost { number: last + 1 }));
            }
            for event in events {
                if event.sequence != last + 1 {
                    return Ok(Some(OutOfStep::Lost { number: last + 1 }));
                }
                last = event.sequence;
            }
        }
    }

    /// What the register has in place of what the authority took last.
    async fn judged(
        &self,
        newest: EventName,
        taken: EventName,
    ) -> Result<Option<OutOfStep>, DeliveryError> {
        if newest == taken {
            return Ok(None);
        }
        // Where a life begins, the number before its first may still be another one's of before.
        let begun = self
            .register
            .declaration()
            .await?
            .is_some_and(|life| life.life == taken.life && life.first - 1 == taken.sequence);
        if begun {
            return Ok(None);
        }
        let own = self
            .register
            .event_name(taken.sequence)
            .await?;
        Ok(match own {
            Some(own) if own == taken => None,
            Some(_) => Some(OutOfStep::Fork {
                number: taken.sequence,
            }),
            // Where a life begins stands no event; what follows it names what came before.
            None if newest.life == taken.life && newest.sequence > taken.sequence => None,
            None if newest.sequence < taken.sequence => Some(OutOfStep::Behind {
                has: newest.sequence,
                taken: taken.sequence,
            }),
            None => Some(OutOfStep::Fork {
                number: taken.sequence,
            }),
        })
    }

    async fn greet(
        &self,
        newest: EventName,
        about: Option<i64>,
    ) -> Result<AuthorityPosition, DeliveryError> {
        self.greet_with(newest, None, None, about)
            .await
    }

    async fn greet_with(
        &self,
        newest: EventName,
        seen: Option<EventName>,
        own: Option<EventName>,
        about: Option<i64>,
    ) -> Result<AuthorityPosition, DeliveryError> {
        let greeting = RegisterGreeting {
            newest,
            seen,
            own,
            about,
            checkpoint: self
                .register
                .authority_checkpoint()
                .await?,
        };
        Ok(self
            .door
            .greet(&self.signed(&greeting)?)
            .await?)
    }

    async fn declare(&self, declaration: &NewLife) -> Result<(), DeliveryError> {
        Ok(self
            .door
            .declare(&self.signed(declaration)?)
            .await?)
    }

    fn signed<T: Message>(&self, message: &T) -> Result<Signed<T>, DeliveryError> {
        Signed::sign(message, self.key.as_ref()).map_err(|_| CryptoError::SigningFailed.into())
    }

    /// Keeps what the authority says of its log, if its key has signed it.
    async fn keep(&self, note: &str) -> Result<(), DeliveryError> {
        if let Ok((checkpoint, _)) = self.log_key.open(note) {
            let size = i64::try_from(checkpoint.size).unwrap_or(i64::MAX);
            self.register
                .keep_checkpoint(size, note)
                .await?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("out_of_step", &self.out_of_step())
            .finish_non_exhaustive()
    }
}

/// Where the authority ends, when it has only events of before their contents were kept.
fn before(sequence: i64, declaration: &NewLife) -> EventName {
    EventName {
        sequence,
        ..EventName::beginning(declaration.after.life)
    }
}
