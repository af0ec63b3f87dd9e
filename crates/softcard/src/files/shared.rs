//! 共通カードAP and 住基AP, as far as they are known (`facts/card.md` §14).

use super::File;
use crate::{pin::PinName, state::State, unknowns::NO_KEY};

/// The file at `identifier` of the common application.
pub(super) fn common(identifier: u16, state: &State) -> Option<File<'_>> {
    let holder = state.holder.as_ref()?;
    match identifier {
        0x0001 => {
            // Serial (15), municipality (5), expiry (8): 28 = 1C bytes.
            let number = format!("{:0>15}", state.card_number);
            let serial = &number[number.len() - 15..];
            let text = format!("{serial}{}{}", holder.municipality, holder.expires);
            Some(File::Records(vec![
                [&[0x01, 0x1C], text.as_bytes()].concat(),
            ]))
        }
        0x0002 => Some(key_reference()),
        0x0019 => Some(File::Internal),
        0x001C => Some(File::Pin(PinName::Common)),
        _ => None,
    }
}

/// The file at `identifier` of the 住基 application.
pub(super) fn basic_register<'a>(identifier: u16) -> Option<File<'a>> {
    match identifier {
        0x0002 => Some(key_reference()),
        0x001C => Some(File::Pin(PinName::BasicRegister)),
        _ => None,
    }
}

/// EF 0002 of both: one key reference of sixteen bytes.
fn key_reference<'a>() -> File<'a> {
    File::Records(vec![vec![NO_KEY; 16]])
}
