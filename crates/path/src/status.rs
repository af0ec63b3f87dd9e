//! The status of one certificate from all the evidence there is (RFC 5280 §6.3, RFC 6960 §3.2).
//!
//! * Evidence counts when it is signed by whom it must be, covers the certificate and is read completely.
//! * A revocation in any such evidence wins, old or new, for revocation is for ever; only a hold is what the newest says.
//! * A certificate dies at the moment its revocation is recorded (Law 15). Only a question about an instant of the past looks at that moment;
//!   whoever asks about now is told "revoked", also where the record's date is ahead of this clock.
//! * Without a current piece of evidence the status is unknown, and unknown is never good. What is silent must be complete: a list of
//!   changes, of some reasons or of another place is not, and evidence from the future is none.

mod crl;
mod ocsp;

use crate::{
    Missed, PathError, RefusedEvidence, Requirements, StatusProblem, StatusSource, meter::Meter,
};
use shirushi_clock::Instant;
use shirushi_profile::{
    Certificate, CertificateList, CrlNumber, IssuingDistributionPoint, RevocationReason,
    ocsp::ReceivedResponse,
};
use x509_cert::ext::pkix::crl::dp::ReasonFlags;

/// How far ahead of this clock an authority's may be.
const CLOCK_DIFFERENCE_SECONDS: i64 = 300;

/// What the caller has gathered about the status of certificates; none of it is trusted for being there.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Revocation lists.
    pub crls: Vec<CertificateList>,
    /// OCSP responses.
    pub ocsp: Vec<ReceivedResponse>,
    /// The sources that were asked about the leaf and gave nothing.
    pub missed: Vec<Missed>,
}

/// The piece of evidence that told a status.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusProof {
    /// A revocation list.
    Crl {
        /// Its number; none for a list without one.
        number: Option<CrlNumber>,
        /// When it was made.
        this_update: Instant,
        /// SHA-256 of its DER.
        sha256: [u8; 32],
    },
    /// An OCSP response.
    Ocsp {
        /// When it was signed.
        produced_at: Instant,
        /// SHA-256 of its DER.
        sha256: [u8; 32],
    },
    /// None was found, or none was looked for because the certificate has no issuer here; in a [`crate::PathValid`] only when a test
    /// build has left the check out.
    Unasked,
}

/// Whose status, and who issued it.
pub(crate) struct Subject<'a> {
    pub(crate) certificate: &'a Certificate,
    pub(crate) issuer: &'a Certificate,
}

/// The status at the instant asked for.
pub(crate) enum Status {
    Good {
        proof: StatusProof,
        revoked_later: Option<Instant>,
    },
    Revoked {
        at: Instant,
        reason: RevocationReason,
        source: StatusSource,
        proof: StatusProof,
    },
    Unknown(StatusProblem),
}

/// What one piece of authentic evidence says.
struct Statement {
    source: StatusSource,
    /// Lists with the same scope supersede each other by their numbers.
    scope: Option<IssuingDistributionPoint>,
    /// The greater supersedes.
    order: (Option<CrlNumber>, Instant),
    made_at: Instant,
    revocation: Option<Revocation>,
    /// Whether its silence or its hold may be relied upon at the instant asked for, and if not, why.
    timely: Result<(), StatusProblem>,
    /// For which reasons its silence tells that the certificate is not revoked, and if for none, why.
    complete: Result<Reasons, StatusProblem>,
    proof: StatusProof,
}

impl Statement {
    /// The reasons for which its silence counts.
    fn covers(&self) -> Result<Reasons, StatusProblem> {
        self.timely.and(self.complete)
    }
}

/// A set of reasons for a revocation, by the bits of ReasonFlags (RFC 5280 §4.2.1.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reasons(u16);

impl Reasons {
    const NONE: Self = Self(0);
    /// keyCompromise to aACompromise; the first bit is not used.
    const ALL: Self = Self(0x1fe);

