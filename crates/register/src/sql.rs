//! Every statement of this room.

use shirushi_store::Migration;

/// The tables of the register.
pub static MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "residents, cards and events",
        statements: &[
            "CREATE TABLE resident (code TEXT NOT NULL PRIMARY KEY, municipality TEXT NOT NULL, name TEXT NOT NULL, \
         furigana TEXT, former_name TEXT, alias TEXT, birth_date TEXT NOT NULL, sex TEXT NOT NULL, \
         address TEXT NOT NULL, stay_until TEXT, status TEXT NOT NULL) STRICT",
            "CREATE INDEX resident_by_municipality ON resident (municipality, code)",
            "CREATE TABLE card (number TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, \
         holder TEXT NOT NULL REFERENCES resident (code), made_on TEXT NOT NULL, valid_until TEXT NOT NULL, \
         state TEXT NOT NULL) STRICT",
            "CREATE INDEX card_by_holder ON card (holder)",
            "CREATE TABLE event (sequence INTEGER NOT NULL, resident TEXT NOT NULL REFERENCES resident (code), \
         municipality TEXT NOT NULL, kind TEXT NOT NULL, occurred_on TEXT NOT NULL, recorded_at INTEGER NOT NULL, \
         payload BLOB NOT NULL, PRIMARY KEY (sequence)) STRICT",
            "CREATE INDEX event_by_resident ON event (resident, sequence)",
            "CREATE TABLE register_state (id INTEGER NOT NULL CHECK (id = 1), sequence INTEGER NOT NULL, \
         PRIMARY KEY (id)) STRICT",
            "INSERT INTO register_state (id, sequence) VALUES (1, 0)",
            // Holds the codes of an import while it is checked; empty between transactions.
            "CREATE TABLE import_code (code TEXT NOT NULL PRIMARY KEY) STRICT",
        ],
    },
    Migration {
        version: 2,
        name: "look-ups by officers",
        statements: &[
            // Who asked about whom, what for, and whether it was answered; written before the answer. `found` has the residents' codes.
            "CREATE TABLE look_up (id TEXT NOT NULL PRIMARY KEY, officer TEXT NOT NULL, municipality TEXT NOT NULL, \
             asked TEXT NOT NULL, why TEXT NOT NULL, found TEXT NOT NULL, answered INTEGER NOT NULL, \
             looked_up_at INTEGER NOT NULL) STRICT",
            "CREATE INDEX look_up_by_time ON look_up (looked_up_at, id)",
        ],
    },
    Migration {
        version: 3,
        name: "lives of the log, and the authority's checkpoint",
        statements: &[
            // The life that events are recorded in, and the hash of the newest one. Filled at the first opening: see `chain`.
            "CREATE TABLE register_chain (id INTEGER NOT NULL CHECK (id = 1), life TEXT NOT NULL, head BLOB NOT NULL, \
             PRIMARY KEY (id)) STRICT",
            // Each life that a restore began, as it was declared to the authority.
            "CREATE TABLE register_life (life TEXT NOT NULL PRIMARY KEY, first INTEGER NOT NULL, declaration BLOB NOT NULL, \
             declared_at INTEGER NOT NULL) STRICT",
            // The newest that the authority has said of its own log (a signed note).
            "CREATE TABLE authority_checkpoint (id INTEGER PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL, \
             kept_at INTEGER NOT NULL) STRICT",
        ],
    },
    Migration {
        version: 4,
        name: "reasons of minor corrections",
        statements: &[
            // Why an officer held a correction for minor that is more than another known shape of the same characters.
            "CREATE TABLE minor_correction (sequence INTEGER NOT NULL REFERENCES event (sequence), reason TEXT NOT NULL, \
             PRIMARY KEY (sequence)) STRICT",
        ],
    },
    Migration {
        version: 5,
        name: "readings by operators",
        statements: &[
            // Who read one resident's record, what for, and whether there was one; written before the answer.
            "CREATE TABLE reading (id TEXT NOT NULL PRIMARY KEY, reader TEXT NOT NULL, resident TEXT NOT NULL, reason TEXT NOT NULL, \
             found INTEGER NOT NULL, read_at INTEGER NOT NULL) STRICT",
            "CREATE INDEX reading_by_time ON reading (read_at, id)",
        ],
    },
];

