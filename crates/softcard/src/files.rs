//! Elementary files: what stands at each identifier of each application, and what opens it.

mod jpki;
mod pictures;
pub(crate) mod sandbox;
mod shared;
mod surface;
mod text;
mod token;

use crate::{CardKind, pin::PinName, state::State};
use shirushi_apdu::{
    BASIC_REGISTER_AID, COMMON_AID, ISSUER_AID, JPKI_AID, SURFACE_AID, TEXT_AID, ber,
};
use shirushi_personalisation::Kind;
use std::borrow::Cow;

/// A thing that SELECT by AID can select (`facts/card.md` §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Application {
    /// The issuer security domain, selected at power-on; the level of the MF.
    Issuer,
    /// 公的個人認証AP.
    Jpki,
    /// 券面事項入力補助AP.
    Text,
    /// 券面事項確認AP.
    Surface,
    /// 共通カードAP.
    Common,
    /// 住基AP.
    BasicRegister,
}

/// An elementary file.
pub(crate) enum File<'a> {
    /// Bytes, read with READ BINARY.
    Transparent {
        /// The whole file, filler included.
        body: Cow<'a, [u8]>,
        /// Who may read it.
        read: Access,
    },
    /// A certificate EF into which nothing was written yet.
    Unwritten,
    /// Records, read with READ RECORD by whoever likes.
    Records(Vec<Vec<u8>>),
    /// The reference of a PIN.
    Pin(PinName),
    /// The reference of a PIN that is blocked on every card.
    BlockedPin,
    /// A private key of the JPKI application.
    Key(Kind),
    /// A key or PIN that this card has no use for.
    Internal,
}

/// The condition for reading a file.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// None.
    Free,
    /// One of these PINs is verified.
    AnyOf(&'static [PinName]),
    /// The signature password is verified; apart from the others because it is a rule of its own.
    SignaturePassword,
    /// Nothing known opens it.
    Never,
}

impl Application {
    const ALL: [(Self, &'static [u8]); 6] = [
        (Self::Jpki, &JPKI_AID),
        (Self::Text, &TEXT_AID),
        (Self::Common, &COMMON_AID),
        (Self::BasicRegister, &BASIC_REGISTER_AID),
        (Self::Surface, &SURFACE_AID),
        (Self::Issuer, &ISSUER_AID),
    ];

    /// The application with this identifier, or the first whose identifier starts with `aid` (JICSAP 4.2 (1)).
    pub(crate) fn by_identifier(aid: &[u8], state: &State) -> Option<Self> {
        if aid.is_empty() {
            return None;
        }
        Self::ALL
            .into_iter()
            .find(|(application, known)| known.starts_with(aid) && application.is_on(state))
            .map(|(application, _)| application)
    }

    /// The file at `identifier`.
    pub(crate) fn file(self, identifier: u16, state: &State) -> Option<File<'_>> {
        match self {
            Self::Issuer => None,
            Self::Jpki => jpki::file(identifier, state),
            Self::Text => text::file(identifier, state),
            Self::Surface => surface::file(identifier, state),
            Self::Common => shared::common(identifier, state),
            Self::BasicRegister => shared::basic_register(identifier),
        }
    }

    fn is_on(self, state: &State) -> bool {
        match self {
            Self::Issuer | Self::Jpki => true,
            Self::Text | Self::Surface | Self::Common | Self::BasicRegister => {
                state.holder.is_some() && state.kind != CardKind::AndroidToken
            }
        }
    }
}

impl<'a> File<'a> {
    fn free(body: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::Transparent {
            body: body.into(),
            read: Access::Free,
        }
    }
}

/// A file of objects behind a table that says where each begins, as offsets from the start of the file.
fn with_offsets(outer: u32, table: u32, items: &[Vec<u8>]) -> Vec<u8> {
    let table_of = |offsets: &[u8]| ber::encode(table, offsets);
    let table_len = table_of(&vec![0; 2 * items.len()]).len();
    let content_len = table_len
        + items
            .iter()
            .map(Vec::len)
            .sum::<usize>();
    // The offsets count from the start of the file, so the width of the outer header comes first.
    let header_len = ber::encode(outer, &vec![0; content_len]).len() - content_len;
    let mut at = header_len + table_len;
    let mut offsets = Vec::new();
    for item in items {
        // Names and addresses are bounded far below 64 KiB when the card is made.
        offsets.extend_from_slice(
            &u16::try_from(at)
                .unwrap_or(u16::MAX)
                .to_be_bytes(),
        );
        at += item.len();
    }
    ber::encode(outer, &[table_of(&offsets), items.concat()].concat())
}
