//! CRLs (失効情報ファイル): complete, of authorities, and per municipality, made by one task when something was revoked or half their time is over. Who
//! reads one gets what was published; no reading signs or writes.

mod book;
mod gate;
mod make;
mod past;
mod times;

use crate::{
    Authority, AuthorityError, ListKey, PublishedList, revoke::kind_text, sql, witness::revocation,
};
use book::Book;
use shirushi_clock::Instant;
use shirushi_profile::{CertificateList, CrlScope, MUNICIPALITIES};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::{Mutex, Notify};

/// How often it is looked whether the time of a list is half over.
const TICK: Duration = Duration::from_secs(30);

/// How soon after a round in which something could not be written, here or by the witness. Who waits for it is told tryLater.
const AGAIN: Duration = Duration::from_secs(2);

/// Longest pause after a round. It is as long as the round took, so that making lists never takes more than half a processor.
const LONGEST_REST: Duration = Duration::from_millis(400);

/// Lists whose intents, and then whose signatures, share one write.
const LARGEST_BATCH: usize = 32;

/// What readers of lists share with the task that makes them.
#[derive(Default)]
pub(crate) struct Publishing {
    newest: RwLock<BTreeMap<ListKey, PublishedList>>,
    note: RwLock<Option<String>>,
    maker: Mutex<Option<Maker>>,
    changed: Arc<Notify>,
}

/// What the making of lists goes by.
struct Maker {
    /// Shared with the drafts of a round while they are made.
    book: Arc<Book>,
    /// The list before the next one, of each key.
    before: BTreeMap<ListKey, Before>,
    /// Where something was revoked since the last list.
    changed: BTreeSet<ListKey>,
    /// Lists that the witness could not be given yet.
    untold: BTreeSet<ListKey>,
}

/// The list that the next one of its key must not fall behind.
struct Before {
    /// The highest number given so far, also to lists that were not published.
    number: i64,
    list: Result<Option<CertificateList>, &'static str>,
}

/// What a round of making lists came to.
#[derive(Debug, Default)]
pub struct Round {
    /// How many were published.
    pub published: usize,
    /// Which could not be published, and why. What was published before is still served.
    pub refused: Vec<(ListKey, AuthorityError)>,
    /// Whether the witness lacks something that it is to have.
    pub is_untold: bool,
}

impl Authority {
    /// The newest list of this key that was published; none before the first.
    #[must_use]
    pub fn list(&self, key: &ListKey) -> Option<PublishedList> {
        self.publishing()
            .newest
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }

    /// The keys of all lists that there are to be: of every generation until its end, when all its certificates have ended too.
    #[must_use]
    pub fn list_keys(&self) -> Vec<ListKey> {
        let scopes = || {
            let each = MUNICIPALITIES
                .iter()
                .map(|place| CrlScope::Municipality(place.code));
            [CrlScope::Complete, CrlScope::Authorities]
                .into_iter()
                .chain(each)
        };
        let now = self.now();
        self.ceremony()
            .all()
            .into_iter()
            .filter(|issuer| now <= issuer.certificate().not_after())
            .flat_map(|issuer| {
                scopes().map(move |scope| ListKey {
                    kind: issuer.kind(),
                    generation: issuer.generation().number(),
                    scope,
                })
            })
            .collect()
    }

    /// The log's state as a signed note, as the task that makes lists has signed it last; none before the first.
    #[must_use]
    pub fn last_checkpoint(&self) -> Option<String> {
        self.publishing()
            .note
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Makes the lists that are due: of each key where something was revoked since the last one, or where half the time of that is
    /// over. One round at a time: who comes meanwhile waits, and finds that most is done.
    ///
    /// # Errors
    /// [`AuthorityError::Store`], [`AuthorityError::Damaged`]. What is wrong with a single list stands in the [`Round`].
    pub async fn publish_due(&self) -> Result<Round, AuthorityError> {
        let mut held = self.publishing().maker.lock().await;
        // Taken out: whoever gives up half-way leaves none, and the next round begins by reading.
        let mut maker = match held.take() {
            Some(maker) => maker,
            None => self.new_maker().await?,
        };
        let round = self.round(&mut maker).await?;
        *held = Some(maker);
        Ok(round)
    }

    /// Makes lists whenever they are due, until the last handle of the authority is dropped. It holds none itself.
    pub fn make_lists(&self) -> impl Future<Output = ()> + Send + 'static {
        let inner = Arc::downgrade(self.inner());
        let changed = Arc::clone(&self.publishing().changed);
        async move {
            loop {
                let Some(authority) = inner.upgrade().map(Self::from_inner) else {
                    return;
                };
                let begun = tokio::time::Instant::now();
                let pause = match authority.publish_due().await {
                    Ok(round) => {
                        round.log();
                        if round.is_untold { AGAIN } else { TICK }
                    }
                    Err(error) => {
                        tracing::error!(%error, "no lists could be made");
                        AGAIN
                    }
                };
                drop(authority);
                tokio::time::sleep(begun.elapsed().min(LONGEST_REST)).await;
                // Whatever was revoked since the round began has left its mark here.
                let _ = tokio::time::timeout(pause, changed.notified()).await;
            }
        }
    }

    /// Something was recorded that lists or the checkpoint must tell.
    pub(crate) fn something_changed(&self) {
        self.publishing().changed.notify_one();
    }

    async fn round(&self, maker: &mut Maker) -> Result<Round, AuthorityError> {
        let mut round = Round::default();
        // Before the lists, which may be many, or may fail; and after them, for what they dated back.
        self.tell_revocations(&mut round).await;
        self.look(maker).await?;
        let due = self.due(maker);
        for keys in due.chunks(LARGEST_BATCH) {
            self.make(maker, keys, &mut round)
                .await?;
        }
        self.tell_revocations(&mut round).await;
        self.tell_lists(maker).await;
        round.is_untold |= !maker.untold.is_empty();
        self.sign_checkpoint().await?;
        Ok(round)
    }

