//! Every table and statement of this room.

use shirushi_store::Migration;

/// The authority's schema.
pub static MIGRATIONS: &[Migration] = &[FOUNDATION, REGISTERS_WORD, RESTORE, LISTS, GENERATIONS];

const FOUNDATION: Migration = Migration {
    version: 1,
    name: "authority",
    statements: &[
        "CREATE TABLE enrolment_codes (
            code_hash BLOB PRIMARY KEY, municipality TEXT NOT NULL, made_at INTEGER NOT NULL, used_at INTEGER) STRICT",
        "CREATE TABLE officers (
            name TEXT PRIMARY KEY, municipality TEXT NOT NULL, key_identifier TEXT NOT NULL UNIQUE,
            public_key BLOB NOT NULL, enrolled_at INTEGER NOT NULL, retired_at INTEGER) STRICT",
        "CREATE TABLE applications (
            id TEXT PRIMARY KEY, digest BLOB NOT NULL, token_hash BLOB NOT NULL UNIQUE, resident TEXT NOT NULL,
            message BLOB NOT NULL, received_at INTEGER NOT NULL, completed_at INTEGER) STRICT",
        "CREATE TABLE revocation_requests (
            id TEXT PRIMARY KEY, digest BLOB NOT NULL, serials TEXT NOT NULL, received_at INTEGER NOT NULL) STRICT",
        // An intent is open until its certificate is stored, or closed at recovery as issued and revoked.
        "CREATE TABLE intents (
            serial TEXT PRIMARY KEY, application TEXT NOT NULL, resident TEXT NOT NULL, kind TEXT NOT NULL,
            municipality TEXT NOT NULL, not_after INTEGER NOT NULL, tbs_hash BLOB NOT NULL, made_at INTEGER NOT NULL,
            state TEXT NOT NULL) STRICT",
        "CREATE UNIQUE INDEX one_open_intent ON intents (resident, kind) WHERE state = 'open'",
        "CREATE TABLE certificates (
            serial TEXT PRIMARY KEY, kind TEXT NOT NULL, resident TEXT NOT NULL, municipality TEXT NOT NULL,
            application TEXT NOT NULL, register_sequence INTEGER NOT NULL, not_before INTEGER NOT NULL,
            not_after INTEGER NOT NULL, der BLOB NOT NULL, state TEXT NOT NULL) STRICT",
        "CREATE INDEX certificates_by_application ON certificates (application)",
        // Law 6 and 25 as a constraint: whatever the code does, a second live certificate cannot be stored.
        "CREATE UNIQUE INDEX one_live_certificate ON certificates (resident, kind) WHERE state = 'live'",
        "CREATE TABLE revocations (
            serial TEXT PRIMARY KEY, kind TEXT NOT NULL, municipality TEXT NOT NULL, revoked_at INTEGER NOT NULL,
            reason TEXT NOT NULL, not_after INTEGER NOT NULL) STRICT",
        "CREATE INDEX revocations_by_scope ON revocations (kind, municipality)",
        // The newest register event of each resident: an application made before it is stale.
        "CREATE TABLE resident_events (resident TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT",
        "CREATE TABLE register_position (source TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT",
        "CREATE TABLE crls (
            kind TEXT NOT NULL, scope TEXT NOT NULL, number INTEGER NOT NULL, this_update INTEGER NOT NULL,
            next_update INTEGER NOT NULL, entries INTEGER NOT NULL, tbs_hash BLOB NOT NULL, der BLOB,
            PRIMARY KEY (kind, scope, number)) STRICT",
        "CREATE TABLE log (
            position INTEGER PRIMARY KEY, salt BLOB, entry BLOB, leaf BLOB NOT NULL) STRICT",
        "CREATE TABLE log_frontier (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, parts BLOB NOT NULL) STRICT",
    ],
};

const REGISTERS_WORD: Migration = Migration {
    version: 2,
    name: "the register's word, officers and keys",
    statements: &[
        // What the officer signed, with the register's statements, whole; none of those that came before it was asked for.
        "ALTER TABLE applications ADD COLUMN evidence BLOB",
        // Which officer a code enrolled: a lost answer is given again.
        "ALTER TABLE enrolment_codes ADD COLUMN officer TEXT",
        // What the register's events say of each resident; none where the last one came before this was kept.
        "ALTER TABLE resident_events ADD COLUMN municipality TEXT",
        "ALTER TABLE resident_events ADD COLUMN status TEXT",
        // The keys of all certificates, each known by the SHA-256 of its SubjectPublicKeyInfo.
        "CREATE TABLE certified_keys (serial TEXT PRIMARY KEY, key_hash BLOB NOT NULL) STRICT",
        "CREATE INDEX certified_keys_by_hash ON certified_keys (key_hash)",
    ],
};

