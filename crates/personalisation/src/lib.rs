//! The channel over which the authority personalises a card that lies far away, behind a counter and an agent that are not
//! trusted with it: both of its ends.
//!
//! It is the message-authenticated subset of GlobalPlatform SCP03 (Card Specification v2.3, Amendment D v1.1.2): AES-128,
//! random card challenge, security level 11 (C-MAC and R-MAC). Nothing secret travels in it (public keys one way,
//! certificates the other), so its messages are authenticated and not enciphered. Keys are made in the card; PINs are set by
//! the
//! [`initial_pin`] command on the spot and never pass here (DESIGN.md §5).
//!
//! [`HostSession`] is the authority's end, [`CardEnd`] the card's; what travels is in one table, [`commands`]. Neither end does I/O:
//! both take and give bytes, in batches, so that one round trip of the relay carries many commands.
//!
//! A channel lives as long as nothing is refused or lost. After that a new one is opened, and [`CardStatus`] says how far
//! the card has come: every command is idempotent within a [`TransactionId`].
#![forbid(unsafe_code)]

mod card_end;
pub mod commands;
mod error;
mod host;
pub mod initial_pin;
mod keys;
mod session;
mod state;

pub use card_end::{CardEnd, Personalisable};
pub use commands::PersonalisationCommand;
pub use error::ChannelError;
pub use host::{Answer, HostSession};
pub use keys::{CardKeys, MasterKey, diversify};
pub use state::{CardStatus, Kind, NotATransactionId, Stage, TransactionId};
