//! An agency (行政機関等, a 署名検証者 by Law 17): it takes filings, judges them rule by rule, and keeps the evidence.
//!
//! * [`judge`] is the judgement itself: bytes and evidence in, report and refusal out; no network, no store, no clock.
//! * [`Agency`] gathers the evidence (OCSP first, then the municipality's list, from one configured host only), judges, and writes
//!   document, signature, evidence and report to its store before it answers. What is refused is kept as well.
//! * [`router`] is its face for programs, [`desk`] its desk: the pages on which clerks see the filings and decide.
//!
//! What is kept is read by the clerks, and by whoever filed it, with the [`ReadingKey`] that was sent with it. The receipt number alone
//! says that a filing was received, and whether it is decided.
//!
//! What cannot be determined is refused as such, never taken as valid (Law 19(1); EN 319 102-1 §5.1.2). Sources:
//! `facts/profile-and-rules.md` B.9 and C.1.
#![forbid(unsafe_code)]

mod agency;
mod certificate;
mod desk;
mod error;
mod judgement;
mod party;
mod quota;
mod reading_key;
mod records;
mod routes;
mod sql;
mod submission;

pub use agency::{Agency, AgencyConfig};
pub use certificate::Usable;
pub use desk::{Clerk, DeskConfig, DeskEntry, DeskState, desk};
pub use error::{AgencyError, NotFiled};
pub use judgement::{Judgement, judge};
pub use party::AgencyParty;
pub use reading_key::ReadingKey;
pub use records::{
    Accepted, Decision, EvidenceItem, Extent, Kept, Known, Outcome, Refused, Standing,
};
pub use routes::router;
pub use sql::MIGRATIONS;
pub use submission::{Submission, SubmissionFault};
