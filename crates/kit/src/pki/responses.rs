//! OCSP responses.

use super::{NOW, generalized};
use const_oid::ObjectIdentifier;
use der::Encode;
use shirushi_asn1::{encode_signed, oid, tlv};
use shirushi_crypto::{SigningKey, SoftwareKey, sha1};
use shirushi_profile::{Certificate, ocsp::ReceivedResponse};

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
    /// The same as DER, behind them.
    pub raw_certificates: Vec<Vec<u8>>,
    /// The name of the responder, where it does not name its key.
    pub by_name: Option<Vec<u8>>,
    /// The issuer's name that is hashed, where it is not as the issuer writes it.
    pub issuer_name: Option<Vec<u8>>,
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
            raw_certificates: Vec::new(),
            by_name: None,
            issuer_name: None,
        }
    }

    pub fn sign(&self, signer: &SoftwareKey) -> ReceivedResponse {
        ReceivedResponse::from_der(&self.sign_der(signer)).unwrap()
    }

    pub fn sign_der(&self, signer: &SoftwareKey) -> Vec<u8> {
        let sha1_id = ObjectIdentifier::new_unwrap("1.3.14.3.2.26")
            .to_der()
            .unwrap();
        let key = self.issuer.public_key();
        let cert_id = [
            tlv::element(tlv::SEQUENCE, &[sha1_id, vec![0x05, 0x00]].concat()),
            tlv::element(
                tlv::OCTET_STRING,
                &sha1(
                    self.issuer_name
                        .as_deref()
                        .unwrap_or(self.issuer.subject_der()),
                ),
            ),
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
        let key = tlv::element(tlv::OCTET_STRING, &signer.public_key().key_identifier());
        let responder = match &self.by_name {
            Some(name) => tlv::element(0xa1, name),
            None => tlv::element(0xa2, &key),
        };
        let data = [
            responder,
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
        let list: Vec<u8> = self
            .certificates
            .iter()
            .map(Certificate::der)
            .chain(
                self.raw_certificates
                    .iter()
                    .map(Vec::as_slice),
            )
            .flatten()
            .copied()
            .collect();
        if !list.is_empty() {
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
