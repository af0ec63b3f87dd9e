//! What is trusted.

use shirushi_profile::Certificate;
use std::sync::{Arc, PoisonError, RwLock};

/// The CA certificates a relying party trusts: every generation of a CA that is still in use, all under one name.
///
/// An issuer is picked among them by key identifier and by trying the signature, never by name alone, because the generations of
/// a CA share one name (`facts/profile-and-rules.md` A.2).
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    certificates: Vec<Certificate>,
}

impl TrustAnchors {
    /// Trusts these CA certificates. One that is no CA certificate is never accepted as an issuer.
    #[must_use]
    pub fn new(certificates: Vec<Certificate>) -> Self {
        Self { certificates }
    }

    /// The certificates, in the order given.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}

/// Anchors that are exchanged while others are judging by them: a relying party that stands for years takes up new generations.
#[derive(Debug, Default)]
pub struct CurrentAnchors(RwLock<Arc<TrustAnchors>>);

impl CurrentAnchors {
    /// Trusts these CA certificates, until others are given.
    #[must_use]
    pub fn new(certificates: Vec<Certificate>) -> Self {
        Self(RwLock::new(Arc::new(TrustAnchors::new(certificates))))
    }

    /// What is trusted now. A judgement uses one of these from its beginning to its end.
    #[must_use]
    pub fn now(&self) -> Arc<TrustAnchors> {
        Arc::clone(
            &self
                .0
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// From now on trusts these, and no others.
    pub fn replace(&self, certificates: Vec<Certificate>) {
        *self
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(TrustAnchors::new(certificates));
    }
}
