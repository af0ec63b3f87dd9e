//! Revocation lists (RFC 5280 §5; `facts/profile-and-rules.md` A.6).

use super::{Finding, Findings};
use crate::{
    Certificate, CertificateKind, CrlScope, Generation, IssuingDistributionPoint, MUNICIPALITIES,
    UnsignedCertificateList, Urls, names, signature_algorithm_of,
};
use const_oid::{ObjectIdentifier, db::rfc5280};
use shirushi_crypto::SignatureAlgorithm;

const COMPLETE: [(ObjectIdentifier, bool); 2] = [
    (rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false),
    (rfc5280::ID_CE_CRL_NUMBER, false),
];
const PARTIAL: [(ObjectIdentifier, bool); 3] = [
    (rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false),
    (rfc5280::ID_CE_CRL_NUMBER, false),
    (rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT, true),
];

/// What departs from the profile in a revocation list, signed or not yet, of `issuer`.
#[must_use]
pub fn lint_crl(list: &impl AsRef<UnsignedCertificateList>, issuer: &Certificate) -> Vec<Finding> {
    let list = list.as_ref();
    let mut findings = Findings::default();
    findings.require(
        "list.issuer",
        list.issuer_der() == issuer.subject_der() && names::authority_kind(issuer).is_some(),
        || "not the name of the authority".to_owned(),
    );
    if let Err(refused) = names::refuse_reserved(list.issuer_der()) {
        findings.require("list.reserved-name", false, || refused.to_string());
    }
    let algorithm = signature_algorithm_of(issuer.public_key()).map(SignatureAlgorithm::identifier);
    let named = list.algorithm_identifier();
    findings.require("list.algorithm", algorithm.as_ref() == Ok(named), || {
        format!("{named:?} where the issuer's key signs with {algorithm:?}")
    });
    findings.require(
        "list.next-update",
        list.next_update()
            .is_some_and(|next| next > list.this_update()),
        || format!("{} to {:?}", list.this_update(), list.next_update()),
    );
    let expected = match list.issuing_distribution_point() {
        Some(_) => &PARTIAL[..],
        None => &COMPLETE,
    };
    let found = list.extension_order();
    findings.require("list.extensions", found == expected, || {
        format!("{found:?}")
    });
    findings.require(
        "list.authority-key-identifier",
        list.authority_key_identifier()
            .is_some()
            && list.authority_key_identifier() == issuer.subject_key_identifier(),
        || "not the issuer's own subject key identifier".to_owned(),
    );
    findings.require("list.number", list.number().is_some(), || {
        "no number".to_owned()
    });
    if let Some(point) = list.issuing_distribution_point() {
        findings.require("list.distribution-point", is_point(point, issuer), || {
            "neither the names of one municipality's point nor the authority's own".to_owned()
        });
    }
    let unknown = list.unknown_critical_extensions();
    findings.require("list.critical", unknown.is_empty(), || {
        format!("{unknown:?}")
    });
    findings.require("list.duplicates", !list.has_duplicates(), || {
        "a serial number stands there twice".to_owned()
    });
    let oddity = list.oddity();
    findings.require("list.entries", oddity.is_none(), || {
        format!("{oddity:?}, with which readers bear and which nobody may write")
    });
    let is_future = list
        .latest_revocation()
        .is_some_and(|latest| latest > list.this_update());
    findings.require("list.future", !is_future, || {
        let later = list
            .entries()
            .filter(|entry| entry.revoked_at > list.this_update())
            .count();
        format!("{later} entries are later than the list")
    });
    findings.0
}

/// Whether the point is one that lists of `issuer` have, and the list covers what lists of that point cover: of a municipality all
/// certificates, of the authority's own name those of authorities alone. All reasons either way.
fn is_point(point: &IssuingDistributionPoint, issuer: &Certificate) -> bool {
    let Some(kind) = names::authority_kind(issuer) else {
        return false;
    };
    let (scope, name) = if point.only_ca_certificates {
        (CrlScope::Authorities, issuer.subject_der().to_vec())
    } else {
        let named = MUNICIPALITIES
            .iter()
            .map(|place| (place.code, names::distribution_point(kind, place)))
            .find(|(_, name)| point.directory_names == [name.as_slice()]);
        match named {
            Some((code, name)) => (CrlScope::Municipality(code), name),
            None => return false,
        }
    };
    let whole = IssuingDistributionPoint {
        names: point.names.clone(),
        directory_names: vec![name],
        uris: point.uris.clone(),
        only_ca_certificates: scope == CrlScope::Authorities,
        ..Default::default()
    };
    let is_at_its_address = match point.uris.as_slice() {
        [uri] => is_address(uri, kind, scope),
        _ => false,
    };
    // `whole` has every other restriction off.
    *point == whole && point.names.len() == 2 && is_at_its_address
}

/// The address of the list of this scope, of any generation: which one a list is of is told by the issuer's key.
fn is_address(uri: &str, kind: CertificateKind, scope: CrlScope) -> bool {
    let Some((base, (found, generation))) = uri
        .rsplit_once("/crl/")
        .and_then(|(base, path)| Some((base, Generation::of_path(path.split_once('/')?.0)?)))
    else {
        return false;
    };
    let written = Urls::new(base).map(|urls| {
        urls.of_generation(generation)
            .crl(kind, scope)
    });
    found == kind && written.is_ok_and(|written| written == uri)
}
