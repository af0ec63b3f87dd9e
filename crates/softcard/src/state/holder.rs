//! The holder's data as the card keeps it.

use crate::{HolderText, Sex, manufacture::era_year, unknowns::TEXT_LIMIT};
use serde::{Deserialize, Serialize};
use shirushi_clock::Date;
use shirushi_crypto::Secret;

/// What the applications beside JPKI give out. The PIN and the 照合番号 are with the other PINs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Holder {
    pub(crate) name: String,
    pub(crate) address: String,
    /// YYYYMMDD.
    pub(crate) birth: String,
    pub(crate) sex: Sex,
    #[serde(with = "super::format::secret")]
    pub(crate) individual_number: Secret,
    pub(crate) municipality: String,
    /// YYYYMMDD.
    pub(crate) expires: String,
    /// The four digits on the face; cards of the first version do not have them but within 照合番号B.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "super::format::optional_secret"
    )]
    pub(crate) security_code: Option<Secret>,
}

impl Holder {
    pub(super) fn new(text: &HolderText) -> Self {
        let digits = |date: Date| format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
        Self {
            name: text.name.clone(),
            address: text.address.clone(),
            birth: digits(text.birth),
            sex: text.sex,
            individual_number: text.individual_number.clone(),
            municipality: text.municipality.clone(),
            expires: digits(text.expires),
            security_code: Some(text.security_code.clone()),
        }
    }

    /// The birth date as the surface application compares it: YYMMDD, the year in its era; none where the file holds no date.
    pub(super) fn birth_in_era(&self) -> Option<String> {
        let part = |range: std::ops::Range<usize>| self.birth.get(range)?.parse().ok();
        let year = self.birth.get(..4)?.parse().ok()?;
        let date = Date::new(year, part(4..6)?, part(6..8)?).ok()?;
        Some(format!(
            "{:02}{:02}{:02}",
            era_year(date),
            date.month(),
            date.day()
        ))
    }

    /// Whether the texts fit the files made of them.
    pub(super) fn is_sound(&self) -> bool {
        self.name.len() <= TEXT_LIMIT
            && self.address.len() <= TEXT_LIMIT
            && self.municipality.len() == 5
            && self.expires.len() == 8
    }
}
