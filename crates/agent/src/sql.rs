//! Every table and statement of this room.

use shirushi_store::Migration;

/// The agent's schema.
pub static MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "agent",
    statements: &[
        "CREATE TABLE sites (origin TEXT NOT NULL PRIMARY KEY, added_at INTEGER NOT NULL) STRICT",
        // Who asked for what and how it ended. No PIN, and of a document its title and digest only.
        "CREATE TABLE history (
            id TEXT NOT NULL PRIMARY KEY, asked_at INTEGER NOT NULL, site TEXT NOT NULL, site_ja TEXT NOT NULL,
            site_en TEXT NOT NULL, want TEXT NOT NULL, title_ja TEXT NOT NULL, title_en TEXT NOT NULL, digest TEXT NOT NULL,
            card TEXT NOT NULL, outcome TEXT NOT NULL, detail_ja TEXT NOT NULL, detail_en TEXT NOT NULL,
            ended_at INTEGER) STRICT",
        "CREATE INDEX history_by_time ON history (asked_at)",
    ],
}];

pub(crate) const SITES: &str = "SELECT origin, added_at FROM sites ORDER BY origin";
pub(crate) const INSERT_SITE: &str =
    "INSERT INTO sites (origin, added_at) VALUES ($1, $2) ON CONFLICT (origin) DO NOTHING";
pub(crate) const DELETE_SITE: &str = "DELETE FROM sites WHERE origin = $1";

pub(crate) const INSERT_HISTORY: &str = "INSERT INTO history
    (id, asked_at, site, site_ja, site_en, want, title_ja, title_en, digest, card, outcome, detail_ja, detail_en)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 'asked', '', '')";
pub(crate) const INSERT_OWN_HISTORY: &str = "INSERT INTO history
    (id, asked_at, site, site_ja, site_en, want, title_ja, title_en, digest, card, outcome, detail_ja, detail_en)
    VALUES ($1, $2, '', '', '', $3, $4, $4, $5, $6, 'asked', '', '')";
pub(crate) const FORGET_HISTORY: &str = "DELETE FROM history WHERE outcome = 'asked' AND site = $1 AND id NOT IN
    (SELECT id FROM history WHERE outcome = 'asked' AND site = $1 ORDER BY asked_at DESC, id LIMIT $2)";
pub(crate) const NOTE_HISTORY: &str = "UPDATE history SET card = $2, outcome = $3, detail_ja = $4, detail_en = $5, ended_at = $6 WHERE id = $1";
pub(crate) const HISTORY: &str =
    "SELECT id, asked_at, site, site_ja, site_en, want, title_ja, title_en, digest, card, outcome,
    detail_ja, detail_en, ended_at FROM history ORDER BY asked_at DESC, id LIMIT $1";
