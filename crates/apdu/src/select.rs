//! SELECT, in the two forms that a My Number Card takes (`facts/card.md` §9), and its applications (§4).

use crate::Command;

/// 公的個人認証AP (JPKI application).
pub const JPKI_AID: [u8; 10] = [0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];
/// 券面事項入力補助AP (text application).
pub const TEXT_AID: [u8; 10] = [0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08];
/// 券面事項確認AP (surface application).
pub const SURFACE_AID: [u8; 10] = [0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02];
/// 住基AP (basic resident register application).
pub const BASIC_REGISTER_AID: [u8; 10] =
    [0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x01];
/// 共通カードAP (common card application).
pub const COMMON_AID: [u8; 10] = [0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00];
/// The GlobalPlatform issuer security domain: selected after power-on, and the issuer's way in.
pub const ISSUER_AID: [u8; 7] = [0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00];

/// SELECT by application identifier (1–16 bytes, a prefix selects too), without file control information.
#[must_use]
pub fn application(aid: &[u8]) -> Command {
    Command::new(0x00, 0xA4, 0x04, 0x0C).data(aid)
}

/// SELECT of an elementary file of the current application. Only P1 = 02 works on the card.
#[must_use]
pub fn file(identifier: u16) -> Command {
    Command::new(0x00, 0xA4, 0x02, 0x0C).data(identifier.to_be_bytes())
}
