//! The agency: evidence gathered, judged, kept, answered.

use crate::{
    Accepted, AgencyError, Kept, Known, NotFiled, ReadingKey, Submission, Usable,
    certificate::usable,
    desk::PARTY,
    judge,
    records::{self, Grounds},
    sql,
};
use shirushi_accounts::{Accounts, Codes};
use shirushi_clock::Clock;
use shirushi_crypto::{Random, Secret, SystemRandom};
use shirushi_path::CurrentAnchors;
use shirushi_peers::StatusClient;
use shirushi_profile::Certificate;
use shirushi_rules::Refusal;
use shirushi_signature::report::{claimed_signer, known_signer};
use shirushi_store::{Health, Store, StoreError, Tally};
use shirushi_web::Lane;
use std::sync::Arc;

/// A judgement takes a processor and the whole document: strangers must not hold up citizens. Judgements at once of signers whom
/// the authority knows.
const KNOWN_AT_ONCE: usize = 4;
/// Filings of one of them that are judged or wait for it.
const OF_ONE: usize = 16;
/// Filings of strangers that are judged or wait for it; they are judged one after another.
const STRANGERS: usize = 4;

/// How an agency is set up.
#[derive(Clone, Debug)]
pub struct AgencyConfig {
    /// The authorities trusted: every generation.
    pub anchors: Vec<Certificate>,
    /// `http://host:port` of the responder: the only host that statuses are fetched from.
    pub status_base: String,
}

/// An agency in service.
#[derive(Debug)]
pub struct Agency {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) accounts: Accounts,
    pub(crate) codes: Codes,
    anchors: CurrentAnchors,
    statuses: StatusClient,
    /// Judgements of the filings of signers whom the authority knows.
    known: Lane,
    /// Those of all others.
    strangers: Lane,
    accepted: Tally,
    /// Where several processes share the store.
    pub(crate) form_key: Option<Secret>,
}

