//! Ways to reach a card: the machine's readers through PC/SC, loaded at run time, and whatever else is a [`CardSource`].
//!
//! Nothing here knows what is on a card; nothing looks at an ATR to find out (`facts/card.md` §3).
//!
//! # PC/SC
//! [`Pcsc`] loads pcsc-lite's library on Linux and its kin, and the PCSC framework on macOS. Windows' winscard.dll has other names,
//! widths and strings: there is no [`Pcsc`] there yet; `pcsc/abi.rs` and `pcsc/api.rs` are what would have to be said for it.
//!
//! What was decided:
//!
//! * **Shared, with a transaction.** A connection is `SHARE_SHARED` and `SCardBeginTransaction`: other programs may stay connected,
//!   as many do all day, and wait until it is dropped. `SHARE_EXCLUSIVE` would be refused because of them.
//! * **Patience, by a thread.** Where another program has a transaction or the reader for itself, pcsc-lite waits inside its
//!   functions, for ever. A thread waits there, and [`CardSource::connect`] for the thread, five seconds or as
//!   [`Pcsc::with_patience`] says; then it is [`ReaderError::Busy`]. Of each reader one thread at most waits.
//! * **Each with its own context.** Connections, waits and looks do not wait for each other, and a service that was started anew is
//!   simply asked again. What it counted before is gone: all readers have changed then.
//! * **A failure is the end.** A connection at which a card was out, lost its power, was reset, or a command failed answers no more,
//!   also when a card is there. Before anything was sent, a reset by another program does no harm and is passed over.
//! * **Nothing stays verified.** Whether a PIN or an issuer's channel may be open is told from the commands that have passed: until
//!   another application was selected it is, and then the card loses power inside the transaction. A warm reset would leave a PIN
//!   verified (`facts/card.md` §11). A card that was left properly keeps its power, and other programs notice nothing.
//!   What this cannot do: of a process that is killed pcscd itself ends the transaction, with a warm reset.
//! * **T=0 and T=1**, whichever the card's ATR offers. With T=0 a command loses its Le behind data and the card says 61xx;
//!   who sends the command fetches the answer.
//! * **Time.** Commands have no time limit: a contactless card at the edge of the field is slow, and PC/SC cannot be interrupted.
//! * **fork.** A child can use a [`Pcsc`] of its parent's; the parent's connections fail in it, and dropping them does nothing.
//! * **Unloading.** A thread that waits for another program runs code of this crate: a shared library that contains it must not be
//!   unloaded (`-z nodelete`).

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
