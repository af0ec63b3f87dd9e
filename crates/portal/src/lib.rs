//! The citizen's portal: what one needs, log-in with the card, filings filled in, signed through the agent and sent to the agency.
//!
//! * No PIN comes here. What needs the card is an errand that the agent on the citizen's own machine does (`shirushi_wire::Errand`).
//! * A log-in is a signature over the portal's challenge with a living authentication certificate (Law 37). That certificate says
//!   nothing about the person. The account is the person's over renewals: the authority gives the portal a name for the holder that no
//!   other site gets and that says nothing. A log-in lasts no longer than its certificate lives.
//! * Whether the signature certificate will do is asked before a form is filled, not after.
//! * A signed filing is on disk before it is sent, and can be sent again: the agency receives it once.
//!
//! [`router`] is its face, [`Portal`] what stands behind it.
#![forbid(unsafe_code)]

mod accounts;
mod agency;
mod attachments;
mod certificate;
mod drafts;
mod error;
mod filings;
mod holders;
mod log_in;
mod pages;
mod party;
mod portal;
mod router;
mod session;
mod sql;

pub use error::PortalError;
pub use party::PortalParty;
pub use portal::{Portal, PortalConfig};
pub use router::router;
pub use sql::MIGRATIONS;
