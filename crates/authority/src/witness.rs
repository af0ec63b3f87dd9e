//! A witness is told of each revocation, and has it on its own disk, before the authority acknowledges it (Law 15, 18). The
//! responder is one: what an authority restored from an older copy has forgotten is still known there.

mod over_http;

pub use over_http::WitnessOverHttp;

use crate::{
    Authority, AuthorityError, Damage,
    revoke::{kind_from_text, kind_text, reason_from_text, serial},
    sql,
    status::instant,
};
use shirushi_profile::{CertificateKind, SerialNumber};
use shirushi_store::Row;
use shirushi_wire::{PublishedList, Revocation};
use std::{
    cmp::Ordering,
    error::Error,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Pause before a witness that does not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// As many that wait are counted.
const MOST_COUNTED: i64 = 1000;

/// What a witness answers when it has done so.
pub type Witnessed<'a, T> = Pin<Box<dyn Future<Output = Result<T, WitnessFailed>> + Send + 'a>>;

/// Whoever remembers revocations beside the authority.
pub trait Witness: Send + Sync {
    /// Makes these durable. One known already stays, with the earlier of the two dates.
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()>;

    /// Some of what it remembers of a kind, in the order of the serial numbers as hexadecimal text, after `after`; none when there is
    /// no more.
    fn remembered(
        &self,
        kind: CertificateKind,
        after: Option<SerialNumber>,
    ) -> Witnessed<'_, Vec<Revocation>>;

    /// Makes a list durable in the place of the one before it, unless that bears the same number or a higher one.
    fn publish<'a>(&'a self, list: &'a PublishedList) -> Witnessed<'a, ()>;

    /// The newest of each list that it has.
    fn published(&self) -> Witnessed<'_, Vec<PublishedList>>;
}

/// Several witnesses as one. Each is told, one after the other; the first is who remembers and publishes.
pub struct Witnesses {
    first: Arc<dyn Witness>,
    others: Vec<Arc<dyn Witness>>,
}

impl Witnesses {
    /// `first` answers from what it remembers; the others remember beside it.
    #[must_use]
    pub fn new(first: Arc<dyn Witness>, others: Vec<Arc<dyn Witness>>) -> Self {
        Self { first, others }
    }
}

impl Witness for Witnesses {
    fn remember<'a>(&'a self, revocations: &'a [Revocation]) -> Witnessed<'a, ()> {
        Box::pin(async move {
            self.first.remember(revocations).await?;
            for other in &self.others {
                other.remember(revocations).await?;
            }
            Ok(())
        })
    }

    fn remembered(
        &self,
        kind: CertificateKind,
        after: Option<SerialNumber>,
    ) -> Witnessed<'_, Vec<Revocation>> {
        self.first.remembered(kind, after)
    }

    fn publish<'a>(&'a self, published: &'a PublishedList) -> Witnessed<'a, ()> {
        self.first.publish(published)
    }

    fn published(&self) -> Witnessed<'_, Vec<PublishedList>> {
        self.first.published()
    }
}

/// The witness cannot do it now.
#[derive(Debug, thiserror::Error)]
#[error("the witness of revocations failed")]
pub struct WitnessFailed(#[source] pub Box<dyn Error + Send + Sync>);

/// What a comparison of the two memories found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// How many revocations the witness was told now: it lacked them, or had a later date.
    pub handed_over: usize,
    /// What the witness remembers and this authority does not: it was restored from an older copy, or damaged.
    pub forgotten: Vec<Revocation>,
}

/// The witness, and how far it has been told.
#[derive(Default)]
pub(crate) struct Witnessing {
    witness: OnceLock<Arc<dyn Witness>>,
    handed: tokio::sync::Mutex<i64>,
}

impl Witnessing {
    pub(crate) fn witness(&self) -> Option<&Arc<dyn Witness>> {
        self.witness.get()
    }
}