    /// Without flags all are meant.
    fn from_flags(flags: Option<ReasonFlags>) -> Self {
        flags.map_or(Self::ALL, |flags| Self(flags.bits() & Self::ALL.0))
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[derive(Clone, Copy)]
struct Revocation {
    at: Instant,
    reason: RevocationReason,
}

/// Evidence that says nothing about the certificate, or more work than allowed.
enum Unusable {
    Problem(StatusProblem),
    Exhausted(PathError),
}

impl From<StatusProblem> for Unusable {
    fn from(problem: StatusProblem) -> Self {
        Self::Problem(problem)
    }
}

/// The status of `subject`, the certificate `index`, at the instant required. Evidence that alone does not tell it is added to
/// `refused`.
///
/// # Errors
/// [`PathError::BudgetExhausted`].
pub(crate) fn determine(
    index: usize,
    subject: &Subject<'_>,
    evidence: &Evidence,
    requirements: &Requirements,
    meter: &mut Meter,
    refused: &mut Vec<RefusedEvidence>,
) -> Result<Status, PathError> {
    let mut statements = Vec::new();
    let mut take = |source, position, found: Result<Statement, Unusable>| {
        let why = match found {
            Ok(statement) => {
                let why = match statement.covers() {
                    Ok(Reasons::ALL) => None,
                    Ok(_) => Some(StatusProblem::SomeReasons),
                    Err(problem) => Some(problem),
                };
                statements.push(statement);
                why
            }
            Err(Unusable::Problem(problem)) => Some(problem),
            Err(Unusable::Exhausted(error)) => return Err(error),
        };
        refused.extend(why.map(|why| RefusedEvidence {
            index,
            source,
            position,
            why,
        }));
        Ok(())
    };
    for (position, list) in evidence.crls.iter().enumerate() {
        let found = crl::evaluate(list, subject, requirements, meter);
        take(StatusSource::Crl, position, found)?;
    }
    for (position, response) in evidence.ocsp.iter().enumerate() {
        let found = ocsp::evaluate(response, subject, evidence, requirements, meter);
        take(StatusSource::Ocsp, position, found)?;
    }
    let missed = match index {
        0 => evidence.missed.as_slice(),
        _ => &[],
    };
    let nearest = refused
        .iter()
        .filter(|refused| refused.index == index)
        .map(|refused| refused.why)
        .chain(missed.iter().map(|missed| missed.why))
        .max()
        .unwrap_or(StatusProblem::NoEvidence);
    Ok(combine(&statements, nearest, requirements))
}

/// The status of `subject` by these lists alone.
///
/// # Errors
/// [`PathError::BudgetExhausted`].
fn by_lists<'a>(
    lists: impl Iterator<Item = &'a CertificateList>,
    subject: &Subject<'_>,
    requirements: &Requirements,
    meter: &mut Meter,
) -> Result<Status, PathError> {
    let mut statements = Vec::new();
    for list in lists {
        match crl::evaluate(list, subject, requirements, meter) {
            Ok(statement) => statements.push(statement),
            Err(Unusable::Problem(_)) => {}
            Err(Unusable::Exhausted(error)) => return Err(error),
        }
    }
    Ok(combine(
        &statements,
        StatusProblem::NoEvidence,
        requirements,
    ))
}

fn combine(
    statements: &[Statement],
    nearest: StatusProblem,
    requirements: &Requirements,
) -> Status {
    let superseded = |statement: &Statement| {
        statements.iter().any(|other| {
            other.covers().is_ok()
                && other.source == statement.source
                && other.scope == statement.scope
                && other.order > statement.order
        })
    };
    let mut dead: Option<(&Statement, Revocation)> = None;
    let mut good: Option<&Statement> = None;
    let mut covered = Reasons::NONE;
    let mut revoked_later: Option<Instant> = None;
    for statement in statements {
        let newest = !superseded(statement);
        match statement.revocation {
            Some(r)
                if r.reason != RevocationReason::CertificateHold
                    || (newest && statement.timely.is_ok()) =>
            {
                if requirements.is_past && r.at > requirements.at {
                    revoked_later = Some(revoked_later.map_or(r.at, |known| known.min(r.at)));
                } else if dead.is_none_or(|(_, known)| r.at < known.at) {
                    dead = Some((statement, r));
                }
            }
            _ => {}
        }
        if let (true, Ok(reasons)) = (newest, statement.covers()) {
            covered = covered.or(reasons);
            if good.is_none_or(|known| known.made_at < statement.made_at) {
                good = Some(statement);
            }
        }
    }
    match (dead, good) {
        (Some((statement, revocation)), _) => Status::Revoked {
            at: revocation.at,
            reason: revocation.reason,
            source: statement.source,
            proof: statement.proof.clone(),
        },
        (None, Some(statement)) if covered == Reasons::ALL => Status::Good {
            proof: statement.proof.clone(),
            revoked_later,
        },
        _ => Status::Unknown(nearest),
    }
}

/// Whether something made at `made_at` can have been made already.
fn has_begun(made_at: Instant, requirements: &Requirements) -> Result<(), StatusProblem> {
    let is_ahead = requirements
        .clock
        .is_some_and(|now| made_at > now.plus_seconds(CLOCK_DIFFERENCE_SECONDS));
    if is_ahead {
        Err(StatusProblem::FromTheFuture { made_at })
    } else {
        Ok(())
    }
}

/// Whether something said to hold until `next_update` still does.
fn still_holds(next_update: Instant, requirements: &Requirements) -> Result<(), StatusProblem> {
    let grace = i64::from(requirements.crl_grace_seconds);
    if requirements.at <= next_update.plus_seconds(grace) {
        Ok(())
    } else {
        Err(StatusProblem::Stale { next_update })
    }
}
