//! A small PKI for tests, written byte by byte so that it can also make what no authority should: certificates without this or
//! that, lists with holes, responses by nobody. Everyone in it is invented.

mod certificates;
mod lists;
mod responses;

pub use certificates::{Authority, Draft, PublicHalf};
pub use lists::ListDraft;
pub use responses::{ResponseDraft, Said};

use const_oid::{ObjectIdentifier, db::rfc5280};
use der::{Decode, Encode};
use shirushi_asn1::tlv;
use shirushi_clock::Instant;
use shirushi_crypto::{KeyKind, SoftwareKey};
use std::sync::Arc;

pub const DAY: i64 = 86_400;
/// 2026-07-01T00:00:00Z, the day on which everything below is asked.
pub const NOW: i64 = 1_782_864_000;
pub const SET: u8 = 0x31;
pub const SIGNATURE_USAGE: &[u8] = &[0x03, 0x02, 0x06, 0xc0];
pub const AUTHENTICATION_USAGE: &[u8] = &[0x03, 0x02, 0x07, 0x80];
pub const CA_USAGE: &[u8] = &[0x03, 0x02, 0x01, 0x06];

pub fn at(seconds: i64) -> Instant {
    Instant::from_unix(seconds).unwrap()
}

pub fn now() -> Instant {
    at(NOW)
}

pub fn p256() -> Arc<SoftwareKey> {
    Arc::new(SoftwareKey::generate(KeyKind::P256).unwrap())
}

pub fn rsa() -> Arc<SoftwareKey> {
    Arc::new(SoftwareKey::generate(KeyKind::Rsa2048).unwrap())
}

/// A DER Name, one attribute an RDN; countryName as PrintableString, the rest as UTF8String.
pub fn name(attributes: &[(&str, &str)]) -> Vec<u8> {
    let rdns: Vec<u8> = attributes
        .iter()
        .flat_map(|(kind, text)| {
            let (oid, tag) = match *kind {
                "C" => ("2.5.4.6", 0x13),
                "O" => ("2.5.4.10", 0x0c),
                "OU" => ("2.5.4.11", 0x0c),
                "L" => ("2.5.4.7", 0x0c),
                "CN" => ("2.5.4.3", 0x0c),
                "E" => ("1.2.840.113549.1.9.1", 0x16),
                other => panic!("{other}"),
            };
            let oid = ObjectIdentifier::new_unwrap(oid)
                .to_der()
                .unwrap();
            let value = tlv::element(tag, text.as_bytes());
            tlv::element(SET, &tlv::element(tlv::SEQUENCE, &[oid, value].concat()))
        })
        .collect();
    tlv::element(tlv::SEQUENCE, &rdns)
}

/// Identifier octets of string types.
pub const UTF8: u8 = 0x0c;
pub const PRINTABLE: u8 = 0x13;
pub const TELETEX: u8 = 0x14;
pub const BMP: u8 = 0x1e;

/// The same DER Name, what is a UTF8String in it written in another type.
pub fn retyped(name: &[u8], tag: u8) -> Vec<u8> {
    let mut rdns = Vec::new();
    let mut walker = tlv::only("x", name, tlv::SEQUENCE)
        .unwrap()
        .walk("x");
    while !walker.is_finished() {
        let set = walker.tagged(SET).unwrap();
        let pair = tlv::only("x", set.content, tlv::SEQUENCE).unwrap();
        let mut parts = pair.walk("x");
        let oid = parts.any().unwrap().der;
        let value = parts.any().unwrap();
        let value = match (value.tag, tag) {
            (UTF8, BMP) => {
                let text = std::str::from_utf8(value.content).unwrap();
                let units = text
                    .encode_utf16()
                    .flat_map(u16::to_be_bytes);
                tlv::element(BMP, &units.collect::<Vec<_>>())
            }
            (UTF8, tag) => tlv::element(tag, value.content),
            _ => value.der.to_vec(),
        };
        let pair = tlv::element(tlv::SEQUENCE, &[oid, &value].concat());
        tlv::push(&mut rdns, SET, &pair);
    }
    tlv::element(tlv::SEQUENCE, &rdns)
}

pub fn sandbox(unit: &str) -> Vec<u8> {
    name(&[("C", "JP"), ("O", "JPKI-SANDBOX"), ("OU", unit)])
}

pub fn person(common_name: &str) -> Vec<u8> {
    name(&[
        ("C", "JP"),
        ("L", "Tokyo-to"),
        ("L", "Shirushi-shi"),
        ("CN", common_name),
    ])
}

pub fn point_name(municipality: &str) -> Vec<u8> {
    let points = [
        ("C", "JP"),
        ("O", "JPKI-SANDBOX"),
        ("OU", "CRL Distribution Points"),
        ("CN", municipality),
    ];
    name(&points)
}