impl Agency {
    /// Takes an agency into service, with its own `store` (opened with [`crate::MIGRATIONS`]).
    ///
    /// # Errors
    /// [`AgencyError::Client`] for another address than `http://host:port`.
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        config: AgencyConfig,
    ) -> Result<Self, AgencyError> {
        Self::open_with(store, clock, Arc::new(SystemRandom), config).await
    }

    /// The same with another source of randomness, of which receipt numbers and nonces are made.
    ///
    /// # Errors
    /// Those of [`Agency::open`].
    pub async fn open_with(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        config: AgencyConfig,
    ) -> Result<Self, AgencyError> {
        let statuses = StatusClient::new(&config.status_base, Arc::clone(&random))?;
        let agency = Self {
            accounts: Accounts::new(
                store.clone(),
                Arc::clone(&clock),
                Arc::clone(&random),
                &PARTY,
            )
            .await?,
            codes: Codes::new(
                store.clone(),
                Arc::clone(&clock),
                Arc::clone(&random),
                &sql::CODES,
                PARTY.known,
            ),
            accepted: Tally::new(&store, sql::COUNT),
            form_key: form_key(&store, random.as_ref()).await?,
            store,
            clock,
            random,
            anchors: CurrentAnchors::new(config.anchors),
            statuses,
            known: Lane::new(KNOWN_AT_ONCE, OF_ONE),
            strangers: Lane::in_the_background(1, STRANGERS),
        };
        // Says at once when the store is another room's.
        agency.accepted().await?;
        Ok(agency)
    }

    /// From now on trusts these authorities: a new generation has come, or an old one has ended.
    pub fn trust(&self, anchors: Vec<Certificate>) {
        self.anchors.replace(anchors);
    }

    /// Judges a filing and keeps everything it was judged by, to be read again with the key `reader`. When this returns, it is on disk.
    ///
    /// # Errors
    /// [`NotFiled::Refused`] by a rule; [`NotFiled::Busy`] when too many of the same signer, or of strangers, wait already;
    /// [`NotFiled::Fault`] when nothing was decided.
    pub async fn file(
        &self,
        submission: Submission,
        reader: Option<ReadingKey>,
    ) -> Result<Accepted, NotFiled> {
        let submission = Arc::new(submission);
        let known = self
            .known_signer(Arc::clone(&submission))
            .await?;
        let turn = match known {
            Some(signer) => self.known.turn(signer).await?,
            None => self.strangers.turn([0; 32]).await?,
        };
        if let Some(reader) = &reader {
            records::claim(&self.store, &submission, reader).await?;
        }
        let anchors = self.anchors.now();
        let signer = self
            .signer(Arc::clone(&submission))
            .await?;
        let subject = signer
            .as_ref()
            .and_then(|signer| self.statuses.subject(signer, &anchors));
        let evidence = self
            .statuses
            .evidence(subject.as_ref(), self.clock.now())
            .await;
        // After the evidence was made: what it says holds now.
        let at = self.clock.now();
        let ((judgement, evidence), _turn) = {
            let submission = Arc::clone(&submission);
            turn.work(move || (judge(&submission, &anchors, &evidence, at), evidence))
                .await
                .map_err(AgencyError::from)?
        };
        let issuer = subject.map(shirushi_status::Subject::into_issuer);
        let grounds = Grounds {
            submission: Arc::unwrap_or_clone(submission),
            evidence,
            certificates: [
                signer.map(|signer| ("signer-certificate", signer)),
                issuer.map(|issuer| ("issuer-certificate", issuer)),
            ]
            .into_iter()
            .flatten()
            .collect(),
            reader,
            known,
        };
        let mut id = [0; 16];
        self.random.fill(&mut id);
        let kept = records::keep(&self.store, hex::encode(id), at, judgement, grounds).await?;
        kept.map_err(|refused| NotFiled::Refused(Box::new(refused)))
    }

    /// Whether a certificate would be accepted under a filing now; or the refusal that the filing would meet.
    ///
    /// # Errors
    /// The first [`Refusal`] of a rule about certificates.
    pub async fn check(&self, certificate: &Certificate) -> Result<Usable, Refusal> {
        let anchors = self.anchors.now();
        let subject = self
            .statuses
            .subject(certificate, &anchors);
        let evidence = self
            .statuses
            .evidence(subject.as_ref(), self.clock.now())
            .await;
        usable(certificate, &anchors, &evidence, self.clock.now())
    }

    /// What is kept under a receipt, or under the number of a refusal's evidence.
    ///
    /// # Errors
    /// [`AgencyError::Store`], [`AgencyError::Damaged`].
    pub async fn kept(&self, receipt: &str) -> Result<Option<Kept>, AgencyError> {
        records::kept(&self.store, receipt).await
    }

    /// Whether `key` is the one with which what is kept under this number is read.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn opens(&self, receipt: &str, key: &ReadingKey) -> Result<bool, AgencyError> {
        records::opens(&self.store, receipt, key).await
    }

    /// What the number of a receipt says to anybody; none when nothing was received under it.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn known(&self, receipt: &str) -> Result<Option<Known>, AgencyError> {
        records::known(&self.store, receipt).await
    }

    /// Media type and bytes of one piece of evidence.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn evidence(
        &self,
        receipt: &str,
        name: &str,
    ) -> Result<Option<(String, Vec<u8>)>, AgencyError> {
        records::evidence(&self.store, receipt, name).await
    }

    /// The number of filings accepted.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn accepted(&self) -> Result<i64, AgencyError> {
        match self.store.row(sql::COUNT, &[]).await? {
            Some(row) => Ok(row.integer("n")?),
            None => Ok(0),
        }
    }

    /// The same for anybody who asks, however often: a second old at most.
    ///
    /// # Errors
    /// [`AgencyError::Store`].
    pub async fn accepted_tally(&self) -> Result<i64, AgencyError> {
        let row = self.accepted.row(&[]).await?;
        Ok(row.integer("n")?)
    }

    /// Whether its store can be written.
    #[must_use]
    pub fn health(&self) -> Health {
        self.store.health()
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// By whom a signature was made, as far as that is known before anything is judged.
    async fn known_signer(
        &self,
        submission: Arc<Submission>,
    ) -> Result<Option<[u8; 32]>, NotFiled> {
        let (anchors, at) = (self.anchors.now(), self.clock.now());
        let known = tokio::task::spawn_blocking(move || {
            known_signer(&submission.signature, &anchors, at).map(|signer| signer.sha256())
        });
        Ok(known.await.map_err(AgencyError::from)?)
    }

    /// Whose status has to be asked. Whether the signature holds is not known yet: a report on one that does not is to be whole.
    async fn signer(&self, submission: Arc<Submission>) -> Result<Option<Certificate>, NotFiled> {
        let claimed =
            tokio::task::spawn_blocking(move || claimed_signer(&submission.signature).ok());
        Ok(claimed
            .await
            .map_err(AgencyError::from)?)
    }
}

/// By what a form of the desk's is known, in a store that several processes share: it may come back to another one than made it.
async fn form_key(store: &Store, random: &dyn Random) -> Result<Option<Secret>, StoreError> {
    if !store.is_shared() {
        return Ok(None);
    }
    let mut key = [0; 32];
    random.fill(&mut key);
    let mut transaction = store.begin().await?;
    transaction
        .execute(sql::MAKE_FORM_KEY, &[key.into()])
        .await?;
    let kept = transaction
        .row(sql::FORM_KEY, &[])
        .await?
        .ok_or(StoreError::NoRow)?;
    transaction.commit().await?;
    Ok(Some(Secret::new(kept.bytes("key")?)))
}
