//! The container as received: SignedData taken apart without touching the bytes that were signed (RFC 5652 §5.1–5.3).

use crate::{
    SignatureError,
    attributes::{self, SET, SignedAttributes},
};
use const_oid::{ObjectIdentifier, db::rfc5911};
use der::Decode;
use shirushi_asn1::{Cause, Malformed, tlv};
use shirushi_profile::{Certificate, same_name};
use spki::AlgorithmIdentifierRef;

/// The longest container read, in bytes; one with a chain has about 5,000.
pub const MAX_CMS_LEN: usize = 1 << 20;
/// More certificates than a chain has.
const MOST_CERTIFICATES: usize = 16;
/// More elements than a set of algorithms or unsigned attributes has.
const MOST_ELEMENTS: usize = 64;

/// Identifier octet of `[n] IMPLICIT` or EXPLICIT, constructed.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// The parts of a SignedData with one signer.
///
/// ```text
/// SignedData ::= SEQUENCE {
///     version           CMSVersion,
///     digestAlgorithms  DigestAlgorithmIdentifiers,
///     encapContentInfo  EncapsulatedContentInfo,
///     certificates      [0] IMPLICIT CertificateSet OPTIONAL,
///     crls              [1] IMPLICIT RevocationInfoChoices OPTIONAL,
///     signerInfos       SignerInfos }
/// ```
pub(crate) struct Container<'a> {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) signer: SignerInfo<'a>,
}

const CONTENT_INFO: &str = "ContentInfo";

/// ```text
/// SignerInfo ::= SEQUENCE {
///     version             CMSVersion,
///     sid                 SignerIdentifier,
///     digestAlgorithm     DigestAlgorithmIdentifier,
///     signedAttrs         [0] IMPLICIT SignedAttributes OPTIONAL,
///     signatureAlgorithm  SignatureAlgorithmIdentifier,
///     signature           SignatureValue,
///     unsignedAttrs       [1] IMPLICIT UnsignedAttributes OPTIONAL }
/// ```
pub(crate) struct SignerInfo<'a> {
    pub(crate) identifier: SignerIdentifier<'a>,
    pub(crate) digest_algorithm: ObjectIdentifier,
    pub(crate) attributes: SignedAttributes,
    /// What is signed: the attributes under the tag of SET OF (RFC 5652 §5.4).
    pub(crate) to_be_signed: Vec<u8>,
    pub(crate) signature_algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) signature: &'a [u8],
}

/// Which certificate the signer names.
pub(crate) enum SignerIdentifier<'a> {
    IssuerAndSerial { issuer: &'a [u8], serial: &'a [u8] },
    SubjectKeyIdentifier(&'a [u8]),
}

impl<'a> Container<'a> {
    /// Takes a ContentInfo apart.
    pub(crate) fn from_der(cms: &'a [u8]) -> Result<Self, SignatureError> {
        const WHAT: &str = "SignedData";
        if cms.len() > MAX_CMS_LEN {
            return Err(SignatureError::TooLarge {
                limit: MAX_CMS_LEN,
                size: cms.len(),
            });
        }
        // What is wrong this far out is wrong for every reader. Further in, others may read what is not read here.
        let mut content_info = tlv::only(CONTENT_INFO, cms, tlv::SEQUENCE)
            .map_err(SignatureError::no_container)?
            .walk(CONTENT_INFO);
        let content_type = content_info
            .tagged(tlv::OBJECT_IDENTIFIER)
            .map_err(SignatureError::no_container)?;
        let content_type = attributes::read_oid("contentType", content_type)?;
        if content_type != rfc5911::ID_SIGNED_DATA {
            return Err(SignatureError::NotSigned { oid: content_type });
        }
        let content = content_info.tagged(context(0))?;
        content_info.finish()?;
        let mut content = content.walk(WHAT);
        let signed_data = content.tagged(tlv::SEQUENCE)?;
        content.finish()?;

        let mut fields = signed_data.walk(WHAT);
        version(&mut fields, &[1, 3, 4, 5])?;
        count_elements(fields.tagged(SET)?)?;
        detached_data(fields.tagged(tlv::SEQUENCE)?)?;
        let certificates = match fields.optional(context(0))? {
            Some(set) => certificates(set)?,
            None => Vec::new(),
        };
        fields.optional(context(1))?;
        let signer = one_signer(fields.tagged(SET)?)?;
        fields.finish()?;
        Ok(Self {
            certificates,
            signer,
        })
    }
}

impl SignerIdentifier<'_> {
    /// Whether `certificate` is the one named (RFC 5652 §5.3).
    pub(crate) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                let tbs = certificate.parsed().tbs_certificate();
                tbs.serial_number().as_bytes() == *serial
                    && same_name(certificate.issuer_der(), issuer)
            }
            Self::SubjectKeyIdentifier(identifier) => certificate
                .subject_key_identifier()
                .is_some_and(|borne| borne == *identifier),
        }
    }
}

