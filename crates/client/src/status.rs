//! The status of a certificate (有効性確認), and how it stands by what was answered.
//!
//! The network is an argument. The addresses are those in the certificate, and are followed only when a trusted authority has signed
//! it.

use shirushi_clock::Instant;
use shirushi_crypto::Random;
use shirushi_path::{
    Evidence, Missed, PathError, Requirements, StatusProblem, StatusProof, StatusSource,
    TrustAnchors, examine,
};
use shirushi_profile::{Certificate, CertificateKind, RevocationReason};
use shirushi_status::{Asking, Inquiry, Subject};

/// The way to responders and lists.
pub trait StatusNetwork {
    /// POST of an OCSP request (RFC 6960 A.1); the body of a 200, at most `most` bytes.
    ///
    /// # Errors
    /// [`Missed`].
    fn ask(&self, url: &str, request: &[u8], most: usize) -> Result<Vec<u8>, Missed>;

    /// GET of a list.
    ///
    /// # Errors
    /// [`Missed`].
    fn fetch(&self, url: &str, most: usize) -> Result<Vec<u8>, Missed>;
}

/// How a certificate stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Alive.
    Good {
        /// What says so.
        proof: StatusProof,
    },
    /// Revoked, for good.
    Revoked {
        /// When the revocation was recorded.
        at: Instant,
        /// Why.
        reason: RevocationReason,
        /// What says so.
        by: StatusSource,
    },
    /// Suspended (一時保留).
    OnHold {
        /// Since when.
        at: Instant,
        /// What says so.
        by: StatusSource,
    },
    /// Its validity is over.
    Expired {
        /// Since when.
        not_after: Instant,
    },
    /// Its validity has not begun.
    NotYetValid {
        /// From when it is valid.
        not_before: Instant,
    },
    /// Nobody could be asked, or what was answered does not tell.
    Unknown {
        /// The nearest miss.
        why: StatusProblem,
    },
    /// No trusted authority has issued it, or its path breaks a rule.
    Untrusted {
        /// Which.
        why: PathError,
    },
}

/// Gathers what can be had about `certificate` at the addresses in it ([`Asking`]).
pub fn inquire(
    certificate: &Certificate,
    anchors: &TrustAnchors,
    network: &dyn StatusNetwork,
    random: &dyn Random,
    now: Instant,
) -> Inquiry {
    let Some(subject) = Subject::at_its_own(certificate, anchors.certificates()) else {
        return Inquiry::of_nobody();
    };
    let mut asking = Asking::about(&subject, random, now);
    while let Some(question) = asking.next_question() {
        asking.answered(match &question.request {
            Some(request) => network.ask(&question.url, request, question.most),
            None => network.fetch(&question.url, question.most),
        });
    }
    asking.end()
}

/// How `certificate` stands at `at`, by its path to an anchor and the evidence. One of a policy that stands for neither kind may be of the
/// kind that it is taken for ([`Certificate::apparent_kind`]).
#[must_use]
pub fn standing(
    certificate: &Certificate,
    kind: CertificateKind,
    anchors: &TrustAnchors,
    evidence: &Evidence,
    at: Instant,
) -> Standing {
    let requirements = Requirements {
        takes_unlisted: true,
        ..Requirements::new(kind, at)
    };
    let examination = examine(certificate, &[], anchors, evidence, &requirements);
    match examination.conclude() {
        Ok(valid) => Standing::Good {
            proof: valid.status().clone(),
        },
        Err(PathError::Revoked {
            at,
            reason: RevocationReason::CertificateHold,
            source,
            ..
        }) => Standing::OnHold { at, by: source },
        Err(PathError::Revoked {
            at, reason, source, ..
        }) => Standing::Revoked {
            at,
            reason,
            by: source,
        },
        Err(PathError::Expired {
            index: 0,
            not_after,
            ..
        }) => Standing::Expired { not_after },
        Err(PathError::NotYetValid {
            index: 0,
            not_before,
            ..
        }) => Standing::NotYetValid { not_before },
        Err(PathError::StatusUnknown { why, .. }) => Standing::Unknown { why },
        Err(why) => Standing::Untrusted { why },
    }
}
