//! Making lists: content → gate → durable intent → lint → sign → compare with the intent → store and log.

use super::{Before, Maker, book::Book, gate, name, times};
use crate::{
    Authority, AuthorityError, Issuer, ListKey, PublishedList, log, log::LogEntry, revoke, sql,
};
use shirushi_clock::Instant;
use shirushi_crypto::{SigningKey, sha256};
use shirushi_profile::{
    Certificate, CertificateList, CrlFrame, RevokedEntry, SerialNumber, UnsignedCertificateList,
    assemble, lint,
};
use shirushi_store::{Row, Value};
use std::sync::Arc;

/// A list that is intended and not signed.
pub(super) struct Draft {
    pub(super) key: ListKey,
    pub(super) number: i64,
    frame: CrlFrame,
    through: i64,
    this_update: Instant,
    next_update: Instant,
    entries: Vec<RevokedEntry>,
    tbs: Vec<u8>,
    /// Of what is to be signed.
    digest: [u8; 32],
}

/// A list that is signed and not stored.
pub(super) struct SignedList {
    pub(super) published: PublishedList,
    number: i64,
    /// Of the whole list.
    digest: [u8; 32],
}

impl Authority {
    /// What is to be signed next of this key, when the gate lets it follow the list before it.
    pub(super) async fn draft(
        &self,
        maker: &Maker,
        key: ListKey,
        now: Instant,
    ) -> Result<Draft, AuthorityError> {
        let refused = |fault| AuthorityError::PublishGate {
            scope: key.scope,
            fault,
        };
        let issuer = self.signer_of(&key)?;
        if now < issuer.certificate.not_before() {
            return Err(refused("the clock shows a time before the authority's own"));
        }
        let none = Before {
            number: 0,
            list: Ok(None),
        };
        let before = maker.before.get(&key).unwrap_or(&none);
        let last = before
            .list
            .as_ref()
            .map_err(|fault| refused(*fault))?
            .clone();
        let frame = CrlFrame::new(&issuer.certificate, &issuer.urls, key.scope)?;
        let number = before.number + 1;
        let book = Arc::clone(&maker.book);
        blocking(move || draft(key, number, frame, &book, last.as_ref(), now)).await?
    }

    /// The generation that signs the lists of this key: the one that issued its certificates.
    fn signer_of(&self, key: &ListKey) -> Result<Arc<Issuer>, AuthorityError> {
        self.ceremony()
            .issuer(key.kind, key.generation)
            .ok_or_else(|| AuthorityError::PublishGate {
                scope: key.scope,
                fault: "its generation is not in use",
            })
    }

