//! Serial numbers (発行の番号).

use serde::{Deserialize, Serialize};
use shirushi_asn1::tlv;
use shirushi_crypto::Random;
use std::{cmp::Ordering, str::FromStr};

/// A certificate's serial number (発行の番号): positive and at most 20 octets in DER where an authority keeps to RFC 5280 §4.1.2.2.
///
/// Numbers of others that are zero, negative, or one octet longer are read all the same, as that section asks; none is ever made here or
/// taken from a person. The real service counts upwards; ours are random so that no one can guess another's (DESIGN.md §5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SerialNumber {
    /// Two's complement, big endian, right-aligned.
    octets: [u8; WIDTH],
}

/// Bytes or digits that are no serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a serial number is a positive integer of at most 20 octets, written in pairs of hexadecimal digits"
)]
pub struct NotASerialNumber;

const MAX_OCTETS: usize = 20;
/// A magnitude of 20 octets whose top bit is set takes 21 in DER: some read the standard's limit so.
const WIDTH: usize = MAX_OCTETS + 1;
const RANDOM_OCTETS: usize = 16;

impl SerialNumber {
    /// Stands for the numbers that are too long to be read, which no certificate read here has.
    pub(crate) const NOBODYS: Self = {
        let mut octets = [0; WIDTH];
        octets[0] = 0x80;
        Self { octets }
    };

    /// A new serial number: 16 octets from `random`, the top bit clear. The first octet is never zero, so that the length
    /// tells a reader at once that it was not counted.
    #[must_use]
    pub fn random(random: &dyn Random) -> Self {
        let mut octets = [0; WIDTH];
        let low = &mut octets[WIDTH - RANDOM_OCTETS..];
        random.fill(low);
        low[0] = (low[0] & 0x7f) | 0x40;
        Self { octets }
    }

    /// The number with this big-endian magnitude; leading zero octets do not count.
    ///
    /// # Errors
    /// [`NotASerialNumber`] for zero and for a number whose DER takes more than 20 octets.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotASerialNumber> {
        let leading = bytes
            .iter()
            .take_while(|octet| **octet == 0)
            .count();
        let significant = &bytes[leading..];
        match significant.first() {
            None => return Err(NotASerialNumber),
            Some(top) if significant.len() > MAX_OCTETS - usize::from(top >> 7) => {
                return Err(NotASerialNumber);
            }
            Some(_) => {}
        }
        let mut octets = [0; WIDTH];
        octets[WIDTH - significant.len()..].copy_from_slice(significant);
        Ok(Self { octets })
    }

    /// Reads the content of a DER INTEGER of at most 21 octets, whatever its sign.
    ///
    /// # Errors
    /// [`NotASerialNumber`] for a longer one, and for what is not in its shortest form (X.690 §8.3.2).
    pub fn from_der_content(content: &[u8]) -> Result<Self, NotASerialNumber> {
        let sign = match content {
            [] | [0, ..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => return Err(NotASerialNumber),
            [top, ..] if *top < 0x80 => 0,
            _ => 0xff,
        };
        if content.len() > WIDTH {
            return Err(NotASerialNumber);
        }
        let mut octets = [sign; WIDTH];
        octets[WIDTH - content.len()..].copy_from_slice(content);
        let read = Self { octets };
        if read == Self::NOBODYS {
            return Err(NotASerialNumber);
        }
        Ok(read)
    }

    /// Whether the number is greater than zero, as every number that keeps to the standard is.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.octets[0] < 0x80 && self.octets != [0; WIDTH]
    }

    /// The big-endian magnitude without leading zero octets: 1 to 20 bytes. Of zero one zero octet, of a negative number the content of
    /// its DER INTEGER.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self.content() {
            [0, magnitude @ ..] if !magnitude.is_empty() => magnitude,
            content => content,
        }
    }

    /// The content of the DER INTEGER: [`SerialNumber::as_bytes`], after a zero octet where the top bit of a positive number is set.
    #[must_use]
    pub fn to_der_content(&self) -> Vec<u8> {
        self.content().to_vec()
    }

    /// The DER INTEGER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        tlv::element(tlv::INTEGER, self.content())
    }

    /// The octets without those that only repeat the sign.
    pub(crate) fn content(&self) -> &[u8] {
        let mut content = &self.octets[..];
        while let [0, ..=0x7f, ..] | [0xff, 0x80..=0xff, ..] = content {
            content = &content[1..];
        }
        content
    }
}

/// The order of the numbers.
impl Ord for SerialNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        // Of two's complement only the first octet has a sign.
        let first = |number: &Self| number.octets[0].cast_signed();
        first(self)
            .cmp(&first(other))
            .then_with(|| self.octets.cmp(&other.octets))
    }
}

impl PartialOrd for SerialNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Lower-case hexadecimal, two digits an octet; a negative number, of which only others have some, as its DER in brackets.
impl std::fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.octets[0] < 0x80 {
            f.write_str(&hex::encode(self.as_bytes()))
        } else {
            write!(f, "[{}]", hex::encode(self.as_bytes()))
        }
    }
}

