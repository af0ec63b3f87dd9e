//! 券面事項入力補助AP (`facts/card.md` §13): the individual number and the four items as text.
//!
//! What the manufacturer's authority signs on a real card is signed by the sandbox's own keys here ([`super::sandbox`]). File 0006 is
//! not here: it is the key that secure messaging starts from, which this card does not offer.

use super::{Access, File, sandbox, with_offsets};
use crate::{
    pin::PinName,
    state::{Holder, State},
    unknowns::{BASIC_INFORMATION_LEN, NO_KEY},
};
use shirushi_apdu::ber;
use shirushi_crypto::sha256;

/// Whatever opens one of the holder's files.
const ANY: &[PinName] = &[PinName::Text, PinName::NumberA, PinName::NumberB];

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
        0x0003 => Some(opened(integrity(holder)?, ANY)),
        0x0004 => Some(File::free(sandbox::records_certificate()?)),
        0x0005 => Some(File::free(basic_information())),
        0x0007 => Some(opened(challenge_key()?, ANY)),
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
    let mut body = with_offsets(0xFF20, 0xDF21, &items(holder));
    body.resize(body.len() + filler, 0xFF);
    body
}

fn items(holder: &Holder) -> [Vec<u8>; 4] {
    [
        ber::encode(0xDF22, holder.name.as_bytes()),
        ber::encode(0xDF23, holder.address.as_bytes()),
        ber::encode(0xDF24, holder.birth.as_bytes()),
        ber::encode(0xDF25, &[holder.sex.digit()]),
    ]
}

/// EF 0003: the digest of EF 0001 as it is stored, that of the four items without the table before them, and the signature over both;
/// 336 bytes.
fn integrity(holder: &Holder) -> Option<Vec<u8>> {
    let content = [
        ber::encode(0xDF31, &sha256(&individual_number(holder))),
        ber::encode(0xDF32, &sha256(&items(holder).concat())),
    ]
    .concat();
    let signature = ber::encode(0xDF33, &sandbox::signed(&content)?);
    Some(ber::encode(0xFF30, &[content, signature].concat()))
}

/// EF 0007: the key with which the application signs challenges, and the signature over it; 536 bytes.
fn challenge_key() -> Option<Vec<u8>> {
    let content = ber::encode(0xDF51, &sandbox::card_public_key()?);
    let signature = ber::encode(0xDF52, &sandbox::signed(&content)?);
    Some(ber::encode(0xFF50, &[content, signature].concat()))
}

/// EF 0005: version and abilities of the application; lengths are not minimal, and the file is filled up, as on a real card.
fn basic_information() -> Vec<u8> {
    let mut content = vec![0xDF, 0x41, 0x04, 0x01, 0x03, 0x0E, 0x01];
    content.extend_from_slice(&[0xDF, 0x42, 0x10]);
    content.extend_from_slice(&sandbox::NO_ID);
    content.extend_from_slice(&[0xDF, 0x43, 0x82, 0x00, 0x80]);
    content.extend_from_slice(&[NO_KEY; 128]);
    let mut body = [&[0xFF, 0x40, 0x82, 0x00, 0x9F], content.as_slice()].concat();
    body.resize(BASIC_INFORMATION_LEN, 0xFF);
    body
}
