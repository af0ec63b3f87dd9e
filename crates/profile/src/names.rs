//! The distinguished names of the sandbox (`facts/profile-and-rules.md` A.2–A.4; DESIGN.md §5).
//!
//! countryName is a PrintableString, everything else a UTF8String; one attribute in each RDN.

use crate::{Certificate, CertificateKind, Municipality, ProfileError};
use const_oid::{ObjectIdentifier, db::rfc4519};
use der::Decode;
use shirushi_asn1::{Malformed, tlv};
use x509_cert::name::Name;

/// organizationName of the sandbox, where the real service has `JPKI` and its test hierarchy `JPKI-TEST`.
pub(crate) const ORGANIZATION: &str = "JPKI-SANDBOX";
/// The second organizationalUnitName, where the real service names its operator.
pub(crate) const UNIT: &str = "Shirushi Sandbox, not the real JPKI";
/// commonName of responders.
pub(crate) const RESPONDER: &str = "OCSP Responder";
/// The unit above the distribution points.
pub(crate) const POINTS_UNIT: &str = "CRL Distribution Points";

/// Organisations of the real service: no certificate of ours may be mistaken for one of theirs.
const RESERVED_ORGANIZATIONS: [&str; 4] = [
    "JPKI",
    "JPKI-TEST",
    "公的個人認証サービス",
    "地方公共団体情報システム機構",
];

const PRINTABLE_STRING: u8 = 0x13;
const UTF8_STRING: u8 = 0x0c;
const SET: u8 = 0x31;

/// One attribute of a name: its type, the string's identifier octet, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) tag: u8,
    pub(crate) text: String,
}

/// Which authority a certificate is of, by its subject.
#[must_use]
pub fn authority_kind(certificate: &Certificate) -> Option<CertificateKind> {
    CertificateKind::ALL
        .into_iter()
        .find(|kind| certificate.subject_der() == authority(*kind))
}

impl Certificate {
    /// Whether its issuer calls itself the sandbox's organisation and no other: the mark of everything that a sandbox issues, which no
    /// certificate of the real service has (ARCHITECTURE.md, D9). It is a name, and proves nothing of who has signed.
    #[must_use]
    pub fn is_of_sandbox(&self) -> bool {
        let issuer = attributes(self.issuer_der()).unwrap_or_default();
        let mut organizations = issuer
            .iter()
            .filter(|attribute| attribute.oid == rfc4519::O);
        organizations
            .next()
            .is_some_and(|first| first.text == ORGANIZATION)
            && organizations.next().is_none()
    }
}

/// Refuses an organizationName that belongs to the real service or its test hierarchy, in any case and spacing. For whoever reads
/// a configuration; building refuses such issuers by itself.
///
/// # Errors
/// [`ProfileError::ReservedName`].
pub fn refuse_reserved_organization(organization: &str) -> Result<(), ProfileError> {
    let folded: String = organization
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(fold)
        .collect();
    if RESERVED_ORGANIZATIONS.contains(&folded.as_str()) {
        let organization = organization.to_owned();
        return Err(ProfileError::ReservedName { organization });
    }
    Ok(())
}

/// Refuses a name with a reserved organizationName or organizationalUnitName.
pub(crate) fn refuse_reserved(name_der: &[u8]) -> Result<(), ProfileError> {
    // A name that cannot be read cannot be mistaken for another's either; parsers refuse it before.
    for attribute in attributes(name_der).unwrap_or_default() {
        if attribute.oid == rfc4519::O || attribute.oid == rfc4519::OU {
            refuse_reserved_organization(&attribute.text)?;
        }
    }
    Ok(())
}

/// The kind of the sandbox's authority that `issuer` is.
pub(crate) fn issuing_kind(issuer: &Certificate) -> Result<CertificateKind, ProfileError> {
    refuse_reserved(issuer.subject_der())?;
    authority_kind(issuer).ok_or(ProfileError::NotAnAuthority)
}

/// Subject and issuer of an authority.
pub(crate) fn authority(kind: CertificateKind) -> Vec<u8> {
    encode(&[
        (rfc4519::C, "JP"),
        (rfc4519::O, ORGANIZATION),
        (rfc4519::OU, kind.authority_unit()),
        (rfc4519::OU, UNIT),
    ])
}

/// subjectAltName of an authority and issuerAltName of what it issues: the name in Japanese.
pub(crate) fn authority_in_japanese(kind: CertificateKind) -> Vec<u8> {
    let unit = match kind {
        CertificateKind::Signature => "印（実験環境）署名用",
        CertificateKind::Authentication => "印（実験環境）利用者証明用",
    };
    encode(&[
        (rfc4519::C, "JP"),
        (rfc4519::O, "印（実験環境）"),
        (rfc4519::OU, unit),
        (rfc4519::OU, "本物の公的個人認証サービスではない"),
    ])
}

/// Subject of a responder.
pub(crate) fn responder(kind: CertificateKind) -> Vec<u8> {
    encode(&[
        (rfc4519::C, "JP"),
        (rfc4519::O, ORGANIZATION),
        (rfc4519::OU, kind.authority_unit()),
        (rfc4519::OU, UNIT),
        (rfc4519::CN, RESPONDER),
    ])
}

