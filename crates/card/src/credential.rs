//! The two credentials of the JPKI application (`facts/card.md` §5, §8).

use shirushi_apdu::initial_pin;

/// A key with its PIN and its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// 署名用: signs filings; password of 6–16 characters, 5 tries.
    Signature,
    /// 利用者証明用: logs in; PIN of 4 digits, 3 tries.
    Authentication,
}

impl Credential {
    /// Both credentials.
    pub const ALL: [Self; 2] = [Self::Signature, Self::Authentication];

    /// Tries of a PIN that has not been entered wrongly.
    #[must_use]
    pub fn most_tries(self) -> u8 {
        match self {
            Self::Signature => 5,
            Self::Authentication => 3,
        }
    }

    /// What the PIN is called, as the fact `pin` of a refusal.
    pub(crate) fn pin_name(self) -> &'static str {
        match self {
            Self::Signature => "署名用パスワード / signature password",
            Self::Authentication => "利用者証明用暗証番号 / authentication PIN",
        }
    }

    /// What the PIN must look like, as the fact `wanted` of a refusal.
    pub(crate) fn pin_form(self) -> &'static str {
        match self {
            Self::Signature => {
                "英大文字と数字の両方を含む6～16文字、小文字は不可 / 6 to 16 capital letters and digits, at least one of each, no small letters"
            }
            Self::Authentication => "数字4桁 / 4 digits",
        }
    }

    pub(crate) fn pin_file(self) -> u16 {
        match self {
            Self::Signature => 0x001B,
            Self::Authentication => 0x0018,
        }
    }

    pub(crate) fn key_file(self) -> u16 {
        match self {
            Self::Signature => 0x001A,
            Self::Authentication => 0x0017,
        }
    }

    pub(crate) fn certificate_file(self) -> u16 {
        match self {
            Self::Signature => 0x0001,
            Self::Authentication => 0x000A,
        }
    }

    pub(crate) fn ca_certificate_file(self) -> u16 {
        match self {
            Self::Signature => 0x0002,
            Self::Authentication => 0x000B,
        }
    }

    /// P2 of SET INITIAL PIN.
    pub(crate) fn initial_pin_reference(self) -> u8 {
        match self {
            Self::Signature => initial_pin::SIGNATURE,
            Self::Authentication => initial_pin::AUTHENTICATION,
        }
    }
}

/// Proof that the card has accepted the PIN of one credential; only [`Card::verify`](crate::Card::verify) makes it.
#[derive(Debug)]
pub struct PinVerified {
    credential: Credential,
}

impl PinVerified {
    pub(crate) fn new(credential: Credential) -> Self {
        Self { credential }
    }

    /// Whose PIN was accepted.
    #[must_use]
    pub fn credential(&self) -> Credential {
        self.credential
    }
}
