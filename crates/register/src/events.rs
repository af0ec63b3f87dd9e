//! Recording a change: checked against the record it changes, then record, event and message in one transaction.

use crate::{
    Change, NewItems, NewNames, NewResident, Register, RegisterError, What,
    cards::invalidate_all_of,
    chain, effects,
    fields::{self, Fault},
    register::{TOPIC, resident_in, values},
    sql,
    words::word,
};
use shirushi_clock::Date;
use shirushi_profile::MunicipalityCode;
use shirushi_rules::{Bilingual, EVENT_FITS, Facts, InBoth, RESIDENT_KNOWN, Refusal};
use shirushi_store::Transaction;
use shirushi_text::more_than_minor;
use shirushi_wire::{
    EventHash, EventKind, LogLife, RecordStatus, RegisterEvent, ResidentCode, ResidentRecord,
};

impl Register {
    /// Records a change and what it ends ([`EFFECTS`](crate::EFFECTS)): the record, the event and the message to the authority
    /// together or not at all. Death and deletion by office invalidate the person's cards as well (NumO 14).
    ///
    /// # Errors
    /// [`RegisterError::Refused`] by `RESIDENT_KNOWN`, by `EVENT_FITS` when the change does not fit the record, or by
    /// `WELL_FORMED` when an item sent has not its form; [`RegisterError::Store`].
    pub async fn record_event(&self, change: Change) -> Result<RegisterEvent, RegisterError> {
        let recorded_at = self.clock.now();
        let today = recorded_at.date_jst();
        let kind = change.what.kind();
        let reason = match &change.what {
            What::MinorCorrection { reason, .. } => reason.clone(),
            _ => None,
        };
        let mut transaction = self.store.begin().await?;
        let present = resident_in(&mut transaction, &change.resident).await?;
        let after = after(&change, present, today)?;
        let row = values(&after);
        match kind {
            EventKind::Birth => {
                transaction
                    .insert_many(sql::INSERT_RESIDENTS, &[row])
                    .await?;
            }
            _ => {
                transaction
                    .execute(sql::UPDATE_RESIDENT, &row)
                    .await?;
            }
        }
        if matches!(kind, EventKind::Death | EventKind::DeletionByOffice) {
            invalidate_all_of(&mut transaction, &after.code).await?;
        }
        let event = RegisterEvent {
            sequence: 0,
            resident: change.resident,
            municipality: after.municipality,
            kind,
            ends: effects::ends(kind).to_vec(),
            occurred_on: change.occurred_on,
            recorded_at,
            life: LogLife::default(),
            previous: None,
        };
        let event = record(&mut transaction, event).await?;
        if let Some(reason) = reason {
            transaction
                .execute(
                    sql::INSERT_MINOR_CORRECTION,
                    &[event.sequence.into(), reason.into()],
                )
                .await?;
        }
        transaction.commit().await?;
        tracing::info!(sequence = event.sequence, kind = ?event.kind, "change recorded");
        Ok(event)
    }
}

/// Gives the event its number, its life and what comes before it, and puts it into the register and the outbox.
pub(crate) async fn record(
    transaction: &mut Transaction,
    mut event: RegisterEvent,
) -> Result<RegisterEvent, RegisterError> {
    let next = transaction
        .row(sql::NEXT_SEQUENCE, &[])
        .await?;
    let unreadable = |what| RegisterError::Unreadable { what };
    event.sequence = next
        .ok_or(unreadable("sequence"))?
        .integer("sequence")?;
    let chain = chain::read(transaction).await?;
    event.life = chain.life;
    event.previous = Some(chain.hash);
    let payload = serde_json::to_vec(&event).map_err(|_| unreadable("event"))?;
    chain::set_head(transaction, EventHash::of(&payload)).await?;
    transaction
        .execute(
            sql::INSERT_EVENT,
            &[
                event.sequence.into(),
                event.resident.as_str().into(),
                event.municipality.as_str().into(),
                word(&event.kind).into(),
                event.occurred_on.to_string().into(),
                event.recorded_at.unix().into(),
                payload.as_slice().into(),
            ],
        )
        .await?;
    let outbox = transaction
        .publish(TOPIC, &payload)
        .await?;
    if outbox != event.sequence {
        return Err(RegisterError::Sequence {
            register: event.sequence,
            outbox,
        });
    }
    Ok(event)
}

pub(crate) fn require_known(
    present: Option<ResidentRecord>,
    code: &ResidentCode,
) -> Result<ResidentRecord, Refusal> {
    present.ok_or_else(|| RESIDENT_KNOWN.refusal([("resident", code.to_string())]))
}

pub(crate) fn unfit_because(event: Bilingual, fault: Fault) -> Refusal {
    EVENT_FITS.refusal(
        Facts::new()
            .and("event", event)
            .and("fault", fault),
    )
}

