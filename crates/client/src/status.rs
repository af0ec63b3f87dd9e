//! The status of a certificate (有効性確認): OCSP first, then a list, each told with what came of it.
//!
//! The network is an argument. The addresses are those in the certificate, and are followed only when a trusted authority has signed
//! it: a certificate that anyone may have made must not choose whom this machine calls.

use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, Random};
use shirushi_path::{
    Evidence, Missed, PathError, Requirements, StatusProblem, StatusProof, StatusSource,
    TrustAnchors, examine, read_list, read_response,
};
use shirushi_profile::{
    Certificate, CertificateKind, RevocationReason,
    ocsp::{self, CertId, OcspResponseStatus, ReceivedResponse},
    same_name,
};

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
/// Most addresses of one kind that are tried.
const MOST_ADDRESSES: usize = 3;

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

/// What came of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// It answered, and the answer can be read. What it says is for the path to judge.
    Answered {
        /// Where.
        url: String,
    },
    /// It was not needed, or no trusted authority has issued the certificate.
    NotAsked,
    /// The certificate names no address of this kind.
    NoAddress,
    /// No answer, or one that cannot be read.
    Failed {
        /// Where.
        url: String,
        /// What happened.
        why: Missed,
    },
}

/// What was gathered about a certificate, and from where.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// For the path to judge.
    pub evidence: Evidence,
    /// The responder.
    pub ocsp: Asked,
    /// The list; asked when the responder gave nothing.
    pub list: Asked,
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

/// Gathers what can be had about `certificate`: from its responder, and from a list when that gives nothing. A response that answers
/// our question of `now` ends the search, whatever it says: a list that is silent must not outweigh a responder that knows nothing.
pub fn inquire(
    certificate: &Certificate,
    anchors: &TrustAnchors,
    network: &dyn StatusNetwork,
    random: &dyn Random,
    now: Instant,
) -> Inquiry {
    let mut inquiry = Inquiry {
        evidence: Evidence::default(),
        ocsp: Asked::NotAsked,
        list: Asked::NotAsked,
    };
    let Some(issuer) = issuer(certificate, anchors.certificates()) else {
        return inquiry;
    };
    let (ocsp, response) = first(certificate.ocsp_urls(), |url| {
        ask(url, certificate, issuer, network, random, now)
    });
    inquiry.ocsp = ocsp;
    if let Some(response) = response {
        inquiry.evidence.ocsp.push(response);
        return inquiry;
    }
    let urls: Vec<String> = certificate
        .distribution_points()
        .iter()
        .flat_map(|point| point.uris.iter().cloned())
        .collect();
    let (list, found) = first(&urls, |url| read_list(&network.fetch(url, LARGEST_LIST)?));
    inquiry.list = list;
    inquiry.evidence.crls.extend(found);
    for asked in [&inquiry.ocsp, &inquiry.list] {
        if let Asked::Failed { why, .. } = asked {
            inquiry
                .evidence
                .missed
                .push(why.clone());
        }
    }
    inquiry
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

/// The one among authorities that has signed the certificate.
#[must_use]
pub fn issuer<'a>(
    certificate: &Certificate,
    authorities: &'a [Certificate],
) -> Option<&'a Certificate> {
    let algorithm = certificate.signature_algorithm().ok()?;
    authorities.iter().find(|anchor| {
        same_name(anchor.subject_der(), certificate.issuer_der())
            && anchor
                .public_key()
                .verify(algorithm, certificate.tbs_der(), certificate.signature())
                .is_ok()
    })
}

/// What the first address that gives something gives.
fn first<T>(urls: &[String], mut get: impl FnMut(&str) -> Result<T, Missed>) -> (Asked, Option<T>) {
    let mut asked = Asked::NoAddress;
    for url in urls.iter().take(MOST_ADDRESSES) {
        let url = url.clone();
        match get(&url) {
            Ok(found) => return (Asked::Answered { url }, Some(found)),
            Err(why) => asked = Asked::Failed { url, why },
        }
    }
    (asked, None)
}

/// Asks by SHA-256, and once more by SHA-1 where the responder does not know the issuer so: many know it by SHA-1 alone (RFC 5019
/// §2.1.1). Nothing rests on that digest; the answer is signed.
fn ask(
    url: &str,
    certificate: &Certificate,
    issuer: &Certificate,
    network: &dyn StatusNetwork,
    random: &dyn Random,
    now: Instant,
) -> Result<ReceivedResponse, Missed> {
    let ask = |digest| ask_by(digest, url, certificate, issuer, network, random, now);
    let first = ask(DigestAlgorithm::Sha256);
    let is_stranger = match &first {
        Ok(response) => response.knows_nothing(),
        Err(missed) => missed.why == UNAUTHORIZED,
    };
    match is_stranger {
        true => ask(DigestAlgorithm::Sha1).or(first),
        false => first,
    }
}

fn ask_by(
    digest: DigestAlgorithm,
    url: &str,
    certificate: &Certificate,
    issuer: &Certificate,
    network: &dyn StatusNetwork,
    random: &dyn Random,
    now: Instant,
) -> Result<ReceivedResponse, Missed> {
    let mut nonce = [0; NONCE];
    random.fill(&mut nonce);
    let id =
        CertId::new(issuer, certificate.serial(), digest).map_err(|error| unreadable(&error))?;
    let request = ocsp::build_request(&[id], Some(&nonce)).map_err(|error| unreadable(&error))?;
    let der = network.ask(url, &request, LARGEST_RESPONSE)?;
    read_response(&der, &nonce, now)
}

fn unreadable(error: &dyn std::error::Error) -> Missed {
    Missed::new(StatusSource::Ocsp, StatusProblem::Unreadable).because(error)
}
