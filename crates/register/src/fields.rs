//! The form of each item of a resident record.

use shirushi_clock::Date;
use shirushi_profile::{
    MAX_ADDRESS_CHARACTERS, MAX_NAME_CHARACTERS, MunicipalityCode, municipality,
};
use shirushi_rules::{Fact, Facts, InBoth, Refusal, WELL_FORMED};
use shirushi_text::{composed, fit};

/// The most characters of a reason.
const LONGEST_REASON: usize = 200;

/// First birth that has an era (facts/profile-and-rules.md A.5); nobody alive is older.
const FIRST_BIRTH: Date = Date::constant(1868, 1, 25);

/// What is wrong with an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) ja: String,
    pub(crate) en: String,
}

impl Fault {
    pub(crate) fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }

    /// The fault as a refusal of what an officer sent.
    pub(crate) fn in_item(self, item: &str) -> Refusal {
        WELL_FORMED.refusal(
            Facts::new()
                .and("where", item)
                .and("fault", self),
        )
    }
}

impl From<Fault> for Fact {
    fn from(fault: Fault) -> Self {
        InBoth::new(fault.ja, fault.en).into()
    }
}

/// 氏名, 旧氏 or 通称, as it is recorded: a kana or letter that came in pieces is composed.
pub(crate) fn name(text: &str) -> Result<String, Fault> {
    let text = composed(text);
    text_of_at_most(&text, MAX_NAME_CHARACTERS)?;
    Ok(text)
}

/// Why an officer decided something.
pub(crate) fn reason(text: &str) -> Result<(), Fault> {
    text_of_at_most(text, LONGEST_REASON)
}

/// 振り仮名
pub(crate) fn furigana(text: &str) -> Result<String, Fault> {
    let text = composed(text);
    shirushi_text::check_furigana(&text).map_err(|fault| {
        Fault::new(
            format!("{}文字目が全角のかなではありません", fault.position),
            fault.to_string(),
        )
    })?;
    text_of_at_most(&text, MAX_NAME_CHARACTERS)?;
    Ok(text)
}

/// 住所: from the prefecture on, in the municipality of registration.
pub(crate) fn address(text: &str, of: Option<&MunicipalityCode>) -> Result<String, Fault> {
    let text = composed(text);
    text_of_at_most(&text, MAX_ADDRESS_CHARACTERS)?;
    let Some(place) = of.and_then(municipality) else {
        return Ok(text);
    };
    let start = format!("{}{}", place.prefecture_ja, place.name_ja);
    if text.starts_with(&start) {
        return Ok(text);
    }
    Err(Fault::new(
        format!("住所は「{start}」で始まります"),
        format!("an address there begins with {start}"),
    ))
}

/// A municipality that issues certificates.
pub(crate) fn known_municipality(code: &MunicipalityCode) -> Result<(), Fault> {
    match municipality(code) {
        Some(_) => Ok(()),
        None => Err(Fault::new(
            "この登録簿の市区町村ではありません",
            "no municipality of this register",
        )),
    }
}

/// 出生の年月日
pub(crate) fn birth_date(date: Date, today: Date) -> Result<(), Fault> {
    if date > today {
        return Err(Fault::new("将来の日付です", "in the future"));
    }
    if date < FIRST_BIRTH {
        return Err(Fault::new("明治より前の日付です", "before the first era"));
    }
    Ok(())
}

/// 在留期間の満了日
pub(crate) fn stay_until(date: Date, birth: Date) -> Result<(), Fault> {
    if date < birth {
        return Err(Fault::new("出生より前の日付です", "before the birth"));
    }
    Ok(())
}

fn text_of_at_most(text: &str, most: usize) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new("空です", "empty"));
    }
    if text.trim() != text {
        return Err(Fault::new(
            "前後に空白があります",
            "blanks at the beginning or end",
        ));
    }
    // Nothing that is not seen, that changes the direction of reading or that nobody else can tell (外字).
    fit(text, false).map_err(|unfit| Fault::new(unfit.in_japanese(), unfit.to_string()))?;
    let characters = text.chars().count();
    if characters > most {
        return Err(Fault::new(
            format!("{characters}文字あります（上限{most}文字）"),
            format!("{characters} characters, more than {most}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_every_registered_character_and_nothing_else() {
        for good in [
            "印　太郎",
            "髙﨑　𠮷德",
            "葛\u{e0100}城　\u{fa19}",
            "ＮＧＵＹＥＮ　ＶＡＮ　ＡＮ",
            "Nguyễn",
        ] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "　",
            " 印",
            "印　",
            "印\u{0}",
            "印\n郎",
            "\u{e000}",
            "印\u{fffd}",
            "印\u{202e}郎",
            "\u{10ffff}",
            "印\u{61c}太郎",
            "印\u{ad}太郎",
            "印\u{3164}郎",
            "印\u{200d}郎",
            "印\u{378}郎",
        ] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert!(name(&"印".repeat(120)).is_ok());
        assert_eq!(name("か\u{3099}e\u{301}").as_deref(), Ok("がé"));
        assert!(name(&"印".repeat(121)).is_err());
    }

    #[test]
    fn an_address_lies_in_its_municipality() {
        let code: MunicipalityCode = "13998".parse().unwrap();
        assert!(address("東京都印市朱肉一丁目１番１号", Some(&code)).is_ok());
        let fault = address("神奈川県判子市一丁目", Some(&code)).unwrap_err();
        assert!(fault.ja.contains("東京都印市"), "{fault:?}");
        assert!(address("", Some(&code)).is_err());
    }
}