pub(crate) const INSERT_MINOR_CORRECTION: &str =
    "INSERT INTO minor_correction (sequence, reason) VALUES ($1, $2)";

/// One resident with the register's sequence, in one statement and so of one snapshot.
pub(crate) const RESIDENT: &str = "SELECT code, municipality, name, furigana, former_name, alias, birth_date, sex, address, \
     stay_until, status, (SELECT sequence FROM register_state WHERE id=1) AS sequence FROM resident WHERE code=$1";

pub(crate) const RESIDENTS_OF: &str = "SELECT code, municipality, name, furigana, former_name, alias, birth_date, sex, address, \
     stay_until, status, (SELECT sequence FROM register_state WHERE id=1) AS sequence FROM resident \
     WHERE municipality=$1 AND code>$2 ORDER BY code LIMIT $3";

/// By code, name, furigana, 旧氏 or 通称; the pattern escapes with `!` and has small letters, for PostgreSQL's LIKE tells them from large ones.
pub(crate) const SEARCH_RESIDENTS: &str = "SELECT code, municipality, name, furigana, former_name, alias, birth_date, sex, \
     address, stay_until, status, (SELECT sequence FROM register_state WHERE id=1) AS sequence FROM resident \
     WHERE municipality=$1 AND (code LIKE $2 ESCAPE '!' OR LOWER(name) LIKE $2 ESCAPE '!' OR LOWER(furigana) LIKE $2 ESCAPE '!' \
     OR LOWER(former_name) LIKE $2 ESCAPE '!' OR LOWER(alias) LIKE $2 ESCAPE '!') ORDER BY code LIMIT $3 OFFSET $4";

/// Those of a municipality whose name, 通称 or 旧氏 ($2) or furigana ($3) begins so, without the spaces in them, and who were born on a day ($4)
/// where one is given.
pub(crate) const FIND_RESIDENTS: &str = "SELECT code, municipality, name, furigana, former_name, alias, birth_date, sex, address, \
     stay_until, status, (SELECT sequence FROM register_state WHERE id=1) AS sequence FROM resident \
     WHERE municipality=$1 AND (REPLACE(name, '　', '') LIKE $2 || '%' OR REPLACE(furigana, '　', '') LIKE $3 || '%' \
     OR REPLACE(alias, '　', '') LIKE $2 || '%' OR REPLACE(former_name, '　', '') LIKE $2 || '%') AND ($4='' OR birth_date=$4) ORDER BY furigana NULLS FIRST, name, code LIMIT $5";

pub(crate) const COUNT_RESIDENTS: &str = "SELECT count(*) AS residents FROM resident";

pub(crate) const INSERT_RESIDENTS: &str = "INSERT INTO resident (code, municipality, name, furigana, former_name, alias, \
     birth_date, sex, address, stay_until, status) VALUES";

pub(crate) const UPDATE_RESIDENT: &str = "UPDATE resident SET municipality=$2, name=$3, furigana=$4, former_name=$5, alias=$6, \
     birth_date=$7, sex=$8, address=$9, stay_until=$10, status=$11 WHERE code=$1";

pub(crate) const INSERT_IMPORT_CODES: &str = "INSERT INTO import_code (code) VALUES";

pub(crate) const IMPORT_CODES_PRESENT: &str = "SELECT import_code.code AS code FROM import_code \
     JOIN resident ON resident.code = import_code.code ORDER BY import_code.code";

pub(crate) const CLEAR_IMPORT_CODES: &str = "DELETE FROM import_code";

