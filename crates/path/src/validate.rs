//! The validation: everything examined, then the conclusion.

use crate::{
    Evidence, Missed, PathError, RefusedEvidence, Requirements, StatusProblem, StatusProof,
    TrustAnchors,
    meter::Meter,
    search::{self, Path},
    status::{self, Status},
};
use const_oid::{
    ObjectIdentifier,
    db::{rfc5280, rfc5912},
};
use shirushi_clock::Instant;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::InBoth;

/// Validates the path from `leaf` to an anchor.
///
/// `intermediates` are hints from wherever: none is trusted for being there.
///
/// # Errors
/// The first [`PathError`], in the order of [`Check`](crate::Check).
pub fn validate(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &TrustAnchors,
    evidence: &Evidence,
    requirements: &Requirements,
) -> Result<PathValid, PathError> {
    examine(leaf, intermediates, anchors, evidence, requirements).conclude()
}

/// A path that has been validated. Only this room makes one.
#[derive(Clone, Debug)]
pub struct PathValid {
    certificates: Vec<Certificate>,
    anchor: Certificate,
    statuses: Vec<StatusProof>,
    revoked_later: Option<Instant>,
    at: Instant,
}

impl PathValid {
    /// The certificate that was asked about.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        // The constructor's path begins with the leaf; an empty one would be the anchor alone.
        self.certificates
            .first()
            .unwrap_or(&self.anchor)
    }

    /// The certificates from the leaf upwards, without the anchor.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The anchor at which the path ends.
    #[must_use]
    pub fn anchor(&self) -> &Certificate {
        &self.anchor
    }

    /// The evidence that told the leaf's status.
    #[must_use]
    pub fn status(&self) -> &StatusProof {
        self.statuses
            .first()
            .unwrap_or(&StatusProof::Unasked)
    }

    /// The evidence for each of [`PathValid::certificates`].
    #[must_use]
    pub fn statuses(&self) -> &[StatusProof] {
        &self.statuses
    }

    /// When the leaf was revoked, if after the instant asked for: it lived then and is dead since (Law 15).
    #[must_use]
    pub fn revoked_later(&self) -> Option<Instant> {
        self.revoked_later
    }

    /// The instant at which the path was valid.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.at
    }
}

/// Everything found about a path, good and bad.
#[derive(Clone, Debug)]
pub struct Examination {
    outcome: PathValid,
    problems: Vec<PathError>,
    refused: Vec<RefusedEvidence>,
    missed: Vec<Missed>,
}

/// Why the status of a leaf is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The nearest miss.
    pub why: StatusProblem,
    /// What came of each source, in one text.
    pub said: InBoth,
}

impl Examination {
    /// What is wrong, in the order of [`Check`](crate::Check); nothing for a valid path.
    #[must_use]
    pub fn problems(&self) -> &[PathError] {
        &self.problems
    }

    /// The evidence found for each certificate below the anchor, from the leaf upwards, also where it says "revoked".
    #[must_use]
    pub fn statuses(&self) -> &[StatusProof] {
        &self.outcome.statuses
    }

    /// The evidence that alone did not tell the status of a certificate, each piece with its reason, from the leaf upwards.
    #[must_use]
    pub fn refused_evidence(&self) -> &[RefusedEvidence] {
        &self.refused
    }

    /// All that did not tell the leaf's status, and why: the sources that gave nothing, then the evidence that was refused.
    pub fn untold(&self) -> impl Iterator<Item = Missed> {
        let refused = self
            .refused
            .iter()
            .filter(|refused| refused.index == 0)
            .map(|refused| Missed::new(refused.source, refused.why));
        self.missed
            .iter()
            .cloned()
            .chain(refused)
    }

    /// Why the leaf's status is not known, if it is not.
    #[must_use]
    pub fn unknown(&self) -> Option<Unknown> {
        let why = self
            .problems
            .iter()
            .find_map(|problem| match problem {
                PathError::StatusUnknown { index: 0, why } => Some(*why),
                _ => None,
            })?;
        let mut told: Vec<InBoth> = Vec::new();
        for missed in self.untold() {
            let name = missed.source.short();
            let said = missed.told();
            let said = InBoth::new(
                format!("{name}: {}", said.ja),
                format!("{name}: {}", said.en),
            );
            if !told.contains(&said) {
                told.push(said);
            }
        }
        let said = match told.as_slice() {
            [] => why.in_both(),
            all => InBoth::new(
                all.iter()
                    .map(|said| said.ja.as_str())
                    .collect::<Vec<_>>()
                    .join("、"),
                all.iter()
                    .map(|said| said.en.as_str())
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
        };
        Some(Unknown { why, said })
    }

    /// The proof, if nothing is wrong.
    ///
    /// # Errors
    /// The first problem.
    pub fn conclude(self) -> Result<PathValid, PathError> {
        match self.problems.into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(self.outcome),
        }
    }

    /// The proof although `skipped` checks may have failed. Where no path was found the leaf stands for its own anchor.
    ///
    /// For test builds that see whether something else notices; feature `switches`.
    ///
    /// # Errors
    /// The first problem of another check.
    #[cfg(feature = "switches")]
    pub fn conclude_without(self, skipped: &[crate::Check]) -> Result<PathValid, PathError> {
        let other = self
            .problems
            .into_iter()
            .find(|problem| !skipped.contains(&problem.check()));
        match other {
            Some(problem) => Err(problem),
            None => Ok(self.outcome),
        }
    }
}

