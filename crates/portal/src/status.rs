//! The status of an authentication certificate, from the one configured responder.
//!
//! The addresses inside certificates are not followed: a certificate that anyone may have made must not choose whom the portal calls.

use crate::PortalError;
use reqwest::{Client, Url, header, redirect};
use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, Random};
use shirushi_path::{Evidence, Missed, StatusProblem, StatusSource, TrustAnchors, read_response};
use shirushi_profile::{
    Certificate, authority_kind,
    ocsp::{self, CertId, ReceivedResponse},
    same_name,
};
use std::{sync::Arc, time::Duration};

/// The longest that the answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest OCSP response taken, in bytes.
const LARGEST: usize = 256 * 1024;
/// Octets of a nonce (RFC 9654 §2.1).
const NONCE: usize = 32;

/// Asks the authority's responder.
#[derive(Clone, Debug)]
pub(crate) struct StatusClient {
    client: Client,
    base: String,
    random: Arc<dyn Random>,
}

impl StatusClient {
    /// A client for the responder at `base`, `http://host:port`. It follows no redirection and no proxy.
    pub(crate) fn new(base: &str, random: Arc<dyn Random>) -> Result<Self, PortalError> {
        let fits = Url::parse(base).is_ok_and(|url| {
            url.scheme() == "http"
                && url.path() == "/"
                && url.query().is_none()
                && url.username().is_empty()
        });
        if !fits {
            return Err(PortalError::Base {
                base: base.to_owned(),
            });
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

    /// What the responder says about a certificate; nothing for one that no anchor has issued by name, or without an answer.
    pub(crate) async fn evidence(
        &self,
        certificate: &Certificate,
        anchors: &TrustAnchors,
        now: Instant,
    ) -> Evidence {
        let mut evidence = Evidence::default();
        let issuer = anchors
            .certificates()
            .iter()
            .filter(|anchor| same_name(anchor.subject_der(), certificate.issuer_der()))
            .find(|anchor| {
                let key = certificate.authority_key_identifier();
                key.is_none() || key == anchor.subject_key_identifier()
            });
        if let Some(issuer) = issuer {
            match self.ask(certificate, issuer, now).await {
                Ok(response) => evidence.ocsp.extend(response),
                Err(missed) => {
                    tracing::warn!(%missed, "the responder gives no evidence");
                    evidence.missed.push(missed);
                }
            }
        }
        evidence
    }

    async fn ask(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        now: Instant,
    ) -> Result<Option<ReceivedResponse>, Missed> {
        let Some(kind) = authority_kind(issuer) else {
            return Ok(None);
        };
        let mut nonce = [0; NONCE];
        self.random.fill(&mut nonce);
        let request = CertId::new(issuer, certificate.serial(), DigestAlgorithm::Sha256)
            .and_then(|id| ocsp::build_request(&[id], Some(&nonce)))
            .map_err(|error| missed(StatusProblem::Unreadable).because(error))?;
        let mut response = self
            .client
            .post(format!("{}/ocsp/{}", self.base, kind.path()))
            .header(header::CONTENT_TYPE, "application/ocsp-request")
            .body(request)
            .send()
            .await
            .map_err(|error| Missed::not_reached(StatusSource::Ocsp, &error))?;
        let media = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        if let Some(why) = StatusProblem::of_http(response.status().as_u16(), media) {
            return Err(missed(why));
        }
        let mut der = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| Missed::not_reached(StatusSource::Ocsp, &error))?
        {
            if chunk.len() > LARGEST - der.len() {
                return Err(missed(StatusProblem::TooLarge { most: LARGEST }));
            }
            der.extend_from_slice(&chunk);
        }
        read_response(&der, &nonce, now).map(Some)
    }
}

fn missed(why: StatusProblem) -> Missed {
    Missed::new(StatusSource::Ocsp, why)
}
