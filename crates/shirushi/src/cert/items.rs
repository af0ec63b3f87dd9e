//! `cert items`: what is printed on the card (券面事項入力補助).

use super::{Cards, words};
use crate::{
    at_card::wrong_application,
    attended::attended,
    failure::Failure,
    language::Language,
    output::{print, print_json},
    pin_entry::PinEntry,
    told::of_card,
};
use serde_json::json;
use shirushi_card::{CardError, RegisteredSex, TextItems};
use shirushi_client::PinName;
use shirushi_clock::Date;
use shirushi_crypto::Secret;
use std::process::ExitCode;

/// What is typed to see the number, in both languages.
const WORDS: (&str, &str) = ("個人番号を表示", "show the number");

enum Read {
    Items(TextItems),
    Number(Secret),
}

pub(super) async fn run(mut cards: Cards, with_number: bool) -> Result<ExitCode, Failure> {
    let (language, is_json) = (cards.language(), cards.is_json);
    cards.card.name = PinName::Text;
    let read = attended(language, move || {
        if with_number {
            warn(&cards)?;
        }
        cards.card.run(|access, pin| {
            let (Some(card), Some(pin)) = (access.text_application(), pin.text()) else {
                return Err(wrong_application(language));
            };
            let read = card
                .verify(pin)
                .and_then(|verified| -> Result<Read, CardError> {
                    Ok(match with_number {
                        true => Read::Number(card.individual_number(&verified)?),
                        false => Read::Items(card.items(&verified)?),
                    })
                });
            read.map_err(|error| of_card(&error, language))
        })
    })
    .await?;
    match read {
        Read::Number(number) => show(&number, language)?,
        Read::Items(items) if is_json => print_json(&json!({
            "name": items.name,
            "address": items.address,
            "birth": date(&items).map_or_else(|| items.birth.clone(), |date| date.to_string()),
            "sex": sex(items.sex, Language::English),
        }))?,
        Read::Items(items) => print(&in_words(&items, language))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The law allows the number to be asked for and kept for few purposes (番号法 15, 19, 20); its holder may look at it. A person at a
/// terminal must say that this is meant, whatever gives the PIN.
fn warn(cards: &Cards) -> Result<(), Failure> {
    let language = cards.language();
    let word = language.pick(WORDS.0, WORDS.1);
    let question = match language {
        Language::Japanese => format!(
            "個人番号（マイナンバー）を表示します。法律で定められた手続のほかに、他人に知らせたり、書き留めて保管したりすることはできません。周りに人がいないことを確かめてください。表示するには「{word}」と入力してください: "
        ),
        Language::English => format!(
            "This shows the 個人番号 (individual number). Except for the procedures that the law names, it must not be told to others, written down or kept. See that nobody looks on. To show it, type \"{word}\": "
        ),
    };
    PinEntry::at_terminal(language)?.confirm(&question, word)
}

/// At the terminal alone, and once: not into a pipe or a file.
fn show(number: &Secret, language: Language) -> Result<(), Failure> {
    PinEntry::at_terminal(language)?
        .show_secret(language.pick("個人番号: ", "Individual number: "), number)
}

fn in_words(items: &TextItems, language: Language) -> String {
    let birth = date(items).map_or_else(|| items.birth.clone(), |date| words::date(date, language));
    [
        (language.pick("氏名", "Name"), items.name.as_str()),
        (language.pick("住所", "Address"), items.address.as_str()),
        (language.pick("生年月日", "Date of birth"), birth.as_str()),
        (language.pick("性別", "Sex"), sex(items.sex, language)),
    ]
    .map(|(name, value)| format!("{name}: {value}"))
    .join("\n")
}

fn date(items: &TextItems) -> Option<Date> {
    let part = |from, to| {
        items
            .birth
            .get(from..to)?
            .parse::<i16>()
            .ok()
    };
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn sex(sex: RegisteredSex, language: Language) -> &'static str {
    match sex {
        RegisteredSex::Male => language.pick("男", "male"),
        RegisteredSex::Female => language.pick("女", "female"),
        RegisteredSex::Other => language.pick("その他", "other"),
        RegisteredSex::Unknown => language.pick("不明", "unknown"),
    }
}
