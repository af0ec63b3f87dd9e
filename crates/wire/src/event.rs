//! Changes in the register that end certificates.

use crate::{EventHash, LogLife, Message, ResidentCode};
use serde::{Deserialize, Serialize};
use shirushi_clock::{Date, Instant};
use shirushi_profile::{CertificateKind, MunicipalityCode};

/// Reason of a change (異動事由).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RegisterEvent {
    /// Position in the register's sequence: 1, 2, 3, …
    pub sequence: i64,
    /// Whose record changed.
    pub resident: ResidentCode,
    /// The municipality that recorded the change.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// Why.
    pub kind: EventKind,
    /// Which certificates it ends (facts/profile-and-rules.md B.8).
    #[cfg_attr(feature = "describe", schemars(with = "Vec<crate::shape::Kind>"))]
    pub ends: Vec<CertificateKind>,
    /// The day it happened.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Date"))]
    pub occurred_on: Date,
    /// When it was recorded.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub recorded_at: Instant,
    /// The life of the register's log that it stands in. Events that were recorded before lives were counted name none and are of the
    /// life [`LogLife::default`].
    #[serde(default)]
    pub life: LogLife,
    /// The event before it, by the bytes that were sent; none in events that were recorded before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<EventHash>,
}

/// An event by what it is: the life of its log, its number and its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EventName {
    /// The life of the log.
    pub life: LogLife,
    /// Its number; 0 stands before the first.
    pub sequence: i64,
    /// Its content.
    pub hash: EventHash,
}

impl EventName {
    /// Where a log of this life begins.
    #[must_use]
    pub fn beginning(life: LogLife) -> Self {
        Self {
            life,
            sequence: 0,
            hash: EventHash::NONE,
        }
    }
}

/// What the register says first whenever it has something to deliver, and at every start: how far its log goes.
///
/// It is no secret and can be sent again by anybody who hears it. What it proves it proves by itself: a register that names the authority's
/// position in `seen` and has less says under its signature that it has lost something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RegisterGreeting {
    /// The newest event of the register.
    pub newest: EventName,
    /// What the authority has said it took last, when the register has asked before.
    pub seen: Option<EventName>,
    /// What the register has under the number of `seen`; none when it has no such event.
    pub own: Option<EventName>,
    /// The number whose event the register asks the authority for.
    pub about: Option<i64>,
    /// The newest checkpoint of the authority's log that the register keeps (a signed note).
    pub checkpoint: Option<String>,
}

/// The authority's answer to a [`RegisterGreeting`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AuthorityPosition {
    /// The number of the last event that it took, 0 before the first.
    pub sequence: i64,
    /// That event; none when it was taken before contents were kept.
    pub taken: Option<EventName>,
    /// What it took under the number that the register asked about.
    pub about: Option<EventName>,
    /// The checkpoint of its log at this moment (a signed note), for the register to keep.
    pub checkpoint: String,
}

/// A register that came back from a backup goes on: its next event has the number `first` and follows `after`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewLife {
    /// The life that begins.
    pub life: LogLife,
    /// The number of its first event: above every number that either side has given or taken.
    pub first: i64,
    /// The last event of before that both sides have.
    pub continues: EventName,
    /// The last event that the authority took: the one before the first of the new life.
    pub after: EventName,
    /// When the register's operator decided so.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub declared_at: Instant,
}

impl Message for RegisterGreeting {
    const CONTEXT: &'static str = "shirushi register greeting 1";
}

impl Message for NewLife {
    const CONTEXT: &'static str = "shirushi register life 1";
}
