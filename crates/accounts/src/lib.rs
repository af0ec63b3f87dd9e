//! Accounts (アカウント) of people who serve, such as the counter's officers and an agency's clerks: a one-time code enrols them, a
//! password of their own lets them in, and a session of a working day keeps them there.
//!
//! * [`Accounts`] judges a name and a password, and keeps the sessions. What a party asks beyond that stands between
//!   [`Accounts::prove`] and [`Accounts::begin`]: nobody begins a session without the proof of the first.
//! * [`Codes`] are those that a party makes itself.
//! * [`Pages`] are enrolment, log-in and log-out of a site, which says by [`Entrance`] what is its own: the words, who may enrol, and
//!   where the log-in leads.
//!
//! Guessing hits the guesser: tries are counted by name and by who tries, so that a stranger's lock nobody out who has logged in
//! before in the same browser. Whether a name is known is told neither by an answer nor by its time.
//!
//! The tables are a party's own, in the party's database ([`statements!`]). Only hashes of tokens, codes and tried names are kept.
#![forbid(unsafe_code)]

mod codes;
mod error;
mod log_in;
mod pages;
mod passwords;
mod sessions;
mod statements;
mod tries;

pub use codes::{CodeStatements, Codes};
pub use error::AccountError;
pub use log_in::{Accounts, Party, Proven};
pub use pages::{Denied, Entrance, Next, Pages, Words, logged_in, refused, status};
pub use passwords::{PasswordFault, Passwords, TriedBy, require_length};
pub use sessions::Session;
pub use statements::Statements;
