//! Reading a TBSCertificate strictly, its bytes kept.

use super::{Known, Stored, UnsignedCertificate};
use crate::{DistributionPoint, SerialNumber, name_matching::check_name};
use const_oid::db::rfc5280;
use der::Decode;
use shirushi_asn1::{
    Cause, Malformed, decode_bounded, oid,
    tlv::{self, Walker},
};
use shirushi_clock::Instant;
use shirushi_crypto::PublicKey;
use spki::AlgorithmIdentifierOwned;
use std::ops::Range;
use x509_cert::{
    ext::{
        self,
        pkix::{
            AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, CertificatePolicies,
            ExtendedKeyUsage, KeyUsage, SubjectAltName, SubjectKeyIdentifier, name::GeneralName,
        },
    },
    time::Time,
};

/// The most bytes of a certificate that are read. Real ones have under 2 KiB (`facts/card.md` §7.1).
pub(crate) const MOST_BYTES: usize = 64 * 1024;
/// The most extensions that are read.
const MOST_EXTENSIONS: usize = 64;
const WHAT: &str = "TBSCertificate";
const VERSION: u8 = 0xa0;
const ISSUER_UNIQUE_ID: u8 = 0x81;
const SUBJECT_UNIQUE_ID: u8 = 0x82;
const EXTENSIONS: u8 = 0xa3;

impl UnsignedCertificate {
    /// Reads a DER TBSCertificate of at most 64 KiB. Extensions that this room knows must be well-formed; none may stand there
    /// twice.
    ///
    /// # Errors
    /// [`Malformed`] with the position.
    pub fn from_tbs(der: &[u8]) -> Result<Self, Malformed> {
        if der.len() > MOST_BYTES {
            let cause = Cause::TooLong {
                length: der.len(),
                most: MOST_BYTES,
            };
            return Err(Malformed::new(WHAT, 0, cause));
        }
        let mut fields = tlv::only(WHAT, der, tlv::SEQUENCE)?.walk(WHAT);
        let version = read_version(&mut fields)?;
        let serial = fields.tagged(tlv::INTEGER)?;
        let serial = SerialNumber::from_der_content(serial.content)
            .map_err(|_| Malformed::new(WHAT, serial.content_offset, Cause::Value))?;
        let (_, algorithm) = sequence(&mut fields)?;
        let algorithm = AlgorithmIdentifierOwned::from_der(algorithm)
            .map_err(|e| Malformed::der("signature", e))?;
        let (issuer, bytes) = sequence(&mut fields)?;
        check_name("issuer", bytes)?;
        let mut validity = fields.tagged(tlv::SEQUENCE)?.walk(WHAT);
        let not_before = read_time(&mut validity, "notBefore")?;
        let not_after = read_time(&mut validity, "notAfter")?;
        validity.finish()?;
        let (subject, bytes) = sequence(&mut fields)?;
        check_name("subject", bytes)?;
        let (key, bytes) = sequence(&mut fields)?;
        let public_key = PublicKey::from_spki_der(bytes)
            .map_err(|_| Malformed::new("subjectPublicKeyInfo", key.start, Cause::Value))?;
        fields.optional(ISSUER_UNIQUE_ID)?;
        fields.optional(SUBJECT_UNIQUE_ID)?;
        let extensions = read_extensions(&mut fields, EXTENSIONS)?;
        fields.finish()?;
        if version < 3 && !extensions.is_empty() {
            return Err(Malformed::new("extensions", 0, Cause::Value));
        }
        let known = Known::decode(&extensions)?;
        Ok(Self {
            der: der.to_vec(),
            version,
            serial,
            algorithm,
            issuer,
            subject,
            not_before,
            not_after,
            public_key,
            extensions,
            known,
        })
    }
}

impl Known {
    fn decode(extensions: &[Stored]) -> Result<Self, Malformed> {
        let mut known = Self::default();
        for Stored { oid, value, .. } in extensions {
            match *oid {
                rfc5280::ID_CE_KEY_USAGE => {
                    known.key_usage = Some(decode::<KeyUsage>("keyUsage", value)?);
                }
                rfc5280::ID_CE_EXT_KEY_USAGE => {
                    known.extended_key_usages = decode::<ExtendedKeyUsage>("extKeyUsage", value)?.0;
                }
                rfc5280::ID_CE_BASIC_CONSTRAINTS => {
                    known.basic_constraints = Some(decode("basicConstraints", value)?);
                }
                rfc5280::ID_CE_CERTIFICATE_POLICIES => {
                    let policies = decode::<CertificatePolicies>("certificatePolicies", value)?.0;
                    known.policies = policies
                        .into_iter()
                        .map(|p| p.policy_identifier)
                        .collect();
                }
                rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER => {
                    let id = decode::<SubjectKeyIdentifier>("subjectKeyIdentifier", value)?;
                    known.subject_key_identifier = Some(id.0.as_bytes().to_vec());
                }
                rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER => known.read_authority(value)?,
                rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS => {
                    known.distribution_points = DistributionPoint::list_from_der(value)?;
                }
                rfc5280::ID_PE_AUTHORITY_INFO_ACCESS => known.read_access(value)?,
                rfc5280::ID_CE_SUBJECT_ALT_NAME => {
                    decode::<SubjectAltName>("subjectAltName", value)?;
                }
                _ => {}
            }
        }
        Ok(known)
    }

