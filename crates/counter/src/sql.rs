//! Every table and statement of this room.

use shirushi_accounts::{Statements, statements};
use shirushi_store::Migration;

/// The counter's schema.
pub static MIGRATIONS: &[Migration] = &[
    Migration {
    version: 1,
    name: "counter",
    statements: &[
        // `key` is PKCS#8: this database is the only place where it lies, and its file is its owner's alone (0600).
        "CREATE TABLE officers (
            name TEXT NOT NULL PRIMARY KEY, municipality TEXT NOT NULL, password_hash TEXT NOT NULL, key BLOB NOT NULL,
            enrolled_at INTEGER NOT NULL) STRICT",
        "CREATE TABLE sessions (
            token_hash BLOB NOT NULL PRIMARY KEY, officer TEXT NOT NULL REFERENCES officers (name),
            expires_at INTEGER NOT NULL) STRICT",
        // By the hash of the name: what is typed there may be a password.
        "CREATE TABLE log_in_tries (id INTEGER PRIMARY KEY, name_hash BLOB NOT NULL, tried_at INTEGER NOT NULL) STRICT",
        "CREATE INDEX log_in_tries_by_name ON log_in_tries (name_hash, tried_at)",
        // `signed` is sent as it stands, each time. `token` is the authority's receipt.
        "CREATE TABLE applications (
            id TEXT NOT NULL PRIMARY KEY, municipality TEXT NOT NULL, officer TEXT NOT NULL, applicant TEXT NOT NULL,
            request_digest BLOB NOT NULL, signed BLOB NOT NULL, state TEXT NOT NULL, token TEXT, refused_by TEXT,
            taken_at INTEGER NOT NULL, received_at INTEGER, completed_at INTEGER) STRICT",
        "CREATE INDEX applications_by_municipality ON applications (municipality, taken_at)",
        "CREATE TABLE revocations (
            id TEXT NOT NULL PRIMARY KEY, municipality TEXT NOT NULL, officer TEXT NOT NULL, request_digest BLOB NOT NULL,
            signed BLOB NOT NULL, serials TEXT, taken_at INTEGER NOT NULL, answered_at INTEGER) STRICT",
    ],
},
    Migration {
        version: 2,
        name: "the officers' desk",
        statements: &[
            "CREATE TABLE incidents (id INTEGER PRIMARY KEY, application TEXT NOT NULL, position INTEGER NOT NULL,
            header TEXT NOT NULL, reported_at INTEGER NOT NULL) STRICT",
            "CREATE INDEX incidents_by_application ON incidents (application, id)",
            // What was issued, as JSON; none before this version.
            "ALTER TABLE applications ADD COLUMN issued TEXT",
        ],
    },
    Migration {
        version: 3,
        name: "enrolments under way, and officers retired",
        statements: &[
            // A key is here before the authority hears of it, by the code (hashed) that is to enrol it: what breaks off is taken up again.
            "CREATE TABLE enrolments (name TEXT NOT NULL, code_hash BLOB NOT NULL, key BLOB NOT NULL,
            begun_at INTEGER NOT NULL, PRIMARY KEY (name, code_hash)) STRICT",
            "ALTER TABLE officers ADD COLUMN retired_at INTEGER",
        ],
    },
    Migration {
        version: 13,
        name: "the authority's checkpoint",
        statements: &[
            // The newest that the authority has said of its log (a signed note), to be shown to it again.
            "CREATE TABLE authority_checkpoint (id INTEGER NOT NULL PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL,
            kept_at INTEGER NOT NULL) STRICT",
        ],
    },
    Migration {
        version: 23,
        name: "browsers in which officers have logged in",
        statements: &[
            "CREATE TABLE known_browsers (browser_hash BLOB NOT NULL, officer TEXT NOT NULL REFERENCES officers (name),
            used_at INTEGER NOT NULL, PRIMARY KEY (browser_hash, officer)) STRICT",
            "CREATE INDEX known_browsers_by_officer ON known_browsers (officer, used_at)",
        ],
    },
    Migration {
        version: 33,
        name: "what has ended",
        statements: &["CREATE TABLE ended (
            kind TEXT NOT NULL, serial TEXT NOT NULL, position INTEGER NOT NULL, generation INTEGER NOT NULL,
            municipality TEXT NOT NULL, revoked_at INTEGER NOT NULL, reason INTEGER NOT NULL, not_after INTEGER NOT NULL,
            PRIMARY KEY (kind, serial)) STRICT"],
    },
];

pub(crate) const OFFICER: &str =
    "SELECT name, municipality, retired_at FROM officers WHERE name = $1";
pub(crate) const RETIRE_OFFICER: &str =
    "UPDATE officers SET retired_at = $2 WHERE name = $1 AND retired_at IS NULL";