pub(crate) const SEQUENCE: &str = "SELECT sequence FROM register_state WHERE id=1";

pub(crate) const NEXT_SEQUENCE: &str =
    "UPDATE register_state SET sequence = sequence + 1 WHERE id=1 RETURNING sequence";

pub(crate) const INSERT_EVENT: &str = "INSERT INTO event (sequence, resident, municipality, kind, occurred_on, recorded_at, payload) \
     VALUES ($1,$2,$3,$4,$5,$6,$7)";

pub(crate) const EVENTS_OF: &str = "SELECT payload FROM event WHERE resident=$1 ORDER BY sequence";

pub(crate) const INSERT_CARD: &str = "INSERT INTO card (number, kind, holder, made_on, valid_until, state) \
     VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (number) DO NOTHING";

pub(crate) const CARD: &str =
    "SELECT number, kind, holder, valid_until, state FROM card WHERE number=$1";

pub(crate) const CARDS_OF: &str = "SELECT number, kind, holder, valid_until, state FROM card WHERE holder=$1 \
     ORDER BY made_on, number";

pub(crate) const INVALIDATE_CARD: &str = "UPDATE card SET state=$2 WHERE number=$1";

pub(crate) const INVALIDATE_CARDS_OF: &str = "UPDATE card SET state=$2 WHERE holder=$1";

pub(crate) const INSERT_LOOK_UP: &str = "INSERT INTO look_up (id, officer, municipality, asked, why, found, answered, \
     looked_up_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (id) DO NOTHING";

pub(crate) const LOOK_UPS: &str = "SELECT id, officer, municipality, asked, why, found, answered, looked_up_at FROM look_up \
     WHERE found LIKE $1 ORDER BY looked_up_at DESC, id LIMIT $2";

pub(crate) const INSERT_READING: &str =
    "INSERT INTO reading (id, reader, resident, reason, found, read_at) VALUES ($1,$2,$3,$4,$5,$6)";

pub(crate) const READINGS: &str = "SELECT reader, resident, reason, found, read_at FROM reading \
     WHERE resident LIKE $1 ORDER BY read_at DESC, id LIMIT $2";

pub(crate) const CHAIN: &str = "SELECT life, head, (SELECT sequence FROM register_state WHERE id=1) AS sequence \
     FROM register_chain WHERE id=1";

pub(crate) const BEGIN_CHAIN: &str =
    "INSERT INTO register_chain (id, life, head) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING";

pub(crate) const SET_HEAD: &str = "UPDATE register_chain SET head=$1 WHERE id=1";

pub(crate) const NEWEST_EVENT: &str = "SELECT payload FROM event ORDER BY sequence DESC LIMIT 1";

pub(crate) const EVENT: &str = "SELECT payload FROM event WHERE sequence=$1";

pub(crate) const EVENTS_AFTER: &str =
    "SELECT payload FROM event WHERE sequence>$1 ORDER BY sequence";

pub(crate) const SET_LIFE: &str = "UPDATE register_chain SET life=$1, head=$2 WHERE id=1";

pub(crate) const SET_SEQUENCE: &str = "UPDATE register_state SET sequence=$1 WHERE id=1";

pub(crate) const INSERT_LIFE: &str =
    "INSERT INTO register_life (life, first, declaration, declared_at) VALUES ($1,$2,$3,$4)";

pub(crate) const NEWEST_CHECKPOINT: &str =
    "SELECT size, note FROM authority_checkpoint ORDER BY id DESC LIMIT 1";

pub(crate) const KEEP_CHECKPOINT: &str =
    "INSERT INTO authority_checkpoint (size, note, kept_at) VALUES ($1,$2,$3)";

pub(crate) const FORGET_CHECKPOINTS: &str = "DELETE FROM authority_checkpoint";

pub(crate) const PRESENT_LIFE: &str =
    "SELECT declaration FROM register_life WHERE life=(SELECT life FROM register_chain WHERE id=1)";
