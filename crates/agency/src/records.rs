//! What the agency keeps: judgements, and the bytes they rest on.

use crate::{AgencyError, Judgement, ReadingKey, Submission, quota, sql};
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_crypto::sha256;
use shirushi_path::Evidence;
use shirushi_profile::Certificate;
use shirushi_rules::{NOT_FILED_TWICE, Refusal, RefusalReport};
use shirushi_signature::report::ValidationReport;
use shirushi_store::{Store, StoreError, Transaction, Value};

/// A filing that was accepted (受付).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The receipt number (受付番号): 32 hexadecimal digits that nobody can guess. By itself it opens nothing but [`Known`].
    pub receipt: String,
    /// When it was accepted: the instant at which everything held.
    pub accepted_at: Instant,
    /// The validation of its signature; none only in a test build that leaves rules out.
    pub report: Option<ValidationReport>,
}

/// A filing that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The refusal; its facts name the `evidence` and, where the document is one, the `filing`.
    pub refusal: RefusalReport,
}

/// What the number of a receipt says to anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The number.
    pub receipt: String,
    /// How far it is.
    pub state: Standing,
}

/// How far a filing is, without its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// 受付済み
    Received,
    /// 処理済み
    Decided,
}

/// What is kept under a receipt, or under the number of a refusal's evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The number.
    pub receipt: String,
    /// Whether the filing was accepted.
    pub accepted: bool,
    /// When it was judged.
    pub judged_at: Instant,
    /// The filing's id; none when the document is no filing.
    pub filing: Option<String>,
    /// The refusal, if it was refused.
    pub refusal: Option<RefusalReport>,
    /// The validation of the signature; none when it was not reached.
    pub report: Option<ValidationReport>,
    /// What the judgement rests on.
    pub evidence: Vec<EvidenceItem>,
    /// How much of it is kept.
    pub extent: Extent,
    /// What the agency has decided about it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// What the agency has decided about a filing that it has received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// How.
    pub outcome: Outcome,
    /// Why it was returned.
    pub reason: Option<String>,
    /// When.
    pub decided_at: Instant,
    /// By which clerk; told at the agency's desk only.
    #[serde(skip)]
    pub clerk: String,
}

/// How a filing was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// 受理
    Accepted,
    /// 差戻し
    Returned,
}

impl Outcome {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Returned => "returned",
        }
    }

    pub(crate) fn read(word: &str) -> Option<Self> {
        [Self::Accepted, Self::Returned]
            .into_iter()
            .find(|outcome| outcome.word() == word)
    }
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// Its name: `document`, `signature`, `ocsp-response`, `crl`, `signer-certificate`, `issuer-certificate`.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Whether its bytes are kept as well.
    pub is_kept: bool,
}

/// How much of a refused filing is kept besides the rule, the reason, and the digest and size of each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// Everything.
    Whole,
    /// Nothing: no certificate of a known authority signed it.
    UnknownSigner,
    /// Nothing: more of this signer's refused filings than are kept in a day, or of all signers'.
    OverQuota,
}

impl Extent {
    fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::UnknownSigner => "unknown-signer",
            Self::OverQuota => "over-quota",
        }
    }

    fn read(word: &str) -> Option<Self> {
        [Self::Whole, Self::UnknownSigner, Self::OverQuota]
            .into_iter()
            .find(|extent| extent.word() == word)
    }
}

/// The longest report and the longest fact of a refusal that are written down for strangers, in bytes and characters.
const LONGEST_OF_STRANGERS: usize = 8 * 1024;
const LONGEST_FACT: usize = 300;

