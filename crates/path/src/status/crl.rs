//! What a revocation list says about a certificate (RFC 5280 §6.3.3).

use super::{
    Reasons, Revocation, Statement, StatusProof, Subject, Unusable, has_begun, still_holds,
};
use crate::{Requirements, StatusProblem, StatusSource, meter::Meter};
use shirushi_asn1::tlv;
use shirushi_crypto::sha256;
use shirushi_profile::{
    Certificate, CertificateList, DistributionPoint, IssuingDistributionPoint, same_general_name,
    same_name,
};
use std::borrow::Cow;

const NAME: &str = "Name";
const SET: u8 = 0x31;
/// Identifier octet of a GeneralName's directoryName (RFC 5280 §4.2.1.6).
const DIRECTORY_NAME: u8 = 0xa4;

/// What `list` says about `subject`, once it is known to be its issuer's and to tell something.
///
/// An entry counts wherever it stands: a number is one certificate's of the issuer, and revoked in a list of some reasons, of another
/// point or of changes only is revoked. Silence counts as far as the list is complete for the certificate.
pub(super) fn evaluate(
    list: &CertificateList,
    subject: &Subject<'_>,
    requirements: &Requirements,
    meter: &mut Meter,
) -> Result<Statement, Unusable> {
    let certificate = subject.certificate;
    if !is_from(list, subject.issuer) {
        return Err(StatusProblem::WrongIssuer.into());
    }
    let scope = list.issuing_distribution_point();
    if scope.is_some_and(|scope| scope.indirect || scope.only_attribute_certificates) {
        // Entries of other issuers, or of other things than certificates, which number for themselves.
        return Err(StatusProblem::WrongDistributionPoint.into());
    }
    // Who is taken from a list again (removeFromCRL) is not revoked by it. That stands in lists of changes only: a list in which it
    // stands is one, whatever else it says.
    let removed = list.removes(certificate.serial());
    let entry = list
        .entry(certificate.serial())
        .filter(|_| !removed);
    let complete = if removed || list.is_delta() {
        Err(StatusProblem::Delta)
    } else {
        covered(scope, certificate).ok_or(StatusProblem::WrongDistributionPoint)
    };
    if let (Err(problem), None) = (complete, entry) {
        return Err(problem.into());
    }
    check_signature(list, subject.issuer, meter)?;
    if !list
        .unknown_critical_extensions()
        .is_empty()
    {
        // RFC 5280 §5.2, §5.3: it may say that the entries are about something else.
        return Err(StatusProblem::UnknownCritical.into());
    }
    let this_update = list.this_update();
    Ok(Statement {
        source: StatusSource::Crl,
        scope: scope.cloned(),
        order: (list.crl_number(), this_update),
        made_at: this_update,
        revocation: entry.map(|entry| Revocation {
            at: entry.revoked_at,
            reason: entry.reason,
        }),
        timely: timely(list, certificate, requirements),
        complete,
        proof: StatusProof::Crl {
            number: list.crl_number(),
            this_update,
            sha256: sha256(list.der()),
        },
    })
}

/// The list's issuer is the certificate's, by name and, where both are stated, by key identifier: the generations of a CA share a
/// name, and each signs the lists of its own certificates.
fn is_from(list: &CertificateList, issuer: &Certificate) -> bool {
    let ids = (
        list.authority_key_identifier(),
        issuer.subject_key_identifier(),
    );
    !matches!(ids, (Some(wanted), Some(borne)) if wanted != borne)
        && same_name(list.issuer_der(), issuer.subject_der())
}

