//! All SQL of the room.

use shirushi_store::Migration;

/// The portal's tables.
pub static MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "accounts, drafts and filings",
        statements: &[
            "CREATE TABLE portal_account (id TEXT NOT NULL PRIMARY KEY, issuer_sha256 BLOB NOT NULL, serial TEXT NOT NULL, \
         not_after INTEGER NOT NULL, begun_at INTEGER NOT NULL, UNIQUE (issuer_sha256, serial)) STRICT",
            "CREATE TABLE portal_session (hash BLOB NOT NULL PRIMARY KEY, account TEXT NOT NULL REFERENCES portal_account (id), \
         begun_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) STRICT",
            "CREATE TABLE portal_certificate (account TEXT NOT NULL PRIMARY KEY REFERENCES portal_account (id), der BLOB NOT NULL, \
         known_at INTEGER NOT NULL) STRICT",
            "CREATE TABLE portal_draft (id TEXT NOT NULL PRIMARY KEY, account TEXT NOT NULL REFERENCES portal_account (id), \
         procedure TEXT NOT NULL, name TEXT NOT NULL, birth_date TEXT NOT NULL, address TEXT NOT NULL, fields TEXT NOT NULL, \
         begun_at INTEGER NOT NULL, changed_at INTEGER NOT NULL) STRICT",
            "CREATE INDEX portal_draft_account ON portal_draft (account)",
            "CREATE TABLE portal_attachment (id TEXT NOT NULL PRIMARY KEY, draft TEXT NOT NULL REFERENCES portal_draft (id), \
         place INTEGER NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, content BLOB NOT NULL, \
         UNIQUE (draft, name)) STRICT",
            "CREATE TABLE portal_filing (id TEXT NOT NULL PRIMARY KEY, account TEXT NOT NULL REFERENCES portal_account (id), \
         draft TEXT NOT NULL, procedure TEXT NOT NULL, prepared_at INTEGER NOT NULL, document BLOB NOT NULL, signature BLOB, \
         receipt TEXT UNIQUE, accepted_at INTEGER, refusal TEXT) STRICT",
            "CREATE INDEX portal_filing_account ON portal_filing (account)",
            "CREATE INDEX portal_filing_draft ON portal_filing (draft)",
        ],
    },
    Migration {
        version: 2,
        name: "reading keys, persons, and sessions that end with their certificate",
        statements: &[
            // With what the agency lets the filing be read again; none for one that was sent before there were keys.
            "ALTER TABLE portal_filing ADD COLUMN reading_key TEXT",
            // As whom the authority knows the person; none until it was asked. The certificate of an account is the one it began with.
            "ALTER TABLE portal_account ADD COLUMN holder TEXT",
            "ALTER TABLE portal_account ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0",
            "CREATE UNIQUE INDEX portal_account_holder ON portal_account (holder)",
            // A session knows its certificate, and whether that was alive. Those of before do not: their citizens log in once more.
            "DROP TABLE portal_session",
            "CREATE TABLE portal_session (hash BLOB NOT NULL PRIMARY KEY, account TEXT NOT NULL REFERENCES portal_account (id), \
             certificate BLOB NOT NULL, begun_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, checked_at INTEGER NOT NULL, \
             is_known INTEGER NOT NULL, ended TEXT) STRICT",
        ],
    },
    Migration {
        version: 3,
        name: "which state of a draft a document was prepared from",
        statements: &[
            // None for what was prepared before.
            "ALTER TABLE portal_filing ADD COLUMN draft_state BLOB",
        ],
    },
    Migration {
        version: 4,
        name: "signed filings in the order of their list",
        statements: &[
            "CREATE INDEX portal_filing_signed ON portal_filing (account, prepared_at, id) WHERE signature IS NOT NULL",
        ],
    },
];

pub(crate) const LOOK: &str = "SELECT count(*) AS n FROM portal_account";

