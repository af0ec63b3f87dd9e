//! EF 0006: PKCS#11 CK_TOKEN_INFO, with CK_ULONG as 32 bits big endian (`facts/card.md` §6).

use crate::{
    CardKind, Generation,
    state::State,
    unknowns::{MANUFACTURER, MODEL, NEXT_MODEL},
};

/// CKF_RNG, CKF_LOGIN_REQUIRED, CKF_USER_PIN_INITIALIZED, CKF_TOKEN_INITIALIZED (PKCS#11 §3.2).
const FLAGS: u32 = 0x0000_040D;
/// CK_UNAVAILABLE_INFORMATION, in the width of the file.
const UNAVAILABLE: u32 = 0xFFFF_FFFF;

/// The 160 bytes.
pub(super) fn information(state: &State) -> Vec<u8> {
    let label = match state.kind {
        CardKind::IndividualNumberCard => "JPKIAPICCTOKEN2",
        CardKind::ResidentRegisterCard => "JPKIAPICCTOKEN",
        CardKind::AndroidToken => "JPKIAPGPSETOKEN",
    };
    let model = match state.variant.generation {
        Generation::Current => MODEL,
        Generation::Next => NEXT_MODEL,
    };
    let mut bytes = Vec::with_capacity(160);
    bytes.extend_from_slice(format!("{label:32}{MANUFACTURER:32}{model:16}").as_bytes());
    bytes.extend_from_slice(format!("{:16}", state.card_number).as_bytes());
    let numbers = [
        FLAGS,
        1,  // sessions, most
        0,  // sessions, open
        1,  // read-write sessions, most
        0,  // read-write sessions, open
        16, // longest PIN
        6,  // shortest PIN
        UNAVAILABLE,
        UNAVAILABLE,
        UNAVAILABLE,
        UNAVAILABLE,
    ];
    for number in numbers {
        bytes.extend_from_slice(&u32::to_be_bytes(number));
    }
    bytes.extend_from_slice(b"03"); // hardware version
    bytes.extend_from_slice(b"01"); // firmware version
    bytes.extend_from_slice(&[b'9'; 16]); // utcTime
    bytes
}