pub(crate) const BEGIN_ENROLMENT: &str =
    "INSERT INTO enrolments (name, code_hash, key, begun_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (name, code_hash) DO NOTHING";
pub(crate) const ENROLMENT: &str = "SELECT key FROM enrolments WHERE name = $1 AND code_hash = $2";
pub(crate) const END_ENROLMENT: &str = "DELETE FROM enrolments WHERE name = $1 AND code_hash = $2";
pub(crate) const OFFICER_KEY: &str = "SELECT key FROM officers WHERE name = $1";
pub(crate) const INSERT_OFFICER: &str = "INSERT INTO officers (name, municipality, password_hash, key, enrolled_at) VALUES ($1, $2, $3, $4, $5)";

/// Tries, browsers and sessions.
pub(crate) const ACCOUNTS: Statements = statements! {
    account: "officers", owner: "officer", known: "officers.name AS name, officers.municipality AS municipality",
    session: "sessions", tried: "log_in_tries", browser: "known_browsers",
};

pub(crate) const INSERT_APPLICATION: &str = "INSERT INTO applications
    (id, municipality, officer, applicant, request_digest, signed, state, taken_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
pub(crate) const APPLICATION: &str =
    "SELECT id, municipality, officer, applicant, request_digest, signed, state, token, refused_by, taken_at, received_at,
    completed_at FROM applications WHERE id = $1";
pub(crate) const APPLICATIONS: &str =
    "SELECT id, municipality, officer, applicant, request_digest, signed, state, token, refused_by, taken_at, received_at,
    completed_at FROM applications WHERE municipality = $1 ORDER BY taken_at DESC, id LIMIT $2";
pub(crate) const APPLICATION_RECEIVED: &str = "UPDATE applications SET state = $2, token = $3, received_at = $4, refused_by = NULL WHERE id = $1 AND token IS NULL";
pub(crate) const APPLICATION_REFUSED: &str =
    "UPDATE applications SET state = $2, refused_by = $3 WHERE id = $1 AND token IS NULL";
pub(crate) const APPLICATION_COMPLETED: &str = "UPDATE applications SET state = $2, completed_at = $3, issued = $4 WHERE id = $1 AND completed_at IS NULL";
pub(crate) const COUNT_RECORDED: &str =
    "SELECT count(*) AS recorded FROM applications WHERE state = 'recorded'";

pub(crate) const INSERT_REVOCATION: &str = "INSERT INTO revocations
    (id, municipality, officer, request_digest, signed, taken_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (id) DO NOTHING";
pub(crate) const REVOCATION: &str =
    "SELECT municipality, request_digest, signed, serials FROM revocations WHERE id = $1";
pub(crate) const REVOCATION_ANSWERED: &str =
    "UPDATE revocations SET serials = $2, answered_at = $3 WHERE id = $1 AND serials IS NULL";

pub(crate) const ISSUED: &str = "SELECT issued FROM applications WHERE id = $1";
pub(crate) const INSERT_INCIDENT: &str =
    "INSERT INTO incidents (application, position, header, reported_at) SELECT $1, $2, $3, $4
    WHERE (SELECT count(*) FROM incidents WHERE application = $1) < 100";
pub(crate) const APPLICATIONS_WITH_INCIDENTS: &str = "SELECT DISTINCT application FROM incidents";
pub(crate) const INCIDENTS: &str =
    "SELECT position, header, reported_at FROM incidents WHERE application = $1 ORDER BY id";

pub(crate) const CHECKPOINT: &str = "SELECT size, note FROM authority_checkpoint WHERE id = 1";
pub(crate) const KEEP_CHECKPOINT: &str =
    "INSERT INTO authority_checkpoint (id, size, note, kept_at) VALUES (1, $1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET size = excluded.size, note = excluded.note, kept_at = excluded.kept_at
    WHERE authority_checkpoint.size < excluded.size";
pub(crate) const FORGET_CHECKPOINT: &str = "DELETE FROM authority_checkpoint";
pub(crate) const REMEMBER_ENDED: &str =
    "INSERT INTO ended (kind, serial, position, generation, municipality, revoked_at, reason, not_after)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (kind, serial) DO UPDATE SET revoked_at = excluded.revoked_at WHERE ended.revoked_at > excluded.revoked_at";
pub(crate) const ENDED_AFTER: &str =
    "SELECT serial, position, generation, municipality, revoked_at, reason, not_after FROM ended
    WHERE kind = $1 AND serial > $2 ORDER BY serial LIMIT 5000";
pub(crate) const ANSWERED_REVOCATIONS: &str =
    "SELECT signed, serials FROM revocations WHERE serials IS NOT NULL ORDER BY answered_at, id";
