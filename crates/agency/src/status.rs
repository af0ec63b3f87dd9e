//! The status of a signer's certificate, fetched from the one configured host: OCSP first, then a list.
//!
//! The addresses inside certificates are not followed: a certificate that anyone may have made must not choose whom this agency calls.

use crate::AgencyError;
use reqwest::{Client, Response, StatusCode, Url, header, redirect};
use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, Random};
use shirushi_path::{Evidence, TrustAnchors};
use shirushi_profile::{
    Certificate, CertificateKind, CertificateList, CrlScope, Generation, MunicipalityCode,
    SerialNumber, authority_kind,
    ocsp::{self, CertId, OcspMalformed, OcspResponseStatus, ReceivedResponse},
    same_name,
};
use std::{sync::Arc, time::Duration};

/// The longest that one answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest OCSP response taken, in bytes.
const LARGEST_RESPONSE: usize = 256 * 1024;
/// The largest list taken, in bytes: some 800,000 entries.
const LARGEST_LIST: usize = 32 * 1024 * 1024;
/// Octets of a nonce (RFC 9654 §2.1).
const NONCE: usize = 32;

/// Asks the authority's responder.
#[derive(Clone, Debug)]
pub(crate) struct StatusClient {
    client: Client,
    base: String,
    random: Arc<dyn Random>,
}

/// A certificate as far as its status needs it.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    issuer: Certificate,
    kind: CertificateKind,
    serial: SerialNumber,
    municipality: Option<MunicipalityCode>,
    generation: Generation,
}

/// Why one kind of evidence was not had; the next is tried then.
#[derive(Debug, thiserror::Error)]
enum NoEvidence {
    #[error("no answer")]
    Http(#[from] reqwest::Error),
    #[error("answered with {0}")]
    Status(StatusCode),
    #[error("the answer has more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the answer is malformed")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the nonce is not the one that was sent, or there is none in an old answer")]
    Nonce,
    #[error("the responder does not answer for this issuer")]
    Unauthorized,
}

impl Subject {
    /// The certificate as issued by one of the anchors; none when it names none of them, so that nobody is asked about it.
    pub(crate) fn of(certificate: &Certificate, anchors: &TrustAnchors) -> Option<Self> {
        let issuer = anchors
            .certificates()
            .iter()
            .filter(|anchor| same_name(anchor.subject_der(), certificate.issuer_der()))
            .find(|anchor| {
                let key = certificate.authority_key_identifier();
                key.is_none() || key == anchor.subject_key_identifier()
            })?;
        Some(Self {
            issuer: issuer.clone(),
            kind: authority_kind(issuer)?,
            serial: *certificate.serial(),
            municipality: certificate.municipality_code(),
            generation: certificate
                .generation()
                .unwrap_or(Generation::FIRST),
        })
    }

    pub(crate) fn into_issuer(self) -> Certificate {
        self.issuer
    }
}

impl StatusClient {
    /// A client for the responder at `base`, `http://host:port`. It follows no redirection and no proxy.
    pub(crate) fn new(base: &str, random: Arc<dyn Random>) -> Result<Self, AgencyError> {
        let refused = || AgencyError::StatusBase {
            base: base.to_owned(),
        };
        let url = Url::parse(base).map_err(|_| refused())?;
        let plain = url.scheme() == "http"
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !plain {
            return Err(refused());
        }
        let client = Client::builder()
            // Plain HTTP to this machine: without roots, and so without looking for the system's, which may have none.
            .tls_certs_only([])
            // No connection is kept: a service that is full ends idle ones, and a request must not meet that.
            .pool_max_idle_per_host(0)
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            random,
        })
    }

    /// All evidence that can be had about `subject`. A response that answers our question of `now` ends the search, whatever it says: a list that
    /// is silent must not outweigh a responder that does not know the certificate.
    pub(crate) async fn evidence(&self, subject: &Subject, now: Instant) -> Evidence {
        let mut evidence = Evidence::default();
        match self.ask(subject, now).await {
            Ok(response) => evidence.ocsp.push(response),
            Err(cause) => {
                log("OCSP", &cause);
                match self.list(subject).await {
                    Ok(list) => evidence.crls.push(list),
                    Err(cause) => log("the list", &cause),
                }
            }
        }
        evidence
    }

    /// Asks by SHA-256, and once more by SHA-1 where the responder does not know the issuer so (RFC 5019 §2.1.1).
    async fn ask(&self, subject: &Subject, now: Instant) -> Result<ReceivedResponse, NoEvidence> {
        let first = self
            .ask_by(DigestAlgorithm::Sha256, subject, now)
            .await;
        let is_stranger = match &first {
            Ok(response) => response.knows_nothing(),
            Err(cause) => matches!(cause, NoEvidence::Unauthorized),
        };
        if !is_stranger {
            return first;
        }
        self.ask_by(DigestAlgorithm::Sha1, subject, now)
            .await
            .or(first)
    }

    async fn ask_by(
        &self,
        digest: DigestAlgorithm,
        subject: &Subject,
        now: Instant,
    ) -> Result<ReceivedResponse, NoEvidence> {
        let mut nonce = [0; NONCE];
        self.random.fill(&mut nonce);
        let id = CertId::new(&subject.issuer, &subject.serial, digest).map_err(malformed)?;
        let request = ocsp::build_request(&[id], Some(&nonce)).map_err(malformed)?;
        let response = self
            .client
            .post(format!("{}/ocsp/{}", self.base, subject.kind.path()))
            .header(header::CONTENT_TYPE, "application/ocsp-request")
            .body(request)
            .send()
            .await?;
        let der = read(response, LARGEST_RESPONSE).await?;
        let response = ReceivedResponse::from_der(&der).map_err(|fault| match fault {
            OcspMalformed::NotSuccessful {
                status: OcspResponseStatus::Unauthorized,
            } => NoEvidence::Unauthorized,
            fault => malformed(fault),
        })?;
        if !response.answers(&nonce, now) {
            return Err(NoEvidence::Nonce);
        }
        Ok(response)
    }

    async fn list(&self, subject: &Subject) -> Result<CertificateList, NoEvidence> {
        let scope = match subject.municipality {
            Some(code) => CrlScope::Municipality(code),
            None => CrlScope::Complete,
        };
        let of = subject.generation.path(subject.kind);
        let address = format!("{}/crl/{of}/{scope}.crl", self.base);
        let response = self.client.get(address).send().await?;
        let der = read(response, LARGEST_LIST).await?;
        CertificateList::from_der(&der).map_err(malformed)
    }
}

async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, NoEvidence> {
    if response.status() != StatusCode::OK {
        return Err(NoEvidence::Status(response.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > limit - bytes.len() {
            return Err(NoEvidence::TooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn malformed(cause: impl std::error::Error + Send + Sync + 'static) -> NoEvidence {
    NoEvidence::Malformed(Box::new(cause))
}

fn log(what: &'static str, cause: &NoEvidence) {
    let source = std::error::Error::source(cause)
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::warn!(%cause, source, "{what} gives no evidence");
}
