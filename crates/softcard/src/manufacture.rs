//! What the manufacturer and the municipality put into a card before it is personalised.

use crate::{SoftCardError, Variant, unknowns::TEXT_LIMIT};
use serde::{Deserialize, Serialize};
use shirushi_clock::Date;
use shirushi_crypto::Secret;
use shirushi_personalisation::CardKeys;

/// Length of a 個人番号, in digits.
const INDIVIDUAL_NUMBER_LEN: usize = 12;

/// Which card it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CardKind {
    /// 個人番号カード (My Number Card), token label `JPKIAPICCTOKEN2`.
    IndividualNumberCard,
    /// 住民基本台帳カード, its predecessor until 2015, token label `JPKIAPICCTOKEN`.
    ResidentRegisterCard,
    /// The certificates of a smartphone (移動端末設備用電子証明書) in an Android's secure element, which speaks as a card over NFC:
    /// token label `JPKIAPGPSETOKEN`, no application but JPKI, and the authentication certificate is read after its PIN only
    /// (`facts/card.md` §22).
    AndroidToken,
}

/// What makes one card different from all others, before it has certificates.
#[derive(Clone, Debug)]
pub struct Manufacture {
    /// Which card it is.
    pub kind: CardKind,
    /// 1–16 printable ASCII characters; also the token's serial number.
    pub card_number: String,
    /// The keys of the issuer's channel to this card.
    pub keys: CardKeys,
    /// What the 券面事項入力補助, common and 住基 applications hold; without it, and on a smartphone, there is the JPKI application
    /// alone.
    pub text: Option<HolderText>,
    /// Where cards differ.
    pub variant: Variant,
}

/// The holder as the card's face and its 券面事項入力補助AP show them (`facts/card.md` §13).
///
/// All of it invented. `Debug` shows neither the numbers nor the PIN.
#[derive(Clone, Debug)]
pub struct HolderText {
    /// 氏名, at most 4096 bytes of UTF-8.
    pub name: String,
    /// 住所, at most 4096 bytes of UTF-8.
    pub address: String,
    /// 生年月日.
    pub birth: Date,
    /// 性別.
    pub sex: Sex,
    /// 個人番号, 12 digits whose check digit is wrong: a number that could be someone's is refused.
    pub individual_number: Secret,
    /// 券面事項入力補助用暗証番号, 4 digits; set as the PIN of the common and the 住基 application too, as people do.
    pub pin: Secret,
    /// 市区町村コード, 5 digits.
    pub municipality: String,
    /// Last day of the card.
    pub expires: Date,
    /// セキュリティコード printed on the face, 4 digits; part of 照合番号B.
    pub security_code: Secret,
}

/// 性別 as EF 0002 writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// 不明, `0`.
    Unknown,
    /// 男, `1`.
    Male,
    /// 女, `2`.
    Female,
    /// その他, `9`.
    Other,
}

impl Sex {
    /// The digit on the card.
    pub(crate) fn digit(self) -> u8 {
        match self {
            Self::Unknown => b'0',
            Self::Male => b'1',
            Self::Female => b'2',
            Self::Other => b'9',
        }
    }
}

impl Manufacture {
    /// Checks what is not checked by the types.
    pub(crate) fn check(&self) -> Result<(), SoftCardError> {
        if !is_card_number(&self.card_number) {
            return Err(SoftCardError::CardNumber {
                length: self.card_number.len(),
            });
        }
        self.variant.check()?;
        self.text
            .as_ref()
            .map_or(Ok(()), HolderText::check)
    }
}

impl HolderText {
    fn check(&self) -> Result<(), SoftCardError> {
        let wrong = |item| Err(SoftCardError::HolderText { item });
        if self.name.is_empty() || self.name.len() > TEXT_LIMIT {
            return wrong("name");
        }
        if self.address.len() > TEXT_LIMIT {
            return wrong("address");
        }
        if !are_digits(self.individual_number.expose(), INDIVIDUAL_NUMBER_LEN) {
            return wrong("individual_number");
        }
        if has_valid_check_digit(self.individual_number.expose()) {
            return Err(SoftCardError::CouldBeReal);
        }
        if !are_digits(self.pin.expose(), 4) {
            return wrong("pin");
        }
        if !are_digits(self.municipality.as_bytes(), 5) {
            return wrong("municipality");
        }
        if !are_digits(self.security_code.expose(), 4) {
            return wrong("security_code");
        }
        if self.birth.year() < 1868 || self.expires < self.birth {
            return wrong("birth");
        }
        Ok(())
    }

    /// 照合番号B: birth date in era years, year of expiry, security code (`facts/card.md` §8).
    pub(crate) fn number_b(&self) -> Secret {
        let mut digits = format!(
            "{:02}{:02}{:02}{:04}",
            era_year(self.birth),
            self.birth.month(),
            self.birth.day(),
            self.expires.year()
        )
        .into_bytes();
        digits.extend_from_slice(self.security_code.expose());
        Secret::new(digits)
    }
}

/// Year in the Japanese era of `date`, 1–64. Before 太陽暦 (1873) the months do not agree; nobody living is concerned.
pub(crate) fn era_year(date: Date) -> i16 {
    const ERAS: [(i16, i8, i8); 5] = [
        (2019, 5, 1),   // 令和
        (1989, 1, 8),   // 平成
        (1926, 12, 25), // 昭和
        (1912, 7, 30),  // 大正
        (1868, 1, 25),  // 明治
    ];
    let day = (date.year(), date.month(), date.day());
    let first = ERAS
        .iter()
        .find(|start| day >= **start)
        .map_or(date.year(), |start| start.0);
    date.year() - first + 1
}

/// Whether the text can be the number of a card.
pub(crate) fn is_card_number(text: &str) -> bool {
    (1..=16).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic())
}

fn are_digits(value: &[u8], length: usize) -> bool {
    value.len() == length && value.iter().all(u8::is_ascii_digit)
}

/// Whether the twelfth digit is the one that 番号法 cards' order (CardR 5; `facts/profile-and-rules.md` D.1) computes from the
/// other eleven. `number` has twelve digits.
fn has_valid_check_digit(number: &[u8]) -> bool {
    let Some((check, rest)) = number.split_last() else {
        return false;
    };
    let weights = (2..=7).chain(2..=6);
    let sum: u32 = rest
        .iter()
        .rev()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let expected = match sum % 11 {
        0 | 1 => 0,
        remainder => 11 - remainder,
    };
    u32::from(check - b'0') == expected
}

#[cfg(test)]
mod tests {
    use super::*;
    use shirushi_clock::Date;

    fn date(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn eras_change_on_their_first_day() {
        assert_eq!(era_year(date(1980, 2, 17)), 55);
        assert_eq!(era_year(date(1989, 1, 7)), 64);
        assert_eq!(era_year(date(1989, 1, 8)), 1);
        assert_eq!(era_year(date(2019, 4, 30)), 31);
        assert_eq!(era_year(date(2019, 5, 1)), 1);
        assert_eq!(era_year(date(1926, 12, 24)), 15);
    }

    #[test]
    fn exactly_one_check_digit_of_ten_is_valid() {
        for stem in ["12345678901", "00000000000", "99999999999"] {
            let valid = (b'0'..=b'9')
                .filter(|check| has_valid_check_digit(&[stem.as_bytes(), &[*check]].concat()))
                .count();
            assert_eq!(valid, 1, "{stem}");
        }
        assert!(has_valid_check_digit(b"123456789018"));
    }
}
