//! The status of certificates, from the one configured responder.

use crate::{Base, Near, NotMade, evidence};
use reqwest::header;
use shirushi_clock::Instant;
use shirushi_crypto::Random;
use shirushi_path::{Evidence, Missed, TrustAnchors};
use shirushi_profile::Certificate;
use shirushi_status::{Asking, Question, Subject};
use std::{sync::Arc, time::Duration};

/// The longest that one answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the authority's responder, whatever address stands in a certificate.
#[derive(Clone, Debug)]
pub struct StatusClient {
    near: Near,
    base: Base,
    random: Arc<dyn Random>,
}

impl StatusClient {
    /// A client for the responder at `base`, `http://host:port`.
    ///
    /// # Errors
    /// [`NotMade`].
    pub fn new(base: &str, random: Arc<dyn Random>) -> Result<Self, NotMade> {
        Ok(Self {
            near: Near::new(PATIENCE)?,
            base: Base::read(base)?,
            random,
        })
    }

    /// The certificate as far as its status needs it; none when no anchor has signed it.
    #[must_use]
    pub fn subject(&self, certificate: &Certificate, anchors: &TrustAnchors) -> Option<Subject> {
        Subject::at(self.base.as_str(), certificate, anchors.certificates())
    }

    /// All evidence that can be had about `subject`; none about none.
    pub async fn evidence(&self, subject: Option<&Subject>, now: Instant) -> Evidence {
        let Some(subject) = subject else {
            return Evidence::default();
        };
        let mut asking = Asking::about(subject, self.random.as_ref(), now);
        while let Some(question) = asking.next_question() {
            let answer = self.ask(question).await;
            if let Err(missed) = &answer {
                tracing::warn!(source = %missed.source, %missed, "a source gives no evidence");
            }
            asking.answered(answer);
        }
        asking.end().evidence
    }

    async fn ask(&self, question: Question) -> Result<Vec<u8>, Missed> {
        let source = question.source();
        let request = match question.request {
            Some(request) => self
                .near
                .post(question.url)
                .header(header::CONTENT_TYPE, "application/ocsp-request")
                .body(request),
            None => self.near.get(question.url),
        };
        evidence(request, source, question.most).await
    }
}