    /// Makes the intents durable.
    pub(super) async fn intend_lists(&self, drafts: &[Draft]) -> Result<(), AuthorityError> {
        if drafts.is_empty() {
            return Ok(());
        }
        let mut transaction = self.store().begin().await?;
        for draft in drafts {
            let [kind, generation, scope] = name(&draft.key);
            let known = transaction
                .row(
                    sql::FRAME,
                    &[
                        kind.clone(),
                        generation.clone(),
                        scope.clone(),
                        draft.number.into(),
                    ],
                )
                .await?;
            let is_known = match known {
                Some(row) => frame(&row)? == draft.frame,
                None => false,
            };
            if !is_known {
                transaction
                    .execute(
                        sql::INSERT_FRAME,
                        &[
                            kind.clone(),
                            generation.clone(),
                            scope.clone(),
                            draft.number.into(),
                            draft.frame.head.as_slice().into(),
                            draft
                                .frame
                                .key_identifier
                                .as_slice()
                                .into(),
                            draft.frame.point.as_slice().into(),
                        ],
                    )
                    .await?;
            }
            transaction
                .execute(
                    sql::INSERT_LIST,
                    &[
                        kind,
                        generation,
                        scope,
                        draft.number.into(),
                        draft.through.into(),
                        draft.this_update.unix().into(),
                        draft.next_update.unix().into(),
                        i64::try_from(draft.entries.len())
                            .unwrap_or(i64::MAX)
                            .into(),
                        Value::Bytes(draft.digest.to_vec()),
                    ],
                )
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Lints, signs and checks, away from the threads that serve.
    pub(super) async fn sign_lists(
        &self,
        drafts: Vec<Draft>,
    ) -> Vec<(ListKey, Result<SignedList, AuthorityError>)> {
        let mut made = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let key = draft.key;
            let list = match self.signer_of(&key) {
                Ok(issuer) => {
                    blocking(move || sign(&draft, issuer.certificate(), issuer.key.as_ref()))
                        .await
                        .and_then(|list| list)
                }
                Err(error) => Err(error),
            };
            made.push((key, list));
        }
        made
    }

    /// Stores signatures and log entries in one transaction. From then on the lists are published.
    pub(super) async fn store_lists(&self, lists: &[SignedList]) -> Result<(), AuthorityError> {
        if lists.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let mut transaction = self.store().begin().await?;
        let mut entries = Vec::with_capacity(lists.len());
        for signed in lists {
            let PublishedList { key, list } = &signed.published;
            let digest = signed.digest;
            let [kind, generation, name] = name(key);
            transaction
                .execute(
                    sql::STORE_LIST,
                    &[
                        kind,
                        generation,
                        name,
                        signed.number.into(),
                        list.signature().into(),
                        Value::Bytes(digest.to_vec()),
                    ],
                )
                .await?;
            entries.push(LogEntry::CrlPublished {
                kind: key.kind,
                generation: key.generation,
                scope: key.scope.to_string(),
                number: signed.number,
                crl: hex::encode(digest),
                at: now.unix(),
            });
        }
        log::append(&mut transaction, self.random(), &entries).await?;
        Ok(transaction.commit().await?)
    }

    /// Gives these revocations a second place in the order, with the present as their date.
    pub(super) async fn date_back(
        &self,
        serials: &[SerialNumber],
        now: Instant,
    ) -> Result<(), AuthorityError> {
        let mut transaction = self.store().begin().await?;
        let last = revoke::last_position(&mut transaction).await?;
        let rows: Vec<Vec<Value>> = (last + 1..)
            .zip(serials)
            .map(|(position, serial)| {
                vec![
                    position.into(),
                    serial.to_string().into(),
                    now.unix().into(),
                ]
            })
            .collect();
        transaction
            .insert_many(sql::INSERT_REDATED, &rows)
            .await?;
        Ok(transaction.commit().await?)
    }
}

/// Content → gate → what is to be signed.
fn draft(
    key: ListKey,
    number: i64,
    frame: CrlFrame,
    book: &Book,
    last: Option<&CertificateList>,
    now: Instant,
) -> Result<Draft, AuthorityError> {
    let through = book.through();
    let this_update = times::this_update(last, book.newest_told(&key), now);
    let entries = book.content(&key, through, this_update);
    gate::may_follow(last, this_update, &entries, now, |serial| {
        book.has_ended(&key, serial, this_update)
    })
    .map_err(|fault| AuthorityError::PublishGate {
        scope: key.scope,
        fault,
    })?;
    let next_update = this_update.plus_seconds(times::VALID_SECONDS);
    let tbs = frame.tbs(number.unsigned_abs(), this_update, next_update, &entries)?;
    Ok(Draft {
        key,
        number,
        frame,
        through,
        this_update,
        next_update,
        entries,
        digest: sha256(&tbs),
        tbs,
    })
}

/// Lint → sign → compare with the intent.
fn sign(
    draft: &Draft,
    issuer: &Certificate,
    key: &dyn SigningKey,
) -> Result<SignedList, AuthorityError> {
    let refused = |fault| AuthorityError::PublishGate {
        scope: draft.key.scope,
        fault,
    };
    // The linter reads the exact bytes that are signed next.
    let unsigned = UnsignedCertificateList::from_tbs(&draft.tbs)
        .map_err(|_| refused("it cannot be read back"))?;
    if !lint::lint_crl(&unsigned, issuer).is_empty() {
        return Err(refused("the linter refuses it"));
    }
    let der = assemble(&draft.tbs, key.algorithm(), &key.sign(&draft.tbs)?);
    // The content was read above; here it is compared with what was signed.
    let list = CertificateList::from_der_with(&der, unsigned)
        .map_err(|_| refused("it cannot be read back"))?;
    issuer
        .public_key()
        .verify(key.algorithm(), list.tbs_der(), list.signature())
        .map_err(|_| refused("its signature does not verify"))?;
    gate::is_as_intended(
        &list,
        &draft.tbs,
        draft.number.unsigned_abs(),
        &draft.entries,
    )
    .map_err(refused)?;
    Ok(SignedList {
        published: PublishedList {
            key: draft.key,
            list,
        },
        number: draft.number,
        digest: sha256(&der),
    })
}

/// Reads a frame.
pub(super) fn frame(row: &Row) -> Result<CrlFrame, AuthorityError> {
    Ok(CrlFrame {
        head: row.bytes("head")?,
        key_identifier: row.bytes("key_identifier")?,
        point: row.bytes("point")?,
    })
}

/// Work that takes a processor for a while.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AuthorityError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| AuthorityError::Stopped)
}