const RESTORE: Migration = Migration {
        version: 3,
        name: "what is told twice is told as one: events by content, checkpoints given out, lives",
        statements: &[
            // Each register event by number, content and life. Those taken before this table was have no row.
            "CREATE TABLE register_events (
                sequence INTEGER PRIMARY KEY, life TEXT NOT NULL, hash BLOB NOT NULL, taken_at INTEGER NOT NULL) STRICT",
            // The last one taken, or what a new life of the register follows; none while only events of before were taken.
            "CREATE TABLE register_head (
                id INTEGER PRIMARY KEY, life TEXT NOT NULL, sequence INTEGER NOT NULL, hash BLOB NOT NULL) STRICT",
            "CREATE TABLE register_lives (
                life TEXT PRIMARY KEY, first INTEGER NOT NULL, declaration BLOB NOT NULL, declared_at INTEGER NOT NULL) STRICT",
            // What the register has proven by its own signature: a gap, a fork, a register that is behind. One row while it stands.
            "CREATE TABLE register_trouble (
                id INTEGER PRIMARY KEY, kind TEXT NOT NULL, sequence INTEGER NOT NULL, other INTEGER NOT NULL,
                evidence BLOB NOT NULL, since INTEGER NOT NULL) STRICT",
            // Every size and root that this log has stood at: whoever shows a checkpoint is answered by a look-up.
            "CREATE TABLE log_roots (size INTEGER PRIMARY KEY, root BLOB NOT NULL) STRICT",
            // The lives of this log: another one begins when a restore is accepted, at the size that was left.
            "CREATE TABLE log_lives (
                number INTEGER NOT NULL PRIMARY KEY, life TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
                began_at INTEGER NOT NULL) STRICT",
            // The latest instant that an entry names, and what the operator said of a clock that went back behind it.
            "CREATE TABLE log_time (id INTEGER NOT NULL PRIMARY KEY, newest INTEGER NOT NULL) STRICT",
        ],
    };

const LISTS: Migration = Migration {
    version: 4,
    name: "lists",
    statements: &[
        // Each revocation has its place in one order: a list is what had happened up to a place. A revocation whose record lay ahead of
        // a right clock has a second place, with the date that it is told with from there on.
        "CREATE TABLE revocation_order (
            position INTEGER PRIMARY KEY, serial TEXT NOT NULL, redated_to INTEGER) STRICT",
        "INSERT INTO revocation_order (position, serial)
            SELECT row_number() OVER (ORDER BY revoked_at, serial), serial FROM revocations",
        "CREATE INDEX revocation_order_by_serial ON revocation_order (serial)",
        "ALTER TABLE revocations ADD COLUMN generation INTEGER NOT NULL DEFAULT 1",
        // What one list after the other has in common. `crls` keeps, whole, what was published before this.
        "CREATE TABLE list_frames (
            kind TEXT NOT NULL, generation INTEGER NOT NULL, scope TEXT NOT NULL, since INTEGER NOT NULL,
            head BLOB NOT NULL, key_identifier BLOB NOT NULL, point BLOB NOT NULL,
            PRIMARY KEY (kind, generation, scope, since)) STRICT",
        // An intent until `signature` is there.
        "CREATE TABLE lists (
            kind TEXT NOT NULL, generation INTEGER NOT NULL, scope TEXT NOT NULL, number INTEGER NOT NULL,
            through INTEGER NOT NULL, this_update INTEGER NOT NULL, next_update INTEGER NOT NULL, entries INTEGER NOT NULL,
            tbs_hash BLOB NOT NULL, signature BLOB, sha256 BLOB,
            PRIMARY KEY (kind, generation, scope, number)) STRICT",
    ],
};