/// RFC 5280 §6.3.3(b)(2), (d): the reasons for which the list, of this scope, is complete for the certificate; none if its scope leaves
/// the certificate out.
fn covered(scope: Option<&IssuingDistributionPoint>, certificate: &Certificate) -> Option<Reasons> {
    let is_ca = certificate
        .basic_constraints()
        .is_some_and(|c| c.ca);
    let mut of_list = Reasons::ALL;
    let mut names = Cow::Borrowed(&[][..]);
    if let Some(scope) = scope {
        let wrong_class = if is_ca {
            scope.only_user_certificates
        } else {
            scope.only_ca_certificates
        };
        if wrong_class {
            return None;
        }
        of_list = Reasons::from_flags(scope.only_some_reasons);
        names = names_of(&scope.names, scope.relative_name.as_deref(), certificate);
    }
    let points = certificate.distribution_points();
    if points.is_empty() && !names.is_empty() {
        // §6.3.3: without a point the certificate's issuer names one.
        let issuer = tlv::element(DIRECTORY_NAME, certificate.issuer_der());
        return names
            .iter()
            .any(|name| same_general_name(name, &issuer))
            .then_some(of_list);
    }
    let is_named = |point: &&DistributionPoint| {
        names.is_empty()
            || names_of(&point.names, point.relative_name.as_deref(), certificate)
                .iter()
                .any(|name| {
                    names
                        .iter()
                        .any(|other| same_general_name(name, other))
                })
    };
    let of_points = points
        .iter()
        .filter(|point| names_issuer_itself(point, certificate))
        .filter(is_named)
        .map(|point| Reasons::from_flags(point.reasons))
        .reduce(Reasons::or);
    match of_points {
        Some(of_points) => Some(of_list.and(of_points)),
        // A list without a point is complete, also for a certificate whose points are all of other issuers.
        None => names.is_empty().then_some(of_list),
    }
}

/// The names of a point, one that is relative put behind the name of the issuer (RFC 5280 §4.2.1.13).
fn names_of<'a>(
    names: &'a [Vec<u8>],
    relative: Option<&[u8]>,
    certificate: &Certificate,
) -> Cow<'a, [Vec<u8>]> {
    let issuer = tlv::only(NAME, certificate.issuer_der(), tlv::SEQUENCE);
    match (relative, issuer) {
        (Some(relative), Ok(issuer)) => {
            let mut rdns = issuer.content.to_vec();
            tlv::push(&mut rdns, SET, relative);
            let name = tlv::element(tlv::SEQUENCE, &rdns);
            Cow::Owned(vec![tlv::element(DIRECTORY_NAME, &name)])
        }
        _ => Cow::Borrowed(names),
    }
}

/// A point whose list is issued by another authority (cRLIssuer) is not the issuer's own list.
fn names_issuer_itself(point: &DistributionPoint, certificate: &Certificate) -> bool {
    point.crl_issuer.is_empty() || {
        let issuer = tlv::element(DIRECTORY_NAME, certificate.issuer_der());
        point
            .crl_issuer
            .iter()
            .any(|name| same_general_name(name, &issuer))
    }
}

fn check_signature(
    list: &CertificateList,
    issuer: &Certificate,
    meter: &mut Meter,
) -> Result<(), Unusable> {
    // RFC 5280 §6.3.3(f)
    if !issuer
        .key_usage()
        .is_some_and(|usage| usage.crl_sign())
    {
        return Err(StatusProblem::CrlSignNotAllowed.into());
    }
    let algorithm = list
        .signature_algorithm()
        .map_err(|_| StatusProblem::BadSignature)?;
    meter
        .signature()
        .map_err(Unusable::Exhausted)?;
    issuer
        .public_key()
        .verify(algorithm, list.tbs_der(), list.signature())
        .map_err(|_| StatusProblem::BadSignature)?;
    Ok(())
}

fn timely(
    list: &CertificateList,
    certificate: &Certificate,
    requirements: &Requirements,
) -> Result<(), StatusProblem> {
    has_begun(list.this_update(), requirements)?;
    let not_after = certificate.not_after();
    if list.this_update() > not_after && requirements.at <= not_after {
        return Err(StatusProblem::AfterExpiry { not_after });
    }
    let next_update = list
        .next_update()
        .ok_or(StatusProblem::NoNextUpdate)?;
    still_holds(next_update, requirements)
}
