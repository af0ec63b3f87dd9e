//! The two credentials of the JPKI application (`facts/card.md` §5, §8).

use crate::channel::PinObject;
use shirushi_apdu::initial_pin;
use shirushi_rules::Bilingual;

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
        self.pin().most_tries
    }

    /// Its PIN on the card.
    pub(crate) fn pin(self) -> &'static PinObject {
        match self {
            Self::Signature => &PinObject {
                file: 0x001B,
                name: Bilingual {
                    ja: "署名用パスワード",
                    en: "signature password",
                },
                form: Bilingual {
                    ja: "英字と数字の両方を含む6～16文字、小文字は大文字として扱う",
                    en: "6 to 16 letters and digits, at least one of each; small letters count as capitals",
                },
                most_tries: 5,
            },
            Self::Authentication => &PinObject {
                file: 0x0018,
                name: Bilingual {
                    ja: "利用者証明用暗証番号",
                    en: "authentication PIN",
                },
                form: Bilingual {
                    ja: "数字4桁",
                    en: "4 digits",
                },
                most_tries: 3,
            },
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
