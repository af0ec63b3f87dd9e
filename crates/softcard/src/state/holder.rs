//! The holder's data as the card keeps it.

use crate::{HolderText, Sex, unknowns::TEXT_LIMIT};
use serde::{Deserialize, Serialize};
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
}

impl Holder {
    pub(super) fn new(text: &HolderText) -> Self {
        let digits = |date: shirushi_clock::Date| {
            format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
        };
        Self {
            name: text.name.clone(),
            address: text.address.clone(),
            birth: digits(text.birth),
            sex: text.sex,
            individual_number: text.individual_number.clone(),
            municipality: text.municipality.clone(),
            expires: digits(text.expires),
        }
    }

    /// Whether the texts fit the files made of them.
    pub(super) fn is_sound(&self) -> bool {
        self.name.len() <= TEXT_LIMIT
            && self.address.len() <= TEXT_LIMIT
            && self.municipality.len() == 5
            && self.expires.len() == 8
    }
}