/// Examines the path from `leaf` to an anchor in every respect, so that a report can name all that is wrong.
///
/// Where no path is found, kind and validity of the leaf are still examined; its status cannot be without an issuer.
#[must_use]
pub fn examine(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &TrustAnchors,
    evidence: &Evidence,
    requirements: &Requirements,
) -> Examination {
    let mut meter = Meter::new(requirements.budget);
    let mut examination = Examination {
        outcome: PathValid {
            certificates: vec![leaf.clone()],
            anchor: leaf.clone(),
            statuses: Vec::new(),
            revoked_later: None,
            at: requirements.at,
        },
        problems: Vec::new(),
        refused: Vec::new(),
        missed: evidence.missed.clone(),
    };
    let found = search::find(leaf, intermediates, anchors, requirements, &mut meter);
    let problems = &mut examination.problems;
    match found {
        Err(problem) => {
            problems.push(problem);
            problems.extend(wrong_kind(leaf, requirements));
            problems.extend(out_of_time(0, leaf, requirements.at));
        }
        Ok(path) => {
            problems.extend(wrong_kind(leaf, requirements));
            let times = path
                .all()
                .enumerate()
                .filter_map(|(index, c)| out_of_time(index, c, requirements.at));
            problems.extend(times);
            examination.outcome.certificates = path
                .certificates
                .iter()
                .copied()
                .cloned()
                .collect();
            examination.outcome.anchor = path.anchor.clone();
            examine_statuses(&mut examination, &path, evidence, requirements, &mut meter);
        }
    }
    // Of one check the problem nearest to the leaf stays first: the sort is stable.
    examination
        .problems
        .sort_by_key(PathError::check);
    examination
}

fn examine_statuses(
    examination: &mut Examination,
    path: &Path<'_>,
    evidence: &Evidence,
    requirements: &Requirements,
    meter: &mut Meter,
) {
    let issuers = path.all().skip(1);
    for (index, (certificate, issuer)) in path
        .certificates
        .iter()
        .copied()
        .zip(issuers)
        .enumerate()
    {
        let subject = status::Subject {
            certificate,
            issuer,
        };
        let refused = &mut examination.refused;
        let found = status::determine(index, &subject, evidence, requirements, meter, refused);
        let (proof, problem) = match found {
            Ok(Status::Good {
                proof,
                revoked_later,
            }) => {
                if index == 0 {
                    examination.outcome.revoked_later = revoked_later;
                }
                (proof, None)
            }
            Ok(Status::Revoked {
                at,
                reason,
                source,
                proof,
            }) => {
                let revoked = PathError::Revoked {
                    serial: *certificate.serial(),
                    at,
                    reason,
                    source,
                };
                (proof, Some(revoked))
            }
            // The authorities stop answering for a certificate that has expired (Law 11), and expiry is a problem of its own.
            Ok(Status::Unknown(_)) if certificate.not_after() < requirements.at => {
                (StatusProof::Unasked, None)
            }
            Ok(Status::Unknown(why)) => {
                let unknown = PathError::StatusUnknown { index, why };
                (StatusProof::Unasked, Some(unknown))
            }
            Err(exhausted) => (StatusProof::Unasked, Some(exhausted)),
        };
        examination.outcome.statuses.push(proof);
        examination.problems.extend(problem);
    }
}

fn out_of_time(index: usize, certificate: &Certificate, at: Instant) -> Option<PathError> {
    let not_before = certificate.not_before();
    let not_after = certificate.not_after();
    if at < not_before {
        return Some(PathError::NotYetValid {
            index,
            not_before,
            at,
        });
    }
    (at > not_after).then_some(PathError::Expired {
        index,
        not_after,
        at,
    })
}

/// The leaf is of the kind asked for: by its policy, and by a key usage that allows what the kind is for
/// (`facts/profile-and-rules.md` A.3, A.4).
fn wrong_kind(leaf: &Certificate, requirements: &Requirements) -> Option<PathError> {
    let expected = requirements.kind;
    let found = leaf.kind();
    if found.is_none() && requirements.takes_unlisted {
        let found = leaf.apparent_kind();
        return found
            .is_some_and(|kind| kind != expected)
            .then_some(PathError::WrongKind { expected, found });
    }
    if found != Some(expected) {
        return Some(PathError::WrongKind { expected, found });
    }
    let usage_fits = leaf
        .key_usage()
        .is_some_and(|usage| match expected {
            CertificateKind::Signature => usage.digital_signature() && usage.non_repudiation(),
            CertificateKind::Authentication => usage.digital_signature(),
        });
    let purposes: &[ObjectIdentifier] = match expected {
        CertificateKind::Signature => &PURPOSES_OF_SIGNATURE,
        CertificateKind::Authentication => &PURPOSES_OF_AUTHENTICATION,
    };
    let extended = leaf.extended_key_usages();
    let purpose_fits = extended.is_empty()
        || extended
            .iter()
            .any(|purpose| purposes.contains(purpose));
    (!usage_fits || !purpose_fits).then_some(PathError::KeyUsage { index: 0 })
}

/// RFC 5280 §4.2.1.12; a signature certificate has no extended key usage, one that had it would have to allow documents.
const PURPOSES_OF_SIGNATURE: [ObjectIdentifier; 3] = [
    rfc5280::ANY_EXTENDED_KEY_USAGE,
    rfc5280::ID_KP_EMAIL_PROTECTION,
    // id-kp-documentSigning (RFC 9336 §3)
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"),
];
const PURPOSES_OF_AUTHENTICATION: [ObjectIdentifier; 2] =
    [rfc5280::ANY_EXTENDED_KEY_USAGE, rfc5912::ID_KP_CLIENT_AUTH];