impl Authority {
    /// Compares its revocations with the witness's, tells it what it lacks, and from then on acknowledges no revocation that the
    /// witness has not made durable. The first witness stays; a further one is only compared with.
    ///
    /// # Errors
    /// [`AuthorityError::Witness`] when it fails, [`AuthorityError::Store`], [`AuthorityError::Damaged`].
    pub async fn attach_witness(
        &self,
        witness: Arc<dyn Witness>,
    ) -> Result<Compared, AuthorityError> {
        let mut handed = self.witnessing().handed.lock().await;
        // Read first: what is recorded meanwhile comes after it, and is handed over again.
        let last = match self
            .store()
            .row(sql::LAST_POSITION, &[])
            .await?
        {
            Some(row) => row.integer("position")?,
            None => 0,
        };
        let mut compared = Compared::default();
        for kind in CertificateKind::ALL {
            self.compare(kind, witness.as_ref(), &mut compared)
                .await?;
        }
        if !compared.forgotten.is_empty() {
            tracing::error!(
                forgotten = compared.forgotten.len(),
                "the witness remembers revocations that this authority does not"
            );
        }
        *handed = last;
        // The first stays.
        let _ = self.witnessing().witness.set(witness);
        Ok(compared)
    }

    /// From now on acknowledges no revocation that this witness has not made durable, although it was not compared with yet: it may not be
    /// there. [`Authority::compare_with`] follows.
    pub fn expect_witness(&self, witness: Arc<dyn Witness>) {
        // The first stays.
        let _ = self.witnessing().witness.set(witness);
    }

