//! A received response, the signed bytes kept.

use super::{CertId, CertificateStatus, OcspMalformed, OcspResponseStatus};
use crate::{Certificate, RevocationReason, same_name};
use der::{Encode, asn1::GeneralizedTime};
use shirushi_asn1::{Cause, Malformed, decode_bounded, ocsp as asn1, oid};
use shirushi_clock::Instant;
use shirushi_crypto::{SignatureAlgorithm, UnsupportedAlgorithm};
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

/// The most bytes of a response that are read: 64 statuses and some certificates.
const MOST_BYTES: usize = 256 * 1024;
/// The most certificates that are read from one.
const MOST_CERTIFICATES: usize = 8;
const WHAT: &str = "OCSPResponse";

/// A successful basic response as received. Nothing about it has been verified.
#[derive(Clone, Debug)]
pub struct ReceivedResponse {
    der: Vec<u8>,
    tbs: Vec<u8>,
    algorithm: AlgorithmIdentifierOwned,
    signature: Vec<u8>,
    certificates: Vec<Certificate>,
    responder: Responder,
    produced_at: Instant,
    statuses: Vec<SingleStatus>,
    nonce: Option<Vec<u8>>,
}

/// ResponderID (RFC 6960 §4.2.1).
#[derive(Clone, Debug)]
enum Responder {
    /// SHA-1 of the key bits.
    Key(Vec<u8>),
    /// The DER Name.
    Name(Vec<u8>),
}

/// The status of one certificate in a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleStatus {
    /// The certificate.
    pub id: CertId,
    /// Its status.
    pub status: CertificateStatus,
    /// When the status was known to be right.
    pub this_update: Instant,
    /// When newer information will be there; none: it always is.
    pub next_update: Option<Instant>,
}

/// How long ago an answer without a nonce may have been known to be so, in seconds: a quarter of an hour, after which the real
/// service renews its data (`facts/profile-and-rules.md` A.6).
pub const NONCELESS_SECONDS: i64 = 15 * 60;

impl ReceivedResponse {
    /// Reads a DER OCSPResponse of at most 256 KiB.
    ///
    /// # Errors
    /// [`OcspMalformed`]; [`OcspMalformed::NotSuccessful`] for the responder's errors.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspMalformed> {
        let response: asn1::OcspResponse = decode_bounded(WHAT, der, MOST_BYTES)?;
        if response.response_status != OcspResponseStatus::Successful {
            let status = response.response_status;
            return Err(OcspMalformed::NotSuccessful { status });
        }
        let bytes = response
            .response_bytes
            .filter(|bytes| bytes.response_type == oid::OCSP_BASIC)
            .ok_or(OcspMalformed::NoBasicResponse)?;
        let basic: asn1::BasicOcspResponse =
            decode_bounded("BasicOCSPResponse", bytes.response.as_bytes(), MOST_BYTES)?;
        let tbs = basic
            .tbs_der()
            .map_err(|e| Malformed::der("ResponseData", e))?;
        let data: asn1::ResponseData = decode_bounded("ResponseData", &tbs, MOST_BYTES)?;
        let statuses = read_statuses(data.responses)?;
        let mut nonce = None;
        for extension in data
            .response_extensions
            .unwrap_or_default()
        {
            if extension.extn_id == oid::OCSP_NONCE {
                let read = asn1::Nonce::from_extension(&extension)?;
                nonce = Some(read.as_bytes().to_vec());
            } else if extension.critical {
                let oid = extension.extn_id;
                return Err(OcspMalformed::CriticalExtension { oid });
            }
        }
        let signature = basic
            .signature
            .as_bytes()
            .ok_or(Malformed::new("signature", 0, Cause::Value))?
            .to_vec();
        Ok(Self {
            der: der.to_vec(),
            tbs,
            algorithm: basic.signature_algorithm,
            signature,
            certificates: read_certificates(basic.certs.unwrap_or_default()),
            responder: Responder::read(data.responder_id)?,
            produced_at: instant("producedAt", data.produced_at)?,
            statuses,
            nonce,
        })
    }

    /// The bytes received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The bytes that the signature covers.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        &self.tbs
    }

    /// The algorithm of the signature.
    ///
    /// # Errors
    /// [`UnsupportedAlgorithm`] for one that the house does not verify.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, UnsupportedAlgorithm> {
        SignatureAlgorithm::from_identifier(AlgorithmIdentifierRef::from(&self.algorithm))
    }

    /// The signature's octets.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The certificates sent with it, the first eight that can be read: others are nobody's here.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// When it was signed.
    #[must_use]
    pub fn produced_at(&self) -> Instant {
        self.produced_at
    }

    /// The statuses.
    #[must_use]
    pub fn statuses(&self) -> &[SingleStatus] {
        &self.statuses
    }

    /// The nonce returned.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Whether this can be the answer to a question of `now` that bore `nonce`: it returns it, or it has none, as responders may
    /// leave it out (RFC 9654 §2.1), and what it says was known at most [`NONCELESS_SECONDS`] ago.
    #[must_use]
    pub fn answers(&self, nonce: &[u8], now: Instant) -> bool {
        match self.nonce() {
            Some(returned) => returned == nonce,
            None => {
                let earliest = now.plus_seconds(-NONCELESS_SECONDS);
                self.statuses
                    .iter()
                    .all(|single| single.this_update >= earliest)
            }
        }
    }

    /// Whether it says of every certificate that it is unknown: some responders do of an issuer whose digest they have by another
    /// algorithm.
    #[must_use]
    pub fn knows_nothing(&self) -> bool {
        self.statuses
            .iter()
            .all(|single| single.status == CertificateStatus::Unknown)
    }

    /// Whether `certificate` is the one that the response names as its signer: by the name or by the SHA-1 of the key.
    #[must_use]
    pub fn is_by(&self, certificate: &Certificate) -> bool {
        match &self.responder {
            Responder::Key(hash) => {
                *hash
                    == certificate
                        .public_key()
                        .key_identifier()
            }
            Responder::Name(name) => same_name(name, certificate.subject_der()),
        }
    }
}

