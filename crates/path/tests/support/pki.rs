//! A small PKI for tests, written byte by byte so that it can also make what no authority should: certificates without this or
//! that, lists with holes, responses by nobody. Everyone in it is invented.
#![allow(dead_code)]

use const_oid::{ObjectIdentifier, db::rfc5280};
use der::{Decode, Encode};
use shirushi_asn1::{encode_signed, oid, tlv};
use shirushi_clock::Instant;
use shirushi_crypto::{KeyKind, SigningKey, SoftwareKey, sha1};
use shirushi_profile::{Certificate, CertificateList};
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

fn time(seconds: i64) -> Vec<u8> {
    let shown = at(seconds)
        .timestamp()
        .strftime("%y%m%d%H%M%SZ")
        .to_string();
    tlv::element(tlv::UTC_TIME, shown.as_bytes())
}

fn generalized(seconds: i64) -> Vec<u8> {
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

    fn der(&self) -> Vec<u8> {
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

/// A certificate to be.
#[derive(Clone)]
pub struct Draft {
    pub serial: Vec<u8>,
    pub issuer: Vec<u8>,
    pub subject: Vec<u8>,
    pub valid: (i64, i64),
    pub key: Arc<SoftwareKey>,
    pub extensions: Vec<Ext>,
}

impl Draft {
    pub fn new(issuer: &[u8], subject: &[u8], key: &Arc<SoftwareKey>) -> Self {
        Self {
            serial: vec![0x41, 0x01],
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            valid: (NOW - 365 * DAY, NOW + 365 * DAY),
            key: Arc::clone(key),
            extensions: Vec::new(),
        }
    }

    pub fn ca(issuer: &[u8], subject: &[u8], key: &Arc<SoftwareKey>) -> Self {
        let id = key.public_key().key_identifier();
        Self::new(issuer, subject, key)
            .with(key_usage(CA_USAGE))
            .with(basic_constraints(None))
            .with(subject_key(&id))
    }

    pub fn serial(mut self, serial: &[u8]) -> Self {
        self.serial = serial.to_vec();
        self
    }

    pub fn subject(mut self, subject: &[u8]) -> Self {
        self.subject = subject.to_vec();
        self
    }

    pub fn valid(mut self, from: i64, until: i64) -> Self {
        self.valid = (from, until);
        self
    }

    /// Adds an extension, in the place of one with the same identifier.
    pub fn with(mut self, extension: Ext) -> Self {
        match self
            .extensions
            .iter_mut()
            .find(|e| e.oid == extension.oid)
        {
            Some(present) => *present = extension,
            None => self.extensions.push(extension),
        }
        self
    }

    pub fn without(mut self, oid: ObjectIdentifier) -> Self {
        self.extensions.retain(|e| e.oid != oid);
        self
    }

    pub fn sign_der(&self, signer: &SoftwareKey) -> Vec<u8> {
        let algorithm = signer.algorithm().identifier();
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(Ext::der)
            .collect();
        let mut tbs = [
            tlv::element(0xa0, &[2, 1, 2]),
            tlv::element(tlv::INTEGER, &self.serial),
            algorithm.to_der().unwrap(),
            self.issuer.clone(),
            tlv::element(
                tlv::SEQUENCE,
                &[time(self.valid.0), time(self.valid.1)].concat(),
            ),
            self.subject.clone(),
            self.key
                .public_key()
                .spki_der()
                .to_vec(),
        ]
        .concat();
        if !extensions.is_empty() {
            tlv::push(&mut tbs, 0xa3, &tlv::element(tlv::SEQUENCE, &extensions));
        }
        let tbs = tlv::element(tlv::SEQUENCE, &tbs);
        let signature = signer.sign(&tbs).unwrap();
        encode_signed(&tbs, &algorithm, &signature).unwrap()
    }

    pub fn sign(&self, signer: &SoftwareKey) -> Certificate {
        Certificate::from_der(&self.sign_der(signer)).unwrap()
    }
}

/// An authority with its key.
#[derive(Clone)]
pub struct Authority {
    pub key: Arc<SoftwareKey>,
    pub name: Vec<u8>,
    pub certificate: Certificate,
}

impl Authority {
    pub fn root(unit: &str) -> Self {
        Self::root_with(unit, &p256())
    }

    pub fn root_with(unit: &str, key: &Arc<SoftwareKey>) -> Self {
        let name = sandbox(unit);
        let certificate = Draft::ca(&name, &name, key)
            .valid(NOW - 730 * DAY, NOW + 2_920 * DAY)
            .sign(key);
        Self {
            key: Arc::clone(key),
            name,
            certificate,
        }
    }

    pub fn identifier(&self) -> [u8; 20] {
        self.key.public_key().key_identifier()
    }

    /// An authority below this one.
    pub fn below(&self, unit: &str, change: impl FnOnce(Draft) -> Draft) -> Self {
        let key = p256();
        let name = sandbox(unit);
        let draft = Draft::ca(&self.name, &name, &key)
            .serial(&[0x42, unit.len() as u8])
            .with(authority_key(&self.identifier()));
        let certificate = change(draft).sign(&self.key);
        Self {
            key,
            name,
            certificate,
        }
    }

    /// A signature certificate as the profile has it.
    pub fn signature_draft(&self, key: &Arc<SoftwareKey>) -> Draft {
        Draft::new(&self.name, &person("TESTA0000000000000013998001A"), key)
            .with(key_usage(SIGNATURE_USAGE))
            .with(policies(&[oid::POLICY_SIGNATURE_TEST]))
            .with(distribution_point(&point_name("Shirushi-shi CRLDP")))
            .with(authority_key(&self.identifier()))
            .with(subject_key(&key.public_key().key_identifier()))
    }

    /// A user authentication certificate as the profile has it.
    pub fn authentication_draft(&self, key: &Arc<SoftwareKey>) -> Draft {
        self.signature_draft(key)
            .with(key_usage(AUTHENTICATION_USAGE))
            .with(policies(&[oid::POLICY_AUTHENTICATION_TEST]))
            .with(extended_usage(&["1.3.6.1.5.5.7.3.2"]))
    }

    /// The list for the municipality of [`Authority::signature_draft`].
    pub fn list(&self) -> ListDraft {
        ListDraft {
            issuer: self.name.clone(),
            this_update: NOW - DAY / 2,
            next_update: Some(NOW + DAY / 2),
            entries: Vec::new(),
            extensions: vec![
                authority_key(&self.identifier()),
                issuing_point(Some(&point_name("Shirushi-shi CRLDP")), &[]),
            ],
            number: Some(7),
        }
    }

    /// A list of everything that this authority has revoked.
    pub fn full_list(&self) -> ListDraft {
        self.list()
            .without(rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT)
    }
}

/// A revocation list to be.
#[derive(Clone)]
pub struct ListDraft {
    pub issuer: Vec<u8>,
    pub this_update: i64,
    pub next_update: Option<i64>,
    /// Serial number, time, reason.
    pub entries: Vec<(Vec<u8>, i64, Option<u8>)>,
    pub extensions: Vec<Ext>,
    pub number: Option<u8>,
}

impl ListDraft {
    pub fn revoke(mut self, serial: &[u8], when: i64, reason: u8) -> Self {
        self.entries
            .push((serial.to_vec(), when, Some(reason)));
        self
    }

    pub fn made(mut self, this_update: i64, next_update: Option<i64>) -> Self {
        (self.this_update, self.next_update) = (this_update, next_update);
        self
    }

    pub fn number(mut self, number: u8) -> Self {
        self.number = Some(number);
        self
    }

    pub fn with(mut self, extension: Ext) -> Self {
        self.extensions
            .retain(|e| e.oid != extension.oid);
        self.extensions.push(extension);
        self
    }

    pub fn without(mut self, oid: ObjectIdentifier) -> Self {
        self.extensions.retain(|e| e.oid != oid);
        self
    }

    pub fn sign_der(&self, signer: &SoftwareKey) -> Vec<u8> {
        let algorithm = signer.algorithm().identifier();
        let mut tbs = [
            tlv::element(tlv::INTEGER, &[1]),
            algorithm.to_der().unwrap(),
            self.issuer.clone(),
            time(self.this_update),
        ]
        .concat();
        if let Some(next) = self.next_update {
            tbs.extend(time(next));
        }
        let entries: Vec<u8> = self
            .entries
            .iter()
            .flat_map(|(serial, when, reason)| {
                let mut entry = [tlv::element(tlv::INTEGER, serial), time(*when)].concat();
                if let Some(reason) = reason {
                    let reason = Ext::new(rfc5280::ID_CE_CRL_REASONS, false, [0x0a, 0x01, *reason]);
                    tlv::push(&mut entry, tlv::SEQUENCE, &reason.der());
                }
                tlv::element(tlv::SEQUENCE, &entry)
            })
            .collect();
        if !entries.is_empty() {
            tlv::push(&mut tbs, tlv::SEQUENCE, &entries);
        }
        let number = self
            .number
            .map(|n| Ext::new(rfc5280::ID_CE_CRL_NUMBER, false, [0x02, 0x01, n]));
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .chain(&number)
            .flat_map(Ext::der)
            .collect();
        if !extensions.is_empty() {
            tlv::push(&mut tbs, 0xa0, &tlv::element(tlv::SEQUENCE, &extensions));
        }
        let tbs = tlv::element(tlv::SEQUENCE, &tbs);
        let signature = signer.sign(&tbs).unwrap();
        encode_signed(&tbs, &algorithm, &signature).unwrap()
    }

    pub fn sign(&self, signer: &SoftwareKey) -> CertificateList {
        CertificateList::from_der(&self.sign_der(signer)).unwrap()
    }
}

/// What an OCSP response says of one certificate.
#[derive(Clone, Copy, Debug)]
pub enum Said {
    Good,
    Revoked(i64, u8),
    Unknown,
}

/// An OCSP response to be.
#[derive(Clone)]
pub struct ResponseDraft {
    pub issuer: Certificate,
    pub serial: Vec<u8>,
    pub said: Said,
    pub produced_at: i64,
    pub this_update: i64,
    pub next_update: Option<i64>,
    /// Certificates put inside.
    pub certificates: Vec<Certificate>,
}

impl ResponseDraft {
    pub fn about(certificate: &Certificate, issuer: &Certificate, said: Said) -> Self {
        Self {
            issuer: issuer.clone(),
            serial: certificate.serial().to_der_content(),
            said,
            produced_at: NOW - 60,
            this_update: NOW - 60,
            next_update: Some(NOW + 900),
            certificates: Vec::new(),
        }
    }

    pub fn sign_der(&self, signer: &SoftwareKey) -> Vec<u8> {
        let sha1_id = ObjectIdentifier::new_unwrap("1.3.14.3.2.26")
            .to_der()
            .unwrap();
        let key = self.issuer.public_key();
        let cert_id = [
            tlv::element(tlv::SEQUENCE, &[sha1_id, vec![0x05, 0x00]].concat()),
            tlv::element(tlv::OCTET_STRING, &sha1(self.issuer.subject_der())),
            tlv::element(tlv::OCTET_STRING, &sha1(key.key_bits())),
            tlv::element(tlv::INTEGER, &self.serial),
        ];
        let status = match self.said {
            Said::Good => vec![0x80, 0x00],
            Said::Unknown => vec![0x82, 0x00],
            Said::Revoked(when, reason) => {
                let reason = tlv::element(0xa0, &[0x0a, 0x01, reason]);
                tlv::element(0xa1, &[generalized(when), reason].concat())
            }
        };
        let mut single = [
            tlv::element(tlv::SEQUENCE, &cert_id.concat()),
            status,
            generalized(self.this_update),
        ]
        .concat();
        if let Some(next) = self.next_update {
            tlv::push(&mut single, 0xa0, &generalized(next));
        }
        let responder = tlv::element(tlv::OCTET_STRING, &signer.public_key().key_identifier());
        let data = [
            tlv::element(0xa2, &responder),
            generalized(self.produced_at),
            tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &single)),
        ];
        let tbs = tlv::element(tlv::SEQUENCE, &data.concat());
        let algorithm = signer.algorithm().identifier();
        let signature = signer.sign(&tbs).unwrap();
        let signed = encode_signed(&tbs, &algorithm, &signature).unwrap();
        let mut parts = tlv::only("x", &signed, tlv::SEQUENCE)
            .unwrap()
            .content
            .to_vec();
        if !self.certificates.is_empty() {
            let list: Vec<u8> = self
                .certificates
                .iter()
                .flat_map(|c| c.der().to_vec())
                .collect();
            tlv::push(&mut parts, 0xa0, &tlv::element(tlv::SEQUENCE, &list));
        }
        let basic = tlv::element(tlv::SEQUENCE, &parts);
        let bytes = [
            oid::OCSP_BASIC.to_der().unwrap(),
            tlv::element(tlv::OCTET_STRING, &basic),
        ];
        let bytes = tlv::element(tlv::SEQUENCE, &bytes.concat());
        let parts = [vec![0x0a, 0x01, 0x00], tlv::element(0xa0, &bytes)];
        tlv::element(tlv::SEQUENCE, &parts.concat())
    }
}

/// The name as the library reads it.
pub fn parsed_name(der: &[u8]) -> x509_cert::name::Name {
    x509_cert::name::Name::from_der(der).unwrap()
}