impl std::fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

/// What a person writes: a number that keeps to the standard.
impl FromStr for SerialNumber {
    type Err = NotASerialNumber;

    fn from_str(text: &str) -> Result<Self, NotASerialNumber> {
        // 42: a leading zero octet is tolerated; longer texts are not worth decoding.
        if text.len() > 42 {
            return Err(NotASerialNumber);
        }
        let bytes = hex::decode(text).map_err(|_| NotASerialNumber)?;
        Self::from_bytes(&bytes)
    }
}

/// What was written by [`SerialNumber`]'s Display, also of others' numbers.
impl TryFrom<String> for SerialNumber {
    type Error = NotASerialNumber;

    fn try_from(text: String) -> Result<Self, NotASerialNumber> {
        let content = |digits: &str| hex::decode(digits).map_err(|_| NotASerialNumber);
        let in_brackets = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        match in_brackets {
            Some(digits) => Self::from_der_content(&content(digits)?),
            None if text == "00" => Self::from_der_content(&[0]),
            // One octet longer than a person's.
            None if text.len() == 2 * MAX_OCTETS => {
                Self::from_der_content(&[&[0], &*content(&text)?].concat())
                    .or_else(|_| text.parse())
            }
            None => text.parse(),
        }
    }
}

impl From<SerialNumber> for String {
    fn from(serial: SerialNumber) -> String {
        serial.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::{Decode, Encode, asn1::Uint};
    use proptest::prelude::*;

    #[derive(Debug)]
    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    #[test]
    fn random_numbers_are_positive_and_sixteen_octets_long() {
        for filling in [0x00, 0x80, 0xff] {
            let serial = SerialNumber::random(&Fixed(filling));
            assert_eq!(serial.as_bytes().len(), 16, "{filling}");
            assert!(serial.as_bytes()[0] < 0x80);
            assert_eq!(serial.as_bytes()[1..], [filling; 15]);
        }
    }

    #[test]
    fn zero_negative_and_overlong_numbers_are_refused() {
        for wrong in [&[][..], &[0], &[0, 0], &[1; 21], &[0x80; 20]] {
            assert_eq!(SerialNumber::from_bytes(wrong), Err(NotASerialNumber));
        }
        for wrong in ["", "0", "00", "xy", "-1", "123"] {
            assert_eq!(
                wrong.parse::<SerialNumber>(),
                Err(NotASerialNumber),
                "{wrong}"
            );
        }
        assert!(SerialNumber::from_bytes(&[0x7f; 20]).is_ok());
    }

    #[test]
    fn the_numbers_of_others_are_read_told_apart_and_read_back() {
        let long = [&[0x00, 0x80][..], &[7; 19]].concat();
        let read: Vec<_> = [
            &[0x80, 0x00][..],
            &[0x80],
            &[0xff],
            &[0x00],
            &[0x01],
            &[0x00, 0x80],
            &long,
        ]
        .into_iter()
        .map(|content| {
            let serial = SerialNumber::from_der_content(content).unwrap();
            assert_eq!(serial.to_der_content(), content);
            let written = serde_json::to_string(&serial).unwrap();
            assert_eq!(
                serde_json::from_str::<SerialNumber>(&written).unwrap(),
                serial
            );
            serial
        })
        .collect();
        assert!(read.is_sorted());
        let shown: Vec<_> = read[..5]
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(shown, ["[8000]", "[80]", "[ff]", "00", "01"]);
        let positive: Vec<_> = read
            .iter()
            .map(SerialNumber::is_positive)
            .collect();
        assert_eq!(positive, [false, false, false, false, true, true, true]);
        for wrong in [&[][..], &[0, 1], &[0xff, 0xff], &[1; 22]] {
            assert_eq!(SerialNumber::from_der_content(wrong), Err(NotASerialNumber));
        }
        let nobodys = SerialNumber::NOBODYS.to_der_content();
        assert_eq!(
            SerialNumber::from_der_content(&nobodys),
            Err(NotASerialNumber)
        );
    }

    proptest! {
        #[test]
        fn order_and_encodings_agree_with_integers(a in 1_u128.., b in 1_u128..) {
            let serial = |n: u128| SerialNumber::from_bytes(&n.to_be_bytes()).unwrap();
            prop_assert_eq!(serial(a).cmp(&serial(b)), a.cmp(&b));
            prop_assert_eq!(serial(a).to_string().parse(), Ok(serial(a)));
            let der = serial(a).to_der();
            let uint = Uint::from_der(&der).unwrap();
            prop_assert_eq!(uint.to_der().unwrap(), der);
            let ours = serial(a);
            prop_assert_eq!(uint.as_bytes(), ours.as_bytes());
            let content = serial(a).to_der_content();
            prop_assert_eq!(SerialNumber::from_der_content(&content), Ok(serial(a)));
        }
    }
}