/// What a judgement rests on.
pub(crate) struct Grounds {
    pub(crate) submission: Submission,
    pub(crate) evidence: Evidence,
    pub(crate) certificates: Vec<(&'static str, Certificate)>,
    /// With what it is read again.
    pub(crate) reader: Option<ReadingKey>,
    /// SHA-256 of the certificate of a known signer.
    pub(crate) known: Option<[u8; 32]>,
}

/// Writes a judgement under `id` and asks the one rule that only the records can answer. Everything is one transaction: what is
/// answered is on disk, and of any number of equal filings at once one is accepted.
pub(crate) async fn keep(
    store: &Store,
    id: String,
    at: Instant,
    judgement: Judgement,
    grounds: Grounds,
) -> Result<Result<Accepted, Refused>, AgencyError> {
    let document = sha256(&grounds.submission.document);
    let (known, reader) = (grounds.known, grounds.reader);
    let items = items(grounds);
    let filing = judgement
        .filing
        .map(|id| id.to_string());
    let (applicant, procedure) = judgement.about.unzip();
    let mut transaction = store.begin().await?;
    let outcome = match judgement.outcome {
        Ok(()) => accept(&mut transaction, &id, filing.as_deref(), document).await?,
        Err(refusal) => Err(refusal),
    };
    let refusal = outcome
        .err()
        .map(|refusal| report_of(&refusal, &id, filing.as_deref()));
    let size: usize = items
        .iter()
        .map(|(_, _, content)| content.len())
        .sum();
    let extent = match (&refusal, known) {
        (None, _) => Extent::Whole,
        (Some(_), None) => Extent::UnknownSigner,
        (Some(_), Some(signer)) => quota::extent(&mut transaction, signer, at, size).await?,
    };
    let mut report = json(judgement.report.as_ref())?;
    let mut told = json(refusal.as_ref())?;
    let mut about = (applicant, procedure);
    if extent == Extent::UnknownSigner {
        // Nobody answers for what a stranger's document says, or for how long it is.
        about = (None, None);
        report = report.filter(|report| report.len() <= LONGEST_OF_STRANGERS);
        told = json(refusal.as_ref().map(shortened).as_ref())?;
        quota::forget_strangers(&mut transaction).await?;
    }
    let is_whole = extent == Extent::Whole;
    let row = [
        Value::from(id.as_str()),
        at.unix().into(),
        filing.into(),
        refusal
            .as_ref()
            .map(|report| report.rule.as_str())
            .into(),
        told.into(),
        report.into(),
        about.0.into(),
        about.1.into(),
        extent.word().into(),
        known
            .filter(|_| refusal.is_some())
            .map(Vec::from)
            .into(),
        i64::try_from(size)
            .unwrap_or(i64::MAX)
            .into(),
        reader
            .map(|key| key.digest().to_vec())
            .into(),
    ];
    transaction
        .execute(sql::RECORD, &row)
        .await?;
    for (name, media_type, content) in items {
        let item = Item {
            name,
            media_type,
            content,
        };
        item.keep(&mut transaction, &id, is_whole)
            .await?;
    }
    transaction.commit().await?;
    Ok(match refusal {
        Some(refusal) => Err(Refused { refusal }),
        None => Ok(Accepted {
            receipt: id,
            accepted_at: at,
            report: judgement.report,
        }),
    })
}

async fn accept(
    transaction: &mut Transaction,
    receipt: &str,
    filing: Option<&str>,
    document: [u8; 32],
) -> Result<Result<(), Refusal>, StoreError> {
    let row: [Value; 3] = [receipt.into(), filing.into(), document.into()];
    if transaction
        .execute(sql::ACCEPT, &row)
        .await?
        == 1
    {
        return Ok(Ok(()));
    }
    let [_, filing, document] = row;
    let first = match transaction
        .row(sql::ACCEPTED_BEFORE, &[filing, document])
        .await?
    {
        Some(row) => row.text("receipt")?,
        None => String::new(),
    };
    if let Err(refusal) = NOT_FILED_TWICE.require(false, [("receipt", first)]) {
        return Ok(Err(refusal));
    }
    // A test build has left the rule out: a second acceptance without the keys that the constraint would compare.
    let row = [receipt.into(), Value::Null, Value::Null];
    transaction
        .execute(sql::ACCEPT, &row)
        .await?;
    Ok(Ok(()))
}

/// Makes a filing that was received without a key readable with this one, for who has its document and its signature.
pub(crate) async fn claim(
    store: &Store,
    submission: &Submission,
    key: &ReadingKey,
) -> Result<(), AgencyError> {
    let document = sha256(&submission.document);
    let unclaimed = store
        .row(sql::UNCLAIMED, &[document.into()])
        .await?;
    if unclaimed.is_none() {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    let row = [
        Value::Bytes(key.digest().to_vec()),
        document.into(),
        sha256(&submission.signature).into(),
    ];
    transaction
        .execute(sql::CLAIM, &row)
        .await?;
    Ok(transaction.commit().await?)
}

/// Whether `key` opens what is kept under `id`.
pub(crate) async fn opens(store: &Store, id: &str, key: &ReadingKey) -> Result<bool, AgencyError> {
    let Some(row) = store
        .row(sql::READER, &[id.into()])
        .await?
    else {
        return Ok(false);
    };
    let reader = row.optional_bytes("reader_sha256")?;
    Ok(reader.is_some_and(|digest| key.is(&digest)))
}

/// What the number says to anybody; none when nothing was received under it.
pub(crate) async fn known(store: &Store, receipt: &str) -> Result<Option<Known>, AgencyError> {
    let Some(row) = store
        .row(sql::STANDING, &[receipt.into()])
        .await?
    else {
        return Ok(None);
    };
    Ok(Some(Known {
        receipt: receipt.to_owned(),
        state: match row.integer("decided")? {
            0 => Standing::Received,
            _ => Standing::Decided,
        },
    }))
}

/// What is kept under `id`; none when nothing is.
pub(crate) async fn kept(store: &Store, id: &str) -> Result<Option<Kept>, AgencyError> {
    let Some(row) = store
        .row(sql::JUDGEMENT, &[id.into()])
        .await?
    else {
        return Ok(None);
    };
    let judged_at = row.integer("judged_at")?;
    let refusal: Option<RefusalReport> = from_json(row.optional_text("refusal")?, "refusal")?;
    let mut evidence = Vec::new();
    for item in store
        .rows(sql::EVIDENCE_LIST, &[id.into()])
        .await?
    {
        evidence.push(EvidenceItem {
            name: item.text("name")?,
            media_type: item.text("media_type")?,
            size: item.integer("size")?,
            sha256: hex::encode(item.bytes("sha256")?),
            is_kept: item.integer("is_kept")? == 1,
        });
    }
    let extent = row
        .optional_text("extent")?
        .map_or(Some(Extent::Whole), |word| Extent::read(&word))
        .ok_or(AgencyError::Damaged { what: "extent" })?;
    Ok(Some(Kept {
        receipt: id.to_owned(),
        accepted: refusal.is_none(),
        judged_at: Instant::from_unix(judged_at)
            .map_err(|_| AgencyError::Damaged { what: "time" })?,
        filing: row.optional_text("filing")?,
        refusal,
        report: from_json(row.optional_text("report")?, "report")?,
        evidence,
        extent,
        decision: decision(store, id).await?,
    }))
}

/// What was decided about the filing under `id`; none when nothing was.
pub(crate) async fn decision(store: &Store, id: &str) -> Result<Option<Decision>, AgencyError> {
    let damaged = || AgencyError::Damaged { what: "decision" };
    let Some(row) = store
        .row(sql::DECISION, &[id.into()])
        .await?
    else {
        return Ok(None);
    };
    Ok(Some(Decision {
        outcome: Outcome::read(&row.text("outcome")?).ok_or_else(damaged)?,
        reason: row.optional_text("reason")?,
        decided_at: Instant::from_unix(row.integer("decided_at")?).map_err(|_| damaged())?,
        clerk: row.text("clerk")?,
    }))
}

/// Media type and bytes of one piece of evidence; none when there is no such piece.
pub(crate) async fn evidence(
    store: &Store,
    id: &str,
    name: &str,
) -> Result<Option<(String, Vec<u8>)>, AgencyError> {
    let row = store
        .row(sql::EVIDENCE, &[id.into(), name.into()])
        .await?;
    // Of what is not kept there are no bytes.
    match row {
        Some(row) if row.integer("is_kept")? == 1 => {
            Ok(Some((row.text("media_type")?, row.bytes("content")?)))
        }
        _ => Ok(None),
    }
}

fn report_of(refusal: &Refusal, id: &str, filing: Option<&str>) -> RefusalReport {
    let mut report = refusal.report();
    report
        .facts
        .insert("evidence".to_owned(), id.into());
    if let Some(filing) = filing {
        report
            .facts
            .insert("filing".to_owned(), filing.into());
    }
    report
}

fn items(grounds: Grounds) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let Grounds {
        submission,
        evidence,
        certificates,
        reader: _,
        known: _,
    } = grounds;
    let mut items = vec![
        ("document", "application/xml", submission.document),
        (
            "signature",
            "application/pkcs7-signature",
            submission.signature,
        ),
    ];
    for (name, certificate) in certificates {
        items.push((name, "application/pkix-cert", certificate.der().to_vec()));
    }
    // At most one of each is gathered.
    if let Some(response) = evidence.ocsp.first() {
        items.push((
            "ocsp-response",
            "application/ocsp-response",
            response.der().to_vec(),
        ));
    }
    if let Some(list) = evidence.crls.first() {
        items.push(("crl", "application/pkix-crl", list.der().to_vec()));
    }
    items
}

/// The refusal as it is written down for strangers: facts may repeat what they sent.
fn shortened(report: &RefusalReport) -> RefusalReport {
    let mut report = report.clone();
    let short = |text: &str| {
        text.chars()
            .take(LONGEST_FACT)
            .collect()
    };
    report.facts = report
        .facts
        .into_iter()
        .map(|(name, fact)| (name, fact.with_texts(&short)))
        .collect();
    report
}

struct Item {
    name: &'static str,
    media_type: &'static str,
    content: Vec<u8>,
}

impl Item {
    /// Writes digest and size, and the bytes if the whole is kept.
    async fn keep(
        self,
        transaction: &mut Transaction,
        judgement: &str,
        is_whole: bool,
    ) -> Result<(), AgencyError> {
        let size =
            i64::try_from(self.content.len()).map_err(|_| AgencyError::Damaged { what: "size" })?;
        let row = [
            Value::from(judgement),
            self.name.into(),
            self.media_type.into(),
            sha256(&self.content).into(),
            size.into(),
            match is_whole {
                true => self.content,
                false => Vec::new(),
            }
            .into(),
            i64::from(is_whole).into(),
        ];
        transaction
            .execute(sql::KEEP, &row)
            .await?;
        Ok(())
    }
}

fn json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, AgencyError> {
    Ok(value
        .map(serde_json::to_string)
        .transpose()?)
}

fn from_json<T: serde::de::DeserializeOwned>(
    text: Option<String>,
    what: &'static str,
) -> Result<Option<T>, AgencyError> {
    text.map(|text| serde_json::from_str(&text).map_err(|_| AgencyError::Damaged { what }))
        .transpose()
}