impl Responder {
    fn read(id: asn1::ResponderId) -> Result<Self, Malformed> {
        match id {
            asn1::ResponderId::ByKey(hash) => Ok(Self::Key(hash.into_bytes().into_vec())),
            asn1::ResponderId::ByName(name) => name
                .to_der()
                .map(Self::Name)
                .map_err(|e| Malformed::der("responderID", e)),
        }
    }
}

impl SingleStatus {
    fn read(single: asn1::SingleResponse) -> Result<Self, OcspMalformed> {
        let extensions = single
            .single_extensions
            .unwrap_or_default();
        if let Some(unknown) = extensions.iter().find(|e| e.critical) {
            let oid = unknown.extn_id;
            return Err(OcspMalformed::CriticalExtension { oid });
        }
        let status = match single.cert_status {
            asn1::CertStatus::Good(_) => CertificateStatus::Good,
            asn1::CertStatus::Unknown(_) => CertificateStatus::Unknown,
            asn1::CertStatus::Revoked(info) => CertificateStatus::Revoked {
                at: instant("revocationTime", info.revocation_time)?,
                reason: RevocationReason::from_any_code(
                    info.revocation_reason
                        .map_or(0, |code| code.0),
                ),
            },
        };
        let next_update = match single.next_update {
            Some(time) => Some(instant("nextUpdate", time)?),
            None => None,
        };
        Ok(Self {
            id: CertId::from_asn1(single.cert_id),
            status,
            this_update: instant("thisUpdate", single.this_update)?,
            next_update,
        })
    }
}

/// The statuses that can be used. One that bears a critical extension is not (RFC 5280 §4.2), and spoils none of another certificate.
fn read_statuses(received: Vec<asn1::SingleResponse>) -> Result<Vec<SingleStatus>, OcspMalformed> {
    let mut statuses = Vec::with_capacity(received.len());
    let mut passed_over = None;
    for single in received {
        match SingleStatus::read(single) {
            Ok(status) => statuses.push(status),
            Err(unknown @ OcspMalformed::CriticalExtension { .. }) => passed_over = Some(unknown),
            Err(malformed) => return Err(malformed),
        }
    }
    match passed_over {
        Some(unknown) if statuses.is_empty() => Err(unknown),
        _ => Ok(statuses),
    }
}

fn read_certificates(received: Vec<der::Any>) -> Vec<Certificate> {
    received
        .into_iter()
        .filter_map(|any| Certificate::from_der(&any.to_der().ok()?).ok())
        .take(MOST_CERTIFICATES)
        .collect()
}

fn instant(what: &'static str, time: GeneralizedTime) -> Result<Instant, Malformed> {
    i64::try_from(time.to_unix_duration().as_secs())
        .map(Instant::clamped)
        .map_err(|_| Malformed::new(what, 0, Cause::Value))
}
