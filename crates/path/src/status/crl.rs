//! What a revocation list says about a certificate (RFC 5280 §6.3.3).

use super::{Revocation, Statement, StatusProof, Subject, Unusable, still_holds};
use crate::{Requirements, StatusProblem, StatusSource, meter::Meter};
use shirushi_asn1::tlv;
use shirushi_crypto::sha256;
use shirushi_profile::{Certificate, CertificateList, DistributionPoint, IssuingDistributionPoint};

/// Identifier octet of a GeneralName's directoryName (RFC 5280 §4.2.1.6).
const DIRECTORY_NAME: u8 = 0xa4;

/// What `list` says about `subject`, once it is known to cover it and to be its issuer's.
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
    if !covers(list.issuing_distribution_point(), certificate) {
        return Err(StatusProblem::WrongDistributionPoint.into());
    }
    check_signature(list, subject.issuer, meter)?;
    if !list
        .unknown_critical_extensions()
        .is_empty()
    {
        // RFC 5280 §5.2: a delta list is one of these, its indicator being critical.
        return Err(StatusProblem::UnknownCritical.into());
    }
    let this_update = list.this_update();
    let current = currency(list, certificate, requirements);
    Ok(Statement {
        source: StatusSource::Crl,
        scope: list
            .issuing_distribution_point()
            .cloned(),
        order: (list.number(), this_update),
        made_at: this_update,
        revocation: list
            .entry(certificate.serial())
            .map(|entry| Revocation {
                at: entry.revoked_at,
                reason: entry.reason,
            }),
        current,
        proof: StatusProof::Crl {
            number: list.number(),
            this_update,
            sha256: sha256(list.der()),
        },
    })
}

/// Whether `list` is `issuer`'s and has an entry of `certificate`, old or new; for the certificates of responders.
pub(super) fn revokes(
    list: &CertificateList,
    certificate: &Certificate,
    issuer: &Certificate,
    meter: &mut Meter,
) -> Result<bool, Unusable> {
    if !is_from(list, issuer)
        || list
            .entry(certificate.serial())
            .is_none()
    {
        return Ok(false);
    }
    match check_signature(list, issuer, meter) {
        Ok(()) => Ok(true),
        Err(Unusable::Problem(_)) => Ok(false),
        Err(exhausted) => Err(exhausted),
    }
}

/// The list's issuer is the certificate's, by name and, where both are stated, by key identifier: the generations of a CA share a
/// name, and each signs the lists of its own certificates.
fn is_from(list: &CertificateList, issuer: &Certificate) -> bool {
    let ids = (
        list.authority_key_identifier(),
        issuer.subject_key_identifier(),
    );
    list.issuer_der() == issuer.subject_der()
        && !matches!(ids, (Some(wanted), Some(borne)) if wanted != borne)
}

/// RFC 5280 §6.3.3(b)(2): the list's scope takes the certificate in, for all reasons.
fn covers(scope: Option<&IssuingDistributionPoint>, certificate: &Certificate) -> bool {
    let Some(scope) = scope else {
        return true;
    };
    let is_ca = certificate
        .basic_constraints()
        .is_some_and(|c| c.ca);
    let wrong_class = if is_ca {
        scope.only_user_certificates
    } else {
        scope.only_ca_certificates
    };
    // Lists of several issuers, or of some reasons only, would have to be completed by others; JPKI has none of them.
    let incomplete = scope.indirect || scope.only_some_reasons.is_some();
    if wrong_class || incomplete || scope.only_attribute_certificates {
        return false;
    }
    if scope.relative_name.is_some() {
        return false;
    }
    if scope.names.is_empty() {
        return true;
    }
    let points = certificate.distribution_points();
    if points.is_empty() {
        // §6.3.3: without a point the certificate's issuer names one.
        return scope
            .directory_names
            .iter()
            .any(|name| name == certificate.issuer_der());
    }
    points
        .iter()
        .filter(|point| names_issuer_itself(point, certificate))
        .any(|point| {
            point
                .names
                .iter()
                .any(|name| scope.names.contains(name))
        })
}

/// A point whose list is issued by another authority (cRLIssuer) is not the issuer's own list.
fn names_issuer_itself(point: &DistributionPoint, certificate: &Certificate) -> bool {
    let issuer = tlv::element(DIRECTORY_NAME, certificate.issuer_der());
    point.crl_issuer.is_empty() || point.crl_issuer.contains(&issuer)
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

fn currency(
    list: &CertificateList,
    certificate: &Certificate,
    requirements: &Requirements,
) -> Result<(), StatusProblem> {
    let not_after = certificate.not_after();
    if list.this_update() > not_after && requirements.at <= not_after {
        return Err(StatusProblem::AfterExpiry { not_after });
    }
    let next_update = list
        .next_update()
        .ok_or(StatusProblem::NoNextUpdate)?;
    still_holds(next_update, requirements)
}
