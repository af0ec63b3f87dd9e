//! What stands in the form of a change, and the change that it asks for.

use super::super::{forms, words};
use crate::near::unfit;
use shirushi_clock::Date;
use shirushi_profile::{MUNICIPALITIES, MunicipalityCode, Sex, municipality};
use shirushi_register::{NewItems, NewNames, What};
use shirushi_rules::Bilingual;
use shirushi_web::{Fields, Problem, Visit, ui::Choice};
use shirushi_wire::{EventKind, ResidentRecord};
use std::collections::BTreeMap;

/// What stands in the fields. Nothing in it is a secret.
pub(super) struct Draft(BTreeMap<String, String>);

impl Draft {
    /// What was typed.
    pub(super) fn typed(fields: &Fields) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.trim().to_owned());
        Self(fields.iter().map(owned).collect())
    }

    /// Invented values with which the change can be recorded as it is.
    pub(super) fn invented(kind: EventKind, resident: &ResidentRecord, today: Date) -> Self {
        let mut draft = BTreeMap::new();
        let mut put = |name: &str, value: String| draft.insert(name.to_owned(), value);
        put("occurred-on", today.to_string());
        let furigana = resident
            .furigana
            .clone()
            .unwrap_or_default();
        match kind {
            EventKind::MoveWithin => {
                put("address", elsewhere(resident));
            }
            EventKind::MoveIn => {
                put("municipality", another(&resident.municipality).to_string());
                put("rest", "印泥二丁目７番１１号".to_owned());
            }
            EventKind::NameChange => {
                let (family, given) = halves(&resident.name);
                put("name", joined(NEW_FAMILY, given));
                let (_, given) = halves(&furigana);
                if !furigana.is_empty() {
                    put("furigana", joined(NEW_FAMILY_FURIGANA, given));
                    let kept = resident
                        .former_name
                        .as_deref()
                        .unwrap_or(family);
                    put("former-name", kept.to_owned());
                }
                put(
                    "alias",
                    resident
                        .alias
                        .clone()
                        .unwrap_or_default(),
                );
            }
            EventKind::CorrectionByOffice => {
                let birth = resident
                    .birth_date
                    .yesterday()
                    .unwrap_or(resident.birth_date);
                put("name", resident.name.clone());
                put("furigana", furigana);
                put("birth-date", birth.to_string());
                put("sex", sex_word(resident.sex).to_owned());
                put("address", resident.address.clone());
            }
            EventKind::MinorCorrection => {
                put("name", resident.name.clone());
                put("address", format!("{}印館", resident.address));
                put("reason", "建物の名称の記載".to_owned());
            }
            _ => {}
        }
        Self(draft)
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0
            .get(name)
            .map_or("", String::as_str)
    }

    /// The municipality chosen, or the first.
    pub(super) fn municipality(&self) -> MunicipalityCode {
        self.text("municipality")
            .parse()
            .unwrap_or(MUNICIPALITIES[0].code)
    }
}

/// An invented family name: a seal that is registered.
const NEW_FAMILY: &str = "実印";
const NEW_FAMILY_FURIGANA: &str = "ジツイン";

/// The day and the change that a form asks for.
pub(super) fn asked(
    kind: EventKind,
    resident: &ResidentRecord,
    draft: &Draft,
) -> Result<(Date, What), Problem> {
    let occurred_on = forms::date("occurred_on", draft.text("occurred-on"))?;
    let address = || draft.text("address").to_owned();
    let what = match kind {
        EventKind::MoveWithin => What::MoveWithin { address: address() },
        EventKind::MoveOut => What::MoveOut,
        EventKind::MoveIn => {
            let code = forms::municipality(draft.text("municipality"))?;
            let start = municipality(&code)
                .map(|place| format!("{}{}", place.prefecture_ja, place.name_ja))
                .unwrap_or_default();
            What::MoveIn {
                municipality: code,
                address: format!("{start}{}", draft.text("rest")),
            }
        }
        EventKind::NameChange => What::NameChange(NewNames {
            former_name: other(draft.text("former-name"), resident.former_name.as_deref()),
            alias: other(draft.text("alias"), resident.alias.as_deref()),
            ..names(resident, draft)
        }),
        EventKind::CorrectionByOffice => What::CorrectionByOffice(NewItems {
            names: names(resident, draft),
            birth_date: Some(forms::date("birth_date", draft.text("birth-date"))?),
            sex: Some(sex(draft.text("sex"))?),
            address: Some(address()),
        }),
        EventKind::MinorCorrection => What::MinorCorrection {
            name: Some(draft.text("name").to_owned()),
            address: Some(address()),
            reason: Some(draft.text("reason").to_owned()).filter(|reason| !reason.is_empty()),
        },
        EventKind::Death => What::Death,
        EventKind::DeletionByOffice => What::DeletionByOffice,
        EventKind::Birth | EventKind::CardInvalidated => return Err(Problem::NotFound),
    };
    Ok((occurred_on, what))
}

fn names(resident: &ResidentRecord, draft: &Draft) -> NewNames {
    NewNames {
        name: Some(draft.text("name").to_owned()),
        furigana: other(draft.text("furigana"), resident.furigana.as_deref()),
        ..NewNames::default()
    }
}

/// What was typed, if it is not what there is; an empty text removes it.
fn other(typed: &str, present: Option<&str>) -> Option<String> {
    (typed != present.unwrap_or("")).then(|| typed.to_owned())
}

/// The sexes to choose from.
pub(super) fn sexes<'t>(visit: &'t Visit, draft: &Draft) -> [Choice<'t>; 3] {
    [Sex::Male, Sex::Female, Sex::Unknown].map(|sex| Choice {
        value: sex_word(sex),
        label: words::sex(visit, sex).into(),
        hint: "",
        chosen: sex_word(sex) == draft.text("sex"),
    })
}

fn sex_word(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::Unknown => "unknown",
    }
}

fn sex(word: &str) -> Result<Sex, Problem> {
    [Sex::Male, Sex::Female, Sex::Unknown]
        .into_iter()
        .find(|sex| sex_word(*sex) == word)
        .ok_or_else(|| unfit("sex", Bilingual::new("選択してください", "choose one")).into())
}

/// Another address in the municipality.
fn elsewhere(resident: &ResidentRecord) -> String {
    let start = municipality(&resident.municipality)
        .map(|place| format!("{}{}", place.prefecture_ja, place.name_ja))
        .unwrap_or_default();
    let invented = ["捺印台三丁目１４番１５号", "印泥二丁目７番１１号"];
    let at = |rest| format!("{start}{rest}");
    invented
        .into_iter()
        .map(at)
        .find(|address| *address != resident.address)
        .unwrap_or_default()
}

/// A municipality that is another one.
fn another(than: &MunicipalityCode) -> MunicipalityCode {
    MUNICIPALITIES
        .iter()
        .map(|place| place.code)
        .find(|code| code != than)
        .unwrap_or(*than)
}

/// Family and given name.
fn halves(name: &str) -> (&str, &str) {
    name.split_once('\u{3000}')
        .unwrap_or((name, ""))
}

fn joined(family: &str, given: &str) -> String {
    if given.is_empty() {
        family.to_owned()
    } else {
        format!("{family}\u{3000}{given}")
    }
}
