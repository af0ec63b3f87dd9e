//! Serial numbers (発行の番号).

use serde::{Deserialize, Serialize};
use shirushi_asn1::tlv;
use shirushi_crypto::Random;
use std::str::FromStr;

/// A certificate's serial number (発行の番号): positive, at most 20 octets in DER (RFC 5280 §4.1.2.2).
///
/// The real service counts upwards; ours are random so that no one can guess another's (DESIGN.md §5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SerialNumber {
    /// The magnitude, right-aligned, so that the derived order is the numbers' order.
    magnitude: [u8; MAX_OCTETS],
}

/// Bytes or digits that are no serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a serial number is a positive integer of at most 20 octets, written in pairs of hexadecimal digits"
)]
pub struct NotASerialNumber;

const MAX_OCTETS: usize = 20;
const RANDOM_OCTETS: usize = 16;

impl SerialNumber {
    /// A new serial number: 16 octets from `random`, the top bit clear. The first octet is never zero, so that the length
    /// tells a reader at once that it was not counted.
    #[must_use]
    pub fn random(random: &dyn Random) -> Self {
        let mut octets = [0; RANDOM_OCTETS];
        random.fill(&mut octets);
        octets[0] = (octets[0] & 0x7f) | 0x40;
        let mut magnitude = [0; MAX_OCTETS];
        magnitude[MAX_OCTETS - RANDOM_OCTETS..].copy_from_slice(&octets);
        Self { magnitude }
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
        let mut magnitude = [0; MAX_OCTETS];
        magnitude[MAX_OCTETS - significant.len()..].copy_from_slice(significant);
        Ok(Self { magnitude })
    }

    /// Reads the content of a DER INTEGER.
    ///
    /// # Errors
    /// [`NotASerialNumber`], also for a negative number.
    pub fn from_der_content(content: &[u8]) -> Result<Self, NotASerialNumber> {
        match content {
            [top, ..] if *top < 0x80 => Self::from_bytes(content),
            _ => Err(NotASerialNumber),
        }
    }

    /// The big-endian magnitude without leading zero octets: 1 to 20 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        let leading = self
            .magnitude
            .iter()
            .take_while(|octet| **octet == 0)
            .count();
        &self.magnitude[leading..]
    }

    /// The content of the DER INTEGER: [`SerialNumber::as_bytes`], after a zero octet where the top bit is set.
    #[must_use]
    pub fn to_der_content(&self) -> Vec<u8> {
        let bytes = self.as_bytes();
        let mut content = Vec::with_capacity(bytes.len() + 1);
        if bytes
            .first()
            .is_some_and(|top| *top >= 0x80)
        {
            content.push(0);
        }
        content.extend_from_slice(bytes);
        content
    }

    /// The DER INTEGER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        tlv::element(tlv::INTEGER, &self.to_der_content())
    }
}

/// Lower-case hexadecimal, two digits an octet.
impl std::fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl std::fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

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

impl TryFrom<String> for SerialNumber {
    type Error = NotASerialNumber;

    fn try_from(text: String) -> Result<Self, NotASerialNumber> {
        text.parse()
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
        assert_eq!(
            SerialNumber::from_der_content(&[0xff]),
            Err(NotASerialNumber)
        );
        for wrong in ["", "0", "00", "xy", "-1", "123"] {
            assert_eq!(
                wrong.parse::<SerialNumber>(),
                Err(NotASerialNumber),
                "{wrong}"
            );
        }
        assert!(SerialNumber::from_bytes(&[0x7f; 20]).is_ok());
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
