//! ISO/IEC 7816-4 as both ends of a My Number Card speak it: commands, responses, status words, BER-TLV, and the way bytes
//! reach a card ([`Transmit`]).
//!
//! Sources: ISO/IEC 7816-3 §12 (command cases), 7816-4 §5 (commands and responses), Annex E of it (BER-TLV); `facts/card.md`
//! §4 (application identifiers), §9 (commands), §10 (status words).
#![forbid(unsafe_code)]

pub mod ber;
mod command;
pub mod initial_pin;
mod response;
pub mod select;
mod status;
mod transmit;

pub use command::{Command, Fault, MalformedCommand};
pub use response::{MalformedResponse, Response};
pub use select::{BASIC_REGISTER_AID, COMMON_AID, ISSUER_AID, JPKI_AID, SURFACE_AID, TEXT_AID};
pub use status::StatusWord;
pub use transmit::{Transmit, TransmitError};
