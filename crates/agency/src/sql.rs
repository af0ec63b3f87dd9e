//! All SQL of the room.

use shirushi_accounts::{CodeStatements, Statements, statements};
use shirushi_store::Migration;

/// The agency's tables.
pub static MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "judgements and their evidence",
        statements: &[
            "CREATE TABLE agency_judgement (id TEXT NOT NULL PRIMARY KEY, judged_at INTEGER NOT NULL, filing TEXT, \
         refused_by TEXT, refusal TEXT, report TEXT) STRICT",
            "CREATE TABLE agency_accepted (receipt TEXT NOT NULL PRIMARY KEY, filing TEXT UNIQUE, \
         document_sha256 BLOB UNIQUE) STRICT",
            "CREATE TABLE agency_evidence (judgement TEXT NOT NULL REFERENCES agency_judgement (id), name TEXT NOT NULL, \
         media_type TEXT NOT NULL, sha256 BLOB NOT NULL, size INTEGER NOT NULL, content BLOB NOT NULL, \
         PRIMARY KEY (judgement, name)) STRICT",
        ],
    },
    Migration {
        version: 2,
        name: "the clerks' desk",
        statements: &[
            // For lists; none when the document is no filing, or was filed before this version.
            "ALTER TABLE agency_judgement ADD COLUMN applicant TEXT",
            "ALTER TABLE agency_judgement ADD COLUMN procedure_id TEXT",
            "CREATE INDEX agency_judgement_by_time ON agency_judgement (judged_at, id)",
            "CREATE TABLE agency_clerk (name TEXT NOT NULL PRIMARY KEY, password_hash TEXT NOT NULL, \
             enrolled_at INTEGER NOT NULL) STRICT",
            "CREATE TABLE agency_enrolment (code_hash BLOB NOT NULL PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT",
            "CREATE TABLE agency_session (token_hash BLOB NOT NULL PRIMARY KEY, \
             clerk TEXT NOT NULL REFERENCES agency_clerk (name), expires_at INTEGER NOT NULL) STRICT",
            // By the hash of the name: what is typed there may be a password.
            "CREATE TABLE agency_log_in_try (id INTEGER PRIMARY KEY, name_hash BLOB NOT NULL, \
             tried_at INTEGER NOT NULL) STRICT",
            "CREATE INDEX agency_log_in_try_by_name ON agency_log_in_try (name_hash, tried_at)",
            "CREATE TABLE agency_decision (judgement TEXT NOT NULL PRIMARY KEY REFERENCES agency_judgement (id), \
             outcome TEXT NOT NULL, reason TEXT, clerk TEXT NOT NULL REFERENCES agency_clerk (name), \
             decided_at INTEGER NOT NULL) STRICT",
        ],
    },
    Migration {
        version: 3,
        name: "reading keys",
        // The digest of the key with which the filing is read again; none when nobody sent one.
        statements: &["ALTER TABLE agency_judgement ADD COLUMN reader_sha256 BLOB"],
    },
    Migration {
        version: 4,
        name: "how much of a refused filing is kept",
        statements: &[
            // None: the whole, as before this version. The signer and the size count for refused ones only.
            "ALTER TABLE agency_judgement ADD COLUMN extent TEXT",
            "ALTER TABLE agency_judgement ADD COLUMN signer BLOB",
            "ALTER TABLE agency_judgement ADD COLUMN size INTEGER",
            "CREATE INDEX agency_judgement_refused ON agency_judgement (judged_at, signer, size) \
             WHERE extent = 'whole' AND signer IS NOT NULL",
            "CREATE INDEX agency_judgement_of_stranger ON agency_judgement (judged_at, id) WHERE extent = 'unknown-signer'",
            "ALTER TABLE agency_evidence ADD COLUMN is_kept INTEGER NOT NULL DEFAULT 1",
        ],
    },
    Migration {
        version: 5,
        name: "browsers in which clerks have logged in",
        statements: &[
            "CREATE TABLE agency_known_browser (browser_hash BLOB NOT NULL, clerk TEXT NOT NULL REFERENCES agency_clerk (name), \
             used_at INTEGER NOT NULL, PRIMARY KEY (browser_hash, clerk)) STRICT",
            "CREATE INDEX agency_known_browser_by_clerk ON agency_known_browser (clerk, used_at)",
        ],
    },
    Migration {
        version: 6,
        name: "the key of forms, where several processes serve the desk",
        statements: &[
            "CREATE TABLE agency_form_key (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL) STRICT",
        ],
    },
];

/// The first process makes it, and all others find it.
pub(crate) const MAKE_FORM_KEY: &str =
    "INSERT INTO agency_form_key (one, key) VALUES (1, $1) ON CONFLICT (one) DO NOTHING";
pub(crate) const FORM_KEY: &str = "SELECT key FROM agency_form_key";

/// Bytes kept since then of the refused filings of one signer, and of all.
pub(crate) const KEPT_OF_REFUSED: &str = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS of_all, \
     CAST(COALESCE(SUM(CASE WHEN signer = $1 THEN size ELSE 0 END), 0) AS BIGINT) AS of_one \
     FROM agency_judgement WHERE extent = 'whole' AND signer IS NOT NULL AND judged_at > $2";

