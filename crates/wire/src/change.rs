//! Changes of the register (異動) as an officer reports them.

use crate::{EventKind, ResidentCode};
use serde::{Deserialize, Serialize};
use shirushi_clock::Date;
use shirushi_profile::{MunicipalityCode, Sex};

/// One change (異動).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Whose record changes; for a birth, the new code.
    pub resident: ResidentCode,
    /// The day it happened (異動日), not in the future.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Date"))]
    pub occurred_on: Date,
    /// What happened.
    pub what: What,
}

/// What happened, with what it brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(tag = "kind", content = "data", rename_all = "kebab-case")]
pub enum What {
    /// 出生: a new record; born on the day it happened.
    Birth(NewResident),
    /// 転入 (Juki 22), of a person whose record here was deleted.
    MoveIn {
        /// The new municipality.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
        municipality: MunicipalityCode,
        /// The new address.
        address: String,
    },
    /// 転居 (Juki 23).
    MoveWithin {
        /// The new address, in the same municipality.
        address: String,
    },
    /// 転出 (Juki 24), recorded on the day of leaving.
    MoveOut,
    /// 氏名変更, also of furigana, 旧氏 and 通称.
    NameChange(NewNames),
    /// 職権修正 of an item that certificates carry.
    CorrectionByOffice(NewItems),
    /// 職権修正のうち軽微なもの (Reg 20): another shape of the same characters, a renamed or renumbered place.
    MinorCorrection {
        /// The name as written from now on; none when it stays.
        name: Option<String>,
        /// The address as written from now on; none when it stays.
        address: Option<String>,
        /// Why an officer holds it for minor, where it is more than another known shape of the same characters (a renamed place).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// 死亡
    Death,
    /// 職権消除 (Juki 8)
    DeletionByOffice,
}

/// The person born.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewResident {
    /// The municipality of registration.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// 氏名
    pub name: String,
    /// 振り仮名; foreigners have none.
    pub furigana: Option<String>,
    /// 男女の別
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Sex"))]
    pub sex: Sex,
    /// 住所
    pub address: String,
    /// End of the period of stay, for a foreigner who has one.
    #[cfg_attr(feature = "describe", schemars(with = "Option<crate::shape::Date>"))]
    pub stay_until: Option<Date>,
}

/// New names. None leaves the item as it is; an empty text removes a 振り仮名, 旧氏 or 通称.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NewNames {
    /// 氏名
    pub name: Option<String>,
    /// 振り仮名
    pub furigana: Option<String>,
    /// 旧氏
    pub former_name: Option<String>,
    /// 通称
    pub alias: Option<String>,
}

/// Corrected items. None leaves the item as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NewItems {
    /// Names.
    pub names: NewNames,
    /// 出生の年月日
    #[cfg_attr(feature = "describe", schemars(with = "Option<crate::shape::Date>"))]
    pub birth_date: Option<Date>,
    /// 男女の別
    #[cfg_attr(feature = "describe", schemars(with = "Option<crate::shape::Sex>"))]
    pub sex: Option<Sex>,
    /// 住所
    pub address: Option<String>,
}

impl What {
    /// The reason (異動事由) under which it is recorded.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Birth(_) => EventKind::Birth,
            Self::MoveIn { .. } => EventKind::MoveIn,
            Self::MoveWithin { .. } => EventKind::MoveWithin,
            Self::MoveOut => EventKind::MoveOut,
            Self::NameChange(_) => EventKind::NameChange,
            Self::CorrectionByOffice(_) => EventKind::CorrectionByOffice,
            Self::MinorCorrection { .. } => EventKind::MinorCorrection,
            Self::Death => EventKind::Death,
            Self::DeletionByOffice => EventKind::DeletionByOffice,
        }
    }
}
