//! Responders in other processes: each makes its own keys and has them certified, so that no key travels.

use crate::{Authority, AuthorityError, CeremonyError, Issuer, log, log::LogEntry};
use shirushi_crypto::PublicKey;
use shirushi_profile::{Certificate, CertificateKind, Generation};
use std::sync::Arc;

impl Authority {
    /// Certifies a responder's key under a generation of the authority of `kind`: for as long as a responder of this process has it, and
    /// logged before it is handed out.
    ///
    /// # Errors
    /// [`AuthorityError::Ceremony`] for a key that cannot be certified, or when the generation has ended; [`AuthorityError::Store`];
    /// [`AuthorityError::UnknownGeneration`].
    pub async fn delegate(
        &self,
        kind: CertificateKind,
        generation: Generation,
        key: PublicKey,
    ) -> Result<Certificate, AuthorityError> {
        let issuer = self
            .ceremony()
            .all()
            .into_iter()
            .find(|issuer| (issuer.kind(), issuer.generation()) == (kind, generation))
            .ok_or(AuthorityError::UnknownGeneration { kind, generation })?;
        let certificate = self.certify(issuer, key).await?;
        let entry = LogEntry::ResponderDelegated {
            kind,
            generation,
            certificate: hex::encode(certificate.sha256()),
            at: self.now().unix(),
        };
        let mut transaction = self.store().begin().await?;
        log::append(&mut transaction, self.random(), &[entry]).await?;
        transaction.commit().await?;
        Ok(certificate)
    }

    /// Signs where it holds nobody up.
    async fn certify(
        &self,
        issuer: Arc<Issuer>,
        key: PublicKey,
    ) -> Result<Certificate, AuthorityError> {
        let (now, random) = (self.now(), self.shared_random());
        let signed = tokio::task::spawn_blocking(move || -> Result<_, CeremonyError> {
            issuer.certify_responder(&key, now, random.as_ref())
        });
        Ok(signed
            .await
            .map_err(|_| AuthorityError::Stopped)??)
    }
}
