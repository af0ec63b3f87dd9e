//! Why something could not be done with the card.

use shirushi_card::{CardError, Credential};
use shirushi_profile::{CertificateKind, Malformed};
use shirushi_signature::SignatureError;

/// Why something could not be done with the card.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The card refused or did not answer. A wrong PIN is told here, with the tries left.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The certificate on the card cannot be read.
    #[error("the certificate for {credential:?} on the card cannot be read: {fault}")]
    Certificate {
        /// Which of the two.
        credential: Credential,
        /// What is wrong with it.
        fault: Malformed,
    },
    /// The certificate is positively of the other kind than its place: signing with it would be refused everywhere.
    #[error("the certificate for {credential:?} on the card is of another kind ({found:?})")]
    WrongKind {
        /// Which of the two.
        credential: Credential,
        /// The kind found.
        found: Option<CertificateKind>,
    },
    /// A request could not be written.
    #[error(transparent)]
    Request(#[from] shirushi_wire::MalformedRequest),
    /// The signature could not be prepared, or what the card made does not verify with its certificate.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}
