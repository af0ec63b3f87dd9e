//! In what a card may differ from another one: the switches of `facts/card.md` §19, for testing clients.

use crate::{SoftCardError, unknowns::TEXT_LIMIT};
use serde::{Deserialize, Serialize};

/// The behaviour of one card where cards or sources differ. [`Variant::default`] is the contract of `facts/card.md` §19.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What VERIFY answers for a blocked PIN (E5).
    pub blocked_status: Blocked,
    /// What a VERIFY without data answers (E4).
    pub empty_verify: EmptyVerify,
    /// Whether a warm reset clears the security state; a real card keeps it (E11).
    pub reset_clears: bool,
    /// Whether selecting the application that is selected already clears its security state; a real card keeps it (E11).
    pub reselect_clears: bool,
    /// Whether the first command after power-on is answered 6F00 (E11b).
    pub first_command_6f00: bool,
    /// Bytes FF after the certificate in its EF, at most 4096 (E6).
    pub filler: usize,
    /// The answer to reset (E1).
    pub atr: Atr,
    /// Which keys it makes; those it has stay what they are.
    #[serde(default, skip_serializing_if = "Generation::is_current")]
    pub generation: Generation,
    /// Which of the signature schemes of COMPUTE SIGNATURE it has.
    #[serde(default, skip_serializing_if = "Schemes::is_all")]
    pub schemes: Schemes,
}

impl Variant {
    /// Checks what the types do not.
    pub(crate) fn check(&self) -> Result<(), SoftCardError> {
        match self.filler > TEXT_LIMIT {
            true => Err(SoftCardError::Filler {
                bytes: self.filler,
                most: TEXT_LIMIT,
            }),
            false => Ok(()),
        }
    }
}

impl Default for Variant {
    fn default() -> Self {
        Self {
            blocked_status: Blocked::Status6984,
            empty_verify: EmptyVerify::Tries,
            reset_clears: false,
            reselect_clears: false,
            first_command_6f00: false,
            filler: 300,
            atr: Atr::Contact,
            generation: Generation::Current,
            schemes: Schemes::All,
        }
    }
}

/// Which generation of cards it is of (`facts/card.md` §21).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Generation {
    /// Today's: RSA-2048.
    #[default]
    Current,
    /// The next one, for programs to be ready in time: keys on P-384. **An assumption:** that they will be on P-384 with SHA-384 is
    /// published; applications, files and commands are not, so that this card has today's. COMPUTE SIGNATURE takes a SHA-384 digest
    /// of 48 bytes (P1 = 00) and answers a DER ECDSA-Sig-Value. Nothing that works with it is thereby known to work with the real one.
    Next,
}

impl Generation {
    /// For serde, by whose rules the value comes as a reference.
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    fn is_current(&self) -> bool {
        *self == Self::Current
    }
}

/// Which signature schemes it has: P1 of COMPUTE SIGNATURE (`facts/card.md` §12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schemes {
    /// 00 to 05, as measured on test cards.
    #[default]
    All,
    /// 00 alone, which is all that every card is known to have; any other is answered 6A86.
    Padded,
}

impl Schemes {
    /// For serde, by whose rules the value comes as a reference.
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// The status word of a blocked PIN, on which the sources disagree (`facts/card.md` §24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Blocked {
    /// 6984, referenced IEF locked (JICSAP).
    Status6984,
    /// 6983, authentication method blocked (ISO/IEC 7816-4 table 7).
    Status6983,
}

/// What a VERIFY without data answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EmptyVerify {
    /// 63Cx with the tries left, always; 63C0 when blocked.
    Tries,
    /// 9000 while the PIN is verified, as ISO/IEC 7816-4 §11.6.6 describes; 63Cx otherwise.
    SuccessWhenVerified,
    /// The status of a blocked PIN when it is blocked; 63Cx otherwise.
    BlockedWhenBlocked,
}

/// An answer to reset (`facts/card.md` §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Atr {
    /// `3BE000FF8131FE4514`, the contact interface.
    Contact,
    /// `3BDA13FF8131FB468012392F31C173C601C03B`, the contact interface of another product.
    ContactWithHistory,
    /// `3B888001000005E0B381A1007F`, made by a reader of an NFC Type B card (PC/SC part 3).
    Contactless,
}

impl Atr {
    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Contact => &[0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14],
            Self::ContactWithHistory => &[
                0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1,
                0x73, 0xC6, 0x01, 0xC0, 0x3B,
            ],
            Self::Contactless => &[
                0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F,
            ],
        }
    }
}
