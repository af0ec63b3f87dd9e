//! Making a signature: prepare here, sign elsewhere (a card), assemble here.

use crate::{
    MAX_CONTENT_LEN, SignatureError,
    attributes::{self, SET, identifier},
    container::context,
};
use const_oid::db::{rfc5911, rfc5912};
use der::{Encode, asn1::Null};
use shirushi_asn1::{Malformed, tlv};
use shirushi_clock::Instant;
use shirushi_crypto::{DigestAlgorithm, Hasher, SignatureAlgorithm, sha256};
use shirushi_profile::Certificate;
use spki::AlgorithmIdentifierOwned;

/// DER of a SHA-256 DigestInfo up to the digest (RFC 8017 §9.2, note 1).
const DIGEST_INFO_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// A signature that lacks nothing but the signer's private key.
#[derive(Clone, Debug)]
pub struct Prepared {
    signer: Certificate,
    algorithm: SignatureAlgorithm,
    /// The signed attributes under the tag of SET OF: what is signed (RFC 5652 §5.4).
    to_be_signed: Vec<u8>,
    /// The content of that set.
    attributes: Vec<u8>,
}

/// The digests of a content that is signed, of which the signer's key takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentDigests {
    /// For RSA and P-256.
    pub sha256: [u8; 32],
    /// For P-384, which the next card is to have.
    pub sha384: [u8; 48],
}

/// Those of a content that comes in pieces.
#[derive(Clone, Debug)]
pub struct ContentHasher {
    sha256: Hasher,
    sha384: Hasher,
}

impl ContentDigests {
    /// Those of a whole content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let mut hasher = ContentHasher::default();
        hasher.update(content);
        hasher.finish()
    }

    fn by(&self, algorithm: DigestAlgorithm) -> &[u8] {
        match algorithm {
            DigestAlgorithm::Sha384 => &self.sha384,
            _ => &self.sha256,
        }
    }
}

impl Default for ContentHasher {
    fn default() -> Self {
        Self {
            sha256: DigestAlgorithm::Sha256.start(),
            sha384: DigestAlgorithm::Sha384.start(),
        }
    }
}

impl ContentHasher {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        self.sha384.update(piece);
    }

    /// The digests of all pieces.
    #[must_use]
    pub fn finish(self) -> ContentDigests {
        let (mut sha256, mut sha384) = ([0; 32], [0; 48]);
        sha256.copy_from_slice(&self.sha256.finish());
        sha384.copy_from_slice(&self.sha384.finish());
        ContentDigests { sha256, sha384 }
    }
}

/// Prepares a detached CAdES-B signature of `content` (EN 319 122-1 §6.3) by the holder of `signer`'s key.
///
/// `signing_time` is the signer's claim, in whole seconds. The key is RSA (SHA-256, PKCS#1 v1.5), on P-256 (SHA-256) or on P-384 (SHA-384).
///
/// # Errors
/// [`SignatureError::Algorithm`] for another kind of key, [`SignatureError::TooLarge`] beyond [`MAX_CONTENT_LEN`],
/// [`SignatureError::NotRead`] for a time before 1970.
pub fn prepare(
    content: &[u8],
    signer: &Certificate,
    signing_time: Instant,
) -> Result<Prepared, SignatureError> {
    if content.len() > MAX_CONTENT_LEN {
        return Err(SignatureError::TooLarge {
            limit: MAX_CONTENT_LEN,
            size: content.len(),
        });
    }
    prepare_digest(&ContentDigests::of(content), signer, signing_time)
}

/// The same of a content of which the caller has the digests alone, because it was read in pieces: it may be of any size.
///
/// # Errors
/// Those of [`prepare`], without [`SignatureError::TooLarge`].
pub fn prepare_digest(
    content: &ContentDigests,
    signer: &Certificate,
    signing_time: Instant,
) -> Result<Prepared, SignatureError> {
    let algorithm = algorithm_of(signer)?;
    let attributes = attributes::encode(content.by(digest_with(algorithm)), signer, signing_time)
        .map_err(|e| Malformed::der("signedAttrs", e))?;
    Ok(Prepared {
        signer: signer.clone(),
        algorithm,
        to_be_signed: tlv::element(SET, &attributes),
        attributes,
    })
}

impl Prepared {
    /// What a card is given to sign: with RSA the [DigestInfo](Self::digest_info), with a key on P-384 the attributes' SHA-384 itself, as the next
    /// card is assumed to take it (`facts/card.md` §21).
    #[must_use]
    pub fn to_card(&self) -> Vec<u8> {
        match self.algorithm {
            SignatureAlgorithm::EcdsaP384Sha384 => {
                DigestAlgorithm::Sha384.digest(&self.to_be_signed)
            }
            _ => self.digest_info().to_vec(),
        }
    }

