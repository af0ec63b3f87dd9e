//! A citizen with a card, and the relying party's view of them.

use crate::pki::{Authority, Draft, now, rsa};
use shirushi_crypto::{CardKey, SoftwareKey};
use shirushi_path::{Evidence, Requirements, TrustAnchors};
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_signature::prepare;
use std::sync::Arc;

pub(crate) const CONTENT: &[u8] = "申請書: 印市長様".as_bytes();

/// A citizen of the authority's, with an RSA key as in a card.
pub(crate) struct Citizen {
    pub(crate) authority: Authority,
    pub(crate) key: Arc<SoftwareKey>,
    pub(crate) certificate: Certificate,
}

impl Citizen {
    pub(crate) fn new() -> Self {
        Self::with(|draft| draft)
    }

    /// A citizen whose certificate was changed before it was signed.
    pub(crate) fn with(change: impl FnOnce(Draft) -> Draft) -> Self {
        let authority = Authority::root("Root");
        let key = rsa();
        let certificate = change(authority.signature_draft(&key)).sign(&authority.key);
        Self {
            authority,
            key,
            certificate,
        }
    }

    /// Signs as a card does: the padded DigestInfo.
    pub(crate) fn card_signs(&self, digest_info: &[u8]) -> Vec<u8> {
        let card = CardKey::from_pkcs8(self.key.to_pkcs8().clone()).unwrap();
        card.sign_padded(digest_info).unwrap()
    }

    pub(crate) fn signs(&self, content: &[u8]) -> Vec<u8> {
        let prepared = prepare(content, &self.certificate, now()).unwrap();
        let signature = self.card_signs(&prepared.digest_info());
        let chain = [self.authority.certificate.clone()];
        prepared
            .assemble(&signature, &chain)
            .unwrap()
    }

    pub(crate) fn anchors(&self) -> TrustAnchors {
        TrustAnchors::new(vec![self.authority.certificate.clone()])
    }

    pub(crate) fn evidence(&self) -> Evidence {
        let list = self
            .authority
            .list()
            .sign(&self.authority.key);
        Evidence {
            crls: vec![list],
            ..Evidence::default()
        }
    }
}

pub(crate) fn requirements() -> Requirements {
    Requirements::new(CertificateKind::Signature, now())
}