/// What was there before is of the first generation.
const GENERATIONS: Migration = Migration {
    version: 5,
    name: "generations",
    statements: &[
        // Number 0 of `responder` is the generation's own certificate.
        "CREATE TABLE authority_keys (
            kind TEXT NOT NULL, generation INTEGER NOT NULL, responder INTEGER NOT NULL, certificate BLOB NOT NULL,
            taken_up_at INTEGER NOT NULL, PRIMARY KEY (kind, generation, responder)) STRICT",
        "ALTER TABLE intents ADD COLUMN generation INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE certificates ADD COLUMN generation INTEGER NOT NULL DEFAULT 1",
    ],
};

pub(crate) const INSERT_CODE: &str =
    "INSERT INTO enrolment_codes (code_hash, municipality, made_at) VALUES ($1, $2, $3)";
pub(crate) const CODE: &str =
    "SELECT municipality, used_at, officer FROM enrolment_codes WHERE code_hash = $1";
pub(crate) const USE_CODE: &str = "UPDATE enrolment_codes SET used_at = $2, officer = $3 WHERE code_hash = $1 AND used_at IS NULL";
pub(crate) const INSERT_OFFICER: &str =
    "INSERT INTO officers (name, municipality, key_identifier, public_key, enrolled_at)
    VALUES ($1, $2, $3, $4, $5)";
pub(crate) const OFFICERS: &str =
    "SELECT COUNT(*) AS officers FROM officers WHERE retired_at IS NULL";
pub(crate) const OFFICER_BY_KEY: &str = "SELECT name, municipality, public_key, enrolled_at, retired_at FROM officers WHERE key_identifier = $1";
pub(crate) const OFFICER_BY_NAME: &str =
    "SELECT key_identifier, retired_at FROM officers WHERE name = $1";
pub(crate) const ALL_OFFICERS: &str = "SELECT name, municipality, public_key, enrolled_at, retired_at FROM officers ORDER BY enrolled_at, name";
pub(crate) const RETIRE_OFFICER: &str =
    "UPDATE officers SET retired_at = $2 WHERE name = $1 AND retired_at IS NULL";

pub(crate) const INSERT_APPLICATION: &str =
    "INSERT INTO applications (id, digest, token_hash, resident, message, received_at, evidence)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
pub(crate) const APPLICATION_DIGEST: &str = "SELECT digest FROM applications WHERE id = $1";
pub(crate) const APPLICATION_RECEIVED: &str = "SELECT received_at, CASE WHEN evidence IS NULL THEN 0 ELSE 1 END AS attested FROM applications WHERE id = $1";
pub(crate) const APPLICATION_BY_TOKEN: &str =
    "SELECT message, completed_at FROM applications WHERE token_hash = $1";
pub(crate) const COMPLETE_APPLICATION: &str =
    "UPDATE applications SET completed_at = $2 WHERE id = $1 AND completed_at IS NULL";

pub(crate) const INSERT_REVOCATION_REQUEST: &str =
    "INSERT INTO revocation_requests (id, digest, serials, received_at) VALUES ($1, $2, $3, $4)";
pub(crate) const REVOCATION_REQUEST: &str =
    "SELECT digest, serials FROM revocation_requests WHERE id = $1";

pub(crate) const INSERT_INTENTS: &str = "INSERT INTO intents
    (serial, application, resident, kind, municipality, not_after, tbs_hash, made_at, state, generation) VALUES";
pub(crate) const OPEN_INTENTS: &str = "SELECT serial, kind, municipality, not_after, generation FROM intents WHERE state = 'open' ORDER BY serial";
pub(crate) const OPEN_INTENT_OF: &str =
    "SELECT serial FROM intents WHERE resident = $1 AND kind = $2 AND state = 'open'";
pub(crate) const CLOSE_INTENT: &str =
    "UPDATE intents SET state = $2 WHERE serial = $1 AND state = 'open'";

pub(crate) const INSERT_CERTIFICATES: &str = "INSERT INTO certificates
    (serial, kind, resident, municipality, application, register_sequence, not_before, not_after, der, state, generation) VALUES";
pub(crate) const LIVE_CERTIFICATE: &str =
    "SELECT serial, municipality, application, not_after, register_sequence, generation FROM certificates
    WHERE resident = $1 AND kind = $2 AND state = 'live'";
pub(crate) const CERTIFICATES_OF_APPLICATION: &str =
    "SELECT serial, kind, not_after, der FROM certificates WHERE application = $1 ORDER BY kind";
