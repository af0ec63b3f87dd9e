//! 公的個人認証AP (`facts/card.md` §5).

use super::{Access, File, token};
use crate::{
    CardKind,
    pin::PinName,
    state::{Credential, State},
    unknowns::{AVAILABLE, INTERNAL_FILES, NOT_AVAILABLE, PHONE_AUTHORITY, SEALED_FILES},
};
use shirushi_personalisation::Kind;
use std::borrow::Cow;

/// The file at `identifier`.
pub(super) fn file(identifier: u16, state: &State) -> Option<File<'_>> {
    let live = &state.live;
    let certificate = |credential: &Option<Credential>, read| {
        let body = credential
            .as_ref()
            .map(|c| filled(&c.certificate, state));
        Some(body.map_or(File::Unwritten, |body| File::Transparent { body, read }))
    };
    let authority = |credential: &Option<Credential>, read| {
        let body = credential
            .as_ref()
            .map(|c| filled(&c.authority, state));
        Some(body.map_or(File::Unwritten, |body| File::Transparent { body, read }))
    };
    let (own, authoritys) = match state.kind {
        CardKind::AndroidToken => (Access::AnyOf(&[PinName::Authentication]), PHONE_AUTHORITY),
        _ => (Access::Free, Access::Free),
    };
    match identifier {
        0x0001 => certificate(&live.signature, Access::SignaturePassword),
        0x0002 => authority(&live.signature, authoritys),
        0x0006 => Some(File::free(token::information(state))),
        0x0008 => Some(File::free(availability(state))),
        0x000A => certificate(&live.authentication, own),
        0x000B => authority(&live.authentication, authoritys),
        0x0017 => Some(File::Key(Kind::Authentication)),
        0x0018 => Some(File::Pin(PinName::Authentication)),
        0x001A => Some(File::Key(Kind::Signature)),
        0x001B => Some(File::Pin(PinName::Signature)),
        _ if SEALED_FILES.contains(&identifier) => Some(File::Transparent {
            body: Cow::Borrowed(&[]),
            read: Access::Never,
        }),
        _ if INTERNAL_FILES.contains(&identifier) => Some(File::Internal),
        _ => None,
    }
}

/// EF 0008: which of the two certificates is there.
fn availability(state: &State) -> Vec<u8> {
    let byte = |credential: &Option<Credential>| match credential {
        Some(_) => AVAILABLE,
        None => NOT_AVAILABLE,
    };
    vec![
        byte(&state.live.signature),
        byte(&state.live.authentication),
        0x00,
    ]
}

/// A certificate and the filler that a real EF has after it (`facts/card.md` §7.1).
fn filled<'a>(certificate: &[u8], state: &State) -> Cow<'a, [u8]> {
    let mut body = certificate.to_vec();
    body.resize(body.len() + state.variant.filler, 0xFF);
    body.into()
}
