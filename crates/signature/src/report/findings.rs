//! From what signature and path say to what the rules say.

use crate::{SignatureError, error::Hex, verify::Inspection};
use shirushi_path::{Check, Examination, Indication, PathError, SubIndication};
use shirushi_profile::RevocationReason;
use shirushi_rules::{self as rules, Facts, InBoth, Refusal, Rule};

/// The rule that each check of a path answers for.
pub(super) static RULES_OF_CHECKS: [(Check, &Rule); 5] = [
    (Check::Trust, &rules::TRUSTED_ISSUER),
    (Check::Kind, &rules::SIGNATURE_CERTIFICATE),
    (Check::Validity, &rules::NOT_EXPIRED),
    (Check::Revocation, &rules::NOT_REVOKED),
    (Check::Status, &rules::STATUS_KNOWN),
];

/// One rule, asked.
pub(super) struct Asked {
    pub(super) rule: &'static Rule,
    pub(super) refusal: Option<Refusal>,
    /// What it makes of the whole, if the rule does not hold.
    pub(super) indication: (Indication, SubIndication),
}

/// The rules about the signature itself.
pub(super) fn of_signature(inspection: &Inspection) -> [Asked; 2] {
    [
        (&rules::UNCHANGED, &inspection.content),
        (&rules::SIGNATURE_VERIFIES, &inspection.signature),
    ]
    .map(|(rule, fact)| match fact {
        Ok(()) => Asked::holds(rule),
        Err(error) => Asked {
            rule,
            refusal: Some(refusal_of_signature(rule, error)),
            indication: (error.indication(), error.sub_indication()),
        },
    })
}

/// The rules about the signer's certificate.
pub(super) fn of_path(examination: &Examination) -> impl Iterator<Item = Asked> {
    RULES_OF_CHECKS
        .into_iter()
        .map(|(check, rule)| {
            let problem = examination
                .problems()
                .iter()
                .find(|problem| problem.check() == check);
            match problem {
                None => Asked::holds(rule),
                Some(error) => Asked {
                    rule,
                    refusal: Some(refusal_of(error)),
                    indication: (error.indication(), error.sub_indication()),
                },
            }
        })
}

/// The refusal of a container that could not be read. Nothing can pass here; where the rule is switched off, what cannot be read
/// does not verify either.
pub(super) fn unreadable(error: &SignatureError) -> Refusal {
    let refusal = named(error);
    if refusal.rule().is_on() {
        return refusal;
    }
    rules::SIGNATURE_VERIFIES.refusal([("fault", error.to_string())])
}

fn named(error: &SignatureError) -> Refusal {
    match error {
        SignatureError::TooLarge { limit, .. } => {
            rules::SIZE_LIMIT.refusal([("limit", limit.to_string())])
        }
        SignatureError::SignerCertificateMissing
        | SignatureError::SigningCertificateMismatch
        | SignatureError::SignatureInvalid
        | SignatureError::Algorithm { .. } => {
            rules::SIGNATURE_VERIFIES.refusal([("fault", error.to_string())])
        }
        SignatureError::ContentChanged { .. } => refusal_of_signature(&rules::UNCHANGED, error),
        SignatureError::Malformed {
            what,
            offset,
            cause,
        } => rules::WELL_FORMED.refusal([
            ("where", format!("{what}@{offset}")),
            ("fault", cause.to_string()),
        ]),
        SignatureError::BerNotDer { what, offset } => rules::WELL_FORMED.refusal([
            ("where", format!("{what}@{offset}")),
            ("fault", error.to_string()),
        ]),
        SignatureError::NotDetached
        | SignatureError::ContentType { .. }
        | SignatureError::NoSigner
        | SignatureError::SeveralSigners { .. }
        | SignatureError::SignedAttribute { .. } => rules::WELL_FORMED.refusal([
            ("where", "SignedData".to_owned()),
            ("fault", error.to_string()),
        ]),
    }
}

/// The refusal that a path's problem amounts to.
pub(super) fn refusal_of(error: &PathError) -> Refusal {
    match error {
        PathError::WrongKind { expected, found } => rules::SIGNATURE_CERTIFICATE.refusal([
            ("expected", expected.to_string()),
            (
                "found",
                found.map_or_else(|| "other".to_owned(), |kind| kind.to_string()),
            ),
        ]),
        PathError::KeyUsage { index: 0 } => {
            rules::SIGNATURE_CERTIFICATE.refusal([("fault", error.to_string())])
        }
        PathError::Expired { not_after, .. } => {
            rules::NOT_EXPIRED.refusal([("until", not_after.to_string())])
        }
        PathError::NotYetValid { .. } => rules::NOT_EXPIRED.refusal([("until", error.to_string())]),
        PathError::Revoked { at, reason, .. } => {
            let day = at.date_jst();
            let since = InBoth::new(
                format!("{}年{}月{}日", day.year(), day.month(), day.day()),
                at.to_string(),
            );
            rules::NOT_REVOKED.refusal(
                Facts::new()
                    .and("since", since)
                    .and("cause", cause(*reason)),
            )
        }
        PathError::StatusUnknown { why, .. } => {
            rules::STATUS_KNOWN.refusal([("fault", why.to_string())])
        }
        _ => rules::TRUSTED_ISSUER.refusal([("fault", error.to_string())]),
    }
}

/// Why a certificate was revoked, in words; the name in RFC 5280 §5.3.1 is the English one.
fn cause(reason: RevocationReason) -> InBoth {
    let ja = match reason {
        RevocationReason::Unspecified => "示されていません",
        RevocationReason::KeyCompromise => "カードの紛失など",
        RevocationReason::CaCompromise => "認証局の鍵の危殆化",
        RevocationReason::AffiliationChanged => "氏名・住所などの異動",
        RevocationReason::Superseded => "新しい証明書の発行",
        RevocationReason::CessationOfOperation => "本人の申請",
        RevocationReason::CertificateHold => "一時保留",
        RevocationReason::PrivilegeWithdrawn => "住民票の消除など",
    };
    InBoth::new(ja, reason.to_string())
}

fn refusal_of_signature(rule: &'static Rule, error: &SignatureError) -> Refusal {
    match error {
        SignatureError::ContentChanged { expected, found } => rule.refusal([
            ("signed", Hex(expected).to_string()),
            ("found", Hex(found).to_string()),
        ]),
        _ => rule.refusal([("fault", error.to_string())]),
    }
}

impl Asked {
    fn holds(rule: &'static Rule) -> Self {
        Self {
            rule,
            refusal: None,
            indication: (Indication::Passed, SubIndication::TryLater),
        }
    }
}