/// Always one row.
pub(crate) const STATUS: &str =
    "SELECT c.state, c.not_before, c.not_after, c.generation AS issued_of, r.reason, r.generation AS ended_of,
        COALESCE((SELECT MIN(o.redated_to) FROM revocation_order o WHERE o.serial = r.serial), r.revoked_at) AS revoked_at
    FROM (SELECT 1 AS one) AS asked
    LEFT JOIN certificates c ON c.serial = $1 AND c.kind = $2
    LEFT JOIN revocations r ON r.serial = $1 AND r.kind = $2";
pub(crate) const CERTIFICATE_BY_SERIAL: &str =
    "SELECT kind, resident, municipality, not_before, not_after, der, state, generation FROM certificates
    WHERE serial = $1";
pub(crate) const HOLDER_OF: &str =
    "SELECT resident FROM certificates WHERE serial = $1 AND kind = 'authentication'";
pub(crate) const SET_CERTIFICATE_STATE: &str =
    "UPDATE certificates SET state = $2 WHERE serial = $1 AND state = 'live'";

pub(crate) const INSERT_REVOCATIONS: &str = "INSERT INTO revocations (serial, kind, municipality, revoked_at, reason, not_after, generation) VALUES";
pub(crate) const LAST_POSITION: &str =
    "SELECT COALESCE(MAX(position), 0) AS position FROM revocation_order";
pub(crate) const INSERT_POSITIONS: &str = "INSERT INTO revocation_order (position, serial) VALUES";
pub(crate) const REVOCATIONS_FROM: &str =
    "SELECT o.position, o.redated_to, r.serial, r.kind, r.generation, r.municipality, r.revoked_at, r.reason, r.not_after
    FROM revocation_order o JOIN revocations r ON r.serial = o.serial
    WHERE o.position > $1 ORDER BY o.position LIMIT 1000";
pub(crate) const COUNT_REVOCATIONS_FROM: &str =
    "SELECT COUNT(*) AS waiting FROM (SELECT position FROM revocation_order
    WHERE position > $1 LIMIT $2) AS untold";
pub(crate) const REVOCATIONS_BY_SERIAL: &str =
    "SELECT o.position, r.serial, r.kind, r.generation, r.municipality, r.revoked_at, r.reason, r.not_after,
        (SELECT MIN(d.redated_to) FROM revocation_order d WHERE d.serial = r.serial) AS redated_to
    FROM revocations r JOIN revocation_order o ON o.serial = r.serial AND o.redated_to IS NULL
    WHERE r.kind = $1 AND r.serial > $2 ORDER BY r.serial LIMIT 1000";
pub(crate) const REVOCATIONS_OF_BOOK: &str =
    "SELECT o.position, o.redated_to, r.serial, r.kind, r.generation, r.municipality, r.revoked_at, r.reason, r.not_after
    FROM revocation_order o JOIN revocations r ON r.serial = o.serial
    WHERE o.position > $1 AND o.position <= $2 AND r.not_after >= $3 ORDER BY o.position LIMIT 10000";
pub(crate) const INSERT_REDATED: &str =
    "INSERT INTO revocation_order (position, serial, redated_to) VALUES";
pub(crate) const REVOCATION: &str =
    "SELECT COALESCE((SELECT MIN(o.redated_to) FROM revocation_order o WHERE o.serial = r.serial), r.revoked_at) AS revoked_at,
        r.reason, r.not_after
    FROM revocations r WHERE r.serial = $1 AND r.kind = $2";

pub(crate) const AUTHORITY_KEYS: &str =
    "SELECT kind, generation, responder, certificate FROM authority_keys";
pub(crate) const INSERT_AUTHORITY_KEYS: &str =
    "INSERT INTO authority_keys (kind, generation, responder, certificate, taken_up_at) VALUES";

pub(crate) const RESIDENT_EVENT: &str =
    "SELECT sequence, municipality, status FROM resident_events WHERE resident = $1";
pub(crate) const SET_RESIDENT_EVENT: &str =
    "INSERT INTO resident_events (resident, sequence, municipality, status) VALUES ($1, $2, $3, $4)
    ON CONFLICT (resident) DO UPDATE SET sequence = excluded.sequence, municipality = excluded.municipality,
    status = COALESCE(excluded.status, resident_events.status)";
