//! What the desk's forms share.

use super::Desk;
use crate::near::unfit;
use shirushi_clock::Date;
use shirushi_profile::{MUNICIPALITIES, MunicipalityCode};
use shirushi_register::problem;
use shirushi_rules::{Bilingual, RESIDENT_KNOWN};
use shirushi_web::{
    Problem, Visit,
    maud::Markup,
    ui::{self, Choice, Label},
};
use shirushi_wire::{ResidentCode, ResidentRecord};

/// The resident with this code.
pub(super) async fn known_resident(desk: &Desk, code: &str) -> Result<ResidentRecord, Problem> {
    let unknown = || RESIDENT_KNOWN.refusal([("resident", code.to_owned())]);
    let code: ResidentCode = code.parse().map_err(|_| unknown())?;
    desk.sandbox
        .register()
        .resident(&code)
        .await
        .map_err(|error| problem(&error))?
        .ok_or_else(|| unknown().into())
}

/// The date of a field.
pub(super) fn date(field: &str, text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_| {
        unfit(
            field,
            Bilingual::new("日付ではありません", "this is no date"),
        )
        .into()
    })
}

/// The municipality of a field.
pub(super) fn municipality(text: &str) -> Result<MunicipalityCode, Problem> {
    text.parse().map_err(|_| {
        unfit(
            "municipality",
            Bilingual::new("この市区町村はありません", "there is no such municipality"),
        )
        .into()
    })
}

/// A list of the municipalities to choose one from.
pub(super) fn municipalities(
    visit: &Visit,
    label: Label<'_>,
    hint: &str,
    chosen: &MunicipalityCode,
) -> Markup {
    let choices: Vec<Choice<'_>> = MUNICIPALITIES
        .iter()
        .map(|place| Choice {
            value: place.code.as_str(),
            label: Label::new(place.name_ja, place.locality),
            hint: "",
            chosen: place.code == *chosen,
        })
        .collect();
    ui::select(visit, "municipality", label, hint, &choices)
}