    /// Compares with a witness in another process as soon as it is there. What that remembers and this authority does not is damage: nothing is
    /// issued then, and nothing told as good.
    pub async fn compare_with(&self, witness: Arc<dyn Witness>) {
        let compared = loop {
            match self
                .attach_witness(Arc::clone(&witness))
                .await
            {
                Ok(compared) => break compared,
                Err(error) => {
                    tracing::warn!(%error, "the witness of revocations is waited for");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        };
        let revocations = compared.forgotten.len();
        if revocations > 0 {
            self.set_damage(Damage::Forgotten { revocations });
        }
    }

    /// The same where the operator has accepted that this authority's database came back from a backup: what the witness remembers is added,
    /// and the log goes on in another life ([`Authority::accept_restore`]).
    pub async fn put_together_with(&self, witness: Arc<dyn Witness>) {
        while let Err(error) = self.put_together(&witness).await {
            tracing::warn!(%error, "a restore that was accepted waits");
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn put_together(&self, witness: &Arc<dyn Witness>) -> Result<(), AuthorityError> {
        let compared = self
            .attach_witness(Arc::clone(witness))
            .await?;
        self.accept_restore(&compared.forgotten, &[])
            .await?;
        Ok(self.store().settle_restore().await?)
    }

    /// Tells the witness of every revocation that it has not been told of. Whoever acknowledges one calls this before.
    ///
    /// # Errors
    /// [`AuthorityError::Witness`]: what is recorded stays so and is told later; nothing may be acknowledged now.
    pub(crate) async fn hand_over(&self) -> Result<(), AuthorityError> {
        self.something_changed();
        self.catch_up().await
    }

    /// The same by the task that makes lists, which is not woken by itself.
    pub(crate) async fn catch_up(&self) -> Result<(), AuthorityError> {
        let Some(witness) = self.witnessing().witness() else {
            return Ok(());
        };
        // Those who wait here find that the one before them has taken theirs along.
        let mut handed = self.witnessing().handed.lock().await;
        loop {
            let rows = self
                .store()
                .rows(sql::REVOCATIONS_FROM, &[(*handed).into()])
                .await?;
            let revocations = rows
                .iter()
                .map(revocation)
                .collect::<Result<Vec<_>, _>>()?;
            let Some(last) = revocations.last() else {
                return Ok(());
            };
            witness.remember(&revocations).await?;
            *handed = last.position;
        }
    }

    /// How many revocations are on record that the witness does not have yet, so that they are acknowledged to nobody, at most
    /// [`MOST_COUNTED`]; none while they are being handed over.
    pub(crate) async fn untold(&self) -> Result<Option<i64>, AuthorityError> {
        if self.witnessing().witness().is_none() {
            return Ok(Some(0));
        }
        let Ok(handed) = self
            .witnessing()
            .handed
            .try_lock()
            .map(|handed| *handed)
        else {
            return Ok(None);
        };
        let row = self
            .store()
            .row(
                sql::COUNT_REVOCATIONS_FROM,
                &[handed.into(), MOST_COUNTED.into()],
            )
            .await?;
        match row {
            Some(row) => Ok(Some(row.integer("waiting")?)),
            None => Ok(Some(0)),
        }
    }

    /// Walks both memories in the same order.
    async fn compare(
        &self,
        kind: CertificateKind,
        witness: &dyn Witness,
        compared: &mut Compared,
    ) -> Result<(), AuthorityError> {
        let mut ours = Pages::default();
        let mut theirs = Pages::default();
        let mut lacking = Vec::new();
        loop {
            if let Some(after) = ours.wants_more() {
                ours.add(self.recorded(kind, after).await?);
            }
            if let Some(after) = theirs.wants_more() {
                theirs.add(witness.remembered(kind, after).await?);
            }
            let order = match (ours.peek(), theirs.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(own), Some(other)) => own
                    .serial
                    .to_string()
                    .cmp(&other.serial.to_string()),
            };
            let own = ours.take_if(order.is_le());
            let other = theirs.take_if(order.is_ge());
            match (own, other) {
                (Some(own), Some(other)) if own.revoked_at < other.revoked_at => lacking.push(own),
                (Some(own), None) => lacking.push(own),
                (None, Some(other)) => compared.forgotten.push(other),
                _ => {}
            }
        }
        compared.handed_over += lacking.len();
        for part in lacking.chunks(1000) {
            witness.remember(part).await?;
        }
        Ok(())
    }

    /// A page of this authority's own records, in the order of [`Witness::remembered`].
    async fn recorded(
        &self,
        kind: CertificateKind,
        after: Option<SerialNumber>,
    ) -> Result<Vec<Revocation>, AuthorityError> {
        let after = after.map_or(String::new(), |serial| serial.to_string());
        self.store()
            .rows(
                sql::REVOCATIONS_BY_SERIAL,
                &[kind_text(kind).into(), after.into()],
            )
            .await?
            .iter()
            .map(revocation)
            .collect()
    }
}

/// Records that come page by page.
#[derive(Default)]
struct Pages {
    waiting: std::collections::VecDeque<Revocation>,
    last: Option<SerialNumber>,
    is_over: bool,
}

impl Pages {
    /// After which serial number the next page is to begin, when one is needed.
    fn wants_more(&self) -> Option<Option<SerialNumber>> {
        (self.waiting.is_empty() && !self.is_over).then_some(self.last)
    }

    fn add(&mut self, page: Vec<Revocation>) {
        match page.last() {
            Some(last) => self.last = Some(last.serial),
            None => self.is_over = true,
        }
        self.waiting.extend(page);
    }

    fn peek(&self) -> Option<&Revocation> {
        self.waiting.front()
    }

    fn take_if(&mut self, wanted: bool) -> Option<Revocation> {
        if wanted {
            self.waiting.pop_front()
        } else {
            None
        }
    }
}

/// Reads a row of the statements that give whole revocations.
pub(crate) fn revocation(row: &Row) -> Result<Revocation, AuthorityError> {
    let recorded = row.integer("revoked_at")?;
    // Dated back because its record lay ahead of a right clock.
    let told = match row.optional_integer("redated_to")? {
        Some(redated) => redated.min(recorded),
        None => recorded,
    };
    Ok(Revocation {
        position: row.integer("position")?,
        kind: kind_from_text(&row.text("kind")?)?,
        serial: serial(row)?,
        generation: row.integer("generation")?,
        municipality: row
            .text("municipality")?
            .parse()
            .map_err(|_| AuthorityError::Damaged {
                what: "municipality",
            })?,
        revoked_at: instant(told)?,
        reason: reason_from_text(&row.text("reason")?)?,
        not_after: instant(row.integer("not_after")?)?,
    })
}