pub(crate) const NEWEST_MUNICIPALITY: &str = "SELECT municipality FROM certificates WHERE resident = $1 ORDER BY not_before DESC, register_sequence DESC LIMIT 1";
pub(crate) const INSERT_KEYS: &str = "INSERT INTO certified_keys (serial, key_hash) VALUES";
pub(crate) const KEY_KNOWN: &str = "SELECT serial FROM certified_keys WHERE key_hash = $1 LIMIT 1";
pub(crate) const WITHOUT_KEYS: &str = "SELECT serial, der FROM certificates
    WHERE serial NOT IN (SELECT serial FROM certified_keys) ORDER BY serial LIMIT 1000";
pub(crate) const REGISTER_POSITION: &str =
    "SELECT sequence FROM register_position WHERE source = 'register'";
pub(crate) const SET_REGISTER_POSITION: &str =
    "INSERT INTO register_position (source, sequence) VALUES ('register', $1)
    ON CONFLICT (source) DO UPDATE SET sequence = excluded.sequence";

pub(crate) const FRAME: &str = "SELECT head, key_identifier, point FROM list_frames
    WHERE kind = $1 AND generation = $2 AND scope = $3 AND since <= $4 ORDER BY since DESC LIMIT 1";
pub(crate) const INSERT_FRAME: &str =
    "INSERT INTO list_frames (kind, generation, scope, since, head, key_identifier, point)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
pub(crate) const INSERT_LIST: &str =
    "INSERT INTO lists (kind, generation, scope, number, through, this_update, next_update, entries, tbs_hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(crate) const STORE_LIST: &str = "UPDATE lists SET signature = $5, sha256 = $6
    WHERE kind = $1 AND generation = $2 AND scope = $3 AND number = $4";
pub(crate) const LIST: &str =
    "SELECT number, through, this_update, next_update, signature, sha256 FROM lists
    WHERE kind = $1 AND generation = $2 AND scope = $3 AND number = $4 AND signature IS NOT NULL";
pub(crate) const NEWEST_LIST: &str =
    "SELECT number, through, this_update, next_update, signature, sha256 FROM lists
    WHERE kind = $1 AND generation = $2 AND scope = $3 AND signature IS NOT NULL
    ORDER BY number DESC LIMIT 1";
pub(crate) const LAST_LIST_NUMBER: &str = "SELECT COALESCE(MAX(number), 0) AS number FROM lists
    WHERE kind = $1 AND generation = $2 AND scope = $3";
pub(crate) const WHOLE_LIST: &str =
    "SELECT der FROM crls WHERE kind = $1 AND scope = $2 AND number = $3 AND der IS NOT NULL";
pub(crate) const NEWEST_WHOLE_LIST: &str = "SELECT der FROM crls
    WHERE kind = $1 AND scope = $2 AND der IS NOT NULL ORDER BY number DESC LIMIT 1";
pub(crate) const LAST_WHOLE_NUMBER: &str =
    "SELECT COALESCE(MAX(number), 0) AS number FROM crls WHERE kind = $1 AND scope = $2";

pub(crate) const INSERT_LOG: &str = "INSERT INTO log (position, salt, entry, leaf) VALUES";
pub(crate) const LOG_FRONTIER: &str = "SELECT size, parts FROM log_frontier WHERE id = 1";
pub(crate) const SET_LOG_FRONTIER: &str =
    "INSERT INTO log_frontier (id, size, parts) VALUES (1, $1, $2)
    ON CONFLICT (id) DO UPDATE SET size = excluded.size, parts = excluded.parts";
pub(crate) const LOG_ENTRIES: &str =
    "SELECT position, salt, entry, leaf FROM log WHERE position >= $1 ORDER BY position LIMIT 1000";

pub(crate) const TOTALS: &str = "SELECT
    (SELECT COUNT(*) FROM applications) AS applications,
    (SELECT COUNT(*) FROM certificates) AS certificates,
    (SELECT COUNT(*) FROM certificates WHERE state = 'live' AND not_after >= $1) AS live,
    (SELECT COUNT(*) FROM revocations) AS revocations,
    (SELECT COUNT(*) FROM intents WHERE state = 'open') AS open_intents";

pub(crate) const REGISTER_EVENT: &str =
    "SELECT life, hash FROM register_events WHERE sequence = $1";
