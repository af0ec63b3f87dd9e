//! What was asked of the card, by whom, and what happened: durable before anything is done.

use crate::{
    Agent, sql,
    tasks::{Task, Told},
};
use shirushi_clock::Instant;
use shirushi_rules::InBoth;
use shirushi_store::{StoreError, Value};
use shirushi_wire::Want;

/// How many are shown.
const SHOWN: i64 = 200;
/// How many are kept of those that a site has asked and nobody has answered: more than can be under way, so that none of these is
/// forgotten.
const KEPT_UNANSWERED: i64 = 200;

/// One line of the history.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) asked_at: Option<Instant>,
    pub(crate) site: String,
    pub(crate) name: InBoth,
    pub(crate) want: String,
    pub(crate) title: InBoth,
    pub(crate) digest: String,
    pub(crate) card: String,
    pub(crate) outcome: String,
    pub(crate) detail: InBoth,
}

/// The word by which a want stands in the history.
pub(crate) fn word(want: &Want) -> &'static str {
    match want {
        Want::LogIn { .. } => "log-in",
        Want::Sign { .. } => "sign",
        Want::SignatureCertificate => "signature-certificate",
        Want::ReadCard => "read-card",
        Want::Personalise { .. } => "personalise",
    }
}

/// What the owner did without any site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    /// Signed a file.
    Signature,
    /// Changed a PIN.
    Pin,
    /// Asked that certificates end.
    Revocation,
}

impl Own {
    fn word(self) -> &'static str {
        match self {
            Self::Signature => "own-sign",
            Self::Pin => "own-pin",
            Self::Revocation => "own-revocation",
        }
    }
}

/// Whether a line was written. What has happened is told all the same.
pub(crate) fn is_recorded(noted: Result<(), StoreError>) -> bool {
    noted
        .inspect_err(|error| tracing::error!(%error, "the history could not be written"))
        .is_ok()
}

impl Agent {
    /// Notes, before it is done, what the owner does without any site. Answers the line's id, for [`Agent::end_own`].
    pub(crate) async fn begin_own(
        &self,
        own: Own,
        title: &str,
        digest: &str,
        card: &str,
    ) -> Result<String, StoreError> {
        let id = self.new_id();
        let values: [Value; 6] = [
            id.clone().into(),
            self.now().unix().into(),
            own.word().into(),
            title.into(),
            digest.into(),
            card.into(),
        ];
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::INSERT_OWN_HISTORY, &values)
            .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Notes what came of what the owner did. Answers whether it could be written: the outcome is told all the same.
    pub(crate) async fn end_own(
        &self,
        id: &str,
        card: &str,
        outcome: &str,
        detail: Option<&Told>,
    ) -> bool {
        is_recorded(
            self.note_at(id, card, outcome, detail)
                .await,
        )
    }

    /// Notes that something was asked. What a site has asked and nobody has answered is kept up to a number, so that it can neither fill the
    /// disk nor hide what was done; what was done is kept.
    pub(crate) async fn note_asked(&self, task: &Task) -> Result<(), StoreError> {
        let nothing = || InBoth {
            ja: String::new(),
            en: String::new(),
        };
        let title = match &task.errand.want {
            Want::Sign { document } => document.title.clone(),
            _ => nothing(),
        };
        let digest = task
            .document
            .as_ref()
            .map_or("", |document| &document.digest);
        let values: [Value; 9] = [
            task.id.clone().into(),
            task.began_at.unix().into(),
            task.site.clone().into(),
            task.errand.site.ja.clone().into(),
            task.errand.site.en.clone().into(),
            word(&task.errand.want).into(),
            title.ja.into(),
            title.en.into(),
            digest.into(),
        ];
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::INSERT_HISTORY, &values)
            .await?;
        transaction
            .execute(
                sql::FORGET_HISTORY,
                &[task.site.clone().into(), KEPT_UNANSWERED.into()],
            )
            .await?;
        transaction.commit().await
    }

    /// Notes what happened: `outcome` is one of the words that the page of the history knows.
    pub(crate) async fn note(
        &self,
        task: &Task,
        card: &str,
        outcome: &str,
        detail: Option<&Told>,
    ) -> Result<(), StoreError> {
        self.note_at(&task.id, card, outcome, detail)
            .await
    }

    async fn note_at(
        &self,
        id: &str,
        card: &str,
        outcome: &str,
        detail: Option<&Told>,
    ) -> Result<(), StoreError> {
        let detail = detail.map(Told::reason);
        let values: [Value; 6] = [
            id.into(),
            card.into(),
            outcome.into(),
            detail.map_or("", |d| &d.ja).into(),
            detail.map_or("", |d| &d.en).into(),
            self.now().unix().into(),
        ];
        let mut transaction = self.store.begin().await?;
        transaction
            .execute(sql::NOTE_HISTORY, &values)
            .await?;
        transaction.commit().await
    }

    /// The newest lines.
    pub(crate) async fn history(&self) -> Result<Vec<Line>, StoreError> {
        let rows = self
            .store
            .rows(sql::HISTORY, &[SHOWN.into()])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Line {
                    asked_at: Instant::from_unix(row.integer("asked_at")?).ok(),
                    site: row.text("site")?,
                    name: InBoth {
                        ja: row.text("site_ja")?,
                        en: row.text("site_en")?,
                    },
                    want: row.text("want")?,
                    title: InBoth {
                        ja: row.text("title_ja")?,
                        en: row.text("title_en")?,
                    },
                    digest: row.text("digest")?,
                    card: row.text("card")?,
                    outcome: row.text("outcome")?,
                    detail: InBoth {
                        ja: row.text("detail_ja")?,
                        en: row.text("detail_en")?,
                    },
                })
            })
            .collect()
    }
}
