//! The holder and the six personal items of a signature certificate (Law 7; `facts/profile-and-rules.md` A.5).

use crate::ProfileError;
use der::Decode;
use serde::{Deserialize, Serialize};
use shirushi_asn1::{oid, other_name};
use shirushi_clock::Date;
use x509_cert::ext::pkix::SubjectAltName;

/// The most characters an address may have (`facts/profile-and-rules.md` A.5).
pub const MAX_ADDRESS_CHARACTERS: usize = 200;
/// The most characters a name may have: what municipal systems hold (`facts/profile-and-rules.md` D.4).
pub const MAX_NAME_CHARACTERS: usize = 120;

/// Sex as registered (性別).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// 男, `1` in certificates.
    Male,
    /// 女, `2` in certificates.
    Female,
    /// 不明, `3` in certificates.
    Unknown,
}

/// The four items (基本4情報) as registered, before characters are substituted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// 氏名: family name, U+3000, given name.
    pub name: String,
    /// 生年月日.
    pub birth_date: Date,
    /// 性別.
    pub sex: Sex,
    /// 住所, from the prefecture on.
    pub address: String,
}

/// The six items that a signature certificate carries, as they stand in it.
#[derive(Clone, PartialEq, Eq)]
pub struct HolderItems {
    /// 氏名, characters outside the repertoire substituted.
    pub name: String,
    /// 生年月日: the era's digit, then year, month and day of the Gregorian calendar; nine digits, unknown parts zero.
    pub birth: String,
    /// 性別.
    pub sex: Sex,
    /// 住所, characters outside the repertoire substituted.
    pub address: String,
    /// 氏名代替文字の使用位置: `0` or `1` for each character of the name.
    pub name_substitutes: String,
    /// 住所代替文字の使用位置: `0` or `1` for each character of the address.
    pub address_substitutes: String,
}

impl Sex {
    /// The digit in certificates.
    #[must_use]
    pub fn code(self) -> char {
        match self {
            Self::Male => '1',
            Self::Female => '2',
            Self::Unknown => '3',
        }
    }

    /// The sex with this digit.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "1" => Some(Self::Male),
            "2" => Some(Self::Female),
            "3" => Some(Self::Unknown),
            _ => None,
        }
    }
}

impl Holder {
    /// The items as a signature certificate carries them.
    ///
    /// # Errors
    /// [`ProfileError::EmptyItem`], [`ProfileError::LongItem`] or [`ProfileError::ControlCharacter`].
    pub fn items(&self) -> Result<HolderItems, ProfileError> {
        check("name", &self.name, MAX_NAME_CHARACTERS)?;
        check("address", &self.address, MAX_ADDRESS_CHARACTERS)?;
        let name = shirushi_text::substitute(&self.name);
        let address = shirushi_text::substitute(&self.address);
        // A substitute may be longer than what it stands for.
        check("name", &name.text, MAX_NAME_CHARACTERS)?;
        check("address", &address.text, MAX_ADDRESS_CHARACTERS)?;
        Ok(HolderItems {
            name: name.text,
            birth: birth_digits(self.birth_date),
            sex: self.sex,
            address: address.text,
            name_substitutes: name.positions,
            address_substitutes: address.positions,
        })
    }
}

impl HolderItems {
    /// The birth date; none where a part of it is unknown.
    #[must_use]
    pub fn birth_date(&self) -> Option<Date> {
        let digits = self.birth.as_bytes();
        if digits.len() != 9 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let year = self.birth.get(1..5)?.parse().ok()?;
        let month = self.birth.get(5..7)?.parse().ok()?;
        let day = self.birth.get(7..9)?.parse().ok()?;
        Date::new(year, month, day).ok()
    }

    /// The texts in the order in which they stand in a certificate ([`oid::ITEMS_IN_ORDER`]).
    #[must_use]
    pub fn in_order(&self) -> [String; 6] {
        [
            self.name.clone(),
            self.birth.clone(),
            self.sex.code().to_string(),
            self.address.clone(),
            self.name_substitutes.clone(),
            self.address_substitutes.clone(),
        ]
    }