    /// Takes in what was revoked since the last look, and dates back what lies ahead of the present.
    async fn look(&self, maker: &mut Maker) -> Result<(), AuthorityError> {
        let now = self.now();
        if maker.book.misses(now) || self.is_complete_due(maker, now) {
            // Read anew twice a day: what was changed behind our back is not carried on for ever.
            let since = oldest(maker, now);
            maker.book = Arc::new(Book::read(self.store(), since).await?);
        }
        self.take_in(maker).await?;
        let ahead = maker.book.ahead_of(now);
        if !ahead.is_empty() {
            tracing::warn!(
                records = ahead.len(),
                "revocations recorded ahead of this clock are dated to now"
            );
            self.date_back(&ahead, now).await?;
            self.take_in(maker).await?;
        }
        Ok(())
    }

    /// Reads what was recorded after the book.
    async fn take_in(&self, maker: &mut Maker) -> Result<(), AuthorityError> {
        loop {
            let rows = self
                .store()
                .rows(sql::REVOCATIONS_FROM, &[maker.book.through().into()])
                .await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                maker
                    .changed
                    .extend(keys_of(&revocation(row)?));
                Arc::make_mut(&mut maker.book).add(row)?;
            }
        }
    }

    fn due(&self, maker: &Maker) -> Vec<ListKey> {
        let now = self.now();
        self.list_keys()
            .into_iter()
            .filter(|key| maker.changed.contains(key) || times::is_due(key, maker.last(key), now))
            .collect()
    }

    fn is_complete_due(&self, maker: &Maker, now: Instant) -> bool {
        self.list_keys()
            .iter()
            .filter(|key| key.scope == CrlScope::Complete)
            .any(|key| maker.last(key).is_some() && times::is_due(key, maker.last(key), now))
    }

    /// Makes these lists, at most [`LARGEST_BATCH`].
    async fn make(
        &self,
        maker: &mut Maker,
        keys: &[ListKey],
        round: &mut Round,
    ) -> Result<(), AuthorityError> {
        let now = self.now();
        let mut drafts = Vec::new();
        for key in keys {
            match self.draft(maker, *key, now).await {
                Ok(draft) => drafts.push(draft),
                Err(error) => round.refused.push((*key, error)),
            }
        }
        self.intend_lists(&drafts).await?;
        for draft in &drafts {
            maker.before_mut(draft.key).number = draft.number;
        }
        let mut signed = Vec::new();
        for (key, made) in self.sign_lists(drafts).await {
            match made {
                Ok(list) => signed.push(list),
                Err(error) => round.refused.push((key, error)),
            }
        }
        self.store_lists(&signed).await?;
        for list in signed {
            let PublishedList { key, list } = list.published;
            maker.changed.remove(&key);
            maker.untold.insert(key);
            maker.before_mut(key).list = Ok(Some(list.clone()));
            self.publishing()
                .newest
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key, PublishedList { key, list });
            round.published += 1;
        }
        Ok(())
    }

    /// Tells the witness of the revocations that it could not be told of. What fails is tried again with the next round.
    async fn tell_revocations(&self, round: &mut Round) {
        if let Err(error) = self.catch_up().await {
            tracing::error!(%error, "revocations are not handed over");
            round.is_untold = true;
        }
    }

    /// Gives the witness the lists that it does not have. What fails is tried again with the next round.
    async fn tell_lists(&self, maker: &mut Maker) {
        let Some(witness) = self.witnessing().witness() else {
            return;
        };
        for key in maker.untold.clone() {
            let Some(list) = self.list(&key) else {
                continue;
            };
            match witness.publish(&list).await {
                Ok(()) => {
                    maker.untold.remove(&key);
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a list is not handed over"
                    );
                    return;
                }
            }
        }
    }

    async fn sign_checkpoint(&self) -> Result<(), AuthorityError> {
        let note = self.checkpoint().await?;
        *self
            .publishing()
            .note
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(note);
        Ok(())
    }
}

impl Maker {
    /// The list before the next one, where there is one that can be read.
    fn last(&self, key: &ListKey) -> Option<&CertificateList> {
        self.before
            .get(key)
            .and_then(|before| before.list.as_ref().ok())
            .and_then(Option::as_ref)
    }

    fn before_mut(&mut self, key: ListKey) -> &mut Before {
        self.before
            .entry(key)
            .or_insert(Before {
                number: 0,
                list: Ok(None),
            })
    }
}

impl Round {
    /// Writes what was refused to the log.
    pub fn log(&self) {
        for (key, error) in &self.refused {
            tracing::error!(?key, %error, "a list is not published");
        }
    }
}

/// The two lists in which a revocation stands.
fn keys_of(revocation: &crate::Revocation) -> [ListKey; 2] {
    let place = CrlScope::Municipality(revocation.municipality);
    [CrlScope::Complete, place].map(|scope| ListKey {
        kind: revocation.kind,
        generation: revocation.generation,
        scope,
    })
}

/// Since when the book must know of certificates that have ended: the oldest of the lists before the next ones holds them.
fn oldest(maker: &Maker, now: Instant) -> Instant {
    maker
        .before
        .keys()
        .filter_map(|key| maker.last(key))
        .map(CertificateList::this_update)
        .fold(now, Instant::min)
}

/// The three parameters that name a key in the store.
fn name(key: &ListKey) -> [shirushi_store::Value; 3] {
    [
        kind_text(key.kind).into(),
        key.generation.into(),
        key.scope.to_string().into(),
    ]
}