/// The distribution point of a municipality's revocations.
pub(crate) fn distribution_point(kind: CertificateKind, municipality: &Municipality) -> Vec<u8> {
    encode(&[
        (rfc4519::C, "JP"),
        (rfc4519::O, ORGANIZATION),
        (rfc4519::OU, kind.authority_unit()),
        (rfc4519::OU, POINTS_UNIT),
        (rfc4519::OU, municipality.prefecture),
        (rfc4519::CN, &format!("{} CRLDP", municipality.locality)),
    ])
}

/// Subject of an end entity: no locality where the certificate is for authentication.
pub(crate) fn end_entity(
    kind: CertificateKind,
    municipality: &Municipality,
    common_name: &str,
) -> Vec<u8> {
    match kind {
        CertificateKind::Signature => encode(&[
            (rfc4519::C, "JP"),
            (rfc4519::L, municipality.prefecture),
            (rfc4519::L, municipality.locality),
            (rfc4519::CN, common_name),
        ]),
        CertificateKind::Authentication => {
            encode(&[(rfc4519::C, "JP"), (rfc4519::CN, common_name)])
        }
    }
}

/// The library's type for a name of ours.
pub(crate) fn parse(name_der: &[u8]) -> Result<Name, der::Error> {
    Name::from_der(name_der)
}

/// The attributes of a name in order; RDNs with several are flattened.
pub(crate) fn attributes(name_der: &[u8]) -> Result<Vec<Attribute>, Malformed> {
    const WHAT: &str = "Name";
    let mut found = Vec::new();
    let mut rdns = tlv::only(WHAT, name_der, tlv::SEQUENCE)?.walk(WHAT);
    while !rdns.is_finished() {
        let mut values = rdns.tagged(SET)?.walk(WHAT);
        while !values.is_finished() {
            let mut pair = values.tagged(tlv::SEQUENCE)?.walk(WHAT);
            let oid = pair.tagged(tlv::OBJECT_IDENTIFIER)?;
            let oid = ObjectIdentifier::from_bytes(oid.content).map_err(|_| {
                Malformed::new(WHAT, oid.content_offset, shirushi_asn1::Cause::Value)
            })?;
            let value = pair.any()?;
            pair.finish()?;
            found.push(Attribute {
                oid,
                tag: value.tag,
                text: String::from_utf8_lossy(value.content).into_owned(),
            });
        }
    }
    Ok(found)
}

/// Upper case, and full-width Latin as the narrow one.
fn fold(c: char) -> impl Iterator<Item = char> {
    let narrow = match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    };
    narrow.to_uppercase()
}

fn encode(attributes: &[(ObjectIdentifier, &str)]) -> Vec<u8> {
    let mut rdns = Vec::new();
    for (oid, text) in attributes {
        let tag = expected_tag(*oid);
        let mut pair = tlv::element(tlv::OBJECT_IDENTIFIER, oid.as_bytes());
        tlv::push(&mut pair, tag, text.as_bytes());
        let pair = tlv::element(tlv::SEQUENCE, &pair);
        tlv::push(&mut rdns, SET, &pair);
    }
    tlv::element(tlv::SEQUENCE, &rdns)
}

/// The string type of an attribute in this profile.
pub(crate) fn expected_tag(oid: ObjectIdentifier) -> u8 {
    if oid == rfc4519::C {
        PRINTABLE_STRING
    } else {
        UTF8_STRING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisations_of_the_real_service_are_refused_in_every_spelling() {
        for reserved in [
            "JPKI",
            "jpki",
            " JPKI ",
            "JPKI-TEST",
            "Jpki-Test",
            "ＪＰＫＩ",
            "公的個人認証サービス",
            "地方公共団体情報システム機構",
        ] {
            assert_eq!(
                refuse_reserved_organization(reserved),
                Err(ProfileError::ReservedName {
                    organization: reserved.to_owned()
                })
            );
        }
        for free in ["JPKI-SANDBOX", "JPKI-TESTS", ""] {
            assert_eq!(refuse_reserved_organization(free), Ok(()), "{free}");
        }
    }

    #[test]
    fn names_are_read_back_attribute_by_attribute() {
        let name = authority(CertificateKind::Signature);
        let read = attributes(&name).unwrap();
        let texts: Vec<_> = read
            .iter()
            .map(|a| a.text.as_str())
            .collect();
        assert_eq!(
            texts,
            ["JP", ORGANIZATION, "JPKI for digital signature", UNIT]
        );
        assert_eq!(read[0].tag, PRINTABLE_STRING);
        assert!(
            read[1..]
                .iter()
                .all(|a| a.tag == UTF8_STRING)
        );
        assert_eq!(refuse_reserved(&name), Ok(()));
        let theirs = encode(&[(rfc4519::C, "JP"), (rfc4519::O, "JPKI")]);
        assert!(refuse_reserved(&theirs).is_err());
        assert_eq!(parse(&name).unwrap().len(), 4);
    }
}
