//! Verifying a detached signature: structure and cryptography, not trust (RFC 5652 §5.6, EN 319 122-1).

use crate::{
    SignatureError,
    attributes::binding_digest,
    container::{Container, SignerInfo},
};
use const_oid::db::rfc5912;
use der::AnyRef;
use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, SignatureAlgorithm, sha256};
use shirushi_profile::Certificate;
use shirushi_rules as rules;
use spki::AlgorithmIdentifierRef;

/// The longest content signed or verified, in bytes.
pub const MAX_CONTENT_LEN: usize = 64 << 20;

/// A signature that verifies with the key of the certificate inside. Only [`verify`] makes one. Whether that certificate is
/// trusted, alive and of the right kind is the path's question.
#[derive(Clone, Debug)]
pub struct SignatureVerified {
    signer: Certificate,
    certificates: Vec<Certificate>,
    signing_time: Instant,
    content_digest: Vec<u8>,
    cms_sha256: [u8; 32],
}

impl SignatureVerified {
    /// The certificate whose key signed, bound by the signature itself.
    #[must_use]
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// Every certificate of the container, the signer's among them: hints for a path, nothing more.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// When the signer claims to have signed.
    #[must_use]
    pub fn signing_time(&self) -> Instant {
        self.signing_time
    }

    /// The digest of the content, by the algorithm the signer chose (SHA-256, -384 or -512).
    #[must_use]
    pub fn content_digest(&self) -> &[u8] {
        &self.content_digest
    }

    /// SHA-256 of the container, by which evidence names it.
    #[must_use]
    pub fn cms_sha256(&self) -> [u8; 32] {
        self.cms_sha256
    }
}

/// Verifies a detached CAdES-B signature in DER over `content`.
///
/// # Errors
/// [`SignatureError`]; the content is compared before the signature is verified.
pub fn verify(cms: &[u8], content: &[u8]) -> Result<SignatureVerified, SignatureError> {
    let inspection = inspect(cms, content)?;
    match inspection.enforced() {
        Some(problem) => Err(problem.clone()),
        None => Ok(inspection.verified),
    }
}

/// What a signature that can be read says, and which of the two cryptographic facts do not hold.
pub(crate) struct Inspection {
    /// To be given out only when nothing is [enforced](Self::enforced).
    pub(crate) verified: SignatureVerified,
    pub(crate) content: Result<(), SignatureError>,
    pub(crate) signature: Result<(), SignatureError>,
}

impl Inspection {
    /// The first fact that does not hold and whose rule is on: always on outside test builds.
    pub(crate) fn enforced(&self) -> Option<&SignatureError> {
        let facts = [
            (&self.content, &rules::UNCHANGED),
            (&self.signature, &rules::SIGNATURE_VERIFIES),
        ];
        facts
            .into_iter()
            .filter(|(_, rule)| rule.is_on())
            .find_map(|(fact, _)| fact.as_ref().err())
    }
}

/// Reads the container and establishes both facts.
pub(crate) fn inspect(cms: &[u8], content: &[u8]) -> Result<Inspection, SignatureError> {
    if content.len() > MAX_CONTENT_LEN {
        return Err(SignatureError::TooLarge {
            limit: MAX_CONTENT_LEN,
            size: content.len(),
        });
    }
    let container = Container::from_der(cms)?;
    let info = &container.signer;
    let digest = binding_digest(info.digest_algorithm)?;
    let algorithm = algorithm(info.signature_algorithm, digest)?;
    let (signer, bound) = signing_certificate(&container)?;
    let content_digest = digest.digest(content);
    let content = if content_digest == info.attributes.message_digest {
        Ok(())
    } else {
        Err(SignatureError::ContentChanged {
            expected: info.attributes.message_digest.clone(),
            found: content_digest.clone(),
        })
    };
    let signature = if bound {
        signer
            .public_key()
            .verify(algorithm, &info.to_be_signed, info.signature)
            .map_err(|_| SignatureError::SignatureInvalid)
    } else {
        Err(SignatureError::SigningCertificateMismatch)
    };
    Ok(Inspection {
        verified: SignatureVerified {
            signer: signer.clone(),
            signing_time: info.attributes.signing_time,
            content_digest,
            cms_sha256: sha256(cms),
            certificates: container.certificates,
        },
        content,
        signature,
    })
}

/// The certificate that the signer names, and whether the signature binds it: names can be given to several (RFC 5035 §5.4).
fn signing_certificate<'c>(
    container: &'c Container<'_>,
) -> Result<(&'c Certificate, bool), SignatureError> {
    let SignerInfo {
        identifier,
        attributes,
        ..
    } = &container.signer;
    let mut named = None;
    for certificate in container
        .certificates
        .iter()
        .filter(|c| identifier.names(c))
    {
        if attributes
            .certificate
            .matches(certificate)?
        {
            return Ok((certificate, true));
        }
        named.get_or_insert(certificate);
    }
    named
        .map(|certificate| (certificate, false))
        .ok_or(SignatureError::SignerCertificateMissing)
}

/// The operation that a CMS signature algorithm and the digest beside it name (RFC 5754 §3).
fn algorithm(
    id: AlgorithmIdentifierRef<'_>,
    digest: DigestAlgorithm,
) -> Result<SignatureAlgorithm, SignatureError> {
    let refused = SignatureError::Algorithm { oid: id.oid };
    if id.oid == rfc5912::RSA_ENCRYPTION {
        let with_null = id.parameters == Some(AnyRef::NULL);
        return match digest {
            DigestAlgorithm::Sha256 if with_null => Ok(SignatureAlgorithm::RsaPkcs1Sha256),
            DigestAlgorithm::Sha384 if with_null => Ok(SignatureAlgorithm::RsaPkcs1Sha384),
            DigestAlgorithm::Sha512 if with_null => Ok(SignatureAlgorithm::RsaPkcs1Sha512),
            _ => Err(refused),
        };
    }
    SignatureAlgorithm::from_identifier(id)
        .ok()
        .filter(|algorithm| algorithm.digest() == Some(digest))
        .ok_or(refused)
}
