//! Changes in the register that end certificates.

use crate::ResidentCode;
use serde::{Deserialize, Serialize};
use shirushi_clock::{Date, Instant};
use shirushi_profile::{CertificateKind, MunicipalityCode};

/// Reason of a change (異動事由).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// 出生
    Birth,
    /// 転入
    MoveIn,
    /// 転居: a move inside the municipality.
    MoveWithin,
    /// 転出
    MoveOut,
    /// 氏名変更
    NameChange,
    /// 職権修正
    CorrectionByOffice,
    /// 職権修正のうち軽微なもの (施行規則20条): ends nothing.
    MinorCorrection,
    /// 死亡
    Death,
    /// 職権消除
    DeletionByOffice,
    /// 個人番号カードの失効
    CardInvalidated,
}

/// One change of the register, told to the authority once and only once, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterEvent {
    /// Position in the register's sequence: 1, 2, 3, …
    pub sequence: i64,
    /// Whose record changed.
    pub resident: ResidentCode,
    /// The municipality that recorded the change.
    pub municipality: MunicipalityCode,
    /// Why.
    pub kind: EventKind,
    /// Which certificates it ends (facts/profile-and-rules.md B.8).
    pub ends: Vec<CertificateKind>,
    /// The day it happened.
    pub occurred_on: Date,
    /// When it was recorded.
    pub recorded_at: Instant,
}
