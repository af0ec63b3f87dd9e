//! Municipalities: a table, by default of the three invented ones of the sandbox.

mod table;

pub use table::{Municipalities, NoMunicipalities, RowFault};

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// 全国地方公共団体コード without its check digit: two digits of the prefecture, three of the municipality.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MunicipalityCode([u8; 5]);

/// A text that is no municipality code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a municipality code is five digits, the first two of them 01 to 47")]
pub struct NotAMunicipalityCode;

/// A municipality that receives applications (市区町村).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Municipality {
    /// Its code.
    pub code: MunicipalityCode,
    /// The prefecture as it stands in certificates, such as `Tokyo-to`.
    pub prefecture: &'static str,
    /// The municipality as it stands in certificates, such as `Shirushi-shi`.
    pub locality: &'static str,
    /// The prefecture's name in Japanese.
    pub prefecture_ja: &'static str,
    /// The municipality's name in Japanese.
    pub name_ja: &'static str,
}

/// The municipalities of this process.
///
/// Which there are is no matter of one party alone: the register, the authority and the counter of a process speak of the same. They are the
/// sandbox's three (none exists; their numbers are unassigned) unless others were put into use before anybody asked.
pub static MUNICIPALITIES: Municipalities = Municipalities::unused();

/// The municipality with this code, when there is one.
#[must_use]
pub fn municipality(code: &MunicipalityCode) -> Option<&'static Municipality> {
    MUNICIPALITIES.with_code(code)
}

impl MunicipalityCode {
    /// The five digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The constructors take ASCII digits only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for MunicipalityCode {
    type Err = NotAMunicipalityCode;

    fn from_str(text: &str) -> Result<Self, NotAMunicipalityCode> {
        let digits: [u8; 5] = text
            .as_bytes()
            .try_into()
            .map_err(|_| NotAMunicipalityCode)?;
        let all_digits = digits.iter().all(u8::is_ascii_digit);
        if all_digits && (*b"01"..=*b"47").contains(&[digits[0], digits[1]]) {
            Ok(Self(digits))
        } else {
            Err(NotAMunicipalityCode)
        }
    }
}

impl TryFrom<String> for MunicipalityCode {
    type Error = NotAMunicipalityCode;

    fn try_from(text: String) -> Result<Self, NotAMunicipalityCode> {
        text.parse()
    }
}

impl From<MunicipalityCode> for String {
    fn from(code: MunicipalityCode) -> String {
        code.as_str().to_owned()
    }
}

impl std::fmt::Display for MunicipalityCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for MunicipalityCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MunicipalityCode({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_five_digits_of_an_existing_prefecture() {
        for wrong in [
            "",
            "1399",
            "139980",
            "00998",
            "48001",
            "1399x",
            "１３９９８",
        ] {
            assert_eq!(
                wrong.parse::<MunicipalityCode>(),
                Err(NotAMunicipalityCode),
                "{wrong}"
            );
        }
        let code: MunicipalityCode = "14998".parse().unwrap();
        assert_eq!(code.to_string(), "14998");
        assert_eq!(municipality(&code).unwrap().name_ja, "判子市");
        assert_eq!(municipality(&"13101".parse().unwrap()), None);
        for place in &MUNICIPALITIES {
            assert_eq!(municipality(&place.code), Some(place));
        }
    }
}
