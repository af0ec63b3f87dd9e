//! From what signature and path say to what the rules say.

use super::{Finding, advice};
use crate::{
    SignatureError,
    error::Hex,
    verify::{Inspection, rule_of_signature},
};
use shirushi_clock::Instant;
use shirushi_path::{
    Check, Examination, Indication, PathError, Reader, StatusProblem, StatusProof, SubIndication,
};
use shirushi_profile::{RevocationReason, SerialNumber};
use shirushi_rules::{self as rules, Fact, Facts, InBoth, Refusal, Rule};

/// The rule that each check of a path answers for.
pub(super) static RULES_OF_CHECKS: [(Check, &Rule); 6] = [
    (Check::Trust, &rules::TRUSTED_ISSUER),
    (Check::Kind, &rules::SIGNATURE_CERTIFICATE),
    (Check::Validity, &rules::ALREADY_VALID),
    (Check::Validity, &rules::NOT_EXPIRED),
    (Check::Revocation, &rules::NOT_REVOKED),
    (Check::Status, &rules::STATUS_KNOWN),
];

/// The rules about the signature itself, in the order in which they are asked: what proves a forgery comes first.
static RULES_OF_SIGNATURE: [&Rule; 5] = [
    &rules::SIGNATURE_FORM,
    &rules::UNCHANGED,
    &rules::SIGNER_CERTIFICATE,
    &rules::SIGNATURE_VERIFIES,
    &rules::ALGORITHM_ACCEPTED,
];

/// How many rules are asked of a signature.
pub(super) const RULES: usize = RULES_OF_SIGNATURE.len() + RULES_OF_CHECKS.len();

/// One rule, asked.
pub(super) struct Asked {
    pub(super) rule: &'static Rule,
    /// Whether its condition was looked at, if it is not broken.
    pub(super) holds: bool,
    /// The refusal, and what it makes of the whole.
    pub(super) broken: Option<(Refusal, Meaning)>,
}

/// What a signature says of itself: by which certificate, and when.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    pub(super) serial: SerialNumber,
    /// None of a certificate alone.
    pub(super) time: Option<Instant>,
}

/// Whether a revoked certificate is the signer's own, and not an authority's.
fn is_signers(revoked: SerialNumber, claim: Option<Claim>) -> bool {
    claim.is_none_or(|claim| claim.serial == revoked)
}

/// What a broken rule makes of the whole.
pub(super) struct Meaning {
    pub(super) indication: Indication,
    pub(super) sub_indication: SubIndication,
    pub(super) advice: InBoth,
}

impl Meaning {
    pub(super) fn of_signature(error: &SignatureError) -> Self {
        Self {
            indication: error.indication(),
            sub_indication: error.sub_indication(),
            advice: advice::of_signature(error),
        }
    }

    /// A certificate that is dead now proves nothing about a signature of before. One that claims itself to be of after is proven
    /// not to be valid: either so, or by a false claim.
    pub(super) fn of_path(error: &PathError, claim: Option<Claim>) -> Self {
        let time = claim.and_then(|claim| claim.time);
        let is_after = |end: Instant| time.is_some_and(|time| time > end);
        let proven = match error {
            PathError::Expired {
                index: 0,
                not_after,
                ..
            } if is_after(*not_after) => Some(SubIndication::Expired),
            PathError::Revoked {
                serial, at, reason, ..
            } if *reason != RevocationReason::CertificateHold
                && is_signers(*serial, claim)
                && is_after(*at) =>
            {
                Some(SubIndication::Revoked)
            }
            _ => None,
        };
        let open = match error {
            PathError::Revoked { serial, .. } if !is_signers(*serial, claim) => {
                SubIndication::RevokedCaNoPoe
            }
            error => error.sub_indication(),
        };
        Self {
            indication: proven.map_or(error.indication(), |_| Indication::Failed),
            sub_indication: proven.unwrap_or(open),
            advice: advice::of_path(error, proven.is_some()),
        }
    }
}