    fn read_authority(&mut self, value: &[u8]) -> Result<(), Malformed> {
        const WHAT: &str = "authorityKeyIdentifier";
        let authority: AuthorityKeyIdentifier = decode(WHAT, value)?;
        self.authority_key_identifier = authority
            .key_identifier
            .map(|id| id.as_bytes().to_vec());
        let serial = authority.authority_cert_serial_number;
        let issuer = authority.authority_cert_issuer;
        if let (Some(serial), Some(issuer)) = (serial, issuer) {
            let serial = SerialNumber::from_der_content(serial.as_bytes())
                .map_err(|_| Malformed::new(WHAT, 0, Cause::Value))?;
            let name = issuer
                .iter()
                .find_map(|name| match name {
                    GeneralName::DirectoryName(name) => Some(name),
                    _ => None,
                });
            if let Some(name) = name {
                let name = der::Encode::to_der(name).map_err(|e| Malformed::der(WHAT, e))?;
                self.authority_certificate = Some((name, serial));
            }
        }
        Ok(())
    }

    fn read_access(&mut self, value: &[u8]) -> Result<(), Malformed> {
        let access: AuthorityInfoAccessSyntax = decode("authorityInfoAccess", value)?;
        for description in access.0 {
            let GeneralName::UniformResourceIdentifier(uri) = description.access_location else {
                continue;
            };
            match description.access_method {
                oid::ACCESS_OCSP => self.ocsp_urls.push(uri.to_string()),
                oid::ACCESS_CA_ISSUERS => self
                    .ca_issuer_urls
                    .push(uri.to_string()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The number of the version; absent is 1.
fn read_version(fields: &mut Walker<'_>) -> Result<u8, Malformed> {
    let Some(tagged) = fields.optional(VERSION)? else {
        return Ok(1);
    };
    let integer = tlv::only(WHAT, tagged.content, tlv::INTEGER)?;
    match integer.content {
        // DER leaves the default, version 1, out.
        [number @ 1..=2] => Ok(number + 1),
        _ => Err(Malformed::new(WHAT, tagged.content_offset, Cause::Value)),
    }
}

/// Where the next SEQUENCE stands, and its bytes.
fn sequence<'a>(fields: &mut Walker<'a>) -> Result<(Range<usize>, &'a [u8]), Malformed> {
    let start = fields.offset();
    let element = fields.tagged(tlv::SEQUENCE)?;
    Ok((start..start + element.der.len(), element.der))
}

/// Reads a Time (RFC 5280 §4.1.2.5).
pub(crate) fn read_time(fields: &mut Walker<'_>, what: &'static str) -> Result<Instant, Malformed> {
    let offset = fields.offset();
    let element = fields.any()?;
    let time = Time::from_der(element.der).map_err(|e| Malformed::der(what, e))?;
    // 99991231235959Z, which says that there is no end (RFC 5280 §4.1.2.5), lies a day after the last that the clock can tell.
    i64::try_from(time.to_unix_duration().as_secs())
        .map(Instant::clamped)
        .map_err(|_| Malformed::new(what, offset, Cause::Value))
}

/// Reads explicitly tagged Extensions when they are there; none may be empty or repeat an identifier (RFC 5280 §4.2).
pub(crate) fn read_extensions(fields: &mut Walker<'_>, tag: u8) -> Result<Vec<Stored>, Malformed> {
    const WHAT: &str = "extensions";
    let Some(tagged) = fields.optional(tag)? else {
        return Ok(Vec::new());
    };
    let mut list = tlv::only(WHAT, tagged.content, tlv::SEQUENCE)?.walk(WHAT);
    let mut found: Vec<Stored> = Vec::new();
    while !list.is_finished() {
        if found.len() == MOST_EXTENSIONS {
            let cause = Cause::TooMany {
                most: MOST_EXTENSIONS,
            };
            return Err(list.fault(cause));
        }
        let offset = list.offset();
        let element = list.tagged(tlv::SEQUENCE)?;
        let read = ext::Extension::from_der(element.der).map_err(|e| Malformed::der(WHAT, e))?;
        if found
            .iter()
            .any(|e| e.oid == read.extn_id)
        {
            return Err(Malformed::new(WHAT, offset, Cause::Duplicate));
        }
        found.push(Stored {
            oid: read.extn_id,
            critical: read.critical,
            value: read.extn_value.into_bytes().into_vec(),
        });
    }
    if found.is_empty() {
        return Err(list.fault(Cause::Value));
    }
    Ok(found)
}

fn decode<'a, T>(what: &'static str, value: &'a [u8]) -> Result<T, Malformed>
where
    T: Decode<'a, Error = der::Error>,
{
    decode_bounded(what, value, MOST_BYTES)
}