    /// Reads the value of a subjectAltName; none when one of the six is missing or stands there twice.
    pub(crate) fn from_alternative_name(value: &[u8]) -> Option<Self> {
        let names = SubjectAltName::from_der(value).ok()?.0;
        let item = |wanted| {
            let mut found = names
                .iter()
                .filter_map(other_name::as_utf8)
                .filter(|(oid, _)| *oid == wanted)
                .map(|(_, text)| text.to_owned());
            match (found.next(), found.next()) {
                (Some(text), None) => Some(text),
                _ => None,
            }
        };
        Some(Self {
            name: item(oid::ITEM_NAME)?,
            birth: item(oid::ITEM_BIRTH)?,
            sex: Sex::from_code(&item(oid::ITEM_SEX)?)?,
            address: item(oid::ITEM_ADDRESS)?,
            name_substitutes: item(oid::ITEM_NAME_SUBSTITUTES)?,
            address_substitutes: item(oid::ITEM_ADDRESS_SUBSTITUTES)?,
        })
    }
}

/// Shows nothing of the person.
impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holder")
            .finish_non_exhaustive()
    }
}

/// Shows nothing of the person.
impl std::fmt::Debug for HolderItems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HolderItems")
            .finish_non_exhaustive()
    }
}

/// The birth date as a certificate has it (`facts/profile-and-rules.md` A.5).
fn birth_digits(date: Date) -> String {
    format!(
        "{}{:04}{:02}{:02}",
        shirushi_text::era_digit(date.year(), date.month(), date.day()),
        date.year().max(0),
        date.month(),
        date.day()
    )
}

fn check(item: &'static str, text: &str, most: usize) -> Result<(), ProfileError> {
    if text.trim().is_empty() {
        return Err(ProfileError::EmptyItem { item });
    }
    if text.chars().any(char::is_control) {
        return Err(ProfileError::ControlCharacter { item });
    }
    let characters = text.chars().count();
    if characters > most {
        return Err(ProfileError::LongItem {
            item,
            characters,
            most,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Holder {
        Holder {
            name: "印　太郎".to_owned(),
            birth_date: Date::constant(1980, 2, 17),
            sex: Sex::Male,
            address: "東京都印市朱肉一丁目１番１号".to_owned(),
        }
    }

    #[test]
    fn births_bear_their_eras_digit_and_the_gregorian_date() {
        for (date, digits) in [
            (Date::constant(1867, 12, 31), "018671231"),
            (Date::constant(1912, 7, 29), "119120729"),
            (Date::constant(1912, 7, 30), "219120730"),
            (Date::constant(1926, 12, 24), "219261224"),
            (Date::constant(1926, 12, 25), "319261225"),
            (Date::constant(1980, 2, 17), "319800217"),
            (Date::constant(1989, 1, 7), "319890107"),
            (Date::constant(1989, 1, 8), "419890108"),
            (Date::constant(2019, 4, 30), "420190430"),
            (Date::constant(2019, 5, 1), "520190501"),
        ] {
            assert_eq!(birth_digits(date), digits);
        }
    }

    #[test]
    fn unknown_parts_of_a_birth_give_no_date() {
        let mut items = holder().items().unwrap();
        assert_eq!(items.birth_date(), Some(Date::constant(1980, 2, 17)));
        for unknown in ["400000000", "419890000", "31980021", "3198002170", "あいう"] {
            items.birth = unknown.to_owned();
            assert_eq!(items.birth_date(), None, "{unknown}");
        }
    }

    #[test]
    fn empty_long_and_unprintable_items_are_refused() {
        let refused = |change: &dyn Fn(&mut Holder)| {
            let mut changed = holder();
            change(&mut changed);
            changed.items().unwrap_err()
        };
        assert_eq!(
            refused(&|h| h.name = "　".to_owned()),
            ProfileError::EmptyItem { item: "name" }
        );
        assert_eq!(
            refused(&|h| h.address = String::new()),
            ProfileError::EmptyItem { item: "address" }
        );
        assert_eq!(
            refused(&|h| h.address = "一".repeat(201)),
            ProfileError::LongItem {
                item: "address",
                characters: 201,
                most: 200
            }
        );
        assert_eq!(
            refused(&|h| h.name = "印\u{0}太郎".to_owned()),
            ProfileError::ControlCharacter { item: "name" }
        );
        let mut longest = holder();
        longest.address = "一".repeat(200);
        assert!(longest.items().is_ok());
    }

    #[test]
    fn debug_shows_nothing_of_the_person() {
        let shown = format!("{:?} {:?}", holder(), holder().items().unwrap());
        for part in ["印", "太郎", "1980", "東京"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}
