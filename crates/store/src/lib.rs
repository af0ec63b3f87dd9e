//! The database engine room: the only place that names sqlx.
//!
//! One code path serves SQLite (the default, one file per legal party) and PostgreSQL (by URL). What it promises on both:
//!
//! * **One writer.** [`Store::begin`] hands out one transaction at a time, in the order asked (SQLite: `BEGIN IMMEDIATE`). No
//!   second process can open the same database for service: a lock file `<db>.lock` (SQLite), a session advisory lock
//!   (PostgreSQL). It is refused, or stands by until the first one goes ([`Opening::standing_by`]), unless all of them share it ([`Opening::shared`]). A process that lost its session to
//!   PostgreSQL, and with it the lock, and in whose absence another one took over, writes nothing more ([`StoreError::Superseded`]).
//! * **Committed means on disk.** [`Transaction::commit`] returns after the fsync (SQLite: WAL and `synchronous=FULL`;
//!   PostgreSQL: `synchronous_commit=on`).
//! * **A failed statement dooms its transaction.** PostgreSQL refuses everything after an error and turns the commit into a
//!   rollback without saying so; SQLite would go on. Here both refuse, and the commit says so ([`StoreError::Doomed`]). To
//!   carry on after a conflict, write `ON CONFLICT … DO NOTHING` and look at the number of rows.
//! * **A connection that failed is never used again.** Whatever the machine refuses (a full disk, a file that may not grow, too few
//!   descriptors) costs the transaction under way; the next one gets a fresh connection and succeeds when the machine does.
//! * **A guarded database that was taken back is refused** ([`Store::open_guarded`], [`Guard`]). A signed file beside it knows how far it
//!   had come, and is on the disk before a commit returns. PostgreSQL has no folder of ours: it keeps the chain, and the file where
//!   it is given a place ([`Opening::placed_at`]). Without one, a server that was restored is noticed by whoever remembers
//!   [`Store::position`].
//!
//! # The SQL both understand
//!
//! * Placeholders are `$1`, `$2` …; a `?` is refused.
//! * Tables are written as SQLite `STRICT` tables with the types `INTEGER` (64 bit), `TEXT` and `BLOB`; migrations are
//!   rewritten word by word for PostgreSQL (`BIGINT`, `BYTEA`, no `STRICT`, an identity column for `INTEGER PRIMARY KEY`). Texts
//!   are compared and sorted by their bytes, whatever the server's own choice is.
//!   Flags are `INTEGER` 0 and 1, times `INTEGER` seconds since 1970.
//! * `ON CONFLICT … DO …` and `RETURNING` work; `INSERT OR …`, `rowid` and `AUTOINCREMENT` do not. A sum is written
//!   `CAST(sum(x) AS BIGINT)`: PostgreSQL's `sum` is a numeric.
//!
//! Source: `facts/crates.md` §0.6, §0.7 and §7.
#![forbid(unsafe_code)]

mod chain;
mod checkpoint_file;
mod connection;
mod dialect;
mod error;
mod fault;
mod guard;
mod guarded;
mod lane;
mod location;
mod mailbox;
mod migration;
mod opening;
mod probe;
mod read_only;
mod statement;
mod store;
mod tally;
mod tenure;
mod transaction;
mod value;
mod weakened;
mod writer;

pub use chain::{LifeCause, LifeRecord};
pub use error::{DatabaseFailure, OpenFailure, StoreError};
pub use fault::{FaultKind, MachineFault};
pub use guard::{Guard, Life, Position};
pub use location::shown;
pub use mailbox::{Delivery, Message};
pub use migration::Migration;
pub use opening::Opening;
pub use probe::Health;
pub use read_only::ReadOnly;
pub use store::Store;
pub use tally::Tally;
pub use transaction::Transaction;
pub use value::{Row, Value};
