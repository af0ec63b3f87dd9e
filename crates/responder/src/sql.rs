//! Every table and statement of this room.

use shirushi_store::Migration;

/// The responder's schema.
pub static MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "responder",
    statements: &[
        "CREATE TABLE ended (
            kind TEXT NOT NULL, serial TEXT NOT NULL, position INTEGER NOT NULL, generation INTEGER NOT NULL,
            municipality TEXT NOT NULL, revoked_at INTEGER NOT NULL, reason INTEGER NOT NULL, not_after INTEGER NOT NULL,
            PRIMARY KEY (kind, serial)) STRICT",
        // The newest of each alone: the authority can make every older one again. `latest` is the greatest thisUpdate that a list of
        // this key ever had; `dated` says whether this one is later than all before it.
        "CREATE TABLE lists (
            kind TEXT NOT NULL, generation INTEGER NOT NULL, scope TEXT NOT NULL, latest INTEGER NOT NULL,
            dated INTEGER NOT NULL, der BLOB NOT NULL, PRIMARY KEY (kind, generation, scope)) STRICT",
    ],
}];

pub(crate) const INSERT_ENDED: &str = "INSERT INTO ended (kind, serial, position, generation, municipality, revoked_at, reason, not_after) VALUES";
pub(crate) const DATE_BACK: &str =
    "UPDATE ended SET revoked_at = $3 WHERE kind = $1 AND serial = $2 AND revoked_at > $3";
pub(crate) const ENDED: &str =
    "SELECT kind, serial, position, generation, municipality, revoked_at, reason, not_after FROM ended
    WHERE kind = $1 AND serial = $2";
pub(crate) const ENDED_AFTER: &str =
    "SELECT kind, serial, position, generation, municipality, revoked_at, reason, not_after FROM ended
    WHERE kind = $1 AND serial > $2 ORDER BY serial LIMIT 5000";

pub(crate) const KEEP_LIST: &str =
    "INSERT INTO lists (kind, generation, scope, latest, dated, der) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (kind, generation, scope)
    DO UPDATE SET latest = excluded.latest, dated = excluded.dated, der = excluded.der";
/// The end of a list is its signature, which no other list has.
pub(crate) const LIST_ENDS: &str = "SELECT substr(der, length(der) - 31) AS ends FROM lists
    WHERE kind = $1 AND generation = $2 AND scope = $3";
pub(crate) const ENDS_OF_LISTS: &str =
    "SELECT kind, generation, scope, substr(der, length(der) - 31) AS ends FROM lists";
pub(crate) const LIST: &str = "SELECT kind, generation, scope, latest, dated, der FROM lists
    WHERE kind = $1 AND generation = $2 AND scope = $3";
pub(crate) const LISTS: &str = "SELECT kind, generation, scope, latest, dated, der FROM lists ORDER BY kind, generation, scope";
