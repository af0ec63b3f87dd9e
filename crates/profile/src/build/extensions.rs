//! The extensions of the profile, one function each (`facts/profile-and-rules.md` A.2–A.4).
//!
//! Criticality is written out here: the encoder's defaults make certificatePolicies non-critical (`facts/crates.md` §0.2).

use crate::{
    Certificate, CertificateKind, CrlScope, HolderItems, Municipality, ProfileError, Urls, names,
};
use const_oid::{ObjectIdentifier, db::rfc5280};
use der::{
    Any, Encode,
    asn1::{Ia5String, Null, OctetString},
    flagset::FlagSet,
};
use shirushi_asn1::{oid, other_name};
use shirushi_crypto::PublicKey;
use x509_cert::{
    ext::{
        Extension,
        pkix::{
            AccessDescription, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
            KeyUsage, KeyUsages,
            certpolicy::{PolicyInformation, PolicyQualifierInfo},
            crl::dp::DistributionPoint,
            name::{DistributionPointName, GeneralName},
        },
    },
    serial_number,
};

/// An extension with this value.
///
/// # Errors
/// [`ProfileError::Der`] when the value cannot be encoded.
pub fn extension(
    oid: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, ProfileError> {
    Ok(Extension {
        extn_id: oid,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

pub(super) fn key_usage(usages: impl Into<FlagSet<KeyUsages>>) -> Result<Extension, ProfileError> {
    extension(rfc5280::ID_CE_KEY_USAGE, true, &KeyUsage(usages.into()))
}

pub(super) fn extended_key_usage(purpose: ObjectIdentifier) -> Result<Extension, ProfileError> {
    extension(rfc5280::ID_CE_EXT_KEY_USAGE, false, &vec![purpose])
}

/// cA without a path length, as the real roots have it.
pub(super) fn authority_constraints() -> Result<Extension, ProfileError> {
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: None,
    };
    extension(rfc5280::ID_CE_BASIC_CONSTRAINTS, true, &constraints)
}

/// The kind's policy, critical, with the practice statement's address.
pub(super) fn policies(kind: CertificateKind, urls: &Urls) -> Result<Extension, ProfileError> {
    let cps = PolicyQualifierInfo {
        policy_qualifier_id: oid::QUALIFIER_CPS,
        qualifier: Some(Any::encode_from(&Ia5String::new(&urls.cps())?)?),
    };
    let policy = PolicyInformation {
        policy_identifier: kind.policy(),
        policy_qualifiers: Some(vec![cps]),
    };
    extension(
        rfc5280::ID_CE_CERTIFICATE_POLICIES,
        true,
        &CertificatePolicies(vec![policy]),
    )
}

/// The holder's six items.
pub(super) fn holder_names(items: &HolderItems) -> Result<Extension, ProfileError> {
    let mut names = Vec::with_capacity(6);
    for (type_id, text) in oid::ITEMS_IN_ORDER
        .into_iter()
        .zip(items.in_order())
    {
        names.push(other_name::utf8(type_id, &text)?);
    }
    extension(rfc5280::ID_CE_SUBJECT_ALT_NAME, false, &names)
}

/// subjectAltName or issuerAltName with a directoryName.
pub(super) fn alternative_name(
    oid: ObjectIdentifier,
    name_der: &[u8],
) -> Result<Extension, ProfileError> {
    extension(oid, false, &vec![directory_name(name_der)?])
}

/// An authority's own point: its name.
pub(super) fn authority_point(name_der: &[u8]) -> Result<Extension, ProfileError> {
    points(vec![directory_name(name_der)?])
}

/// The municipality's point: the directory name as in the real service, and an address beside it.
pub(super) fn municipality_point(
    kind: CertificateKind,
    municipality: &Municipality,
    urls: &Urls,
) -> Result<Extension, ProfileError> {
    points(point_names(kind, municipality, urls)?)
}

/// The names of a municipality's point; its lists bear the same.
pub(crate) fn point_names(
    kind: CertificateKind,
    municipality: &Municipality,
    urls: &Urls,
) -> Result<Vec<GeneralName>, ProfileError> {
    Ok(vec![
        directory_name(&names::distribution_point(kind, municipality))?,
        uri(&urls.crl(kind, CrlScope::Municipality(municipality.code)))?,
    ])
}

/// The names of the list of authorities: the authority's own, which its certificate's point bears, and an address beside it.
pub(crate) fn authority_point_names(
    kind: CertificateKind,
    name_der: &[u8],
    urls: &Urls,
) -> Result<Vec<GeneralName>, ProfileError> {
    Ok(vec![
        directory_name(name_der)?,
        uri(&urls.crl(kind, CrlScope::Authorities))?,
    ])
}

/// Where the responder answers, and for the signature certificate, which has no such pointer in the real service, also where the
/// authority's certificate is.
pub(super) fn access(kind: CertificateKind, urls: &Urls) -> Result<Extension, ProfileError> {
    let mut descriptions = vec![AccessDescription {
        access_method: oid::ACCESS_OCSP,
        access_location: uri(&urls.ocsp(kind))?,
    }];
    if kind == CertificateKind::Signature {
        descriptions.push(AccessDescription {
            access_method: oid::ACCESS_CA_ISSUERS,
            access_location: uri(&urls.ca_certificate(kind))?,
        });
    }
    extension(rfc5280::ID_PE_AUTHORITY_INFO_ACCESS, false, &descriptions)
}

/// Where the authority's certificate is.
pub(super) fn authority_access(
    kind: CertificateKind,
    urls: &Urls,
) -> Result<Extension, ProfileError> {
    let description = AccessDescription {
        access_method: oid::ACCESS_CA_ISSUERS,
        access_location: uri(&urls.ca_certificate(kind))?,
    };
    extension(
        rfc5280::ID_PE_AUTHORITY_INFO_ACCESS,
        false,
        &vec![description],
    )
}

/// Key identifier, name and serial number of the issuer's certificate.
pub(super) fn authority_key(issuer: &Certificate) -> Result<Extension, ProfileError> {
    let identifier = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(issuer_key_identifier(issuer))?),
        authority_cert_issuer: Some(vec![directory_name(issuer.issuer_der())?]),
        authority_cert_serial_number: Some(serial_number::SerialNumber::new(
            issuer.serial().as_bytes(),
        )?),
    };
    extension(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false, &identifier)
}

/// The issuer's own key identifier: what its certificate says, else computed from its key (RFC 5280 §5.2.1).
pub(crate) fn issuer_key_identifier(issuer: &Certificate) -> Vec<u8> {
    match issuer.subject_key_identifier() {
        Some(identifier) => identifier.to_vec(),
        None => issuer
            .public_key()
            .key_identifier()
            .to_vec(),
    }
}

pub(super) fn subject_key(key: &PublicKey) -> Result<Extension, ProfileError> {
    let identifier = OctetString::new(key.key_identifier())?;
    extension(rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER, false, &identifier)
}

/// The responder's certificate needs no status of its own (RFC 6960 §4.2.2.2.1).
pub(super) fn no_check() -> Result<Extension, ProfileError> {
    extension(oid::OCSP_NO_CHECK, false, &Null)
}

fn points(names: Vec<GeneralName>) -> Result<Extension, ProfileError> {
    let point = DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(names)),
        reasons: None,
        crl_issuer: None,
    };
    extension(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS, false, &vec![point])
}

fn directory_name(name_der: &[u8]) -> Result<GeneralName, ProfileError> {
    Ok(GeneralName::DirectoryName(names::parse(name_der)?))
}

fn uri(text: &str) -> Result<GeneralName, ProfileError> {
    Ok(GeneralName::UniformResourceIdentifier(Ia5String::new(
        text,
    )?))
}
