//! The channel over which the authority personalises a card that lies far away, behind a counter and an agent that are not
//! trusted with it: both of its ends.
//!
//! It is GlobalPlatform SCP03 (Card Specification v2.3, Amendment D v1.1.2) in S8 mode with a random card challenge. The host
//! uses security level 33: commands and responses are enciphered and authenticated (C-MAC, C-DECRYPTION, R-MAC, R-ENCRYPTION), since a
//! certificate tells name, birth and address to whoever relays it. A card also takes levels 01, 03, 11 and 13. Keys of a card are
//! AES-128, derived from the issuer's; the channel works with AES-192 and AES-256 as well. Keys for signing are made in the card;
//! PINs are set by the [`initial_pin`] command on the spot and never pass here (DESIGN.md §5).
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
