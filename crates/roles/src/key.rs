//! The service's own key, as the TLS library takes it: it stays behind the room `crypto`, where an HSM's could stand as well.

use rustls::{
    Error, SignatureAlgorithm, SignatureScheme,
    pki_types::SubjectPublicKeyInfoDer,
    sign::{Signer, SigningKey},
};
use shirushi_crypto::{SignatureAlgorithm as Algorithm, SigningKey as _, SoftwareKey};
use std::sync::Arc;

/// A key that signs handshakes.
#[derive(Clone, Debug)]
pub(crate) struct OwnKey {
    key: Arc<SoftwareKey>,
    scheme: SignatureScheme,
}

impl OwnKey {
    /// None for a key with which TLS 1.3 cannot sign.
    pub(crate) fn of(key: SoftwareKey) -> Option<Self> {
        let scheme = match key.algorithm() {
            Algorithm::EcdsaP256Sha256 => SignatureScheme::ECDSA_NISTP256_SHA256,
            Algorithm::EcdsaP384Sha384 => SignatureScheme::ECDSA_NISTP384_SHA384,
            Algorithm::Ed25519 => SignatureScheme::ED25519,
            _ => return None,
        };
        Some(Self {
            key: Arc::new(key),
            scheme,
        })
    }
}

impl SigningKey for OwnKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&self.scheme)
            .then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(self.key.public_key().spki_der().into())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.scheme {
            SignatureScheme::ED25519 => SignatureAlgorithm::ED25519,
            _ => SignatureAlgorithm::ECDSA,
        }
    }
}

impl Signer for OwnKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.key
            .sign(message)
            .map_err(|error| Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
