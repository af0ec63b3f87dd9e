//! The resident register with the card register (住民基本台帳, カードの台帳).

use crate::{
    DESCRIPTION, Endpoint, InJson, Nothing, Parameter, Place, RoleContract, Shape, Status,
};
use shirushi_rules::{
    CARD_REGISTERED, CARD_VALID, EVENT_FITS, IMPORT_ROWS, LOOK_UP_FRESH, LOOK_UP_REASON,
    LOOK_UP_SIGNED, OFFICER_SERVING, RECORD_ALIVE, REGISTERED_HERE, RESIDENT_KNOWN,
};
use shirushi_wire::{
    CardOrder, CardRecord, Change, Import, ImportReport, LookUp, LookUpAnswer, LookUpRecord,
    Reading, ReadingRecord, Recorded, ResidentRecord, Signed,
};

/// Largest order, in bytes.
const LARGEST_ORDER: usize = 16 * 1024;
/// Largest import: the register's own limit and the quoting of JSON.
const LARGEST_IMPORT: usize = 20 * 1024 * 1024;

/// Whoever orders what operators do.
const OPERATORS: &[&str] = &["desk"];

const CODE: Shape = Shape::Pattern("^[0-9]{11}$");

const OF_ONE: &[Parameter] = &[Parameter {
    name: "resident",
    place: Place::QueryIfAny,
    shape: CODE,
    means: "住民票コード",
}];

/// An officer looks somebody or a card up (照会).
pub static LOOK_UP: Endpoint<InJson<Signed<LookUp>>, InJson<LookUpAnswer>> = Endpoint::post(
    "/register/look-ups",
    "An officer's signed look-up (照会), answered under the register's signature. It is recorded, also where it is refused.",
    LARGEST_ORDER,
)
.for_roles(&["counter"])
.refused_by(&[
    &LOOK_UP_SIGNED,
    &LOOK_UP_FRESH,
    &LOOK_UP_REASON,
    &OFFICER_SERVING,
    &REGISTERED_HERE,
]);

/// Residents are recorded.
pub static IMPORT: Endpoint<InJson<Import>, InJson<ImportReport>> = Endpoint::post(
    "/register/residents",
    "Records residents of a table (CSV), all or none.",
    LARGEST_IMPORT,
)
.for_roles(OPERATORS)
.refused_by(&[&IMPORT_ROWS]);

/// An operator reads a resident's record.
pub static READ: Endpoint<InJson<Reading>, InJson<ResidentRecord>> = Endpoint::post(
    "/register/readings",
    "A resident's record, for an operator who says what for. It is recorded first.",
    LARGEST_ORDER,
)
.for_roles(OPERATORS)
.refused_by(&[&RESIDENT_KNOWN]);

/// Which operator read whose record.
pub static READINGS: Endpoint<Nothing, InJson<Vec<ReadingRecord>>> = Endpoint::get(
    "/register/readings",
    "Which operator read whose record, and why; of one resident where one is named.",
)
.for_roles(OPERATORS)
.with(OF_ONE);

/// A change is recorded.
pub static RECORD: Endpoint<InJson<Change>, InJson<Recorded>> = Endpoint::post(
    "/register/events",
    "Records a change (異動), and tells the authority.",
    LARGEST_ORDER,
)
.for_roles(OPERATORS)
.refused_by(&[&EVENT_FITS, &RESIDENT_KNOWN]);

/// A card is entered.
pub static ISSUE_CARD: Endpoint<InJson<CardOrder>, InJson<CardRecord>> = Endpoint::post(
    "/register/cards",
    "Enters a card into the card register; an earlier one of the same holder ends.",
    LARGEST_ORDER,
)
.for_roles(OPERATORS)
.refused_by(&[
    &CARD_REGISTERED,
    &CARD_VALID,
    &RECORD_ALIVE,
    &RESIDENT_KNOWN,
]);

/// Who looked whom up.
pub static LOOK_UPS: Endpoint<Nothing, InJson<Vec<LookUpRecord>>> = Endpoint::get(
    "/register/look-ups",
    "Who looked whom up, and why; of one resident where one is named.",
)
.for_roles(OPERATORS)
.with(OF_ONE);

/// How it is.
pub static STATUS: Endpoint<Nothing, Status> = Endpoint::get(
    "/register/status",
    "How the register is: 503 where something is not as it should be.",
)
.answering_too(&[503]);

/// All of it.
pub static CONTRACT: RoleContract = RoleContract {
    name: "register",
    is: "Knows residents and cards, and tells the authority of changes (住民基本台帳とカードの台帳).",
    operations: &[
        &LOOK_UP,
        &IMPORT,
        &READ,
        &READINGS,
        &RECORD,
        &ISSUE_CARD,
        &LOOK_UPS,
        &STATUS,
        &DESCRIPTION,
    ],
    document: include_str!("../../../docs/api/register.json"),
};
