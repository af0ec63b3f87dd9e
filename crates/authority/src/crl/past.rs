//! Lists of the past: each that was published can be made again, byte for byte, for as long as its revocations are kept (Law 16).

use super::{Before, Maker, book::Book, make, name, oldest};
use crate::{Authority, AuthorityError, ListKey, PublishedList, sql};
use shirushi_crypto::sha256;
use shirushi_profile::{CertificateList, RevokedEntry, UnsignedCertificateList, assemble};
use shirushi_store::Row;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
};

/// The part of the list before that a new maker cannot go by.
const UNREADABLE: &str = "the list before it cannot be made again";

/// The generation of everything from before there were several.
const FIRST: i64 = 1;

/// A published list as it is kept: what makes it again.
struct Kept {
    number: i64,
    through: i64,
    this_update: shirushi_clock::Instant,
    next_update: shirushi_clock::Instant,
    signature: Vec<u8>,
    sha256: Vec<u8>,
}

impl Authority {
    /// The list of this key that bore this number, byte for byte as it was published; none when there was none. It reads all
    /// revocations up to then: not for everybody to ask.
    ///
    /// # Errors
    /// [`AuthorityError::Damaged`] when what is kept does not give the list that was published.
    pub async fn past_list(
        &self,
        key: &ListKey,
        number: i64,
    ) -> Result<Option<Vec<u8>>, AuthorityError> {
        let [kind, generation, scope] = name(key);
        let row = self
            .store()
            .row(
                sql::LIST,
                &[kind.clone(), generation, scope.clone(), number.into()],
            )
            .await?;
        if let Some(row) = row {
            let kept = Kept::read(&row)?;
            let book = Book::read_through(self.store(), kept.this_update, kept.through).await?;
            return Ok(Some(self.again(key, &kept, &book).await?));
        }
        if key.generation != FIRST {
            return Ok(None);
        }
        // Kept whole, from before lists could be made again.
        let row = self
            .store()
            .row(sql::WHOLE_LIST, &[kind, scope, number.into()])
            .await?;
        Ok(row
            .map(|row| row.bytes("der"))
            .transpose()?)
    }

    /// What a new round begins from: the newest list of each key, ours or the witness's, and the revocations.
    pub(super) async fn new_maker(&self) -> Result<Maker, AuthorityError> {
        let mut given = BTreeMap::new();
        if let Some(witness) = self.witnessing().witness() {
            for list in witness.published().await? {
                given.insert(list.key, list.list);
            }
        }
        let mut kept = BTreeMap::new();
        let mut before = BTreeMap::new();
        let mut since = self.now();
        for key in self.list_keys() {
            let number = self.last_number(&key).await?;
            before.insert(
                key,
                Before {
                    number,
                    list: Ok(None),
                },
            );
            if let Some(row) = self
                .store()
                .row(sql::NEWEST_LIST, &name(&key))
                .await?
            {
                let newest = Kept::read(&row)?;
                since = since.min(newest.this_update);
                kept.insert(key, newest);
            }
        }
        let mut maker = Maker {
            book: Arc::new(Book::read(self.store(), since).await?),
            before,
            changed: BTreeSet::new(),
            untold: BTreeSet::new(),
        };
        for key in self.list_keys() {
            let own = self
                .newest_of_ours(&key, kept.get(&key), given.get(&key), &maker.book)
                .await?;
            self.settle(&mut maker, key, own, given.remove(&key));
        }
        // A witness's list may be older than all of ours.
        let since = oldest(&maker, self.now());
        if maker.book.misses(since) {
            maker.book = Arc::new(Book::read(self.store(), since).await?);
        }
        self.find_changes(&mut maker);
        Ok(maker)
    }

    async fn last_number(&self, key: &ListKey) -> Result<i64, AuthorityError> {
        let row = self
            .store()
            .row(sql::LAST_LIST_NUMBER, &name(key))
            .await?;
        let number = row.map_or(Ok(0), |row| row.integer("number"))?;
        if key.generation != FIRST {
            return Ok(number);
        }
        let [kind, _, scope] = name(key);
        let row = self
            .store()
            .row(sql::LAST_WHOLE_NUMBER, &[kind, scope])
            .await?;
        let whole = row.map_or(Ok(0), |row| row.integer("number"))?;
        Ok(number.max(whole))
    }

