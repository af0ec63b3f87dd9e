//! What every certificate of a path must be, whatever its place: its extensions and its key.

use crate::{Inconsistency, PathError, names};
use const_oid::{
    ObjectIdentifier,
    db::{
        rfc5280::{
            ID_CE_EXT_KEY_USAGE, ID_CE_INHIBIT_ANY_POLICY, ID_CE_NAME_CONSTRAINTS,
            ID_CE_POLICY_CONSTRAINTS, ID_CE_POLICY_MAPPINGS, ID_CE_SUBJECT_ALT_NAME,
        },
        rfc5912::ID_EC_PUBLIC_KEY,
    },
};
use der::{Decode, DecodeOwned, Tag, Tagged, asn1::Uint};
use shirushi_profile::{Certificate, Extension};
use x509_cert::ext::pkix::{PolicyConstraints, PolicyMappings};

/// The extension `oid` of the certificate `index`, read as `T`.
pub(crate) fn find<T>(
    index: usize,
    certificate: &Certificate,
    oid: ObjectIdentifier,
) -> Result<Option<T>, PathError>
where
    T: DecodeOwned,
{
    certificate
        .extension(oid)
        .map(|e| T::from_der(e.value).map_err(|_| PathError::Extension { index, oid }))
        .transpose()
}

/// RFC 5280 §4.2: no critical extension that is not processed or is malformed, and a key on a curve that is named. Of the last
/// certificate also that its extensions do not contradict each other; of those above it is asked whether they may issue.
pub(crate) fn check(index: usize, certificate: &Certificate) -> Result<(), PathError> {
    if let Some(oid) = certificate
        .unknown_critical_extensions()
        .first()
    {
        return Err(PathError::UnknownCritical { index, oid: *oid });
    }
    for extension in certificate.extensions() {
        if !is_well_formed(certificate, extension) {
            let oid = extension.oid;
            return Err(PathError::Extension { index, oid });
        }
    }
    let found = match index {
        0 => contradiction(certificate),
        _ => None,
    };
    if let Some(what) = found.or(namelessness(certificate)) {
        return Err(PathError::Inconsistent { index, what });
    }
    if has_explicit_curve(certificate) {
        return Err(PathError::ExplicitCurve { index });
    }
    Ok(())
}

/// Whether the extension is what it should be, as far as reading the certificate has not seen to it: reading does not decode those that
/// only CAs bear, which must be understood wherever they stand.
fn is_well_formed(certificate: &Certificate, extension: Extension<'_>) -> bool {
    let value = extension.value;
    match extension.oid {
        // SEQUENCE SIZE (1..MAX): an empty one does not allow everything (§4.2.1.12), nor are there no names in one (§4.2.1.6).
        ID_CE_EXT_KEY_USAGE => !certificate
            .extended_key_usages()
            .is_empty(),
        ID_CE_SUBJECT_ALT_NAME => value.len() > 2,
        ID_CE_NAME_CONSTRAINTS => names::is_well_formed(value),
        ID_CE_POLICY_CONSTRAINTS => PolicyConstraints::from_der(value).is_ok(),
        ID_CE_POLICY_MAPPINGS => PolicyMappings::from_der(value).is_ok(),
        ID_CE_INHIBIT_ANY_POLICY => Uint::from_der(value).is_ok(),
        _ => true,
    }
}

fn contradiction(certificate: &Certificate) -> Option<Inconsistency> {
    let constraints = certificate.basic_constraints();
    let is_ca = constraints.is_some_and(|c| c.ca);
    let limits = constraints.is_some_and(|c| c.path_len_constraint.is_some());
    let signs = certificate
        .key_usage()
        .is_some_and(|usage| usage.key_cert_sign());
    if signs && !is_ca {
        return Some(Inconsistency::CertSignWithoutCa);
    }
    (limits && !(is_ca && signs)).then_some(Inconsistency::PathLengthWithoutCa)
}

fn namelessness(certificate: &Certificate) -> Option<Inconsistency> {
    let is_ca = certificate
        .basic_constraints()
        .is_some_and(|c| c.ca);
    let named_beside = !is_ca
        && certificate
            .extension(ID_CE_SUBJECT_ALT_NAME)
            .is_some_and(|names| names.critical);
    let has_none = |name: &[u8]| name.len() <= 2;
    let nameless = has_none(certificate.issuer_der())
        || (has_none(certificate.subject_der()) && !named_beside);
    nameless.then_some(Inconsistency::NoName)
}

/// RFC 5480 §2.1.1: the curve is named. One that is written out may be another than it seems (CVE-2020-0601).
pub(crate) fn has_explicit_curve(certificate: &Certificate) -> bool {
    let algorithm = &certificate
        .public_key()
        .spki()
        .algorithm;
    algorithm.oid == ID_EC_PUBLIC_KEY
        && algorithm
            .parameters
            .as_ref()
            .is_none_or(|parameters| parameters.tag() != Tag::ObjectIdentifier)
}
