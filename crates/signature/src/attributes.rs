//! The signed attributes of CAdES-B (EN 319 122-1 §6.3): contentType, messageDigest, signingTime, signingCertificateV2.

use crate::SignatureError;
use const_oid::{ObjectIdentifier, db::rfc5911};
use der::{
    Decode, Encode, Sequence,
    asn1::{GeneralizedTime, OctetString, UtcTime},
};
use shirushi_asn1::{Cause, Malformed, tlv};
use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, sha256};
use shirushi_profile::{Certificate, same_name};
use spki::AlgorithmIdentifierOwned;
use std::time::Duration;
use x509_cert::{ext::pkix::name::GeneralName, serial_number::SerialNumber};

/// Identifier octet of SET and SET OF.
pub(crate) const SET: u8 = 0x31;
/// More attributes than a signature has reason to carry.
const MOST_ATTRIBUTES: usize = 32;
/// First instant that UTCTime cannot say: 2050-01-01T00:00:00Z (RFC 5652 §11.3).
const END_OF_UTC_TIME: i64 = 2_524_608_000;

/// What the signed attributes say.
pub(crate) struct SignedAttributes {
    /// Digest of the content.
    pub(crate) message_digest: Vec<u8>,
    /// The signer's claim of when.
    pub(crate) signing_time: Instant,
    /// Which certificate the signer meant.
    pub(crate) certificate: EssCertIdV2,
}

/// Reference to the signing certificate.
///
/// ```text
/// SigningCertificateV2 ::= SEQUENCE {
///     certs     SEQUENCE OF ESSCertIDv2,
///     policies  SEQUENCE OF PolicyInformation OPTIONAL
/// }
/// ```
///
/// [RFC 5035 §3](https://www.rfc-editor.org/rfc/rfc5035#section-3)
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<der::Any>,
}

/// One certificate by its hash.
///
/// ```text
/// ESSCertIDv2 ::= SEQUENCE {
///     hashAlgorithm  AlgorithmIdentifier DEFAULT {algorithm id-sha256},
///     certHash       OCTET STRING,
///     issuerSerial   IssuerSerial OPTIONAL
/// }
/// ```
///
/// [RFC 5035 §4](https://www.rfc-editor.org/rfc/rfc5035#section-4)
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct EssCertIdV2 {
    #[asn1(optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<IssuerSerial>,
}

/// ```text
/// IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber CertificateSerialNumber }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct IssuerSerial {
    issuer: Vec<GeneralName>,
    serial_number: SerialNumber,
}

/// A digest algorithm without parameters, as RFC 5754 §2 wants it written.
pub(crate) fn identifier(algorithm: DigestAlgorithm) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: algorithm.oid(),
        parameters: None,
    }
}

impl EssCertIdV2 {
    fn of(certificate: &Certificate) -> Result<Self, der::Error> {
        Ok(Self {
            hash_algorithm: None,
            cert_hash: OctetString::new(sha256(certificate.der()))?,
            issuer_serial: None,
        })
    }

    /// Whether this is the reference to `certificate` (RFC 5035 §5.4).
    ///
    /// # Errors
    /// [`SignatureError::Algorithm`] for a hash that does not bind.
    pub(crate) fn matches(&self, certificate: &Certificate) -> Result<bool, SignatureError> {
        let digest = match &self.hash_algorithm {
            Some(named) => binding_digest(named.oid)?,
            None => DigestAlgorithm::Sha256,
        };
        let tbs = certificate.parsed().tbs_certificate();
        let names_fit = self
            .issuer_serial
            .as_ref()
            .is_none_or(|reference| {
                reference.serial_number == *tbs.serial_number()
                    && matches!(
                        reference.issuer.as_slice(),
                        [GeneralName::DirectoryName(issuer)] if issuer
                            .to_der()
                            .is_ok_and(|issuer| same_name(&issuer, certificate.issuer_der()))
                    )
            });
        Ok(names_fit && digest.digest(certificate.der()) == self.cert_hash.as_bytes())
    }
}

/// The digest algorithm with this identifier, if it is one that binds: SHA-1 does not.
pub(crate) fn binding_digest(oid: ObjectIdentifier) -> Result<DigestAlgorithm, SignatureError> {
    DigestAlgorithm::from_oid(oid)
        .filter(|digest| *digest != DigestAlgorithm::Sha1)
        .ok_or(SignatureError::Algorithm { oid })
}

/// The content of the SET OF signed attributes, in DER's order.
pub(crate) fn encode(
    content_digest: &[u8],
    signer: &Certificate,
    signing_time: Instant,
) -> Result<Vec<u8>, der::Error> {
    let certificate = SigningCertificateV2 {
        certs: vec![EssCertIdV2::of(signer)?],
        policies: None,
    };
    let mut attributes = [
        attribute(rfc5911::ID_CONTENT_TYPE, &rfc5911::ID_DATA.to_der()?)?,
        attribute(rfc5911::ID_SIGNING_TIME, &encode_time(signing_time)?)?,
        attribute(
            rfc5911::ID_MESSAGE_DIGEST,
            &OctetString::new(content_digest)?.to_der()?,
        )?,
        attribute(
            rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2,
            &certificate.to_der()?,
        )?,
    ];
    attributes.sort();
    Ok(attributes.concat())
}