    /// The newest list that this authority has published by itself.
    async fn newest_of_ours(
        &self,
        key: &ListKey,
        kept: Option<&Kept>,
        given: Option<&CertificateList>,
        book: &Book,
    ) -> Result<Result<Option<CertificateList>, &'static str>, AuthorityError> {
        let Some(kept) = kept else {
            return self.newest_whole(key).await;
        };
        if let Some(given) = given
            && sha256(given.der()).as_slice() == kept.sha256
        {
            return Ok(Ok(Some(given.clone())));
        }
        match self.again(key, kept, book).await {
            Ok(der) => Ok(CertificateList::from_der(&der)
                .map(Some)
                .map_err(|_| UNREADABLE)),
            Err(AuthorityError::Damaged { .. }) => Ok(Err(UNREADABLE)),
            Err(error) => Err(error),
        }
    }

    async fn newest_whole(
        &self,
        key: &ListKey,
    ) -> Result<Result<Option<CertificateList>, &'static str>, AuthorityError> {
        if key.generation != FIRST {
            return Ok(Ok(None));
        }
        let [kind, _, scope] = name(key);
        let Some(row) = self
            .store()
            .row(sql::NEWEST_WHOLE_LIST, &[kind, scope])
            .await?
        else {
            return Ok(Ok(None));
        };
        Ok(CertificateList::from_der(&row.bytes("der")?)
            .map(Some)
            .map_err(|_| UNREADABLE))
    }

    /// Goes by the list that bears the higher number, ours or the witness's.
    fn settle(
        &self,
        maker: &mut Maker,
        key: ListKey,
        own: Result<Option<CertificateList>, &'static str>,
        given: Option<CertificateList>,
    ) {
        let number = |list: &CertificateList| list.number().unwrap_or_default();
        let own_number = own
            .as_ref()
            .ok()
            .and_then(Option::as_ref)
            .map_or(0, number);
        let list = match given {
            Some(given) if number(&given) > own_number || own.is_err() => Ok(Some(given)),
            given => {
                if own_number > given.as_ref().map_or(0, number) {
                    maker.untold.insert(key);
                }
                own
            }
        };
        if let Ok(Some(list)) = &list {
            self.publishing()
                .newest
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(
                    key,
                    PublishedList {
                        key,
                        list: list.clone(),
                    },
                );
        }
        let before = maker.before_mut(key);
        if let Ok(Some(list)) = &list {
            before.number = before
                .number
                .max(i64::try_from(number(list)).unwrap_or(i64::MAX - 1));
        }
        before.list = list;
    }

    /// Where something was revoked after the newest list was made, before the process ended.
    fn find_changes(&self, maker: &mut Maker) {
        let now = self.now();
        for key in self.list_keys() {
            let Some(last) = maker.last(&key) else {
                continue;
            };
            let is_new = |entry: &RevokedEntry| {
                last.entry(&entry.serial)
                    .is_none_or(|told| told.revoked_at > entry.revoked_at)
            };
            let content = maker
                .book
                .content(&key, maker.book.through(), now);
            if content.iter().any(is_new) {
                maker.changed.insert(key);
            }
        }
    }

    /// Makes a kept list again, and compares it with what was published.
    async fn again(
        &self,
        key: &ListKey,
        kept: &Kept,
        book: &Book,
    ) -> Result<Vec<u8>, AuthorityError> {
        let damaged = || AuthorityError::Damaged { what: "list" };
        let [kind, generation, scope] = name(key);
        let row = self
            .store()
            .row(sql::FRAME, &[kind, generation, scope, kept.number.into()])
            .await?
            .ok_or_else(damaged)?;
        let frame = make::frame(&row)?;
        let entries = book.content(key, kept.through, kept.this_update);
        let (this_update, next_update) = (kept.this_update, kept.next_update);
        let number = kept.number.unsigned_abs();
        let (signature, expected) = (kept.signature.clone(), kept.sha256.clone());
        make::blocking(move || {
            let tbs = frame.tbs(number, this_update, next_update, &entries)?;
            let algorithm = UnsignedCertificateList::from_tbs(&tbs)
                .ok()
                .and_then(|list| list.signature_algorithm().ok())
                .ok_or_else(damaged)?;
            let der = assemble(&tbs, algorithm, &signature);
            if sha256(&der).as_slice() == expected {
                Ok(der)
            } else {
                Err(damaged())
            }
        })
        .await?
    }
}

impl Kept {
    fn read(row: &Row) -> Result<Self, AuthorityError> {
        let instant = crate::status::instant;
        Ok(Self {
            number: row.integer("number")?,
            through: row.integer("through")?,
            this_update: instant(row.integer("this_update")?)?,
            next_update: instant(row.integer("next_update")?)?,
            signature: row.bytes("signature")?,
            sha256: row.bytes("sha256")?,
        })
    }
}
