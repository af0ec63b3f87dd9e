//! Before a city answers anybody, its parties show each other what they remember.
//!
//! A database that came back from a backup cannot know it. Its neighbours do: the register and the counter keep the newest checkpoint of the
//! authority's log, the responder and the counter each revocation, and the authority what it took of the register's. Where they do not
//! fit, the start is refused, with the name of what came back and the way out.

use crate::{Records, TownError, stores::Stores, witness::SameProcess};
use shirushi_authority::{Authority, AuthorityError, Compared, Damage, SecondPlace};
use shirushi_counter::Counter;
use shirushi_crypto::SigningKey;
use shirushi_register::{Delivery, Register};
use std::sync::Arc;

/// Who remembers something, in English and Japanese.
type Party = (&'static str, &'static str);

const REGISTER: Party = ("the register", "住民基本台帳");
const COUNTER: Party = ("the counter", "窓口");
const RESPONDER: Party = ("the responder", "失効情報の提供");
const WITNESS: Party = ("the second place", "別の場所");
const ITSELF: Party = ("its own log", "認証局自身の記録");

/// Those who meet.
pub(crate) struct Meeting<'m> {
    pub(crate) authority: &'m Authority,
    pub(crate) register: &'m Arc<Register>,
    pub(crate) register_key: &'m Arc<dyn SigningKey>,
    pub(crate) counter: &'m Counter,
    /// What the responder remembers and the authority does not.
    pub(crate) compared: &'m Compared,
    /// What the counter remembers and the authority does not.
    pub(crate) by_counter: &'m Compared,
    pub(crate) second_place: Option<&'m SecondPlace>,
}

impl Meeting<'_> {
    /// Lets them meet, and goes on from what they say.
    pub(crate) async fn hold(
        &self,
        records: &Records,
        stores: &Stores<'_>,
    ) -> Result<(), TownError> {
        // A crash between accepting and putting together must not lose the second.
        let restored = stores.restored().await?;
        let is_accepted = records.accept_restore || !restored.is_empty();
        self.counter
            .know_log(self.authority.log_key());
        match self.contradiction().await? {
            None if restored.contains(&"authority") => self.put_together().await?,
            None => {}
            Some((by, damage)) if !is_accepted => {
                return Err(TownError::CameBack { by, damage });
            }
            Some((by, damage)) => {
                tracing::warn!(by = by.0, %damage, "accepted");
                self.put_together().await?;
            }
        }
        let delivery = Delivery::new(
            Arc::clone(self.register),
            Arc::clone(self.register_key),
            self.authority.log_key(),
            Arc::new(SameProcess {
                authority: self.authority.clone(),
                register_key: self.register_key.public_key().clone(),
            }),
        );
        if records.accept_clock {
            self.authority.accept_clock().await?;
        }
        if is_accepted {
            delivery.accept().await?;
        } else {
            delivery.deliver().await?;
        }
        self.keep().await?;
        stores.settle().await
    }

    /// Adds to the authority what others remember.
    async fn put_together(&self) -> Result<(), TownError> {
        let answered = self
            .counter
            .answered_revocations()
            .await?;
        let remembered = [&*self.compared.forgotten, &*self.by_counter.forgotten].concat();
        self.authority
            .accept_restore(&remembered, &answered)
            .await?;
        Ok(())
    }

    /// What one of them remembers that does not fit the authority.
    async fn contradiction(&self) -> Result<Option<(Party, Damage)>, TownError> {
        if let Some(damage) = self.authority.damage() {
            return Ok(Some((ITSELF, damage)));
        }
        let elsewhere = match self.second_place {
            Some(place) => place.note()?,
            None => None,
        };
        let shown = [
            (
                REGISTER,
                self.register
                    .authority_checkpoint()
                    .await?,
            ),
            (
                COUNTER,
                self.counter
                    .authority_checkpoint()
                    .await?,
            ),
            (WITNESS, elsewhere),
        ];
        for (by, note) in shown {
            let Some(note) = note else { continue };
            match self.authority.meet(&note).await {
                Err(AuthorityError::Damage(damage)) => return Ok(Some((by, damage))),
                other => other?,
            }
        }
        for (by, compared) in [(RESPONDER, self.compared), (COUNTER, self.by_counter)] {
            let revocations = compared.forgotten.len();
            if revocations > 0 {
                return Ok(Some((by, Damage::Forgotten { revocations })));
            }
        }
        Ok(None)
    }

    /// From here on everybody keeps what the authority says now.
    async fn keep(&self) -> Result<(), TownError> {
        let note = self.authority.checkpoint().await?;
        if let Ok((checkpoint, _)) = self.authority.log_key().open(&note) {
            let size = i64::try_from(checkpoint.size).unwrap_or(i64::MAX);
            self.register
                .replace_checkpoint(size, &note)
                .await?;
        }
        if let Some(place) = self.second_place {
            place.keep(&note).await?;
        }
        Ok(self
            .counter
            .replace_checkpoint(&note)
            .await?)
    }
}
