//! Whose a database is, and who has it in service: a number that grows with each process that takes it over.
//!
//! PostgreSQL's lock lives in a session. Who loses the session loses the lock, and another process may have taken the database over before
//! the session is made anew: what the first one has in memory is not what stands in the tables any more. So it looks at the number first, and
//! writes nothing if that is not its own.

use crate::{OpenFailure, Store, StoreError, dialect::Dialect, statement};
use sqlx::AnyConnection;

pub(crate) const TABLES: &[&str] = &[
    "CREATE TABLE store_tenure (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, owner TEXT) STRICT",
];

const READ: &str = "SELECT number, owner FROM store_tenure";
const BEGIN: &str = "INSERT INTO store_tenure (one, number, owner) VALUES (1, 1, $1) \
     ON CONFLICT (one) DO UPDATE SET number = store_tenure.number + 1, owner = COALESCE(store_tenure.owner, excluded.owner) \
     RETURNING number";

/// Refuses a database that is another's.
pub(crate) async fn refuse_anothers(store: &Store, owner: Option<&str>) -> Result<(), StoreError> {
    let row = store.row(READ, &[]).await?;
    let recorded = match row {
        Some(row) => row.optional_text("owner")?,
        None => None,
    };
    match (recorded, owner) {
        (Some(recorded), Some(owner)) if recorded != owner => Err(OpenFailure::Anothers {
            owner: recorded,
            asked: owner.to_owned(),
        }
        .into()),
        _ => Ok(()),
    }
}

/// Begins a tenure.
pub(crate) async fn begin(store: &Store, owner: Option<&str>) -> Result<i64, StoreError> {
    let mut transaction = store.begin().await?;
    let begun = transaction
        .row(BEGIN, &[owner.into()])
        .await?
        .ok_or(StoreError::NoRow)?;
    transaction.commit().await?;
    begun.integer("number")
}

/// Whether this tenure is still the present one.
pub(crate) async fn lasts(
    connection: &mut AnyConnection,
    dialect: Dialect,
    tenure: i64,
) -> Result<bool, StoreError> {
    let rows = statement::rows(connection, dialect, READ, &[]).await?;
    let present = rows
        .first()
        .map(|row| row.integer("number"));
    Ok(present.transpose()? == Some(tenure))
}