/// The rules about the signature itself, of a container that could be read.
pub(super) fn of_signature(inspection: &Inspection) -> [Asked; RULES_OF_SIGNATURE.len()] {
    let broken_by = rule_of_signature(&inspection.signature);
    let is_verified = inspection.certificate.is_ok() && inspection.signature.is_ok();
    // A key that is too short has verified all the same.
    let is_short = matches!(inspection.signature, Err(SignatureError::ShortKey { .. }));
    RULES_OF_SIGNATURE.map(|rule| match rule.id {
        id if id == rules::SIGNATURE_FORM.id => Asked::holds(rule),
        id if id == rules::UNCHANGED.id => match &inspection.content {
            Err(SignatureError::Algorithm { .. }) => Asked::not_asked(rule),
            content => Asked::of(rule, content),
        },
        id if id == rules::SIGNER_CERTIFICATE.id => Asked::of(rule, &inspection.certificate),
        id if id == broken_by.id && inspection.signature.is_err() => {
            Asked::of(rule, &inspection.signature)
        }
        id if is_verified || (is_short && id == rules::SIGNATURE_VERIFIES.id) => Asked::holds(rule),
        _ => Asked::not_asked(rule),
    })
}

/// The rules about the signer's certificate; without one nothing was asked.
pub(super) fn of_path(
    examination: Option<&Examination>,
    claim: Option<Claim>,
) -> impl Iterator<Item = Asked> {
    RULES_OF_CHECKS
        .into_iter()
        .map(move |(check, rule)| {
            let Some(examination) = examination else {
                return Asked::not_asked(rule);
            };
            let problem = examination
                .problems()
                .iter()
                .find(|problem| rule_of_path(problem, claim).id == rule.id);
            match problem {
                Some(error) => Asked {
                    rule,
                    holds: false,
                    broken: Some((
                        match (error, examination.unknown()) {
                            (PathError::StatusUnknown { index: 0, .. }, Some(unknown)) => {
                                refusal_of_unknown(unknown.why, unknown.said)
                            }
                            _ => refusal_of_path(error, claim),
                        },
                        Meaning::of_path(error, claim),
                    )),
                },
                None if is_told(examination, check) => Asked::holds(rule),
                None => Asked::not_asked(rule),
            }
        })
}

/// Whether the examination looked at what the check is about: a status without evidence is none.
fn is_told(examination: &Examination, check: Check) -> bool {
    let statuses = examination.statuses();
    match check {
        Check::Revocation | Check::Status => {
            !statuses.is_empty()
                && statuses
                    .iter()
                    .all(|proof| *proof != StatusProof::Unasked)
        }
        _ => true,
    }
}

/// The refusal of a container that could not be read, and the findings. Nothing can pass here; where the rule is switched off, what
/// cannot be read does not verify either.
pub(super) fn unreadable(error: &SignatureError) -> (Refusal, Vec<Finding>) {
    let mut refusal = refusal_of_signature(error);
    if !refusal.rule().is_on() {
        refusal = fault(&rules::SIGNATURE_VERIFIES, error);
    }
    let broken = Finding {
        outcome: super::Outcome::Broken,
        facts: refusal.report().facts,
        ..Finding::not_asked(refusal.rule())
    };
    let others = RULES_OF_SIGNATURE
        .into_iter()
        .chain(RULES_OF_CHECKS.map(|(_, rule)| rule))
        .filter(|rule| rule.id != refusal.rule().id)
        .map(Finding::not_asked);
    let all = std::iter::once(broken)
        .chain(others)
        .collect();
    (refusal, all)
}

/// The refusal that a fault of the signature amounts to.
pub(super) fn refusal_of_signature(error: &SignatureError) -> Refusal {
    match error {
        SignatureError::TooLarge { limit, .. } => {
            rules::SIZE_LIMIT.refusal(Facts::new().and("limit", *limit))
        }
        SignatureError::Malformed { what, offset, .. } => rules::WELL_FORMED.refusal(
            Facts::new()
                .and("where", format!("{what}@{offset}"))
                .and("fault", advice::said_of_signature(error)),
        ),
        SignatureError::NotSigned { .. } | SignatureError::NoSigner => rules::WELL_FORMED.refusal(
            Facts::new()
                .and("where", "SignedData")
                .and("fault", advice::said_of_signature(error)),
        ),
        SignatureError::ContentChanged { expected, found } => rules::UNCHANGED.refusal([
            ("signed", Hex(expected).to_string()),
            ("found", Hex(found).to_string()),
        ]),
        SignatureError::SignerCertificateMissing | SignatureError::SigningCertificateMismatch => {
            fault(&rules::SIGNER_CERTIFICATE, error)
        }
        SignatureError::SignatureInvalid => fault(&rules::SIGNATURE_VERIFIES, error),
        SignatureError::Algorithm { .. }
        | SignatureError::ShortKey { .. }
        | SignatureError::KeyNotUsable => fault(&rules::ALGORITHM_ACCEPTED, error),
        SignatureError::NotRead { .. }
        | SignatureError::BerNotDer { .. }
        | SignatureError::NotDetached
        | SignatureError::ContentType { .. }
        | SignatureError::SeveralSigners { .. }
        | SignatureError::SignedAttribute { .. }
        | SignatureError::BoundBySha1 => fault(&rules::SIGNATURE_FORM, error),
    }
}

