//! Finds what keeps a card from being used on this machine, and says the fix.
//!
//! [`CHECKS`] is everything that is looked at; [`examine`] looks, at what the [`Surroundings`] name, and gives one [`Finding`] a
//! check. Nothing is changed by looking: no PIN is asked for or sent, no file is written or locked, and a card is asked only
//! what it tells everybody.
#![forbid(unsafe_code)]

mod card_report;
mod check;
mod examine;
mod look;
mod notes;
mod surroundings;
mod table;

pub use card_report::{CardReport, card_report};
pub use check::{Check, Finding, Outcome, Report};
pub use examine::examine;
pub use surroundings::{Cards, Reply, Surroundings, Unreached, Web};
pub use table::CHECKS;
