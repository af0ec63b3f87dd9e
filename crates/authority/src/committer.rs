//! Issuance in batches: applications that wait at the same time share their two durable writes, because a write costs far more
//! than a row, and a signature far less than a write.

use crate::{Approved, AuthorityError};
use shirushi_crypto::PublicKey;
use shirushi_profile::{Certificate, CertificateKind};
use tokio::sync::{mpsc, oneshot};

/// Most applications issued together.
pub(crate) const LARGEST_BATCH: usize = 64;

/// Most applications that wait; further ones wait outside.
const WAITING: usize = 1024;

/// One application to issue from, with the public keys that its card made.
pub(crate) struct Job {
    pub(crate) approved: Approved,
    pub(crate) keys: Vec<(CertificateKind, PublicKey)>,
    pub(crate) answer: oneshot::Sender<Result<Vec<Certificate>, AuthorityError>>,
}

/// The door to the one task that issues.
#[derive(Debug)]
pub(crate) struct Committer {
    jobs: mpsc::Sender<Job>,
}

impl Committer {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Job>) {
        let (jobs, receiver) = mpsc::channel(WAITING);
        (Self { jobs }, receiver)
    }

    /// Issues, and answers when the certificates are durable.
    pub(crate) async fn issue(
        &self,
        approved: Approved,
        keys: Vec<(CertificateKind, PublicKey)>,
    ) -> Result<Vec<Certificate>, AuthorityError> {
        let (answer, issued) = oneshot::channel();
        let job = Job {
            approved,
            keys,
            answer,
        };
        self.jobs
            .send(job)
            .await
            .map_err(|_| AuthorityError::Stopped)?;
        issued
            .await
            .map_err(|_| AuthorityError::Stopped)?
    }
}
