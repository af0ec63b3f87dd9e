//! What the authority knows of residents by itself, from the register's events: where each is registered, and whether the record lives.
//! A counter that shows an older statement changes nothing about it.

use crate::{AuthorityError, sql};
use shirushi_profile::MunicipalityCode;
use shirushi_store::{Transaction, Value};
use shirushi_wire::{EventKind, RecordStatus, RegisterEvent, ResidentCode};

/// What the newest event of a resident said.
pub(crate) struct Known {
    /// Its position in the register's sequence.
    pub(crate) sequence: i64,
    /// The municipality that recorded it; none where it came before this was kept.
    pub(crate) municipality: Option<MunicipalityCode>,
    /// Whether the record lives; none while no event said anything of it.
    pub(crate) status: Option<RecordStatus>,
}

const STATUSES: [(RecordStatus, &str); 4] = [
    (RecordStatus::Alive, "alive"),
    (RecordStatus::MovedOut, "moved-out"),
    (RecordStatus::Dead, "dead"),
    (RecordStatus::DeletedByOffice, "deleted-by-office"),
];

/// Keeps what an event says of its resident.
pub(crate) async fn note_event(
    transaction: &mut Transaction,
    event: &RegisterEvent,
) -> Result<(), AuthorityError> {
    let status = status_after(event.kind).map_or(Value::Null, |status| {
        STATUSES
            .iter()
            .find(|(of, _)| *of == status)
            .map_or("", |(_, word)| word)
            .into()
    });
    transaction
        .execute(
            sql::SET_RESIDENT_EVENT,
            &[
                event.resident.as_str().into(),
                Value::Integer(event.sequence),
                event.municipality.as_str().into(),
                status,
            ],
        )
        .await?;
    Ok(())
}

/// What is known of a resident; none before the first event.
pub(crate) async fn known(
    transaction: &mut Transaction,
    resident: &ResidentCode,
) -> Result<Option<Known>, AuthorityError> {
    let damaged = || AuthorityError::Damaged { what: "resident" };
    let row = transaction
        .row(sql::RESIDENT_EVENT, &[resident.as_str().into()])
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let municipality = row
        .optional_text("municipality")?
        .map(|code| code.parse().map_err(|_| damaged()))
        .transpose()?;
    let status = row
        .optional_text("status")?
        .map(|word| {
            STATUSES
                .iter()
                .find(|(_, of)| *of == word)
                .map(|(status, _)| *status)
                .ok_or_else(damaged)
        })
        .transpose()?;
    Ok(Some(Known {
        sequence: row.integer("sequence")?,
        municipality,
        status,
    }))
}

/// Whose counter a resident's requests go through: the municipality of the newest event, or of the newest certificate where no event
/// was told; none for whom the authority knows nothing of.
pub(crate) async fn municipality_of(
    transaction: &mut Transaction,
    resident: &ResidentCode,
) -> Result<Option<MunicipalityCode>, AuthorityError> {
    let told = known(transaction, resident)
        .await?
        .and_then(|known| known.municipality);
    if told.is_some() {
        return Ok(told);
    }
    transaction
        .row(sql::NEWEST_MUNICIPALITY, &[resident.as_str().into()])
        .await?
        .map(|row| {
            row.text("municipality")?
                .parse()
                .map_err(|_| AuthorityError::Damaged {
                    what: "municipality code",
                })
        })
        .transpose()
}

/// What an event says of the record's life; none where it says nothing new.
fn status_after(kind: EventKind) -> Option<RecordStatus> {
    match kind {
        EventKind::Birth | EventKind::MoveIn => Some(RecordStatus::Alive),
        EventKind::MoveOut => Some(RecordStatus::MovedOut),
        EventKind::Death => Some(RecordStatus::Dead),
        EventKind::DeletionByOffice => Some(RecordStatus::DeletedByOffice),
        EventKind::MoveWithin
        | EventKind::NameChange
        | EventKind::CorrectionByOffice
        | EventKind::MinorCorrection
        | EventKind::CardInvalidated => None,
    }
}
