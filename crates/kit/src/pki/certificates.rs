//! Certificates and the authorities that sign them.

use super::{
    AUTHENTICATION_USAGE, CA_USAGE, DAY, Ext, ListDraft, NOW, SIGNATURE_USAGE, authority_key,
    basic_constraints, distribution_point, extended_usage, issuing_point, key_usage, p256, person,
    point_name, policies, sandbox, subject_key, time,
};
use const_oid::{ObjectIdentifier, db::rfc5280};
use der::Encode;
use shirushi_asn1::{encode_signed, oid, tlv};
use shirushi_crypto::{PublicKey, SigningKey, SoftwareKey};
use shirushi_profile::Certificate;
use std::sync::Arc;

/// A key to be certified, whoever holds the private half.
pub trait PublicHalf {
    fn public_half(&self) -> &PublicKey;
}

impl PublicHalf for PublicKey {
    fn public_half(&self) -> &PublicKey {
        self
    }
}

impl PublicHalf for Arc<SoftwareKey> {
    fn public_half(&self) -> &PublicKey {
        self.public_key()
    }
}

/// A certificate to be.
#[derive(Clone)]
pub struct Draft {
    pub serial: Vec<u8>,
    pub issuer: Vec<u8>,
    pub subject: Vec<u8>,
    pub valid: (i64, i64),
    pub key: PublicKey,
    pub extensions: Vec<Ext>,
}

impl Draft {
    pub fn new(issuer: &[u8], subject: &[u8], key: &impl PublicHalf) -> Self {
        Self {
            serial: vec![0x41, 0x01],
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            valid: (NOW - 365 * DAY, NOW + 365 * DAY),
            key: key.public_half().clone(),
            extensions: Vec::new(),
        }
    }

    pub fn ca(issuer: &[u8], subject: &[u8], key: &impl PublicHalf) -> Self {
        let id = key.public_half().key_identifier();
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
            self.key.spki_der().to_vec(),
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
            .serial(&[0x01])
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
    pub fn signature_draft(&self, key: &impl PublicHalf) -> Draft {
        Draft::new(&self.name, &person("TESTA0000000000000013998001A"), key)
            .with(key_usage(SIGNATURE_USAGE))
            .with(policies(&[oid::POLICY_SIGNATURE_TEST]))
            .with(distribution_point(&point_name("Shirushi-shi CRLDP")))
            .with(authority_key(&self.identifier()))
            .with(subject_key(&key.public_half().key_identifier()))
    }

    /// A user authentication certificate as the profile has it.
    pub fn authentication_draft(&self, key: &impl PublicHalf) -> Draft {
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
            empty_entries: false,
        }
    }

    /// A list of everything that this authority has revoked.
    pub fn full_list(&self) -> ListDraft {
        self.list()
            .without(rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT)
    }
}
