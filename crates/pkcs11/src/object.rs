//! The objects of a token.

use crate::{contents::Contents, place::Generation};
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_ULONG};
use shirushi_card::Credential;

/// A kind of object, of which a token has at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    PrivateKey,
    PublicKey,
    Certificate,
    CaCertificate,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [
        Self::PrivateKey,
        Self::PublicKey,
        Self::Certificate,
        Self::CaCertificate,
    ];

    /// Whether the token has it.
    pub(crate) fn exists(self, contents: &Contents) -> bool {
        match self {
            Self::PrivateKey | Self::PublicKey => contents.keys().is_some(),
            Self::Certificate => contents.has_certificate(),
            Self::CaCertificate => contents.ca().is_some(),
        }
    }

    /// CKA_PRIVATE: whether it is seen only by who is logged in. What the card gives out only after the PIN is.
    pub(crate) fn is_private(self, contents: &Contents) -> bool {
        match self {
            Self::PrivateKey => true,
            Self::PublicKey | Self::Certificate => contents.needs_pin,
            Self::CaCertificate => false,
        }
    }

    /// Its handle. It is another for each card and each time a card is put in, so that no handle ever means two objects.
    pub(crate) fn handle(self, generation: Generation, credential: Credential) -> CK_OBJECT_HANDLE {
        let token: CK_ULONG = match credential {
            Credential::Authentication => 0,
            Credential::Signature => 4,
        };
        let kind: CK_ULONG = match self {
            Self::PrivateKey => 0,
            Self::PublicKey => 1,
            Self::Certificate => 2,
            Self::CaCertificate => 3,
        };
        generation.number() * 8 + token + kind
    }
}
