//! What an OCSP response says about a certificate (RFC 6960 §3.2).

use super::{
    Evidence, Reasons, Revocation, Statement, Status, StatusProof, Subject, Unusable, by_lists,
    has_begun, still_holds,
};
use crate::{
    Requirements, StatusProblem, StatusSource, extensions, meter::Meter, problem::FRESH_SECONDS,
};
use const_oid::db::rfc5912::ID_KP_OCSP_SIGNING;
use shirushi_asn1::oid;
use shirushi_crypto::sha256;
use shirushi_profile::{
    Certificate, RevocationReason,
    ocsp::{CertificateStatus, ReceivedResponse, SingleStatus},
    same_name,
};

/// What `response` says about `subject`, once it is known to come from its issuer or a responder of that issuer.
pub(super) fn evaluate(
    response: &ReceivedResponse,
    subject: &Subject<'_>,
    evidence: &Evidence,
    requirements: &Requirements,
    meter: &mut Meter,
) -> Result<Statement, Unusable> {
    let Some(single) = status_of(response, subject) else {
        return Err(StatusProblem::WrongIssuer.into());
    };
    let responder = responder(response, subject, evidence, requirements, meter)?;
    check_signature(response, responder, meter)?;
    let revocation = match single.status {
        CertificateStatus::Good => None,
        CertificateStatus::Revoked { at, reason } => Some(Revocation { at, reason }),
        CertificateStatus::Unknown => return Err(StatusProblem::UnknownToResponder.into()),
    };
    let next_update = single.next_update.unwrap_or(
        single
            .this_update
            .plus_seconds(FRESH_SECONDS),
    );
    let produced_at = response.produced_at();
    let timely = has_begun(produced_at.max(single.this_update), requirements)
        .and_then(|()| still_holds(next_update, requirements));
    Ok(Statement {
        source: StatusSource::Ocsp,
        scope: None,
        order: (None, single.this_update),
        made_at: single.this_update,
        revocation,
        timely,
        complete: Ok(Reasons::ALL),
        proof: StatusProof::Ocsp {
            produced_at,
            sha256: sha256(response.der()),
        },
    })
}

/// The status of the subject's certificate: if there are several, one that says "revoked for ever", else the newest.
fn status_of<'a>(
    response: &'a ReceivedResponse,
    subject: &Subject<'_>,
) -> Option<&'a SingleStatus> {
    response
        .statuses()
        .iter()
        .filter(|single| {
            single
                .id
                .is_about(subject.certificate, subject.issuer)
        })
        .max_by_key(|single| {
            let for_ever = matches!(
                single.status,
                CertificateStatus::Revoked { reason, .. } if reason != RevocationReason::CertificateHold
            );
            (for_ever, single.this_update)
        })
}

/// RFC 6960 §4.2.2.2: who signed, if it is the certificate's issuer or a responder that this very issuer has delegated.
fn responder<'a>(
    response: &'a ReceivedResponse,
    subject: &Subject<'a>,
    evidence: &Evidence,
    requirements: &Requirements,
    meter: &mut Meter,
) -> Result<&'a Certificate, Unusable> {
    if response.is_by(subject.issuer) {
        return Ok(subject.issuer);
    }
    // A responder that had ended before the instant asked for could have been made to sign with an old date.
    let produced_at = response.produced_at();
    let alive = [produced_at, requirements.at.max(produced_at)];
    let mut nearest = StatusProblem::ResponderNotAuthorised;
    for certificate in response.certificates() {
        let delegated = response.is_by(certificate)
            && is_responder(certificate)
            && alive
                .iter()
                .all(|instant| certificate.is_valid_at(*instant))
            && is_signed_by(certificate, subject.issuer, meter)?;
        if !delegated {
            continue;
        }
        match own_status(certificate, subject.issuer, evidence, requirements, meter) {
            Ok(()) => return Ok(certificate),
            Err(Unusable::Problem(problem)) => nearest = nearest.max(problem),
            Err(exhausted) => return Err(exhausted),
        }
    }
    Err(nearest.into())
}

fn is_responder(certificate: &Certificate) -> bool {
    let may_sign = certificate
        .key_usage()
        .is_none_or(|usage| usage.digital_signature());
    may_sign
        && certificate
            .extended_key_usages()
            .contains(&ID_KP_OCSP_SIGNING)
        && extensions::check(0, certificate).is_ok()
}

fn is_signed_by(
    certificate: &Certificate,
    issuer: &Certificate,
    meter: &mut Meter,
) -> Result<bool, Unusable> {
    let Ok(algorithm) = certificate.signature_algorithm() else {
        return Ok(false);
    };
    if !same_name(certificate.issuer_der(), issuer.subject_der()) {
        return Ok(false);
    }
    meter
        .signature()
        .map_err(Unusable::Exhausted)?;
    let key = issuer.public_key();
    Ok(key
        .verify(algorithm, certificate.tbs_der(), certificate.signature())
        .is_ok())
}

/// RFC 6960 §4.2.2.2.1: a responder need not be looked up where its certificate says so (id-pkix-ocsp-nocheck); else a list must say
/// that it lives. One that a list revokes is never believed.
fn own_status(
    responder: &Certificate,
    issuer: &Certificate,
    evidence: &Evidence,
    requirements: &Requirements,
    meter: &mut Meter,
) -> Result<(), Unusable> {
    let need_not_be_checked = responder
        .extension(oid::OCSP_NO_CHECK)
        .is_some();
    let subject = Subject {
        certificate: responder,
        issuer,
    };
    let lists = evidence
        .crls
        .iter()
        .filter(|list| !need_not_be_checked || list.entry(responder.serial()).is_some());
    let found = by_lists(lists, &subject, requirements, meter).map_err(Unusable::Exhausted)?;
    match found {
        Status::Revoked { .. } => Err(StatusProblem::ResponderRevoked.into()),
        Status::Unknown(_) if !need_not_be_checked => {
            Err(StatusProblem::ResponderStatusUnknown.into())
        }
        _ => Ok(()),
    }
}

fn check_signature(
    response: &ReceivedResponse,
    responder: &Certificate,
    meter: &mut Meter,
) -> Result<(), Unusable> {
    let algorithm = response
        .signature_algorithm()
        .map_err(|_| StatusProblem::BadSignature)?;
    meter
        .signature()
        .map_err(Unusable::Exhausted)?;
    let key = responder.public_key();
    key.verify(algorithm, response.tbs_der(), response.signature())
        .map_err(|_| StatusProblem::BadSignature)?;
    Ok(())
}
