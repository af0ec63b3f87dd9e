//! What is trusted.

use shirushi_profile::Certificate;

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