/// The record after the change.
fn after(
    change: &Change,
    present: Option<ResidentRecord>,
    today: Date,
) -> Result<ResidentRecord, Refusal> {
    let fits = Fits {
        kind: change.what.kind(),
    };
    fits.require(
        change.occurred_on <= today,
        "異動日が将来です",
        "it happened in the future",
    )?;
    if let What::Birth(born) = &change.what {
        fits.require(
            present.is_none(),
            "このコードは既に記録されています",
            "the code is recorded already",
        )?;
        return born_as(change, born, today);
    }
    let mut record = require_known(present, &change.resident)?;
    fits.require(
        change.occurred_on >= record.birth_date,
        "異動日が出生より前です",
        "it happened before the birth",
    )?;
    fits.require_status(&change.what, record.status)?;
    apply(&change.what, &mut record, today, &fits)?;
    Ok(record)
}

fn apply(
    what: &What,
    record: &mut ResidentRecord,
    today: Date,
    fits: &Fits,
) -> Result<(), Refusal> {
    let before = record.clone();
    match what {
        What::Birth(_) => {}
        What::MoveIn {
            municipality,
            address,
        } => {
            known(municipality)?;
            record.municipality = *municipality;
            set_address(record, address)?;
            record.status = RecordStatus::Alive;
        }
        What::MoveWithin { address } => set_address(record, address)?,
        What::MoveOut => record.status = RecordStatus::MovedOut,
        What::NameChange(names) => set_names(record, names)?,
        What::CorrectionByOffice(items) => correct(record, items, today)?,
        What::MinorCorrection {
            name,
            address,
            reason,
        } => {
            if let Some(reason) = reason {
                fields::reason(reason).map_err(|fault| fault.in_item("reason"))?;
            }
            let is_decided = reason.is_some();
            if let Some(name) = name {
                set_name(record, name)?;
                fits.require_minor(is_decided, ("氏名", "name"), &before.name, &record.name)?;
            }
            if let Some(address) = address {
                set_address(record, address)?;
                let (old, new) = (&before.address, &record.address);
                fits.require_minor(is_decided, ("住所", "address"), old, new)?;
            }
        }
        What::Death => record.status = RecordStatus::Dead,
        What::DeletionByOffice => record.status = RecordStatus::DeletedByOffice,
    }
    fits.require(
        *record != before,
        "記録が何も変わりません",
        "nothing would change",
    )
}

/// Which change is being fitted.
struct Fits {
    kind: EventKind,
}

impl Fits {
    fn require(&self, holds: bool, ja: &str, en: &str) -> Result<(), Refusal> {
        EVENT_FITS.require(
            holds,
            Facts::new()
                .and("event", effects::name(self.kind))
                .and("fault", InBoth::new(ja, en)),
        )
    }

    /// A correction that ends no certificate changes no character but into another shape of it (Reg 20); what is more than that, an
    /// officer decides.
    fn require_minor(
        &self,
        is_decided: bool,
        (item_ja, item_en): (&str, &str),
        before: &str,
        after: &str,
    ) -> Result<(), Refusal> {
        let Some(difference) = more_than_minor(before, after).filter(|_| !is_decided) else {
            return Ok(());
        };
        let (ja, en) = difference.told();
        self.require(
            false,
            &format!("{item_ja}の{ja} は同じ文字の字形の違いと確かめられません。軽微と判断した理由を入力してください"),
            &format!("{item_en}, {en} are not known as shapes of one character; state why it is held for minor"),
        )
    }

    /// A moving-in makes a deleted record live again (Juki 22); everything else needs a living one.
    fn require_status(&self, what: &What, status: RecordStatus) -> Result<(), Refusal> {
        use RecordStatus::{Alive, Dead, DeletedByOffice, MovedOut};
        match (what, status) {
            (What::MoveIn { .. }, MovedOut | DeletedByOffice) | (What::Birth(_), _) => Ok(()),
            (What::MoveIn { .. }, Alive) => {
                self.require(false, "転出していません", "the person has not moved out")
            }
            (_, Alive) => Ok(()),
            (_, MovedOut) => self.require(false, "転出しています", "the person has moved out"),
            (_, Dead) => self.require(false, "死亡しています", "the person is dead"),
            (_, DeletedByOffice) => self.require(
                false,
                "職権消除されています",
                "the record was deleted by office",
            ),
        }
    }
}

fn born_as(change: &Change, born: &NewResident, today: Date) -> Result<ResidentRecord, Refusal> {
    known(&born.municipality)?;
    fields::birth_date(change.occurred_on, today).map_err(|f| f.in_item("occurred_on"))?;
    let mut record = ResidentRecord {
        code: change.resident.clone(),
        municipality: born.municipality,
        name: String::new(),
        furigana: None,
        former_name: None,
        alias: None,
        birth_date: change.occurred_on,
        sex: born.sex,
        address: String::new(),
        stay_until: born.stay_until,
        status: RecordStatus::Alive,
        sequence: 0,
    };
    set_names(
        &mut record,
        &NewNames {
            name: Some(born.name.clone()),
            furigana: born.furigana.clone(),
            ..NewNames::default()
        },
    )?;
    set_address(&mut record, &born.address)?;
    if let Some(stay) = born.stay_until {
        fields::stay_until(stay, change.occurred_on).map_err(|f| f.in_item("stay_until"))?;
    }
    Ok(record)
}

