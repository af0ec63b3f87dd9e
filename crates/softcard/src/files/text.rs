//! 券面事項入力補助AP (`facts/card.md` §13): the individual number and the four items as text.
//!
//! Files 0003, 0004, 0006 and 0007 are not here: they are signatures and certificates by the manufacturer's authority, and the
//! session key that its secure messaging starts from.

use super::{Access, File};
use crate::{
    pin::PinName,
    state::{Holder, State},
    unknowns::NO_KEY,
};
use shirushi_apdu::ber;

/// The file at `identifier`.
pub(super) fn file(identifier: u16, state: &State) -> Option<File<'_>> {
    let holder = state.holder.as_ref()?;
    let opened = |body: Vec<u8>, by| File::Transparent {
        body: body.into(),
        read: Access::AnyOf(by),
    };
    match identifier {
        0x0001 => Some(opened(
            individual_number(holder),
            &[PinName::Text, PinName::NumberA],
        )),
        0x0002 => Some(opened(
            four_items(holder, state.variant.filler),
            &[PinName::Text, PinName::NumberB],
        )),
        0x0005 => Some(File::free(basic_information())),
        0x0008 => Some(File::free(vec![0xFF; 16])),
        0x0011 => Some(File::Pin(PinName::Text)),
        0x0012 => Some(File::BlockedPin),
        0x0013 => Some(File::Internal),
        0x0014 => Some(File::Pin(PinName::NumberA)),
        0x0015 => Some(File::Pin(PinName::NumberB)),
        _ => None,
    }
}

/// EF 0001: `FF10`, the twelve digits, two bytes of filler.
fn individual_number(holder: &Holder) -> Vec<u8> {
    let mut body = ber::encode(0xFF10, holder.individual_number.expose());
    body.extend_from_slice(&[0xFF, 0xFF]);
    body
}

/// EF 0002: `FF20`, in it a table of offsets from the start of the file, and the items the offsets point to.
fn four_items(holder: &Holder, filler: usize) -> Vec<u8> {
    /// `DF21`, its length, four offsets.
    const TABLE_LEN: usize = 3 + 8;
    let items = [
        ber::encode(0xDF22, holder.name.as_bytes()),
        ber::encode(0xDF23, holder.address.as_bytes()),
        ber::encode(0xDF24, holder.birth.as_bytes()),
        ber::encode(0xDF25, &[holder.sex.digit()]),
    ];
    let content_len = TABLE_LEN
        + items
            .iter()
            .map(Vec::len)
            .sum::<usize>();
    // The offsets count from the start of the file, so the width of the outer header comes first.
    let header_len = ber::encode(0xFF20, &vec![0; content_len]).len() - content_len;
    let mut at = header_len + TABLE_LEN;
    let mut table = Vec::new();
    for item in &items {
        // Names and addresses are bounded far below 64 KiB when the card is made.
        table.extend_from_slice(
            &u16::try_from(at)
                .unwrap_or(u16::MAX)
                .to_be_bytes(),
        );
        at += item.len();
    }
    let content = [ber::encode(0xDF21, &table), items.concat()].concat();
    let mut body = ber::encode(0xFF20, &content);
    body.resize(body.len() + filler, 0xFF);
    body
}

/// EF 0005: version and abilities of the application; lengths are not minimal, as on a real card.
fn basic_information() -> Vec<u8> {
    let mut content = vec![0xDF, 0x41, 0x04, 0x01, 0x03, 0x0E, 0x01];
    content.extend_from_slice(&[0xDF, 0x42, 0x10]);
    content.extend_from_slice(&[NO_KEY; 16]);
    content.extend_from_slice(&[0xDF, 0x43, 0x82, 0x00, 0x80]);
    content.extend_from_slice(&[NO_KEY; 128]);
    [&[0xFF, 0x40, 0x82, 0x00, 0x9F], content.as_slice()].concat()
}
