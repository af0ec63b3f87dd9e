//! What the register says about a resident and about a card.

use crate::{CardNumber, ResidentCode};
use serde::{Deserialize, Serialize};
use shirushi_clock::Date;
use shirushi_profile::{Holder, MunicipalityCode, Sex};
use shirushi_rules::{Bilingual, Fact, Facts, InBoth};

/// A resident record (住民票の写しのうち、発行に要る項目) as it stood at a sequence number of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResidentRecord {
    /// 住民票コード
    pub code: ResidentCode,
    /// The municipality of registration (住所地市町村).
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// 氏名: family name, U+3000, given name; as registered.
    pub name: String,
    /// 氏名の振り仮名; foreigners have none.
    pub furigana: Option<String>,
    /// 旧氏
    pub former_name: Option<String>,
    /// 通称
    pub alias: Option<String>,
    /// 出生の年月日
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Date"))]
    pub birth_date: Date,
    /// 男女の別
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Sex"))]
    pub sex: Sex,
    /// 住所, from the prefecture on.
    pub address: String,
    /// End of the period of stay (在留期間), for a foreigner who has one.
    #[cfg_attr(feature = "describe", schemars(with = "Option<crate::shape::Date>"))]
    pub stay_until: Option<Date>,
    /// Whether the record lives.
    pub status: RecordStatus,
    /// The register's last event when this was read: later events make it stale.
    pub sequence: i64,
}

impl ResidentRecord {
    /// The four items (基本4情報) that a signature certificate carries.
    #[must_use]
    pub fn holder(&self) -> Holder {
        Holder {
            name: self.name.clone(),
            birth_date: self.birth_date,
            sex: self.sex,
            address: self.address.clone(),
        }
    }

    /// The facts of `counter/registered-here`: of whom another municipality says that they are not registered there.
    #[must_use]
    pub fn stranger_to(&self, municipality: &MunicipalityCode) -> Facts {
        Facts::new()
            .and(
                "name",
                InBoth::new(format!("{}さん", self.name), &self.name),
            )
            .and("municipality", municipality.to_string())
    }
}

/// Whether a resident record lives, or why it was deleted (消除).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RecordStatus {
    /// 現存
    Alive,
    /// 転出による消除
    MovedOut,
    /// 死亡による消除
    Dead,
    /// 職権消除
    DeletedByOffice,
}

/// Which kind of card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CardKind {
    /// 個人番号カード
    IndividualNumberCard,
    /// 住民基本台帳カード, which no certificate is issued into any more.
    ResidentRegisterCard,
}

/// State of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CardState {
    /// 有効
    Valid,
    /// 失効
    Invalid,
}

/// A card as the card register (個人番号カード管理) knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CardRecord {
    /// The card's number.
    pub number: CardNumber,
    /// Its kind.
    pub kind: CardKind,
    /// Whose it is.
    pub holder: ResidentCode,
    /// Its last day.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Date"))]
    pub valid_until: Date,
    /// Its state.
    pub state: CardState,
}

impl CardRecord {
    /// Why it is not valid, as the fact `state` of `counter/card-valid`: it was invalidated, or its last day is over.
    #[must_use]
    pub fn state_told(&self) -> Fact {
        match self.state {
            CardState::Invalid => Bilingual::new("失効", "invalidated").into(),
            CardState::Valid => {
                let day = self.valid_until;
                InBoth::new(format!("{day}で期限切れ"), format!("expired on {day}")).into()
            }
        }
    }
}
