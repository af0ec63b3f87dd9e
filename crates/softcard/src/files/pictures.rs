//! Pictures on the card's face, all of them invented: digits that can be read, and seals in place of a name, an address and a person.

use shirushi_crypto::sha256;

/// JPEG 2000, 16 by 16, grey: the outline of a seal.
pub(super) const PHOTO: &[u8] = include_bytes!("sandbox/photo.jp2");

/// Dots of a digit: seven rows of five, the leftmost in bit 4.
const DIGITS: [[u8; 7]; 10] = [
    [0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E],
    [0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E],
    [0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F],
    [0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E],
    [0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02],
    [0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E],
    [0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E],
    [0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
    [0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E],
    [0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C],
];
/// Dots from one digit to the next, and from the upper edge to a digit.
const PITCH: usize = 6;
const ABOVE: usize = 2;
/// Dots of a picture of digits, from top to bottom: as on the card that was looked at (72 by 12 for twelve, 24 by 12 for four).
const HEIGHT: usize = 12;

/// Digits as a picture; what is no digit is left blank.
pub(super) fn digits(text: &[u8]) -> Vec<u8> {
    png(text.len() * PITCH, HEIGHT, |x, y| {
        let (place, column) = (x / PITCH, x % PITCH);
        let digit = text
            .get(place)
            .filter(|digit| digit.is_ascii_digit())
            .map(|digit| usize::from(digit - b'0'));
        let row = y
            .checked_sub(ABOVE)
            .and_then(|row| DIGITS[digit?].get(row));
        row.is_some_and(|row| column < 5 && row >> (4 - column) & 1 == 1)
    })
}

/// A seal for a text: another text has another one, and nobody can read it.
pub(super) fn seal(text: &str) -> Vec<u8> {
    /// Dots of an edge, and of one field of the pattern inside it.
    const EDGE: usize = 36;
    const FIELD: usize = 2;
    let pattern = sha256(text.as_bytes());
    png(EDGE, EDGE, |x, y| {
        let nearest = x
            .min(y)
            .min(EDGE - 1 - x)
            .min(EDGE - 1 - y);
        if nearest < 2 {
            return nearest == 0;
        }
        let (column, row) = ((x - 2) / FIELD, (y - 2) / FIELD);
        let bit = (row * 16 + column) % 256;
        pattern[bit / 8] >> (bit % 8) & 1 == 1
    })
}

/// A picture of one bit a dot (PNG, third edition): `is_ink` says which are black. Its data are stored, not compressed.
fn png(width: usize, height: usize, is_ink: impl Fn(usize, usize) -> bool) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..height {
        // No filter.
        rows.push(0);
        for byte in 0..width.div_ceil(8) {
            let dots = (0..8).map(|bit| byte * 8 + bit);
            // Grey of one bit: 1 is white.
            rows.push(dots.fold(0, |byte, x| {
                byte << 1 | u8::from(x < width && !is_ink(x, y))
            }));
        }
    }
    let mut head = Vec::new();
    for side in [width, height] {
        head.extend_from_slice(
            &u32::try_from(side)
                .unwrap_or(0)
                .to_be_bytes(),
        );
    }
    head.extend_from_slice(&[1, 0, 0, 0, 0]);
    let length = u16::try_from(rows.len()).unwrap_or(0);
    // zlib (RFC 1950) around one stored block (RFC 1951 §3.2.4).
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend_from_slice(&length.to_le_bytes());
    data.extend_from_slice(&(!length).to_le_bytes());
    data.extend_from_slice(&rows);
    data.extend_from_slice(&adler(&rows).to_be_bytes());
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, content) in [
        (b"IHDR", head.as_slice()),
        (b"IDAT", data.as_slice()),
        (b"IEND", &[]),
    ] {
        let named = [name.as_slice(), content].concat();
        file.extend_from_slice(
            &u32::try_from(content.len())
                .unwrap_or(0)
                .to_be_bytes(),
        );
        file.extend_from_slice(&named);
        file.extend_from_slice(&crc(&named).to_be_bytes());
    }
    file
}

/// RFC 1950 §8.2.
fn adler(bytes: &[u8]) -> u32 {
    let (low, high) = bytes
        .iter()
        .fold((1, 0), |(low, high), byte| {
            let low = (low + u32::from(*byte)) % 65_521;
            (low, (high + low) % 65_521)
        });
    high << 16 | low
}

/// CRC-32 of ISO 3309, as PNG has it.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = match crc & 1 {
                1 => crc >> 1 ^ 0xEDB8_8320,
                _ => crc >> 1,
            };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_as_published() {
        assert_eq!(crc(b"123456789"), 0xCBF4_3926);
        assert_eq!(adler(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn pictures_differ_as_their_texts_do() {
        assert_ne!(digits(b"1234"), digits(b"1235"));
        assert_ne!(seal("印　太郎"), seal("印　花子"));
        assert!(PHOTO[4..8] == *b"jP  ");
    }
}
