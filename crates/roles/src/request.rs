//! Requests for certificates (PKCS#10, RFC 2986): the key never leaves the service's machine.

use crate::{RoleError, files, pem};
use der::{Decode as _, Encode as _};
use rustls::pki_types::CertificateSigningRequestDer;
use shirushi_asn1::Signed;
use shirushi_crypto::{PublicKey, SignatureAlgorithm};
use std::path::Path;
use x509_cert::request::CertReqInfo;

const MOST_BYTES: usize = 64 * 1024;

/// The key for which the request in a file asks, which has signed it. Names in the request say nothing: who it is for is said by who issues.
///
/// # Errors
/// [`RoleError::File`], [`RoleError::NoRequest`].
pub fn requested_key(path: &Path) -> Result<PublicKey, RoleError> {
    let text = files::read(path, MOST_BYTES).map_err(|source| RoleError::File {
        path: path.to_owned(),
        source,
    })?;
    pem::only::<CertificateSigningRequestDer<'_>>(&text)
        .and_then(|request| key_of(&request))
        .ok_or_else(|| RoleError::NoRequest {
            path: path.to_owned(),
        })
}

fn key_of(der: &[u8]) -> Option<PublicKey> {
    let signed = Signed::from_der("CertificationRequest", der, MOST_BYTES)
        .and_then(Signed::without_rest)
        .ok()?;
    let asked = CertReqInfo::from_der(signed.tbs.der).ok()?;
    let key = PublicKey::from_spki_der(&asked.public_key.to_der().ok()?).ok()?;
    let algorithm = SignatureAlgorithm::from_identifier(signed.algorithm).ok()?;
    key.verify(algorithm, signed.tbs.der, signed.signature)
        .ok()?;
    Some(key)
}