pub(crate) const OPEN_ACCOUNT: &str = "INSERT INTO portal_account \
     (id, issuer_sha256, serial, not_after, begun_at, holder, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $5)";
pub(crate) const ACCOUNT_OF_CERTIFICATE: &str =
    "SELECT id FROM portal_account WHERE issuer_sha256 = $1 AND serial = $2";
pub(crate) const ACCOUNT_OF_HOLDER: &str = "SELECT id FROM portal_account WHERE holder = $1";
/// Accounts of the time before persons were known, those first that were not asked about for longest.
pub(crate) const WITHOUT_HOLDER: &str = "SELECT id, serial FROM portal_account WHERE holder IS NULL \
     ORDER BY asked_at, id LIMIT $1";
pub(crate) const ASKED: &str = "UPDATE portal_account SET asked_at = $2 WHERE id = $1";
/// Touches no row when the account is known as another's.
pub(crate) const SET_HOLDER: &str =
    "UPDATE portal_account SET holder = $2 WHERE id = $1 AND holder IS NULL";
/// What the second account has becomes the first's; of two certificates shown, the one shown last.
pub(crate) const MERGE: [&str; 6] = [
    "UPDATE portal_draft SET account = $1 WHERE account = $2",
    "UPDATE portal_filing SET account = $1 WHERE account = $2",
    "UPDATE portal_session SET account = $1 WHERE account = $2",
    "INSERT INTO portal_certificate (account, der, known_at) \
     SELECT $1, der, known_at FROM portal_certificate WHERE account = $2 \
     ON CONFLICT (account) DO UPDATE SET der = excluded.der, known_at = excluded.known_at \
     WHERE excluded.known_at > portal_certificate.known_at",
    "DELETE FROM portal_certificate WHERE account = $2 AND account <> $1",
    "DELETE FROM portal_account WHERE id = $2 AND id <> $1",
];

pub(crate) const BEGIN_SESSION: &str = "INSERT INTO portal_session \
     (hash, account, certificate, begun_at, seen_at, checked_at, is_known) VALUES ($1, $2, $3, $4, $4, $4, 1)";
pub(crate) const SESSION: &str = "SELECT account, certificate, begun_at, seen_at, checked_at, is_known, ended \
     FROM portal_session WHERE hash = $1";
pub(crate) const CHECKED: &str =
    "UPDATE portal_session SET checked_at = $2, is_known = $3, ended = $4 WHERE hash = $1";
pub(crate) const SEEN: &str = "UPDATE portal_session SET seen_at = $2 WHERE hash = $1";
pub(crate) const END_SESSION: &str = "DELETE FROM portal_session WHERE hash = $1";
pub(crate) const FORGET_SESSIONS: &str =
    "DELETE FROM portal_session WHERE seen_at < $1 OR begun_at < $2";

pub(crate) const KNOW_CERTIFICATE: &str = "INSERT INTO portal_certificate (account, der, known_at) VALUES ($1, $2, $3) \
     ON CONFLICT (account) DO UPDATE SET der = excluded.der, known_at = excluded.known_at";
pub(crate) const CERTIFICATE: &str =
    "SELECT der, known_at FROM portal_certificate WHERE account = $1";

pub(crate) const BEGIN_DRAFT: &str = "INSERT INTO portal_draft \
     (id, account, procedure, name, birth_date, address, fields, begun_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
pub(crate) const COUNT_DRAFTS: &str = "SELECT count(*) AS n FROM portal_draft WHERE account = $1";
pub(crate) const DRAFTS: &str = "SELECT id, account, procedure, name, birth_date, address, fields, changed_at \
     FROM portal_draft WHERE account = $1 ORDER BY changed_at DESC, id";
pub(crate) const DRAFT: &str = "SELECT id, account, procedure, name, birth_date, address, fields, changed_at \
     FROM portal_draft WHERE id = $1 AND account = $2";
pub(crate) const SAVE_DRAFT: &str = "UPDATE portal_draft SET name = $3, birth_date = $4, address = $5, fields = $6, \
     changed_at = $7 WHERE id = $1 AND account = $2";
