//! The card's PINs and passwords: alphabet, tries, and how the file holds them (`facts/card.md` §8).
//!
//! A real card stores a PIN as it is, behind silicon. A file has no silicon, and a slow hash would buy little: four digits
//! fall to ten thousand guesses whatever a guess costs, and the file holds the private keys themselves. So each PIN is a salted
//! SHA-256: nobody reads it off a screen, a backup or a diff, comparison is of equal lengths in constant time, and what
//! protects the card is the file's mode.

use crate::unknowns::BIRTH_DATE_TRIES;
use serde::{Deserialize, Serialize};
use shirushi_crypto::{Random, Secret, constant_time_eq, sha256};
use shirushi_personalisation::Kind;

const SALT_LEN: usize = 16;

/// A PIN or password on the card, by what it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum PinName {
    /// 利用者証明用暗証番号, JPKI EF 0018.
    Authentication,
    /// 署名用パスワード, JPKI EF 001B.
    Signature,
    /// 券面事項入力補助用暗証番号, text EF 0011.
    Text,
    /// 照合番号A, text EF 0014: the 個人番号.
    NumberA,
    /// 照合番号B, text EF 0015: birth date, year of expiry, security code.
    NumberB,
    /// 生年月日, surface EF 0011: six digits, the year in its era.
    BirthDate,
    /// 照合番号A, surface EF 0013. It is counted apart from the one of the text application.
    FaceA,
    /// 照合番号B, surface EF 0012.
    FaceB,
    /// 住民基本台帳用暗証番号, 住基AP EF 001C.
    BasicRegister,
    /// PIN of the common application, EF 001C; people know it as the one before.
    Common,
}

impl PinName {
    /// The PIN of a key of the JPKI application.
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Signature => Self::Signature,
            Kind::Authentication => Self::Authentication,
        }
    }

    /// Tries from full to blocked.
    pub(crate) fn most_tries(self) -> u8 {
        match self {
            Self::Signature => 5,
            Self::NumberA | Self::NumberB | Self::FaceA | Self::FaceB => 10,
            Self::BirthDate => BIRTH_DATE_TRIES,
            Self::Authentication | Self::Text | Self::BasicRegister | Self::Common => 3,
        }
    }

    /// Whether `value` has the alphabet and length of this PIN. That a password should mix letters and digits is said by one
    /// vendor of clients only, so the card does not ask for it.
    pub(crate) fn accepts(self, value: &[u8]) -> bool {
        match self {
            Self::Signature => {
                (6..=16).contains(&value.len())
                    && value
                        .iter()
                        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            }
            Self::NumberA | Self::FaceA => digits(value, 12),
            Self::NumberB | Self::FaceB => digits(value, 14),
            Self::BirthDate => digits(value, 6),
            Self::Authentication | Self::Text | Self::BasicRegister | Self::Common => {
                digits(value, 4)
            }
        }
    }

    /// Whether its holder may change it: 照合番号 and the birth date are printed on the card.
    pub(crate) fn is_changeable(self) -> bool {
        !matches!(
            self,
            Self::NumberA | Self::NumberB | Self::FaceA | Self::FaceB | Self::BirthDate
        )
    }
}

/// A PIN that is set.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pin {
    #[serde(with = "hex")]
    salt: [u8; SALT_LEN],
    #[serde(with = "hex")]
    tag: [u8; 32],
    /// Tries left.
    pub(crate) tries: u8,
}

impl Pin {
    /// Sets `name` to `value`, with all tries.
    pub(crate) fn new(name: PinName, value: &[u8], random: &dyn Random) -> Self {
        let mut salt = [0; SALT_LEN];
        random.fill(&mut salt);
        Self {
            salt,
            tag: tag(&salt, value),
            tries: name.most_tries(),
        }
    }

    /// The same value for another reference, with all of its tries.
    pub(crate) fn also_for(&self, name: PinName) -> Self {
        Self {
            tries: name.most_tries(),
            ..self.clone()
        }
    }

    /// Whether `value` is the PIN.
    pub(crate) fn matches(&self, value: &[u8]) -> bool {
        constant_time_eq(&tag(&self.salt, value), &self.tag)
    }
}

fn tag(salt: &[u8; SALT_LEN], value: &[u8]) -> [u8; 32] {
    // A secret buffer, because it is wiped.
    sha256(Secret::new([salt.as_slice(), value].concat()).expose())
}

fn digits(value: &[u8], length: usize) -> bool {
    value.len() == length && value.iter().all(u8::is_ascii_digit)
}