fn one_signer(signers: tlv::Element<'_>) -> Result<SignerInfo<'_>, SignatureError> {
    const WHAT: &str = "SignerInfo";
    let count = count_elements(signers)?;
    match count {
        0 => return Err(SignatureError::NoSigner),
        1 => {}
        _ => return Err(SignatureError::SeveralSigners { count }),
    }
    let signer = signers
        .walk(WHAT)
        .tagged(tlv::SEQUENCE)?;
    let mut fields = signer.walk(WHAT);
    version(&mut fields, &[1, 3])?;
    let identifier = signer_identifier(fields.any()?)?;
    let digest_algorithm = algorithm(&mut fields)?.oid;
    let attributes = fields
        .optional(context(0))?
        .ok_or(SignatureError::SignedAttribute {
            oid: rfc5911::ID_MESSAGE_DIGEST,
        })?;
    let signature_algorithm = algorithm(&mut fields)?;
    let signature = fields
        .tagged(tlv::OCTET_STRING)?
        .content;
    if let Some(unsigned) = fields.optional(context(1))? {
        count_elements(unsigned)?;
    }
    fields.finish()?;
    Ok(SignerInfo {
        identifier,
        digest_algorithm,
        to_be_signed: tlv::element(SET, attributes.content),
        attributes: attributes::decode(attributes)?,
        signature_algorithm,
        signature,
    })
}

fn signer_identifier(element: tlv::Element<'_>) -> Result<SignerIdentifier<'_>, SignatureError> {
    const WHAT: &str = "SignerIdentifier";
    const SUBJECT_KEY_IDENTIFIER: u8 = 0x80;
    match element.tag {
        tlv::SEQUENCE => {
            let mut parts = element.walk(WHAT);
            let issuer = parts.tagged(tlv::SEQUENCE)?.der;
            let serial = parts.tagged(tlv::INTEGER)?.content;
            parts.finish()?;
            Ok(SignerIdentifier::IssuerAndSerial { issuer, serial })
        }
        SUBJECT_KEY_IDENTIFIER => Ok(SignerIdentifier::SubjectKeyIdentifier(element.content)),
        tag => {
            let cause = Cause::UnexpectedTag { tag };
            Err(Malformed::new(WHAT, element.content_offset, cause).into())
        }
    }
}

/// The certificates of the set. Attribute certificates and other formats, which prove nothing here, are passed over, and so is one
/// that cannot be read: if it was needed, it will be missing.
fn certificates(set: tlv::Element<'_>) -> Result<Vec<Certificate>, SignatureError> {
    let mut found = Vec::new();
    let mut walker = set.walk("CertificateSet");
    while !walker.is_finished() {
        let element = walker.any()?;
        if found.len() == MOST_CERTIFICATES {
            let most = MOST_CERTIFICATES;
            return Err(walker
                .fault(Cause::TooMany { most })
                .into());
        }
        if element.tag == tlv::SEQUENCE
            && let Ok(certificate) = Certificate::from_der(element.der)
        {
            found.push(certificate);
        }
    }
    Ok(found)
}

/// ```text
/// EncapsulatedContentInfo ::= SEQUENCE {
///     eContentType  ContentType,
///     eContent      [0] EXPLICIT OCTET STRING OPTIONAL }
/// ```
fn detached_data(element: tlv::Element<'_>) -> Result<(), SignatureError> {
    let mut fields = element.walk("EncapsulatedContentInfo");
    let content_type = oid("eContentType", &mut fields)?;
    if content_type != rfc5911::ID_DATA {
        return Err(SignatureError::ContentType { oid: content_type });
    }
    if fields.optional(context(0))?.is_some() {
        return Err(SignatureError::NotDetached);
    }
    Ok(fields.finish()?)
}

fn version(fields: &mut tlv::Walker<'_>, allowed: &[u8]) -> Result<(), SignatureError> {
    let version = fields.tagged(tlv::INTEGER)?;
    match version.content {
        [number] if allowed.contains(number) => Ok(()),
        _ => Err(Malformed::new("CMSVersion", version.content_offset, Cause::Value).into()),
    }
}

fn oid(
    what: &'static str,
    fields: &mut tlv::Walker<'_>,
) -> Result<ObjectIdentifier, SignatureError> {
    attributes::read_oid(what, fields.tagged(tlv::OBJECT_IDENTIFIER)?)
}

fn algorithm<'a>(
    fields: &mut tlv::Walker<'a>,
) -> Result<AlgorithmIdentifierRef<'a>, SignatureError> {
    let element = fields.tagged(tlv::SEQUENCE)?;
    AlgorithmIdentifierRef::from_der(element.der)
        .map_err(|e| Malformed::der("AlgorithmIdentifier", e).into())
}

fn count_elements(set: tlv::Element<'_>) -> Result<usize, SignatureError> {
    let mut walker = set.walk("SET");
    let mut count = 0;
    while !walker.is_finished() {
        walker.any()?;
        count += 1;
        if count > MOST_ELEMENTS {
            let most = MOST_ELEMENTS;
            return Err(walker
                .fault(Cause::TooMany { most })
                .into());
        }
    }
    Ok(count)
}