pub(crate) const DELETE_DRAFT: &str = "DELETE FROM portal_draft WHERE id = $1 AND account = $2";

pub(crate) const ATTACH: &str = "INSERT INTO portal_attachment (id, draft, place, name, media_type, content) \
     VALUES ($1, $2, $3, $4, $5, $6)";
pub(crate) const ATTACHMENTS: &str = "SELECT id, place, name, media_type, content FROM portal_attachment WHERE draft = $1 ORDER BY place, id";
pub(crate) const ENCLOSED: &str =
    "SELECT id FROM portal_attachment WHERE draft = $1 ORDER BY place, id";
pub(crate) const DETACH: &str = "DELETE FROM portal_attachment WHERE id = $1 AND draft = $2";
pub(crate) const DETACH_ALL: &str = "DELETE FROM portal_attachment WHERE draft = $1";

pub(crate) const PREPARE: &str = "INSERT INTO portal_filing (id, account, draft, procedure, prepared_at, document, reading_key, draft_state) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// What was prepared last from this state of a draft, and waits for its signature.
pub(crate) const PREPARED: &str = "SELECT id FROM portal_filing WHERE draft = $1 AND account = $2 AND signature IS NULL \
     AND draft_state = $3 AND prepared_at > $4 ORDER BY prepared_at DESC, id LIMIT 1";
pub(crate) const GIVE_READING_KEY: &str = "UPDATE portal_filing SET reading_key = $3 \
     WHERE id = $1 AND account = $2 AND reading_key IS NULL";
/// What was prepared and never signed counts for nothing.
pub(crate) const FORGET_UNSIGNED: &str =
    "DELETE FROM portal_filing WHERE draft = $1 AND signature IS NULL";
pub(crate) const SIGN: &str =
    "UPDATE portal_filing SET signature = $3 WHERE id = $1 AND account = $2 AND signature IS NULL";
pub(crate) const RECEIVED: &str =
    "UPDATE portal_filing SET receipt = $2, accepted_at = $3, refusal = NULL WHERE id = $1";
pub(crate) const REFUSED: &str =
    "UPDATE portal_filing SET refusal = $2 WHERE id = $1 AND receipt IS NULL";
pub(crate) const FILING: &str = "SELECT id, draft, procedure, prepared_at, receipt, accepted_at, refusal, \
     CASE WHEN signature IS NULL THEN 0 ELSE 1 END AS signed FROM portal_filing WHERE id = $1 AND account = $2";
pub(crate) const FILING_OF_RECEIPT: &str = "SELECT id, draft, procedure, prepared_at, receipt, accepted_at, refusal, \
     CASE WHEN signature IS NULL THEN 0 ELSE 1 END AS signed FROM portal_filing WHERE receipt = $1 AND account = $2";
/// So many signed filings that are older than the last one seen, the newest first.
pub(crate) const FILINGS: &str = "SELECT id, draft, procedure, prepared_at, receipt, accepted_at, refusal, 1 AS signed \
     FROM portal_filing WHERE account = $1 AND signature IS NOT NULL AND (prepared_at, id) < ($2, $3) \
     ORDER BY prepared_at DESC, id DESC LIMIT $4";
/// Signed, and not known to have been received or refused.
pub(crate) const UNSENT: &str = "SELECT id FROM portal_filing \
     WHERE draft = $1 AND account = $2 AND signature IS NOT NULL AND receipt IS NULL AND refusal IS NULL";
pub(crate) const LAST_REFUSAL: &str = "SELECT refusal FROM portal_filing WHERE draft = $1 AND account = $2 \
     AND refusal IS NOT NULL ORDER BY prepared_at DESC, id LIMIT 1";
pub(crate) const SUBMISSION: &str =
    "SELECT document, signature, reading_key FROM portal_filing WHERE id = $1 AND account = $2";
