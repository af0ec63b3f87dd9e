//! A container written by hand, so that every part of it can be wrong.

use crate::{
    citizen::{CONTENT, Citizen},
    pki::{NOW, SET, at},
};
use const_oid::{ObjectIdentifier, db::rfc5911};
use der::Encode;
use shirushi_asn1::tlv;
use shirushi_crypto::{SigningKey, SoftwareKey, sha256};
use shirushi_profile::Certificate;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
pub(crate) const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");

/// A SignedData to be.
pub(crate) struct Container {
    pub(crate) version: u8,
    pub(crate) content_type: ObjectIdentifier,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) signers: Vec<Signer>,
}

/// A SignerInfo to be.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) identifier: Vec<u8>,
    pub(crate) digest: ObjectIdentifier,
    pub(crate) digest_parameters: Vec<u8>,
    pub(crate) attributes: Option<Vec<Vec<u8>>>,
    pub(crate) algorithm: Vec<u8>,
    /// Signature instead of the right one.
    pub(crate) signature: Option<Vec<u8>>,
}

pub(crate) fn attribute(oid: ObjectIdentifier, values: &[Vec<u8>]) -> Vec<u8> {
    let parts = [oid.to_der().unwrap(), tlv::element(SET, &values.concat())];
    tlv::element(tlv::SEQUENCE, &parts.concat())
}

pub(crate) fn algorithm(oid: ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
    let parts = [oid.to_der().unwrap(), parameters.to_vec()];
    tlv::element(tlv::SEQUENCE, &parts.concat())
}

pub(crate) fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
    let serial = certificate.serial().to_der();
    tlv::element(tlv::SEQUENCE, &[certificate.issuer_der(), &serial].concat())
}

pub(crate) fn signing_time() -> Vec<u8> {
    let shown = at(NOW)
        .timestamp()
        .strftime("%y%m%d%H%M%SZ")
        .to_string();
    tlv::element(tlv::UTC_TIME, shown.as_bytes())
}

/// signingCertificateV2 with one ESSCertIDv2: optional algorithm, hash.
pub(crate) fn certificate_reference(algorithm: &[u8], hash: &[u8]) -> Vec<u8> {
    let id = [algorithm.to_vec(), tlv::element(tlv::OCTET_STRING, hash)];
    let id = tlv::element(tlv::SEQUENCE, &id.concat());
    tlv::element(tlv::SEQUENCE, &tlv::element(tlv::SEQUENCE, &id))
}

impl Container {
    /// One that is right in every respect.
    pub(crate) fn right(citizen: &Citizen) -> Self {
        Self {
            version: 1,
            content_type: rfc5911::ID_DATA,
            content: None,
            certificates: vec![citizen.certificate.der().to_vec()],
            signers: vec![Signer::right(citizen)],
        }
    }

    pub(crate) fn sign(&self, key: &SoftwareKey) -> Vec<u8> {
        let mut encapsulated = self.content_type.to_der().unwrap();
        if let Some(content) = &self.content {
            let content = tlv::element(tlv::OCTET_STRING, content);
            tlv::push(&mut encapsulated, 0xa0, &content);
        }
        let signers: Vec<u8> = self
            .signers
            .iter()
            .flat_map(|s| s.sign(key))
            .collect();
        let parts = [
            tlv::element(tlv::INTEGER, &[self.version]),
            tlv::element(SET, &algorithm(SHA256, &[])),
            tlv::element(tlv::SEQUENCE, &encapsulated),
            tlv::element(0xa0, &self.certificates.concat()),
            tlv::element(SET, &signers),
        ];
        let signed_data = tlv::element(tlv::SEQUENCE, &parts.concat());
        let parts = [
            rfc5911::ID_SIGNED_DATA
                .to_der()
                .unwrap(),
            tlv::element(0xa0, &signed_data),
        ];
        tlv::element(tlv::SEQUENCE, &parts.concat())
    }
}

impl Signer {
    pub(crate) fn right(citizen: &Citizen) -> Self {
        let data = rfc5911::ID_DATA.to_der().unwrap();
        let digest = tlv::element(tlv::OCTET_STRING, &sha256(CONTENT));
        let reference = certificate_reference(&[], &citizen.certificate.sha256());
        Self {
            identifier: issuer_and_serial(&citizen.certificate),
            digest: SHA256,
            digest_parameters: Vec::new(),
            attributes: Some(vec![
                attribute(rfc5911::ID_CONTENT_TYPE, &[data]),
                attribute(rfc5911::ID_SIGNING_TIME, &[signing_time()]),
                attribute(rfc5911::ID_MESSAGE_DIGEST, &[digest]),
                attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, &[reference]),
            ]),
            algorithm: algorithm(RSA, &[0x05, 0x00]),
            signature: None,
        }
    }

    /// Replaces the attribute with this identifier, or takes it away.
    pub(crate) fn set(&mut self, oid: ObjectIdentifier, values: Option<&[Vec<u8>]>) {
        let Some(attributes) = &mut self.attributes else {
            return;
        };
        let identifier = oid.to_der().unwrap();
        attributes.retain(|a| {
            let content = tlv::only("x", a, tlv::SEQUENCE)
                .unwrap()
                .content;
            !content.starts_with(&identifier)
        });
        if let Some(values) = values {
            attributes.push(attribute(oid, values));
        }
        attributes.sort();
    }

    fn sign(&self, key: &SoftwareKey) -> Vec<u8> {
        let attributes = self
            .attributes
            .as_ref()
            .map(|a| a.concat());
        let to_be_signed = match &attributes {
            Some(attributes) => tlv::element(SET, attributes),
            None => CONTENT.to_vec(),
        };
        let signature = match &self.signature {
            Some(signature) => signature.clone(),
            None => key.sign(&to_be_signed).unwrap(),
        };
        let parts = [
            tlv::element(tlv::INTEGER, &[1]),
            self.identifier.clone(),
            algorithm(self.digest, &self.digest_parameters),
            attributes
                .map(|a| tlv::element(0xa0, &a))
                .unwrap_or_default(),
            self.algorithm.clone(),
            tlv::element(tlv::OCTET_STRING, &signature),
        ];
        tlv::element(tlv::SEQUENCE, &parts.concat())
    }
}
