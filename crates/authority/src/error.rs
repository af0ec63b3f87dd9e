//! Why the authority does not do what it is asked.

use crate::{CeremonyError, Damage, RegisterTrouble, WitnessFailed};
use shirushi_crypto::CryptoError;
use shirushi_personalisation::ChannelError;
use shirushi_profile::{CertificateKind, CrlScope, Generation, ProfileError, ValidityError};
use shirushi_rules::Refusal;
use shirushi_store::StoreError;

/// Failures of the authority. Only [`AuthorityError::Refused`] is the asker's; the others are ours or pass by themselves.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A rule refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The authority has not yet received the register's events up to the state that the application was made from. Ask again.
    #[error("register events up to {wanted} are awaited; {received} have been received")]
    Behind {
        /// What the application was made from.
        wanted: i64,
        /// What has arrived.
        received: i64,
    },
    /// The register has proven by its signature that something of it is missing here, or there. Nothing is issued while that stands.
    #[error("{0}")]
    Register(RegisterTrouble),
    /// The declaration of another life of the register's log does not follow the last event taken.
    #[error(
        "the register's new life begins at {first} and does not follow event {taken}, the last one taken"
    )]
    LifeUnfit {
        /// The number of its first event.
        first: i64,
        /// The last one taken.
        taken: i64,
    },
    /// The authority's own memory has lost something, or was changed from outside. Nothing is issued, and nothing is told as good.
    #[error("{0}")]
    Damage(Damage),
    /// The register's signature over an event does not verify.
    #[error("the register event does not bear the register's signature")]
    EventNotSigned,
    /// No application has this token.
    #[error("no application has this relay token")]
    UnknownToken,
    /// The card answers what nobody would answer in this step.
    #[error("the relay is out of step: begin the channel anew")]
    OutOfStep,
    /// The municipality is not one that this authority serves.
    #[error("municipality {code} is not served")]
    UnknownMunicipality {
        /// Its code.
        code: String,
    },
    /// What was signed is not what was intended. Nothing has been released.
    #[error("the signed bytes of serial {serial} differ from the intent")]
    IntentBroken {
        /// The serial.
        serial: String,
    },
    /// A CRL would lose an entry or go backwards; it is not published.
    #[error("the CRL for {scope} is not published: {fault}")]
    PublishGate {
        /// Which CRL.
        scope: CrlScope,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// There is no such generation of the authority's keys.
    #[error("the {kind} authority has no generation {generation}")]
    UnknownGeneration {
        /// Of which authority.
        kind: CertificateKind,
        /// Which was asked for.
        generation: Generation,
    },
    /// A key that was in use is not in the folder of the ceremony, or another stands in its place.
    #[error(
        "generation {generation} of the {kind} authority, or its responder, is not what was in use: restore the folder of keys / \
         {kind} 認証局の第{generation}世代の鍵（または応答サーバーの鍵）が、使用していたものと違います。鍵のフォルダを元に戻してください"
    )]
    KeysLost {
        /// Of which authority.
        kind: CertificateKind,
        /// Which generation.
        generation: Generation,
    },
    /// What the store holds contradicts itself.
    #[error("the store holds a damaged {what}")]
    Damaged {
        /// What is damaged.
        what: &'static str,
    },
    /// The part that issues has stopped; the process must be started again.
    #[error("issuance has stopped")]
    Stopped,
    /// What was recorded could not be handed to the witness of revocations, so it is not acknowledged. Ask again.
    #[error(transparent)]
    Witness(#[from] WitnessFailed),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The keys of the authority.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// The rules give no period of validity.
    #[error(transparent)]
    Validity(#[from] ValidityError),
    /// The issuer's channel failed on our side.
    #[error(transparent)]
    Channel(#[from] ChannelError),
}
