//! The number of a list.

/// cRLNumber ([RFC 5280 §5.2.3](https://www.rfc-editor.org/rfc/rfc5280#section-5.2.3)): whoever reads must take up to 20 octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrlNumber([u8; OCTETS]);

const OCTETS: usize = 20;

impl CrlNumber {
    /// The number with this big-endian magnitude; none when it is longer than 20 octets.
    pub(super) fn from_bytes(magnitude: &[u8]) -> Option<Self> {
        let start = OCTETS.checked_sub(magnitude.len())?;
        let mut octets = [0; OCTETS];
        octets[start..].copy_from_slice(magnitude);
        Some(Self(octets))
    }

    /// The number where 64 bits hold it.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        let (high, low) = self.0.split_last_chunk()?;
        high.iter()
            .all(|octet| *octet == 0)
            .then(|| u64::from_be_bytes(*low))
    }
}

impl From<u64> for CrlNumber {
    fn from(number: u64) -> Self {
        let mut octets = [0; OCTETS];
        octets[OCTETS - 8..].copy_from_slice(&number.to_be_bytes());
        Self(octets)
    }
}

/// Decimal where 64 bits hold it, else hexadecimal after `0x`.
impl std::fmt::Display for CrlNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to_u64() {
            Some(number) => write!(f, "{number}"),
            None => write!(f, "0x{}", hex::encode(self.0).trim_start_matches('0')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_to_twenty_octets_are_read_in_their_order() {
        let read = |magnitude: &[u8]| CrlNumber::from_bytes(magnitude);
        let two_to_64 = read(&[1, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
        assert!(read(&[]).unwrap() < CrlNumber::from(7));
        assert_eq!(read(&[7]), Some(CrlNumber::from(7)));
        assert!(CrlNumber::from(u64::MAX) < two_to_64);
        assert!(two_to_64 < read(&[0xff; 20]).unwrap());
        assert_eq!(read(&[1; 21]), None);
        assert_eq!(CrlNumber::from(u64::MAX).to_u64(), Some(u64::MAX));
        assert_eq!(two_to_64.to_u64(), None);
        let shown = [CrlNumber::from(12).to_string(), two_to_64.to_string()];
        assert_eq!(shown, ["12", "0x10000000000000000"]);
    }
}