fn correct(record: &mut ResidentRecord, items: &NewItems, today: Date) -> Result<(), Refusal> {
    set_names(record, &items.names)?;
    if let Some(birth) = items.birth_date {
        fields::birth_date(birth, today).map_err(|f| f.in_item("birth_date"))?;
        record.birth_date = birth;
    }
    if let Some(sex) = items.sex {
        record.sex = sex;
    }
    if let Some(address) = &items.address {
        set_address(record, address)?;
    }
    Ok(())
}

fn set_names(record: &mut ResidentRecord, names: &NewNames) -> Result<(), Refusal> {
    if let Some(name) = &names.name {
        set_name(record, name)?;
    }
    set_optional(
        &mut record.furigana,
        &names.furigana,
        "furigana",
        fields::furigana,
    )?;
    set_optional(
        &mut record.former_name,
        &names.former_name,
        "former_name",
        fields::name,
    )?;
    set_optional(&mut record.alias, &names.alias, "alias", fields::name)
}

fn set_name(record: &mut ResidentRecord, name: &str) -> Result<(), Refusal> {
    record.name = fields::name(name).map_err(|fault| fault.in_item("name"))?;
    Ok(())
}

fn set_address(record: &mut ResidentRecord, address: &str) -> Result<(), Refusal> {
    record.address = fields::address(address, Some(&record.municipality))
        .map_err(|fault| fault.in_item("address"))?;
    Ok(())
}

fn set_optional(
    item: &mut Option<String>,
    new: &Option<String>,
    name: &str,
    check: fn(&str) -> Result<String, Fault>,
) -> Result<(), Refusal> {
    match new.as_deref() {
        None => {}
        Some("") => *item = None,
        Some(text) => {
            *item = Some(check(text).map_err(|fault| fault.in_item(name))?);
        }
    }
    Ok(())
}

fn known(municipality: &MunicipalityCode) -> Result<(), Refusal> {
    fields::known_municipality(municipality).map_err(|fault| fault.in_item("municipality"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shirushi_profile::Sex;

    fn taro(birth_date: Date) -> ResidentRecord {
        ResidentRecord {
            code: "90000000014".parse().unwrap(),
            municipality: "13998".parse().unwrap(),
            name: "印　太郎".to_owned(),
            furigana: None,
            former_name: None,
            alias: None,
            birth_date,
            sex: Sex::Male,
            address: "東京都印市朱肉一丁目１番１号".to_owned(),
            stay_until: None,
            status: RecordStatus::Alive,
            sequence: 3,
        }
    }

    fn any_date() -> impl Strategy<Value = Date> {
        let recent = (1860i16..2040, 1i8..=12, 1i8..=28);
        let wild = (any::<i16>(), any::<i8>(), any::<i8>());
        prop_oneof![recent, wild].prop_filter_map("no date", |(y, m, d)| Date::new(y, m, d).ok())
    }

    proptest! {
        #[test]
        fn a_change_happens_between_birth_and_today(birth in any_date(), occurred_on in any_date(), today in any_date()) {
            let change = |what| Change { resident: taro(birth).code, occurred_on, what };
            let died = after(&change(What::Death), Some(taro(birth)), today);
            let fits = birth <= occurred_on && occurred_on <= today;
            prop_assert_eq!(died.is_ok(), fits);
            if let Ok(record) = died {
                prop_assert_eq!(record, ResidentRecord { status: RecordStatus::Dead, ..taro(birth) });
            }
        }

        #[test]
        fn a_birth_is_recorded_with_the_day_it_happened(occurred_on in any_date(), today in any_date(), stay in any_date()) {
            let born = NewResident {
                municipality: taro(today).municipality,
                name: "印　新".to_owned(),
                furigana: None,
                sex: Sex::Female,
                address: taro(today).address,
                stay_until: Some(stay),
            };
            let change = Change { resident: taro(today).code, occurred_on, what: What::Birth(born) };
            let first = Date::constant(1868, 1, 25);
            let fits = first <= occurred_on && occurred_on <= today && occurred_on <= stay;
            match after(&change, None, today) {
                Ok(record) => {
                    prop_assert!(fits);
                    prop_assert_eq!(record.birth_date, occurred_on);
                    prop_assert_eq!(record.stay_until, Some(stay));
                }
                Err(_) => prop_assert!(!fits),
            }
        }
    }
}