pub fn time(seconds: i64) -> Vec<u8> {
    let shown = at(seconds)
        .timestamp()
        .strftime("%y%m%d%H%M%SZ")
        .to_string();
    tlv::element(tlv::UTC_TIME, shown.as_bytes())
}

pub fn generalized(seconds: i64) -> Vec<u8> {
    let shown = at(seconds)
        .timestamp()
        .strftime("%Y%m%d%H%M%SZ")
        .to_string();
    tlv::element(tlv::GENERALIZED_TIME, shown.as_bytes())
}

#[derive(Clone, Debug)]
pub struct Ext {
    pub oid: ObjectIdentifier,
    pub critical: bool,
    pub value: Vec<u8>,
}

impl Ext {
    pub fn new(oid: ObjectIdentifier, critical: bool, value: impl Into<Vec<u8>>) -> Self {
        Self {
            oid,
            critical,
            value: value.into(),
        }
    }

    pub fn der(&self) -> Vec<u8> {
        let mut parts = self.oid.to_der().unwrap();
        if self.critical {
            parts.extend([0x01, 0x01, 0xff]);
        }
        tlv::push(&mut parts, tlv::OCTET_STRING, &self.value);
        tlv::element(tlv::SEQUENCE, &parts)
    }
}

pub fn basic_constraints(length: Option<u8>) -> Ext {
    let mut value = vec![0x01, 0x01, 0xff];
    if let Some(length) = length {
        value.extend([0x02, 0x01, length]);
    }
    Ext::new(
        rfc5280::ID_CE_BASIC_CONSTRAINTS,
        true,
        tlv::element(tlv::SEQUENCE, &value),
    )
}

pub fn key_usage(bits: &[u8]) -> Ext {
    Ext::new(rfc5280::ID_CE_KEY_USAGE, true, bits)
}

pub fn policies(oids: &[ObjectIdentifier]) -> Ext {
    let list: Vec<u8> = oids
        .iter()
        .flat_map(|o| tlv::element(tlv::SEQUENCE, &o.to_der().unwrap()))
        .collect();
    Ext::new(
        rfc5280::ID_CE_CERTIFICATE_POLICIES,
        true,
        tlv::element(tlv::SEQUENCE, &list),
    )
}

pub fn extended_usage(oids: &[&str]) -> Ext {
    let list: Vec<u8> = oids
        .iter()
        .flat_map(|o| {
            ObjectIdentifier::new_unwrap(o)
                .to_der()
                .unwrap()
        })
        .collect();
    Ext::new(
        rfc5280::ID_CE_EXT_KEY_USAGE,
        false,
        tlv::element(tlv::SEQUENCE, &list),
    )
}

/// `[0] { fullName [0] { directoryName [4] { Name } } }`
fn point(name: &[u8]) -> Vec<u8> {
    tlv::element(0xa0, &tlv::element(0xa0, &tlv::element(0xa4, name)))
}

pub fn distribution_point(name: &[u8]) -> Ext {
    let list = tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &point(name)));
    Ext::new(rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS, false, list)
}

/// issuingDistributionPoint with a point and further fields as DER.
pub fn issuing_point(name: Option<&[u8]>, fields: &[u8]) -> Ext {
    let mut content = name.map(point).unwrap_or_default();
    content.extend_from_slice(fields);
    Ext::new(
        rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT,
        true,
        tlv::element(tlv::SEQUENCE, &content),
    )
}

pub fn subject_key(id: &[u8]) -> Ext {
    Ext::new(
        rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
        false,
        tlv::element(tlv::OCTET_STRING, id),
    )
}

pub fn authority_key(id: &[u8]) -> Ext {
    let value = tlv::element(tlv::SEQUENCE, &tlv::element(0x80, id));
    Ext::new(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false, value)
}

/// permittedSubtrees and excludedSubtrees, each a GeneralName as DER.
pub fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Ext {
    let subtrees = |tag: u8, names: &[Vec<u8>]| {
        let list: Vec<u8> = names
            .iter()
            .flat_map(|n| tlv::element(tlv::SEQUENCE, n))
            .collect();
        if names.is_empty() {
            Vec::new()
        } else {
            tlv::element(tag, &list)
        }
    };
    let content = [subtrees(0xa0, permitted), subtrees(0xa1, excluded)].concat();
    Ext::new(
        rfc5280::ID_CE_NAME_CONSTRAINTS,
        true,
        tlv::element(tlv::SEQUENCE, &content),
    )
}

pub fn directory(name: &[u8]) -> Vec<u8> {
    tlv::element(0xa4, name)
}

/// The name as the library reads it.
pub fn parsed_name(der: &[u8]) -> x509_cert::name::Name {
    x509_cert::name::Name::from_der(der).unwrap()
}
