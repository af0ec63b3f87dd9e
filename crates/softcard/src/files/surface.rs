//! 券面事項確認AP (`facts/card.md` §14): what is printed on the card's face, for whoever knows a part of it.
//!
//! The birth date opens the record of age, 照合番号B the face, 照合番号A the face and the number. Texts are the holder's; pictures and
//! signatures are the sandbox's own ([`super::sandbox`], [`super::pictures`]).

use super::{Access, File, pictures, sandbox, with_offsets};
use crate::{
    pin::PinName,
    state::{Holder, State},
    unknowns::NO_KEY,
};
use shirushi_apdu::ber;

/// Either 照合番号.
const NUMBERS: &[PinName] = &[PinName::FaceA, PinName::FaceB];

/// The file at `identifier`.
pub(super) fn file(identifier: u16, state: &State) -> Option<File<'_>> {
    let holder = state.holder.as_ref()?;
    let opened = |body: Vec<u8>, by| File::Transparent {
        body: body.into(),
        read: Access::AnyOf(by),
    };
    Some(match identifier {
        0x0001 => opened(age_record(holder)?, &[PinName::BirthDate]),
        0x0002 => opened(face(holder)?, NUMBERS),
        0x0003 => File::free(basic_information(holder)),
        0x0004 => File::free(sandbox::records_certificate()?),
        0x0005 => opened(number(holder)?, &[PinName::FaceA]),
        0x0006 => opened(vec![0xFF; 16], NUMBERS),
        0x0011 => File::Pin(PinName::BirthDate),
        0x0012 => File::Pin(PinName::FaceB),
        0x0013 => File::Pin(PinName::FaceA),
        _ => return None,
    })
}

/// EF 0001: the birth date, the card's key, and the signature over both; 547 bytes.
fn age_record(holder: &Holder) -> Option<Vec<u8>> {
    let content = [
        ber::encode(0xDF11, holder.birth.as_bytes()),
        ber::encode(0xDF12, &sandbox::card_public_key()?),
    ]
    .concat();
    let signature = ber::encode(0xDF13, &sandbox::signed(&content)?);
    Some(ber::encode(0xFF10, &[content, signature].concat()))
}

/// EF 0002: nine objects behind a table of their offsets. The signature is over the digests of three groups; what stands behind it is not
/// under it.
fn face(holder: &Holder) -> Option<Vec<u8>> {
    let code = holder
        .security_code
        .as_ref()
        .map_or(&b"????"[..], |code| code.expose());
    let texts = [
        ber::encode(0xDF22, holder.birth.as_bytes()),
        ber::encode(0xDF23, &[holder.sex.digit()]),
        ber::encode(0xDF24, &sandbox::card_public_key()?),
    ];
    let printed = [
        ber::encode(0xDF25, &pictures::seal(&holder.name)),
        ber::encode(0xDF26, &pictures::seal(&holder.address)),
    ];
    let photo = ber::encode(0xDF27, pictures::PHOTO);
    let groups = [&texts.concat()[..], &printed.concat(), &photo];
    let signature = ber::encode(0xDF28, &sandbox::signed_groups(groups)?);
    let [birth, sex, key] = texts;
    let [name, address] = printed;
    let behind = [
        ber::encode(0xDF29, holder.expires.as_bytes()),
        ber::encode(0xDF2A, &pictures::digits(code)),
    ];
    let [expires, code] = behind;
    let items = [
        birth, sex, key, name, address, photo, signature, expires, code,
    ];
    Some(with_offsets(0xFF20, 0xDF21, &items))
}

/// EF 0003: version and abilities, identifiers of keys that this card has not, the municipality; 320 bytes.
fn basic_information(holder: &Holder) -> Vec<u8> {
    let content = [
        ber::encode(0xDF31, &[0x06, 0x03, 0x0E, 0x01]),
        ber::encode(0xDF32, &sandbox::NO_ID),
        ber::encode(0xDF33, &[0x01]),
        ber::encode(0xDF34, holder.municipality.as_bytes()),
        ber::encode(
            0xDF35,
            &[sandbox::NO_ID.as_slice(), &[NO_KEY; 256]].concat(),
        ),
    ]
    .concat();
    ber::encode(0xFF30, &content)
}

/// EF 0005: the number as a picture, the card's key, and the signature over both.
fn number(holder: &Holder) -> Option<Vec<u8>> {
    let content = [
        ber::encode(0xDF41, &pictures::digits(holder.individual_number.expose())),
        ber::encode(0xDF42, &sandbox::card_public_key()?),
    ]
    .concat();
    let signature = ber::encode(0xDF43, &sandbox::signed(&content)?);
    Some(ber::encode(0xFF40, &[content, signature].concat()))
}
