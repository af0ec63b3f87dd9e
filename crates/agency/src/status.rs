//! The status of a signer's certificate, fetched from the one configured host: OCSP first, then a list.
//!
//! The addresses inside certificates are not followed: a certificate that anyone may have made must not choose whom this agency calls.

use crate::AgencyError;
use reqwest::{Client, Response, Url, header, redirect};
use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, Random};
use shirushi_path::{
    Evidence, Missed, StatusProblem, StatusSource, TrustAnchors, read_list, read_response,
};
use shirushi_profile::{
    Certificate, CertificateKind, CertificateList, CrlScope, Generation, MunicipalityCode,
    SerialNumber, authority_kind,
    ocsp::{self, CertId, OcspResponseStatus, ReceivedResponse},
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
/// What a responder says that does not know the issuer.
const UNAUTHORIZED: StatusProblem = StatusProblem::ResponderError {
    status: OcspResponseStatus::Unauthorized,
};

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
            Err(missed) => {
                evidence.missed.push(missed);
                match self.list(subject).await {
                    Ok(list) => evidence.crls.push(list),
                    Err(missed) => evidence.missed.push(missed),
                }
            }
        }
        for missed in &evidence.missed {
            tracing::warn!(source = %missed.source, %missed, "a source gives no evidence");
        }
        evidence
    }

    /// Asks by SHA-256, and once more by SHA-1 where the responder does not know the issuer so (RFC 5019 §2.1.1).
    async fn ask(&self, subject: &Subject, now: Instant) -> Result<ReceivedResponse, Missed> {
        let first = self
            .ask_by(DigestAlgorithm::Sha256, subject, now)
            .await;
        let is_stranger = match &first {
            Ok(response) => response.knows_nothing(),
            Err(missed) => missed.why == UNAUTHORIZED,
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
    ) -> Result<ReceivedResponse, Missed> {
        let mut nonce = [0; NONCE];
        self.random.fill(&mut nonce);
        let id = CertId::new(&subject.issuer, &subject.serial, digest)
            .map_err(|error| not_asked(&error))?;
        let request =
            ocsp::build_request(&[id], Some(&nonce)).map_err(|error| not_asked(&error))?;
        let response = self
            .client
            .post(format!("{}/ocsp/{}", self.base, subject.kind.path()))
            .header(header::CONTENT_TYPE, "application/ocsp-request")
            .body(request)
            .send()
            .await
            .map_err(|error| Missed::not_reached(StatusSource::Ocsp, &error))?;
        let der = read(response, StatusSource::Ocsp, LARGEST_RESPONSE).await?;
        read_response(&der, &nonce, now)
    }

    async fn list(&self, subject: &Subject) -> Result<CertificateList, Missed> {
        let scope = match subject.municipality {
            Some(code) => CrlScope::Municipality(code),
            None => CrlScope::Complete,
        };
        let of = subject.generation.path(subject.kind);
        let address = format!("{}/crl/{of}/{scope}.crl", self.base);
        let response = self
            .client
            .get(address)
            .send()
            .await
            .map_err(|error| Missed::not_reached(StatusSource::Crl, &error))?;
        read_list(&read(response, StatusSource::Crl, LARGEST_LIST).await?)
    }
}

async fn read(
    mut response: Response,
    source: StatusSource,
    most: usize,
) -> Result<Vec<u8>, Missed> {
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if let Some(why) = StatusProblem::of_http(response.status().as_u16(), kind) {
        return Err(Missed::new(source, why));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Missed::not_reached(source, &error))?
    {
        if chunk.len() > most - bytes.len() {
            return Err(Missed::new(source, StatusProblem::TooLarge { most }));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn not_asked(error: &dyn std::error::Error) -> Missed {
    Missed::new(StatusSource::Ocsp, StatusProblem::Unreadable).because(error)
}
