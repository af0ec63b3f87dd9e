//! What parties say to each other: an application signed by the officer with the register's signed statements in it, a register event with its sequence number, a revocation, the
//! exchanges of personalisation, the errands that a site gives to the agent, and the document of a filing. Who is right is decided elsewhere; here are only the words,
//! checked for their form, and the statements of an application that can be judged from the form alone.
#![forbid(unsafe_code)]

mod application;
mod attested;
mod base64_der;
mod change;
mod checkpoint;
mod errand;
mod event;
pub mod filing;
mod holder;
mod identifiers;
mod input;
mod keys;
mod orders;
mod relay;
mod resident;
mod revocation;
#[cfg(feature = "describe")]
mod shape;
mod signed;
mod statement;

pub use application::{
    Application, FEE_YEN, Fee, IdentityDocument, Presence, Purpose, RevocationRequest, Waiver,
};
pub use attested::{AttestedApplication, CLOCK_SECONDS, MESSAGE_SECONDS, STATEMENT_SECONDS};
pub use change::{Change, NewItems, NewNames, NewResident, What};
pub use checkpoint::{CHECKPOINT_HEADER, checkpoint_from_header, checkpoint_to_header};
pub use errand::{
    Challenge, Claim, Deed, DocumentToSign, Errand, ForeignCommand, Return, Settled, Want,
};
pub use event::{
    AuthorityPosition, EventKind, EventName, NewLife, RegisterEvent, RegisterGreeting,
};
pub use holder::{HolderRevocation, MalformedRequest, SignedByHolder};
pub use identifiers::{
    ApplicationId, CardNumber, ErrandChannel, EventHash, LogLife, LookUpId, MalformedIdentifier,
    OfficerId, RelayToken, ResidentCode, ReturnCode, Ticket,
};
pub use input::require_readable;
pub use keys::{AuthorityKeys, IssuerCertificate, KeyWarning, KeysInUse, ResponderKeyRequest};
pub use orders::{
    CardOrder, CodeOrder, EnrolmentCode, Import, ImportReport, LookUpRecord, Reading,
    ReadingRecord, Recorded, Retired, Retirement, Whom,
};
pub use relay::{IssuedCertificate, RelayAnswer, RelayRequest};
pub use resident::{CardKind, CardRecord, CardState, RecordStatus, ResidentRecord};
pub use revocation::{CertificateState, ListKey, PublishedList, RecordsAfter, Revocation};
pub use signed::{Message, Signed, SignedError};
pub use statement::{
    Asked, CardStatement, KnownOfficer, LONGEST_REASON, LookUp, LookUpAnswer, LookedUp,
    ResidentStatement, Why,
};
