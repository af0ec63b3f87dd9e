//! What the role CA signs: its own certificate and those of services.

use crate::{Peer, role::DOMAIN};
use const_oid::db::{rfc4519, rfc5280, rfc5912};
use der::asn1::{Ia5String, OctetString};
use shirushi_asn1::tlv;
use shirushi_clock::Instant;
use shirushi_crypto::PublicKey;
use shirushi_profile::{
    Certificate, CertificateFields, ProfileError, SerialNumber, extension, signature_algorithm_of,
};
use x509_cert::ext::{
    Extension,
    pkix::{
        AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, NameConstraints,
        constraints::name::GeneralSubtree, name::GeneralName,
    },
};

/// organizationName of everything that a role CA issues.
const ORGANIZATION: &str = "Shirushi roles";
const AUTHORITY: &str = "Role CA";
const SET: u8 = 0x31;
const UTF8_STRING: u8 = 0x0c;

/// First and last instant of a validity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    pub(crate) not_before: Instant,
    pub(crate) not_after: Instant,
}

/// The content of the role CA's own certificate. It can issue services below [`DOMAIN`] alone, and no further authority.
pub(crate) fn authority_tbs(
    serial: &SerialNumber,
    period: Period,
    key: &PublicKey,
) -> Result<Vec<u8>, ProfileError> {
    let name = name(&[(rfc4519::O, ORGANIZATION), (rfc4519::CN, AUTHORITY)]);
    let extensions = [
        usage(KeyUsages::KeyCertSign | KeyUsages::CRLSign)?,
        constraints()?,
        only_below_the_domain()?,
        subject_key(key)?,
    ];
    CertificateFields {
        serial,
        algorithm: signature_algorithm_of(key)?,
        issuer_der: &name,
        not_before: period.not_before,
        not_after: period.not_after,
        subject_der: &name,
        public_key: key,
        extensions: &extensions,
    }
    .to_der()
}

/// The content of a service's certificate.
pub(crate) fn service_tbs(
    peer: &Peer,
    serial: &SerialNumber,
    period: Period,
    key: &PublicKey,
    authority: &Certificate,
) -> Result<Vec<u8>, ProfileError> {
    let subject = name(&[
        (rfc4519::O, ORGANIZATION),
        (rfc4519::OU, peer.role.as_str()),
        (rfc4519::CN, peer.name.as_str()),
    ]);
    let extensions = [
        usage(KeyUsages::DigitalSignature)?,
        purposes()?,
        names(peer)?,
        authority_key(authority.public_key())?,
        subject_key(key)?,
    ];
    CertificateFields {
        serial,
        algorithm: signature_algorithm_of(authority.public_key())?,
        issuer_der: authority.subject_der(),
        not_before: period.not_before,
        not_after: period.not_after,
        subject_der: &subject,
        public_key: key,
        extensions: &extensions,
    }
    .to_der()
}

/// The extension that names the key which has signed.
pub(crate) fn authority_key(key: &PublicKey) -> Result<Extension, ProfileError> {
    let identifier = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(key.key_identifier())?),
        ..Default::default()
    };
    extension(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false, &identifier)
}

fn usage(usages: impl Into<der::flagset::FlagSet<KeyUsages>>) -> Result<Extension, ProfileError> {
    extension(rfc5280::ID_CE_KEY_USAGE, true, &KeyUsage(usages.into()))
}

/// Whoever answers also asks.
fn purposes() -> Result<Extension, ProfileError> {
    let purposes = vec![rfc5912::ID_KP_SERVER_AUTH, rfc5912::ID_KP_CLIENT_AUTH];
    extension(rfc5280::ID_CE_EXT_KEY_USAGE, false, &purposes)
}

/// The role's DNS name, which TLS libraries compare, and the URI that says which service it is.
fn names(peer: &Peer) -> Result<Extension, ProfileError> {
    let names = vec![
        GeneralName::DnsName(Ia5String::new(&peer.role.dns_name())?),
        GeneralName::UniformResourceIdentifier(Ia5String::new(&peer.uri())?),
    ];
    extension(rfc5280::ID_CE_SUBJECT_ALT_NAME, false, &names)
}

fn constraints() -> Result<Extension, ProfileError> {
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: Some(0),
    };
    extension(rfc5280::ID_CE_BASIC_CONSTRAINTS, true, &constraints)
}

/// Whoever trusts the role CA by mistake trusts it for nothing of the web.
fn only_below_the_domain() -> Result<Extension, ProfileError> {
    let permitted = GeneralSubtree {
        base: GeneralName::DnsName(Ia5String::new(DOMAIN)?),
        minimum: 0,
        maximum: None,
    };
    let constraints = NameConstraints {
        permitted_subtrees: Some(vec![permitted]),
        excluded_subtrees: None,
    };
    extension(rfc5280::ID_CE_NAME_CONSTRAINTS, true, &constraints)
}

fn subject_key(key: &PublicKey) -> Result<Extension, ProfileError> {
    let identifier = OctetString::new(key.key_identifier())?;
    extension(rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER, false, &identifier)
}

fn name(attributes: &[(const_oid::ObjectIdentifier, &str)]) -> Vec<u8> {
    let mut rdns = Vec::new();
    for (oid, text) in attributes {
        let mut pair = tlv::element(tlv::OBJECT_IDENTIFIER, oid.as_bytes());
        tlv::push(&mut pair, UTF8_STRING, text.as_bytes());
        tlv::push(&mut rdns, SET, &tlv::element(tlv::SEQUENCE, &pair));
    }
    tlv::element(tlv::SEQUENCE, &rdns)
}
