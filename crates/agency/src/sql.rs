//! All SQL of the room.

use shirushi_store::Migration;

/// The agency's tables.
pub static MIGRATIONS: &[Migration] = &[Migration {
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
}];

/// Touches no row when the filing's id or its document has been accepted before.
pub(crate) const ACCEPT: &str = "INSERT INTO agency_accepted (receipt, filing, document_sha256) VALUES ($1, $2, $3) \
     ON CONFLICT DO NOTHING";

pub(crate) const ACCEPTED_BEFORE: &str = "SELECT receipt FROM agency_accepted \
     WHERE filing = $1 OR document_sha256 = $2 ORDER BY CASE WHEN filing = $1 THEN 0 ELSE 1 END";

pub(crate) const RECORD: &str = "INSERT INTO agency_judgement (id, judged_at, filing, refused_by, refusal, report) \
     VALUES ($1, $2, $3, $4, $5, $6)";

pub(crate) const KEEP: &str = "INSERT INTO agency_evidence (judgement, name, media_type, sha256, size, content) \
     VALUES ($1, $2, $3, $4, $5, $6)";

pub(crate) const JUDGEMENT: &str =
    "SELECT judged_at, filing, refusal, report FROM agency_judgement WHERE id = $1";

pub(crate) const EVIDENCE_LIST: &str =
    "SELECT name, media_type, sha256, size FROM agency_evidence WHERE judgement = $1 ORDER BY name";

pub(crate) const EVIDENCE: &str =
    "SELECT media_type, content FROM agency_evidence WHERE judgement = $1 AND name = $2";

pub(crate) const COUNT: &str = "SELECT count(*) AS n FROM agency_accepted";
