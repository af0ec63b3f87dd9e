//! From the bytes of an OCSP request to the bytes of the response.

use crate::{ResponderKey, ResponderKeys, SourceFailed, StatusSource};
use shirushi_clock::{Clock, Instant};
use shirushi_crypto::CryptoError;
use shirushi_profile::{
    CertificateKind, ProfileError,
    ocsp::{
        self, CertId, CertificateStatus, OcspMalformed, OcspResponseStatus, ReceivedRequest,
        assemble_response, error_response, response_tbs,
    },
};
use shirushi_web::Incident;
use shirushi_wire::CertificateState;
use std::sync::Arc;

/// From thisUpdate to nextUpdate: the quarter of an hour after which the real service renews its data
/// (`facts/profile-and-rules.md` A.6).
const VALID_SECONDS: i64 = 15 * 60;
/// So far before the moment in question lies thisUpdate. It was good then as well, and a relying party whose clock is a little behind
/// this one must not be told of its future (RFC 6960 §4.2.2.1): some allow no difference at all.
const BACK_SECONDS: i64 = 60;

type Statuses = Vec<(CertId, CertificateStatus, Instant, Instant)>;

/// Why there is no answer; each has its error, which nobody signs (RFC 6960 §2.3).
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("the request is malformed")]
    Request(#[from] OcspMalformed),
    #[error(transparent)]
    Source(#[from] SourceFailed),
    #[error("the source's newest knowledge is of {as_of}, too old to be told")]
    OutOfDate { as_of: Instant },
    #[error("the responder has no certificate that is valid now")]
    Certificate,
    #[error("the response cannot be written")]
    Response(#[from] ProfileError),
    #[error(transparent)]
    Key(#[from] CryptoError),
    #[error("signing was interrupted")]
    Interrupted,
}

/// A response, and until when it may be kept: only one without a nonce that says good or revoked may be at all.
pub(crate) struct Answer {
    pub(crate) der: Vec<u8>,
    pub(crate) keep_until: Option<Instant>,
}

/// Answers a DER OCSPRequest about certificates of the authority of `kind`. There is always a response.
pub(crate) async fn answer(
    request: &[u8],
    kind: CertificateKind,
    keys: &ResponderKeys,
    source: &dyn StatusSource,
    clock: &dyn Clock,
) -> Answer {
    match respond(request, kind, keys, source, clock).await {
        Ok(answer) => answer,
        Err(cause) => Answer {
            der: error_response(cause.told_as()),
            keep_until: None,
        },
    }
}

async fn respond(
    request: &[u8],
    kind: CertificateKind,
    keys: &ResponderKeys,
    source: &dyn StatusSource,
    clock: &dyn Clock,
) -> Result<Answer, NoAnswer> {
    let ReceivedRequest { entries, nonce } = ocsp::parse_request(request)?;
    let now = clock.now();
    let key = keys
        .for_entries(kind, &entries, now)
        .filter(|key| key.certificate.is_valid_at(now))
        .ok_or(NoAnswer::Certificate)?;
    let mut statuses = Vec::with_capacity(entries.len());
    for entry in entries {
        let (status, as_of) = if entry.is_of(&key.issuer) {
            known(&key, &entry, source, now).await?
        } else {
            (CertificateStatus::Unknown, now.plus_seconds(-BACK_SECONDS))
        };
        statuses.push((entry, status, as_of, as_of.plus_seconds(VALID_SECONDS)));
    }
    let keep_until = match nonce {
        None => kept_until(&statuses),
        Some(_) => None,
    };
    Ok(Answer {
        der: sign(key, now, statuses, nonce).await?,
        keep_until,
    })
}

/// The first nextUpdate; none where something is unknown, which an issue may change at any moment.
fn kept_until(statuses: &Statuses) -> Option<Instant> {
    let is_known = |status: &CertificateStatus| !matches!(status, CertificateStatus::Unknown);
    statuses
        .iter()
        .all(|(_, status, _, _)| is_known(status))
        .then(|| {
            statuses
                .iter()
                .map(|(_, _, _, next_update)| *next_update)
                .min()
        })
        .flatten()
}

async fn known(
    key: &ResponderKey,
    entry: &CertId,
    source: &dyn StatusSource,
    now: Instant,
) -> Result<(CertificateStatus, Instant), NoAnswer> {
    let answer = source
        .status(key.kind, key.generation, entry.serial())
        .await?;
    // A source a little ahead of this machine knows the present at most.
    let as_of = answer.as_of.min(now);
    let back = as_of.plus_seconds(-BACK_SECONDS);
    if now >= back.plus_seconds(VALID_SECONDS) {
        return Err(NoAnswer::OutOfDate { as_of });
    }
    let status = match answer.status {
        CertificateState::Good => CertificateStatus::Good,
        // It is revoked now, also where its record lies ahead of this clock.
        CertificateState::Revoked { at, reason } => CertificateStatus::Revoked {
            at: at.min(as_of),
            reason,
        },
        CertificateState::Unknown => CertificateStatus::Unknown,
    };
    // What ended within that time was not ended at its beginning.
    let this_update = match &status {
        CertificateStatus::Revoked { at, .. } => back.max(*at),
        _ => back,
    };
    Ok((status, this_update))
}

async fn sign(
    key: Arc<ResponderKey>,
    now: Instant,
    statuses: Statuses,
    nonce: Option<Vec<u8>>,
) -> Result<Vec<u8>, NoAnswer> {
    // A signature takes a millisecond in a file's key and many in an HSM's: never on a thread that serves others.
    let signed = tokio::task::spawn_blocking(move || {
        let tbs = response_tbs(key.key.public_key(), now, &statuses, nonce.as_deref())?;
        let signature = key.key.sign(&tbs)?;
        Ok(assemble_response(
            &tbs,
            key.key.algorithm(),
            &signature,
            &key.certificate,
        )?)
    });
    signed
        .await
        .unwrap_or(Err(NoAnswer::Interrupted))
}

impl NoAnswer {
    /// The error for the client; what is not the client's fault is logged.
    fn told_as(&self) -> OcspResponseStatus {
        match self {
            Self::Request(_) => {
                tracing::debug!(cause = %self, "an OCSP request is not answered");
                OcspResponseStatus::MalformedRequest
            }
            // A certificate that has ended is renewed as soon as it can be.
            Self::Source(_) | Self::OutOfDate { .. } | Self::Certificate => {
                let _ = Incident::log(self);
                OcspResponseStatus::TryLater
            }
            Self::Response(_) | Self::Key(_) | Self::Interrupted => {
                let _ = Incident::log(self);
                OcspResponseStatus::InternalError
            }
        }
    }
}