pub(crate) const INSERT_REGISTER_EVENT: &str =
    "INSERT INTO register_events (sequence, life, hash, taken_at) VALUES ($1, $2, $3, $4)";
pub(crate) const REGISTER_HEAD: &str =
    "SELECT life, sequence, hash FROM register_head WHERE id = 1";
pub(crate) const SET_REGISTER_HEAD: &str =
    "INSERT INTO register_head (id, life, sequence, hash) VALUES (1, $1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET life = excluded.life, sequence = excluded.sequence, hash = excluded.hash";
pub(crate) const REGISTER_LIFE: &str = "SELECT first FROM register_lives WHERE life = $1";
pub(crate) const INSERT_REGISTER_LIFE: &str =
    "INSERT INTO register_lives (life, first, declaration, declared_at) VALUES ($1, $2, $3, $4)";
pub(crate) const REGISTER_TROUBLE: &str =
    "SELECT kind, sequence, other FROM register_trouble WHERE id = 1";
pub(crate) const SET_REGISTER_TROUBLE: &str =
    "INSERT INTO register_trouble (id, kind, sequence, other, evidence, since) VALUES (1, $1, $2, $3, $4, $5)
    ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, sequence = excluded.sequence, other = excluded.other,
    evidence = excluded.evidence";
pub(crate) const CLEAR_REGISTER_TROUBLE: &str = "DELETE FROM register_trouble";
pub(crate) const OLDEST_REGISTER_EVENT: &str =
    "SELECT sequence FROM register_events ORDER BY sequence LIMIT 1";

pub(crate) const INSERT_LOG_ROOT: &str =
    "INSERT INTO log_roots (size, root) VALUES ($1, $2) ON CONFLICT (size) DO NOTHING";
pub(crate) const LOG_ROOT: &str = "SELECT root FROM log_roots WHERE size = $1";
pub(crate) const LOG_LIVES: &str = "SELECT life, size FROM log_lives ORDER BY number";
pub(crate) const INSERT_LOG_LIFE: &str = "INSERT INTO log_lives (number, life, size, began_at)
    SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3 FROM log_lives";
pub(crate) const LOG_TIME: &str = "SELECT newest FROM log_time WHERE id = 1";
pub(crate) const LATER_LOG_TIME: &str = "INSERT INTO log_time (id, newest) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET newest =
    CASE WHEN log_time.newest < excluded.newest THEN excluded.newest ELSE log_time.newest END";
pub(crate) const LOG_ROOTS: &str =
    "SELECT size, root FROM log_roots WHERE size > $1 ORDER BY size LIMIT 1000";
pub(crate) const CERTIFICATE_LOGGED: &str =
    "SELECT der, state, municipality, not_after FROM certificates WHERE serial = $1 AND kind = $2";
pub(crate) const OFFICER_ENROLLED: &str =
    "SELECT name FROM officers WHERE name = $1 AND key_identifier = $2";
// In one statement, and so of one moment.
pub(crate) const COUNTS: &str = "SELECT
    COALESCE(CAST(SUM(CASE WHEN substr(entry, 1, 16) = $1 THEN 1 ELSE 0 END) AS BIGINT), 0) AS issued,
    COALESCE(CAST(SUM(CASE WHEN substr(entry, 1, 17) = $2 OR substr(entry, 1, 23) = $3 THEN 1 ELSE 0 END) AS BIGINT), 0) AS ended,
    COALESCE(CAST(SUM(CASE WHEN entry IS NULL THEN 1 ELSE 0 END) AS BIGINT), 0) AS forgotten,
    COUNT(*) AS entries,
    COALESCE((SELECT size FROM log_frontier WHERE id = 1), 0) AS size,
    (SELECT COUNT(*) FROM certificates) AS certificates,
    (SELECT COUNT(*) FROM revocations) AS revocations
    FROM log";
pub(crate) const CERTIFICATE_OR_INTENT: &str =
    "SELECT municipality, not_after, generation FROM intents WHERE serial = $1 AND kind = $2";
pub(crate) const SET_LOG_TIME: &str = "UPDATE log_time SET newest = $1 WHERE id = 1";
pub(crate) const OFFICER_GONE: &str =
    "SELECT name FROM officers WHERE name = $1 AND retired_at IS NOT NULL";
