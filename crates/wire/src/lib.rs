//! What parties say to each other: an application signed by the officer, a register event with its sequence number, the
//! exchanges of personalisation, and the document of a filing. Who is right is decided elsewhere; here are only the words,
//! checked for their form, and the statements of an application that can be judged from the form alone.
#![forbid(unsafe_code)]

mod application;
mod event;
pub mod filing;
mod identifiers;
mod relay;
mod resident;
mod signed;

pub use application::{
    Application, FEE_YEN, Fee, IdentityDocument, Presence, Purpose, RevocationRequest, Waiver,
};
pub use event::{EventKind, RegisterEvent};
pub use identifiers::{
    ApplicationId, CardNumber, MalformedIdentifier, OfficerId, RelayToken, ResidentCode,
};
pub use relay::{IssuedCertificate, RelayAnswer, RelayRequest};
pub use resident::{CardKind, CardRecord, CardState, RecordStatus, ResidentRecord};
pub use signed::{Message, Signed, SignedError};
