//! Ways to reach a card: the machine's readers through PC/SC, loaded at run time, and whatever else is a [`CardSource`].
//!
//! Nothing here knows what is on a card; nothing looks at an ATR to find out (`facts/card.md` §3).

mod error;
#[cfg(unix)]
mod machine;
#[cfg(unix)]
mod pcsc;
mod several;
mod source;

pub use error::ReaderError;
#[cfg(unix)]
pub use machine::Machine;
#[cfg(unix)]
pub use pcsc::Pcsc;
pub use several::Several;
pub use source::{CardSource, Connection, Reader};