pub(crate) const FORGET_EVIDENCE_OF_STRANGERS: &str = "DELETE FROM agency_evidence WHERE judgement IN \
     (SELECT id FROM agency_judgement WHERE extent = 'unknown-signer' ORDER BY judged_at DESC, id DESC LIMIT 100 OFFSET $1)";
pub(crate) const FORGET_STRANGERS: &str = "DELETE FROM agency_judgement WHERE id IN \
     (SELECT id FROM agency_judgement WHERE extent = 'unknown-signer' ORDER BY judged_at DESC, id DESC LIMIT 100 OFFSET $1)";

/// Touches no row when the filing's id or its document has been accepted before.
pub(crate) const ACCEPT: &str = "INSERT INTO agency_accepted (receipt, filing, document_sha256) VALUES ($1, $2, $3) \
     ON CONFLICT DO NOTHING";

pub(crate) const ACCEPTED_BEFORE: &str = "SELECT receipt FROM agency_accepted \
     WHERE filing = $1 OR document_sha256 = $2 ORDER BY CASE WHEN filing = $1 THEN 0 ELSE 1 END";

pub(crate) const RECORD: &str = "INSERT INTO agency_judgement \
     (id, judged_at, filing, refused_by, refusal, report, applicant, procedure_id, extent, signer, size, reader_sha256) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// What was received before there were keys, or without one, becomes readable by who sends it again: the very document under the very
/// signature. A key that is there stays.
pub(crate) const CLAIM: &str = "UPDATE agency_judgement SET reader_sha256 = $1 WHERE reader_sha256 IS NULL \
     AND id IN (SELECT receipt FROM agency_accepted WHERE document_sha256 = $2) \
     AND EXISTS (SELECT 1 FROM agency_evidence WHERE judgement = id AND name = 'signature' AND sha256 = $3)";
pub(crate) const UNCLAIMED: &str = "SELECT id FROM agency_judgement WHERE reader_sha256 IS NULL \
     AND id IN (SELECT receipt FROM agency_accepted WHERE document_sha256 = $1)";

pub(crate) const READER: &str = "SELECT reader_sha256 FROM agency_judgement WHERE id = $1";

pub(crate) const STANDING: &str = "SELECT CASE WHEN d.judgement IS NULL THEN 0 ELSE 1 END AS decided \
     FROM agency_judgement j LEFT JOIN agency_decision d ON d.judgement = j.id WHERE j.id = $1 AND j.refused_by IS NULL";

pub(crate) const KEEP: &str = "INSERT INTO agency_evidence (judgement, name, media_type, sha256, size, content, is_kept) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

pub(crate) const JUDGEMENT: &str =
    "SELECT judged_at, filing, refusal, report, extent FROM agency_judgement WHERE id = $1";

pub(crate) const EVIDENCE_LIST: &str = "SELECT name, media_type, sha256, size, is_kept FROM agency_evidence WHERE judgement = $1 ORDER BY name";

pub(crate) const EVIDENCE: &str =
    "SELECT media_type, content, is_kept FROM agency_evidence WHERE judgement = $1 AND name = $2";

pub(crate) const COUNT: &str = "SELECT count(*) AS n FROM agency_accepted";

pub(crate) const DECISION: &str =
    "SELECT outcome, reason, clerk, decided_at FROM agency_decision WHERE judgement = $1";

/// Touches no row when there is a decision already, or nothing was accepted under this number.
pub(crate) const DECIDE: &str = "INSERT INTO agency_decision (judgement, outcome, reason, clerk, decided_at) \
     SELECT $1, $2, $3, $4, $5 FROM agency_judgement WHERE id = $1 AND refused_by IS NULL ON CONFLICT DO NOTHING";

/// Those judged before a place in the list, newest first; the state as `DeskState` words it, or all.
pub(crate) const LIST: &str = "SELECT j.id AS id, j.judged_at AS judged_at, j.applicant AS applicant, \
     j.procedure_id AS procedure_id, j.refused_by AS refused_by, d.outcome AS outcome \
     FROM agency_judgement j LEFT JOIN agency_decision d ON d.judgement = j.id \
     WHERE (j.judged_at < $1 OR (j.judged_at = $1 AND j.id < $2)) \
     AND ($3 = 'all' OR $3 = CASE WHEN j.refused_by IS NOT NULL THEN 'refused' ELSE COALESCE(d.outcome, 'waiting') END) \
     ORDER BY j.judged_at DESC, j.id DESC LIMIT $4";

/// The codes that enrol clerks.
pub(crate) static CODES: CodeStatements = CodeStatements {
    insert: "INSERT INTO agency_enrolment (code_hash, expires_at) VALUES ($1, $2)",
    forget_old: "DELETE FROM agency_enrolment WHERE expires_at <= $1",
    stands: "SELECT expires_at FROM agency_enrolment WHERE code_hash = $1 AND expires_at > $2",
    spend: "DELETE FROM agency_enrolment WHERE code_hash = $1 AND expires_at > $2",
};
pub(crate) const INSERT_CLERK: &str = "INSERT INTO agency_clerk (name, password_hash, enrolled_at) \
     VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

/// Tries, browsers and sessions.
pub(crate) const ACCOUNTS: Statements = statements! {
    account: "agency_clerk", owner: "clerk", known: "agency_clerk.name AS name",
    session: "agency_session", tried: "agency_log_in_try", browser: "agency_known_browser",
};