    /// The DER DigestInfo of the attributes' SHA-256 (`facts/card.md` §12).
    #[must_use]
    pub fn digest_info(&self) -> [u8; 51] {
        let mut info = [0; 51];
        let (prefix, digest) = info.split_at_mut(DIGEST_INFO_PREFIX.len());
        prefix.copy_from_slice(&DIGEST_INFO_PREFIX);
        digest.copy_from_slice(&sha256(&self.to_be_signed));
        info
    }

    /// What a key that hashes for itself is given to sign: the attributes as a DER SET OF.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// The algorithm the key has to sign with.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Puts the container together: a DER ContentInfo with the signer's certificate and those of `chain`.
    ///
    /// # Errors
    /// [`SignatureError::SignatureInvalid`] when `signature` does not verify with the signer's key: another card signed, or
    /// another key of the same card.
    pub fn assemble(
        self,
        signature: &[u8],
        chain: &[Certificate],
    ) -> Result<Vec<u8>, SignatureError> {
        self.signer
            .public_key()
            .verify(self.algorithm, &self.to_be_signed, signature)
            .map_err(|_| SignatureError::SignatureInvalid)?;
        self.encode(signature, chain)
            .map_err(|e| Malformed::der("SignedData", e).into())
    }

    fn encode(&self, signature: &[u8], chain: &[Certificate]) -> Result<Vec<u8>, der::Error> {
        let digest_algorithm = identifier(digest_with(self.algorithm)).to_der()?;
        let mut certificates: Vec<&[u8]> = chain
            .iter()
            .chain([&self.signer])
            .map(Certificate::der)
            .collect();
        certificates.sort_unstable();
        certificates.dedup();
        let signer_info = [
            tlv::element(tlv::INTEGER, &[1]),
            self.issuer_and_serial(),
            digest_algorithm.clone(),
            tlv::element(context(0), &self.attributes),
            cms_algorithm(self.algorithm).to_der()?,
            tlv::element(tlv::OCTET_STRING, signature),
        ];
        let signer_info = tlv::element(tlv::SEQUENCE, &signer_info.concat());
        let signed_data = [
            tlv::element(tlv::INTEGER, &[1]),
            tlv::element(SET, &digest_algorithm),
            tlv::element(tlv::SEQUENCE, &rfc5911::ID_DATA.to_der()?),
            tlv::element(context(0), &certificates.concat()),
            tlv::element(SET, &signer_info),
        ];
        let signed_data = tlv::element(tlv::SEQUENCE, &signed_data.concat());
        let content_info = [
            rfc5911::ID_SIGNED_DATA.to_der()?,
            tlv::element(context(0), &signed_data),
        ];
        Ok(tlv::element(tlv::SEQUENCE, &content_info.concat()))
    }

    fn issuer_and_serial(&self) -> Vec<u8> {
        let tbs = self.signer.parsed().tbs_certificate();
        let serial = tlv::element(tlv::INTEGER, tbs.serial_number().as_bytes());
        tlv::element(tlv::SEQUENCE, &[self.signer.issuer_der(), &serial].concat())
    }
}

/// The digest that goes with an algorithm: RFC 5652 §5.4 and the verifiers of OpenSSL want one for content and attributes.
fn digest_with(algorithm: SignatureAlgorithm) -> DigestAlgorithm {
    match algorithm {
        SignatureAlgorithm::EcdsaP384Sha384 => DigestAlgorithm::Sha384,
        _ => DigestAlgorithm::Sha256,
    }
}

/// The algorithm of the signer's key, among those that cards have or will have.
fn algorithm_of(signer: &Certificate) -> Result<SignatureAlgorithm, SignatureError> {
    let key = &signer.public_key().spki().algorithm;
    let curve = key.parameters.as_ref().and_then(|p| {
        p.decode_as::<const_oid::ObjectIdentifier>()
            .ok()
    });
    match key.oid {
        rfc5912::RSA_ENCRYPTION => Ok(SignatureAlgorithm::RsaPkcs1Sha256),
        rfc5912::ID_EC_PUBLIC_KEY if curve == Some(rfc5912::SECP_256_R_1) => {
            Ok(SignatureAlgorithm::EcdsaP256Sha256)
        }
        rfc5912::ID_EC_PUBLIC_KEY if curve == Some(rfc5912::SECP_384_R_1) => {
            Ok(SignatureAlgorithm::EcdsaP384Sha384)
        }
        oid => Err(SignatureError::Algorithm { oid }),
    }
}

/// RFC 5754 §3.2: rsaEncryption is what every verifier must know for RSA in CMS; the digest is named beside it.
fn cms_algorithm(algorithm: SignatureAlgorithm) -> AlgorithmIdentifierOwned {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => AlgorithmIdentifierOwned {
            oid: rfc5912::RSA_ENCRYPTION,
            parameters: Some(Null.into()),
        },
        other => other.identifier(),
    }
}
