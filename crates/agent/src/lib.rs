//! The agent (利用者クライアント): the program on a person's own machine that has the card reader. By itself it shows the card, asks how
//! its certificates stand, changes PINs, signs files, checks signatures and asks for revocation. Sites send the browser to it for one errand
//! at a time; its pages say who asks for what, and only here is a PIN typed.
//!
//! Loopback is hostile (DESIGN.md §5): any page in any browser on the machine can reach this port. What protects the card:
//! an errand begins only by a navigation of the browser's top level, only for a site that the owner allows, and only with a
//! ticket that the site itself gives an errand for; every page and form is of one session of one browser; a PIN is never
//! taken but from this program's own form; and of what a counter's relay carries only the issuer's channel reaches the card.
//!
//! What a card's tries are is read before a PIN is asked for, and again, under the one lock that all use of the card takes,
//! before a try is spent.
#![forbid(unsafe_code)]

mod agent;
mod config;
mod error;
mod history;
mod origin;
mod own;
mod pages;
mod papers;
mod peer;
mod presses;
mod relay;
mod router;
mod sites;
mod sql;
mod tasks;
mod threshold;
mod upload;
mod wallet;
mod work;

pub use agent::Agent;
pub use config::{ADDRESS, AgentConfig};
pub use error::AgentError;
pub use origin::{UnfitSite, is_here, origin, site};
pub use peer::{PeerFault, Peers, client};
pub use router::router;
pub use shirushi_reader::{CardSource, Connection, Reader, ReaderError};
pub use sql::MIGRATIONS;
pub use wallet::{StoredCard, Wallet, WalletFolder};
