//! Verifying a detached signature: structure and cryptography, not trust (RFC 5652 §5.6, EN 319 122-1).

use crate::{
    SignatureError,
    armour::unwrapped,
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
use std::io;

/// The longest content signed, in bytes. What is verified is read in pieces and may have any length.
pub const MAX_CONTENT_LEN: usize = 64 << 20;
/// How much of a content is read at once, in bytes.
const PIECE: usize = 64 << 10;

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

    /// SHA-256 of the container as received, by which evidence names it.
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
    let der = unwrapped(cms);
    let container = Container::from_der(&der)?;
    let digests = Digests::of(content, digest_of(&container));
    inspect(container, digests, sha256(cms)).conclude()
}

/// The digests of a content.
pub(crate) struct Digests {
    /// By which reports name it.
    pub(crate) sha256: [u8; 32],
    /// By the signer's algorithm, where that is another one.
    other: Option<Vec<u8>>,
}

impl Digests {
    pub(crate) fn of(content: &[u8], algorithm: Option<DigestAlgorithm>) -> Self {
        Self {
            sha256: sha256(content),
            other: algorithm
                .filter(|algorithm| *algorithm != DigestAlgorithm::Sha256)
                .map(|algorithm| algorithm.digest(content)),
        }
    }

    /// Reads `content` to its end, in pieces.
    pub(crate) fn read(
        content: &mut dyn io::Read,
        algorithm: Option<DigestAlgorithm>,
    ) -> io::Result<Self> {
        let mut sha256 = DigestAlgorithm::Sha256.start();
        let mut other = algorithm
            .filter(|algorithm| *algorithm != DigestAlgorithm::Sha256)
            .map(DigestAlgorithm::start);
        let mut piece = vec![0; PIECE];
        loop {
            let read = match content.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            sha256.update(&piece[..read]);
            if let Some(other) = &mut other {
                other.update(&piece[..read]);
            }
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(&sha256.finish());
        Ok(Self {
            sha256: digest,
            other: other.map(shirushi_crypto::Hasher::finish),
        })
    }

    fn by_the_signers_algorithm(self) -> Vec<u8> {
        self.other
            .unwrap_or_else(|| self.sha256.to_vec())
    }
}

/// The algorithm that the content is to be hashed with; none for one that does not bind or is not known.
pub(crate) fn digest_of(container: &Container<'_>) -> Option<DigestAlgorithm> {
    binding_digest(container.signer.digest_algorithm).ok()
}

/// What a signature that can be read says, and which facts hold.
pub(crate) struct Inspection {
    /// The certificate that the signer names; none when it is not among those at hand.
    pub(crate) signer: Option<Certificate>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) signing_time: Instant,
    content_digest: Vec<u8>,
    cms_sha256: [u8; 32],
    /// The content is the one that is signed.
    pub(crate) content: Result<(), SignatureError>,
    /// The certificate is there and bound.
    pub(crate) certificate: Result<(), SignatureError>,
    /// The signature verifies; an error of an algorithm or a key leaves that open. It is not asked without the certificate.
    pub(crate) signature: Result<(), SignatureError>,
}

impl Inspection {
    /// The proof.
    ///
    /// # Errors
    /// The first fact that does not hold.
    pub(crate) fn conclude(self) -> Result<SignatureVerified, SignatureError> {
        // Always on outside test builds.
        let facts = [
            (&self.content, &rules::UNCHANGED),
            (&self.certificate, &rules::SIGNER_CERTIFICATE),
            (&self.signature, rule_of_signature(&self.signature)),
        ];
        let broken = facts
            .into_iter()
            .filter(|(_, rule)| rule.is_on())
            .find_map(|(fact, _)| fact.as_ref().err());
        match (broken, self.signer) {
            (Some(problem), _) => Err(problem.clone()),
            (None, None) => Err(SignatureError::SignerCertificateMissing),
            (None, Some(signer)) => Ok(SignatureVerified {
                signer,
                certificates: self.certificates,
                signing_time: self.signing_time,
                content_digest: self.content_digest,
                cms_sha256: self.cms_sha256,
            }),
        }
    }
}

/// The rule that a signature's fault breaks.
pub(crate) fn rule_of_signature(fact: &Result<(), SignatureError>) -> &'static rules::Rule {
    match fact {
        Err(
            SignatureError::Algorithm { .. }
            | SignatureError::ShortKey { .. }
            | SignatureError::KeyNotUsable,
        ) => &rules::ALGORITHM_ACCEPTED,
        _ => &rules::SIGNATURE_VERIFIES,
    }
}

/// Establishes the facts of a container. Further certificates may stand among its own.
pub(crate) fn inspect(
    container: Container<'_>,
    digests: Digests,
    cms_sha256: [u8; 32],
) -> Inspection {
    let info = &container.signer;
    let mut inspection = Inspection {
        signer: None,
        signing_time: info.attributes.signing_time,
        content_digest: digests.by_the_signers_algorithm(),
        cms_sha256,
        content: Ok(()),
        certificate: Err(SignatureError::SignerCertificateMissing),
        signature: Ok(()),
        certificates: Vec::new(),
    };
    let digest = binding_digest(info.digest_algorithm);
    inspection.content = match &digest {
        Err(error) => Err(error.clone()),
        Ok(_) if inspection.content_digest == info.attributes.message_digest => Ok(()),
        Ok(_) => Err(SignatureError::ContentChanged {
            expected: info.attributes.message_digest.clone(),
            found: inspection.content_digest.clone(),
        }),
    };
    let named = signing_certificate(&container);
    inspection.certificate = match &named {
        Ok((_, true)) => Ok(()),
        Ok((_, false)) => Err(SignatureError::SigningCertificateMismatch),
        Err(error) => Err(error.clone()),
    };
    let algorithm = digest.and_then(|digest| algorithm(info.signature_algorithm, digest));
    inspection.signature = match (&named, algorithm) {
        (_, Err(error)) => Err(error),
        (Ok((signer, true)), Ok(algorithm)) => signer
            .public_key()
            .judge(algorithm, &info.to_be_signed, info.signature)
            .map_err(SignatureError::from),
        // The certificate is the problem, and told as such.
        _ => Ok(()),
    };
    inspection.signer = named
        .ok()
        .map(|(signer, _)| signer.clone());
    inspection.certificates = container.certificates;
    inspection
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
        let is_plain = id
            .parameters
            .is_none_or(|parameters| parameters == AnyRef::NULL);
        return match digest {
            DigestAlgorithm::Sha256 if is_plain => Ok(SignatureAlgorithm::RsaPkcs1Sha256),
            DigestAlgorithm::Sha384 if is_plain => Ok(SignatureAlgorithm::RsaPkcs1Sha384),
            DigestAlgorithm::Sha512 if is_plain => Ok(SignatureAlgorithm::RsaPkcs1Sha512),
            _ => Err(refused),
        };
    }
    SignatureAlgorithm::from_identifier(id)
        .ok()
        .filter(|algorithm| algorithm.digest() == Some(digest))
        .ok_or(refused)
}
