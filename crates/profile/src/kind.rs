//! The two kinds of certificates.

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Serialize};
use shirushi_asn1::oid;

/// Which of the two certificates of a card (電子証明書).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateKind {
    /// 署名用: signs filings; carries the four items; Law 3.
    Signature,
    /// 利用者証明用: shows who is at the other end; carries no personal item; Law 22.
    Authentication,
}

impl CertificateKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Signature, Self::Authentication];

    /// The policy that certificates of the sandbox bear: that of test cards (`facts/card.md` §7.2).
    #[must_use]
    pub fn policy(self) -> ObjectIdentifier {
        match self {
            Self::Signature => oid::POLICY_SIGNATURE_TEST,
            Self::Authentication => oid::POLICY_AUTHENTICATION_TEST,
        }
    }

    /// The policy in production, which is read and never written (`facts/profile-and-rules.md` A.5).
    #[must_use]
    pub fn production_policy(self) -> ObjectIdentifier {
        match self {
            Self::Signature => oid::POLICY_SIGNATURE,
            Self::Authentication => oid::POLICY_AUTHENTICATION,
        }
    }

    /// The kind that a policy stands for, of test or production cards.
    #[must_use]
    pub fn from_policy(policy: ObjectIdentifier) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|k| policy == k.policy() || policy == k.production_policy())
    }

    /// The path element of the kind in URLs.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Signature => "sign",
            Self::Authentication => "auth",
        }
    }

    /// The organizationalUnitName that tells the two authorities apart (`facts/profile-and-rules.md` A.2).
    #[must_use]
    pub fn authority_unit(self) -> &'static str {
        match self {
            Self::Signature => "JPKI for digital signature",
            Self::Authentication => "JPKI for user authentication",
        }
    }
}

impl std::fmt::Display for CertificateKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Signature => "signature",
            Self::Authentication => "authentication",
        })
    }
}