fn attribute(oid: ObjectIdentifier, value: &[u8]) -> Result<Vec<u8>, der::Error> {
    let parts = [oid.to_der()?, tlv::element(SET, value)].concat();
    Ok(tlv::element(tlv::SEQUENCE, &parts))
}

/// Time as RFC 5652 §11.3 demands: UTCTime through 2049, GeneralizedTime from then on.
fn encode_time(instant: Instant) -> Result<Vec<u8>, der::Error> {
    let seconds = u64::try_from(instant.unix()).map_err(|_| der::ErrorKind::DateTime)?;
    let since_epoch = Duration::from_secs(seconds);
    if instant.unix() < END_OF_UTC_TIME {
        UtcTime::from_unix_duration(since_epoch)?.to_der()
    } else {
        GeneralizedTime::from_unix_duration(since_epoch)?.to_der()
    }
}

/// Reads the signed attributes: each with one value, none twice, in DER's order, those of CAdES-B present.
pub(crate) fn decode(set: tlv::Element<'_>) -> Result<SignedAttributes, SignatureError> {
    const WHAT: &str = "signedAttrs";
    let mut attributes: Vec<(ObjectIdentifier, tlv::Element<'_>)> = Vec::new();
    let mut walker = set.walk(WHAT);
    let mut previous: &[u8] = &[];
    while !walker.is_finished() {
        if attributes.len() == MOST_ATTRIBUTES {
            let most = MOST_ATTRIBUTES;
            return Err(walker
                .fault(Cause::TooMany { most })
                .into());
        }
        let offset = walker.offset();
        let attribute = walker.tagged(tlv::SEQUENCE)?;
        if attribute.der <= previous {
            return Err(SignatureError::BerNotDer { what: WHAT, offset });
        }
        previous = attribute.der;
        let mut parts = attribute.walk(WHAT);
        let oid = read_oid(WHAT, parts.tagged(tlv::OBJECT_IDENTIFIER)?)?;
        let values = parts.tagged(SET)?;
        parts.finish()?;
        if attributes
            .iter()
            .any(|(o, _)| *o == oid)
        {
            return Err(SignatureError::SignedAttribute { oid });
        }
        attributes.push((oid, values));
    }
    let one = |oid: ObjectIdentifier| {
        let (_, values) = attributes
            .iter()
            .find(|(o, _)| *o == oid)
            .ok_or(SignatureError::SignedAttribute { oid })?;
        let mut walker = values.walk(WHAT);
        let value = walker.any()?;
        walker
            .finish()
            .map_err(|_| SignatureError::SignedAttribute { oid })?;
        Ok::<_, SignatureError>(value)
    };
    let content_type = read_oid("contentType", one(rfc5911::ID_CONTENT_TYPE)?)?;
    if content_type != rfc5911::ID_DATA {
        return Err(SignatureError::ContentType { oid: content_type });
    }
    let digest = one(rfc5911::ID_MESSAGE_DIGEST)?;
    let digest: OctetString = read("messageDigest", digest)?;
    let time = read_time(one(rfc5911::ID_SIGNING_TIME)?)?;
    let is_there = |oid| {
        attributes
            .iter()
            .any(|(o, _)| *o == oid)
    };
    let reference = rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2;
    if !is_there(reference) && is_there(rfc5911::ID_AA_SIGNING_CERTIFICATE) {
        return Err(SignatureError::BoundBySha1);
    }
    let references: SigningCertificateV2 = read("signingCertificateV2", one(reference)?)?;
    // RFC 5035 §5.4: the first reference is the signer's.
    let certificate = references
        .certs
        .into_iter()
        .next()
        .ok_or(SignatureError::SignedAttribute { oid: reference })?;
    Ok(SignedAttributes {
        message_digest: digest.into_bytes().into(),
        signing_time: time,
        certificate,
    })
}

pub(crate) fn read_oid(
    what: &'static str,
    element: tlv::Element<'_>,
) -> Result<ObjectIdentifier, SignatureError> {
    read(what, element)
}

fn read<'a, T>(what: &'static str, element: tlv::Element<'a>) -> Result<T, SignatureError>
where
    T: Decode<'a, Error = der::Error>,
{
    Ok(T::from_der(element.der).map_err(|e| Malformed::der(what, e))?)
}

fn read_time(element: tlv::Element<'_>) -> Result<Instant, SignatureError> {
    const WHAT: &str = "signingTime";
    let since_epoch = if element.tag == tlv::UTC_TIME {
        read::<UtcTime>(WHAT, element)?.to_unix_duration()
    } else {
        read::<GeneralizedTime>(WHAT, element)?.to_unix_duration()
    };
    let fault = Malformed::new(WHAT, element.content_offset, Cause::Value);
    let seconds = i64::try_from(since_epoch.as_secs()).map_err(|_| fault)?;
    Instant::from_unix(seconds).map_err(|_| fault.into())
}
