//! Revocation lists.

use super::{Ext, time};
use const_oid::{ObjectIdentifier, db::rfc5280};
use der::Encode;
use shirushi_asn1::{encode_signed, tlv};
use shirushi_crypto::{SigningKey, SoftwareKey};
use shirushi_profile::CertificateList;

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
    /// An empty revokedCertificates where there are no entries.
    pub empty_entries: bool,
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
        if !entries.is_empty() || self.empty_entries {
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
