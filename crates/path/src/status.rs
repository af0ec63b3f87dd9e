//! The status of one certificate from all the evidence there is (RFC 5280 §6.3, RFC 6960 §3.2).
//!
//! * Evidence counts when it is signed by whom it must be, covers the certificate and is read completely.
//! * A revocation in any such evidence wins, old or new, for revocation is for ever; only a hold is what the newest says.
//! * A certificate dies at the moment its revocation is recorded (Law 15). Only a question about an instant of the past looks at that moment;
//!   whoever asks about now is told "revoked", also where the record's date is ahead of this clock.
//! * Without a current piece of evidence the status is unknown, and unknown is never good.

mod crl;
mod ocsp;

use crate::{PathError, Requirements, StatusProblem, StatusSource, meter::Meter};
use shirushi_clock::Instant;
use shirushi_profile::{
    Certificate, CertificateList, IssuingDistributionPoint, RevocationReason,
    ocsp::ReceivedResponse,
};

/// What the caller has gathered about the status of certificates; none of it is trusted for being there.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Revocation lists.
    pub crls: Vec<CertificateList>,
    /// OCSP responses.
    pub ocsp: Vec<ReceivedResponse>,
}

/// The piece of evidence that told a status.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusProof {
    /// A revocation list.
    Crl {
        /// Its number; none for a list without one.
        number: Option<u64>,
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

/// What one piece of authentic evidence that covers the certificate says.
struct Statement {
    source: StatusSource,
    /// Lists with the same scope supersede each other by their numbers.
    scope: Option<IssuingDistributionPoint>,
    /// The greater supersedes.
    order: (Option<u64>, Instant),
    made_at: Instant,
    revocation: Option<Revocation>,
    /// Whether its silence or its hold may be relied upon at the instant asked for, and if not, why.
    current: Result<(), StatusProblem>,
    proof: StatusProof,
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

/// The status of `subject` at the instant required.
///
/// # Errors
/// [`PathError::BudgetExhausted`].
pub(crate) fn determine(
    subject: &Subject<'_>,
    evidence: &Evidence,
    requirements: &Requirements,
    meter: &mut Meter,
) -> Result<Status, PathError> {
    let mut statements = Vec::new();
    let mut nearest = StatusProblem::NoEvidence;
    let mut take = |found: Result<Statement, Unusable>| {
        match found {
            Ok(statement) => statements.push(statement),
            Err(Unusable::Problem(problem)) => nearest = nearest.max(problem),
            Err(Unusable::Exhausted(error)) => return Err(error),
        }
        Ok(())
    };
    for list in &evidence.crls {
        take(crl::evaluate(list, subject, requirements, meter))?;
    }
    for response in &evidence.ocsp {
        take(ocsp::evaluate(
            response,
            subject,
            evidence,
            requirements,
            meter,
        ))?;
    }
    Ok(combine(statements, nearest, requirements))
}

fn combine(
    statements: Vec<Statement>,
    mut nearest: StatusProblem,
    requirements: &Requirements,
) -> Status {
    let superseded = |statement: &Statement| {
        statements.iter().any(|other| {
            other.current.is_ok()
                && other.source == statement.source
                && other.scope == statement.scope
                && other.order > statement.order
        })
    };
    let mut dead: Option<(&Statement, Revocation)> = None;
    let mut good: Option<&Statement> = None;
    let mut revoked_later: Option<Instant> = None;
    for statement in &statements {
        let decisive = statement.current.is_ok() && !superseded(statement);
        if let Err(problem) = statement.current {
            nearest = nearest.max(problem);
        }
        match statement.revocation {
            Some(r) if r.reason != RevocationReason::CertificateHold || decisive => {
                if requirements.is_past && r.at > requirements.at {
                    revoked_later = Some(revoked_later.map_or(r.at, |known| known.min(r.at)));
                } else if dead.is_none_or(|(_, known)| r.at < known.at) {
                    dead = Some((statement, r));
                }
            }
            _ => {}
        }
        if decisive && good.is_none_or(|known| known.made_at < statement.made_at) {
            good = Some(statement);
        }
    }
    match (dead, good) {
        (Some((statement, revocation)), _) => Status::Revoked {
            at: revocation.at,
            reason: revocation.reason,
            source: statement.source,
            proof: statement.proof.clone(),
        },
        (None, Some(statement)) => Status::Good {
            proof: statement.proof.clone(),
            revoked_later,
        },
        (None, None) => Status::Unknown(nearest),
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
