//! Filings: prepared, signed, sent, received or refused.

use crate::{
    Portal, PortalError,
    agency::{Answer, Kept, NoAnswer, Received},
    drafts::Draft,
    sql,
};
use base64ct::{Base64, Encoding as _};
use shirushi_clock::Instant;
use shirushi_rules::{Bilingual, Facts, InBoth, Refusal, RefusalReport, WELL_FORMED};
use shirushi_signature::MAX_CMS_LEN;
use shirushi_store::Row;
use shirushi_wire::{
    DocumentToSign,
    filing::{Filing, Procedure},
};
use tokio::task::spawn_blocking;

/// For so long the same document is given to be signed again.
const STAYS_PREPARED_SECONDS: i64 = 600;

/// A filing as the portal knows it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) draft: String,
    pub(crate) procedure: Option<&'static Procedure>,
    pub(crate) prepared_at: Instant,
    pub(crate) outcome: Outcome,
}

/// What became of it.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// Not signed.
    Prepared,
    /// Signed; whether the agency has it is not known.
    Unsent,
    /// Received.
    Received { receipt: String, at: Instant },
    /// Refused.
    Refused(Box<RefusalReport>),
}

impl Portal {
    /// Prepares the document that is to be signed, from a draft in this state; from here on it does not change.
    pub(crate) async fn prepare(
        &self,
        account: &str,
        draft: &Draft,
        state: [u8; 32],
        filing: Filing,
    ) -> Result<Result<DocumentToSign, Refusal>, PortalError> {
        let (id, prepared_at) = (filing.id, filing.prepared_at);
        // Large enclosures keep a processor busy for a while.
        let made = spawn_blocking(move || {
            filing.to_xml().map(|document| {
                let content = Base64::encode_string(&document);
                (document, content)
            })
        });
        let (document, content) = match made.await? {
            Ok(made) => made,
            Err(error) => {
                return Ok(Err(WELL_FORMED.refusal(
                    Facts::new()
                        .and("where", Bilingual::new("文書", "document"))
                        .and("fault", error.what.in_both_languages()),
                )));
            }
        };
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::FORGET_UNSIGNED, &[draft.id.as_str().into()])
            .await?;
        transaction
            .execute(
                sql::PREPARE,
                &[
                    id.to_string().into(),
                    account.into(),
                    draft.id.as_str().into(),
                    draft.procedure.id.into(),
                    prepared_at.unix().into(),
                    document.into(),
                    self.new_key().into(),
                    state.into(),
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(Ok(to_sign(draft.procedure, content)))
    }

    /// What was prepared a short while ago from a draft in this state: whoever presses twice signs the same document, and none is
    /// put together again and written for it.
    pub(crate) async fn prepared(
        &self,
        account: &str,
        draft: &Draft,
        state: [u8; 32],
    ) -> Result<Option<String>, PortalError> {
        let since = self
            .now()
            .plus_seconds(-STAYS_PREPARED_SECONDS)
            .unix();
        let parameters = [
            draft.id.as_str().into(),
            account.into(),
            state.into(),
            since.into(),
        ];
        let row = self
            .store
            .row(sql::PREPARED, &parameters)
            .await?;
        Ok(row
            .map(|row| row.text("id"))
            .transpose()?)
    }

    /// The document of a filing that was prepared from `draft`; none when it is gone.
    pub(crate) async fn document(
        &self,
        account: &str,
        draft: &Draft,
        id: &str,
    ) -> Result<Option<DocumentToSign>, PortalError> {
        let Some(row) = self
            .store
            .row(sql::SUBMISSION, &[id.into(), account.into()])
            .await?
        else {
            return Ok(None);
        };
        let document = row.bytes("document")?;
        let content = spawn_blocking(move || Base64::encode_string(&document)).await?;
        Ok(Some(to_sign(draft.procedure, content)))
    }

    /// Keeps the signature, base64 as the agent gave it. False when the filing is not waiting for one.
    pub(crate) async fn keep_signature(
        &self,
        account: &str,
        filing: &str,
        cms: &str,
    ) -> Result<Result<bool, Refusal>, PortalError> {
        let signature = match Base64::decode_vec(cms) {
            Ok(signature) if signature.len() <= MAX_CMS_LEN => signature,
            _ => {
                return Ok(Err(WELL_FORMED.refusal(
                    Facts::new()
                        .and("where", Bilingual::new("電子署名", "signature"))
                        .and("fault", Bilingual::new("形式が違います", "malformed")),
                )));
            }
        };
        let mut transaction = self.store.begin().await?;
        let touched = transaction
            .execute(
                sql::SIGN,
                &[filing.into(), account.into(), signature.into()],
            )
            .await?;
        transaction.commit().await?;
        Ok(Ok(touched == 1))
    }

    /// Sends a signed filing, and keeps what is answered. When the agency gives no answer, the filing stays as it is.
    pub(crate) async fn send(&self, account: &str, sent: &Sent) -> Result<(), PortalError> {
        let Some(answer) = self.submit(account, &sent.id).await? else {
            return Ok(());
        };
        let mut transaction = self.store.begin().await?;
        match answer {
            Err(cause) => {
                tracing::warn!(%cause, "a filing could not be sent");
                return Ok(());
            }
            Ok(Ok(received)) => {
                transaction
                    .execute(
                        sql::RECEIVED,
                        &[
                            sent.id.as_str().into(),
                            received.receipt.into(),
                            received.accepted_at.unix().into(),
                        ],
                    )
                    .await?;
                transaction
                    .execute(sql::DETACH_ALL, &[sent.draft.as_str().into()])
                    .await?;
                transaction
                    .execute(
                        sql::DELETE_DRAFT,
                        &[sent.draft.as_str().into(), account.into()],
                    )
                    .await?;
            }
            Ok(Err(report)) => {
                transaction
                    .execute(
                        sql::REFUSED,
                        &[
                            sent.id.as_str().into(),
                            serde_json::to_string(&report)?.into(),
                        ],
                    )
                    .await?;
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Sends a filing to the agency with its reading key; none when it is not signed.
    async fn submit(
        &self,
        account: &str,
        id: &str,
    ) -> Result<Option<Answer<Received>>, PortalError> {
        let row = self
            .store
            .row(sql::SUBMISSION, &[id.into(), account.into()])
            .await?
            .ok_or(PortalError::Damaged { what: "filing" })?;
        let Some(signature) = row.optional_bytes("signature")? else {
            return Ok(None);
        };
        let key = match row.optional_text("reading_key")? {
            Some(key) => key,
            None => self.give_key(account, id).await?,
        };
        let document = row.bytes("document")?;
        Ok(Some(
            self.agency
                .file(id, document, signature, &key)
                .await,
        ))
    }

    /// Gives a key to a filing of the time before there were any. Two at once get the one that came first.
    async fn give_key(&self, account: &str, id: &str) -> Result<String, PortalError> {
        let mut transaction = self.store.begin().await?;
        let key = self.new_key();
        transaction
            .execute(
                sql::GIVE_READING_KEY,
                &[id.into(), account.into(), key.into()],
            )
            .await?;
        let row = transaction
            .row(sql::SUBMISSION, &[id.into(), account.into()])
            .await?
            .ok_or(PortalError::Damaged { what: "filing" })?;
        transaction.commit().await?;
        Ok(row.text("reading_key")?)
    }

    /// What the agency keeps under the receipt of one of an account's filings.
    pub(crate) async fn kept(
        &self,
        account: &str,
        sent: &Sent,
        receipt: &str,
    ) -> Result<Answer<Kept>, PortalError> {
        let key = |row: Option<Row>| -> Result<Option<String>, PortalError> {
            Ok(match row {
                Some(row) => row.optional_text("reading_key")?,
                None => None,
            })
        };
        let own = [sent.id.as_str().into(), account.into()];
        let mut known = key(self
            .store
            .row(sql::SUBMISSION, &own)
            .await?)?;
        if known.is_none() {
            // The agency gives the filing to the key that comes with the very document and its signature.
            if let Some(Err(cause)) = self.submit(account, &sent.id).await? {
                return Ok(Err(cause));
            }
            known = key(self
                .store
                .row(sql::SUBMISSION, &own)
                .await?)?;
        }
        Ok(match known {
            Some(key) => self.agency.kept(receipt, &key).await,
            None => Err(NoAnswer::Unsigned),
        })
    }

    /// At most `limit` of an account's signed filings, older than `before` (moment and id of the last one seen), the newest first.
    pub(crate) async fn filings(
        &self,
        account: &str,
        before: Option<(Instant, &str)>,
        limit: usize,
    ) -> Result<Vec<Sent>, PortalError> {
        let (moment, id) = before.map_or((i64::MAX, ""), |(at, id)| (at.unix(), id));
        let parameters = [
            account.into(),
            moment.into(),
            id.into(),
            i64::try_from(limit)
                .unwrap_or(i64::MAX)
                .into(),
        ];
        self.store
            .rows(sql::FILINGS, &parameters)
            .await?
            .iter()
            .map(sent)
            .collect()
    }

    /// One of an account's filings, by its id.
    pub(crate) async fn filing(
        &self,
        id: &str,
        account: &str,
    ) -> Result<Option<Sent>, PortalError> {
        self.store
            .row(sql::FILING, &[id.into(), account.into()])
            .await?
            .as_ref()
            .map(sent)
            .transpose()
    }

    /// One of an account's filings, by its receipt number, with the document.
    pub(crate) async fn filing_of_receipt(
        &self,
        receipt: &str,
        account: &str,
    ) -> Result<Option<(Sent, Option<Filing>)>, PortalError> {
        let Some(row) = self
            .store
            .row(sql::FILING_OF_RECEIPT, &[receipt.into(), account.into()])
            .await?
        else {
            return Ok(None);
        };
        let sent = sent(&row)?;
        let document = self
            .store
            .row(sql::SUBMISSION, &[sent.id.as_str().into(), account.into()])
            .await?
            .map(|row| row.bytes("document"))
            .transpose()?;
        let filing = document.and_then(|document| Filing::parse(&document).ok());
        Ok(Some((sent, filing)))
    }

    /// The filing that was signed from a draft, and of which it is not known whether the agency has it. As long as there is one, the
    /// draft rests: another one from the same draft might be received beside it.
    pub(crate) async fn unsent(
        &self,
        draft: &str,
        account: &str,
    ) -> Result<Option<String>, PortalError> {
        let row = self
            .store
            .row(sql::UNSENT, &[draft.into(), account.into()])
            .await?;
        Ok(row
            .map(|row| row.text("id"))
            .transpose()?)
    }

    /// Why the last filing from a draft was refused.
    pub(crate) async fn last_refusal(
        &self,
        draft: &str,
        account: &str,
    ) -> Result<Option<RefusalReport>, PortalError> {
        let row = self
            .store
            .row(sql::LAST_REFUSAL, &[draft.into(), account.into()])
            .await?;
        Ok(row
            .map(|row| row.text("refusal"))
            .transpose()?
            .and_then(|text| serde_json::from_str(&text).ok()))
    }
}

fn sent(row: &Row) -> Result<Sent, PortalError> {
    let damaged = || PortalError::Damaged { what: "filing" };
    let instant = |seconds| Instant::from_unix(seconds).map_err(|_| damaged());
    let outcome = match (row.optional_text("receipt")?, row.optional_text("refusal")?) {
        (Some(receipt), _) => Outcome::Received {
            receipt,
            at: instant(row.integer("accepted_at")?)?,
        },
        (None, Some(refusal)) => {
            Outcome::Refused(serde_json::from_str(&refusal).map_err(|_| damaged())?)
        }
        (None, None) if row.integer("signed")? == 1 => Outcome::Unsent,
        (None, None) => Outcome::Prepared,
    };
    Ok(Sent {
        id: row.text("id")?,
        draft: row.text("draft")?,
        procedure: row
            .text("procedure")?
            .parse()
            .ok()
            .and_then(|id| Procedure::find(&id)),
        prepared_at: instant(row.integer("prepared_at")?)?,
        outcome,
    })
}

/// A filing's document, base64, as the agent gets it.
fn to_sign(procedure: &Procedure, content: String) -> DocumentToSign {
    DocumentToSign {
        title: InBoth {
            ja: procedure.name.ja.to_owned(),
            en: procedure.name.en.to_owned(),
        },
        media_type: "application/xml".to_owned(),
        content,
    }
}
