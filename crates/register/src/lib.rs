//! The resident register (住民基本台帳) and the card register, as far as certificates depend on them.
//!
//! * [`Register::import_csv`]: residents from a file, all or nothing; [`bad_rows`]: what is wrong with one;
//! * [`Register::resident`], [`Register::list`]: records as they stand, with the sequence number they stood at;
//! * [`Register::record_event`]: changes (異動), each with its effect on the holder's certificates ([`ends`]);
//! * [`Register::issue_card`], [`Register::invalidate_card`]: 個人番号カード, whose, valid until when;
//! * [`Register::look_up`]: what officers are answered, under the register's signature, after it was written down who asked and why;
//! * [`Register::undelivered`], [`Register::delivered`]: the outbox by which the authority learns of changes;
//! * [`Register::newest`], [`Register::written_after`], [`Register::begin_life`]: the chain of events, what of it the authority lacks, and how
//!   a register that came back from a backup goes on;
//! * [`RegisterParty`]: all of it in service, with the delivery of events ([`Delivery`]) and the door for counters.
//!
//! A change, its event and its message are one transaction. The sequence numbers are those of the outbox: 1, 2, 3 … without
//! gaps. Sources: Juki (住民基本台帳法) 7, 8, 22–25, 30の6; Law 12, 31; Reg 17, 20, 53; NumO 14; `facts/profile-and-rules.md` B.7,
//! B.8, D.1, D.2.
#![forbid(unsafe_code)]

mod cards;
mod chain;
mod delivery;
mod door;
mod effects;
mod error;
mod events;
mod fields;
mod import;
mod look_ups;
mod officers;
mod party;
mod readings;
mod register;
mod sql;
mod words;

pub use chain::{Written, kept_checkpoint};
pub use delivery::{
    AuthorityDoor, Delivery, DeliveryError, Heard, OutOfStep, OverHttp, Undelivered,
};
pub use door::{problem, refused_rows};
pub use effects::{EFFECTS, Effect, ends};
pub use error::{BadRow, ImportError, MAX_IMPORT_BYTES, MAX_LISTED, RegisterError};
pub use import::bad_rows;
pub use look_ups::MOST_LOOK_UPS;
pub use party::{RegisterConfig, RegisterParty};
pub use readings::MOST_READINGS;
pub use register::{MAX_LIST, Register};
pub use shirushi_wire::{
    Change, ImportReport, LookUpRecord, NewItems, NewNames, NewResident, Recorded, What,
};
pub use sql::MIGRATIONS;