fn fault(rule: &'static Rule, error: &SignatureError) -> Refusal {
    rule.refusal(Facts::new().and("fault", advice::said_of_signature(error)))
}

/// The rule that a path's problem breaks.
fn rule_of_path(error: &PathError, claim: Option<Claim>) -> &'static Rule {
    match error {
        // The rules about the end are about the signer's certificate.
        PathError::Expired { index: 1.., .. } => &rules::TRUSTED_ISSUER,
        PathError::Revoked { serial, .. } if !is_signers(*serial, claim) => &rules::TRUSTED_ISSUER,
        PathError::NotYetValid { .. } => &rules::ALREADY_VALID,
        PathError::Expired { .. } => &rules::NOT_EXPIRED,
        PathError::Revoked { .. } => &rules::NOT_REVOKED,
        PathError::StatusUnknown { .. } => &rules::STATUS_KNOWN,
        _ if error.check() == Check::Kind => &rules::SIGNATURE_CERTIFICATE,
        _ => &rules::TRUSTED_ISSUER,
    }
}

/// The refusal that a path's problem amounts to.
pub(super) fn refusal_of_path(error: &PathError, claim: Option<Claim>) -> Refusal {
    let rule = rule_of_path(error, claim);
    let facts = Facts::new();
    rule.refusal(match error {
        _ if rule.id == rules::TRUSTED_ISSUER.id => facts.and("fault", advice::said_of_path(error)),
        PathError::WrongKind { expected, found } => facts
            .and("fault", advice::said_of_path(error))
            .and("expected", expected.to_string())
            .and(
                "found",
                found.map_or_else(|| "other".to_owned(), |kind| kind.to_string()),
            ),
        PathError::Expired { not_after, .. } => facts.and("until", Fact::date(not_after)),
        PathError::NotYetValid { not_before, at, .. } => facts
            .and("from", Fact::date(not_before))
            .and("at", Fact::date(at)),
        PathError::Revoked { at, reason, .. } => {
            let day = at.date_jst();
            let since = InBoth::new(
                format!("{}年{}月{}日", day.year(), day.month(), day.day()),
                at.to_string(),
            );
            facts
                .and("since", since)
                .and("cause", advice::cause(*reason))
        }
        PathError::StatusUnknown { why, .. } => {
            return refusal_of_unknown(*why, advice::said_of_path(error));
        }
        _ => facts.and("fault", advice::said_of_path(error)),
    })
}

/// The refusal of a certificate whose status is not known. Who reads its remedy is the signer; `cause` is for programs, and for whoever
/// advises another reader.
fn refusal_of_unknown(why: StatusProblem, said: InBoth) -> Refusal {
    let cause = why.cause();
    rules::STATUS_KNOWN.refusal(
        Facts::new()
            .and("fault", said)
            .and("cause", cause.word())
            .and("advice", cause.advice(Reader::Signer)),
    )
}

impl Asked {
    fn of(rule: &'static Rule, fact: &Result<(), SignatureError>) -> Self {
        match fact {
            Ok(()) => Self::holds(rule),
            Err(error) => Self {
                broken: Some((own_refusal(rule, error), Meaning::of_signature(error))),
                ..Self::not_asked(rule)
            },
        }
    }

    fn holds(rule: &'static Rule) -> Self {
        Self {
            holds: true,
            ..Self::not_asked(rule)
        }
    }

    fn not_asked(rule: &'static Rule) -> Self {
        Self {
            rule,
            holds: false,
            broken: None,
        }
    }
}

/// The refusal by `rule`, whatever rule the error alone would break: a certificate bound by SHA-1 is no bound certificate.
fn own_refusal(rule: &'static Rule, error: &SignatureError) -> Refusal {
    let refusal = refusal_of_signature(error);
    if refusal.rule().id == rule.id {
        refusal
    } else {
        fault(rule, error)
    }
}
