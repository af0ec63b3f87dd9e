//! BER-TLV as cards write it (ISO/IEC 7816-4 Annex E): tags of up to four bytes, lengths of up to four, not always minimal
//! (`facts/card.md` §7.1).

/// Most bytes of a tag, and of a length after its first byte.
const FIELD_LEN: usize = 4;

/// One data object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The tag's bytes as one number, e.g. `0x5F2E`.
    pub tag: u32,
    /// The value.
    pub value: &'a [u8],
}

/// Bytes that are no data object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed data object at byte {offset}")]
pub struct MalformedTlv {
    /// Where the object starts, in bytes from the start of what is read.
    pub offset: usize,
}

/// Iterates over the data objects that stand side by side in `bytes`; it ends after the first malformed one.
#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader over `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    fn read(&self) -> Option<(Tlv<'a>, usize)> {
        let rest = self.bytes.get(self.offset..)?;
        let header = Header::parse(rest)?;
        let end = header
            .value_at
            .checked_add(header.length)?;
        let value = rest.get(header.value_at..end)?;
        let tag = header.tag;
        Some((Tlv { tag, value }, end))
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Tlv<'a>, MalformedTlv>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.offset >= self.bytes.len() {
            return None;
        }
        match self.read() {
            Some((tlv, length)) => {
                self.offset += length;
                Some(Ok(tlv))
            }
            None => {
                let offset = std::mem::replace(&mut self.offset, self.bytes.len());
                Some(Err(MalformedTlv { offset }))
            }
        }
    }
}

/// The value of the first object with this tag among those side by side in `bytes`; none when there is none or the bytes are
/// malformed before it.
#[must_use]
pub fn find(bytes: &[u8], tag: u32) -> Option<&[u8]> {
    Reader::new(bytes)
        .map_while(Result::ok)
        .find(|tlv| tlv.tag == tag)
        .map(|tlv| tlv.value)
}

/// One data object with a minimal length.
#[must_use]
pub fn encode(tag: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len() + 6);
    let tag = tag.to_be_bytes();
    bytes.extend_from_slice(significant(&tag));
    let length = value.len().to_be_bytes();
    let length = significant(&length);
    match length {
        [short] if *short < 0x80 => bytes.push(*short),
        long => {
            // At most eight bytes, the width of a usize.
            bytes.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
            bytes.extend_from_slice(long);
        }
    }
    bytes.extend_from_slice(value);
    bytes
}

/// Length of the object that `bytes` starts with, header included, as its header says; the object itself may be cut. None
/// when `bytes` does not hold a whole header.
#[must_use]
pub fn first_object_length(bytes: &[u8]) -> Option<usize> {
    let header = Header::parse(bytes)?;
    header
        .value_at
        .checked_add(header.length)
}

struct Header {
    tag: u32,
    value_at: usize,
    length: usize,
}

impl Header {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut at = 0;
        let mut next = || {
            let byte = bytes.get(at).copied();
            at += 1;
            byte
        };
        let first = next()?;
        let mut tag = u32::from(first);
        if first & 0x1F == 0x1F {
            let mut more = true;
            for _ in 1..FIELD_LEN {
                if more {
                    let byte = next()?;
                    tag = tag << 8 | u32::from(byte);
                    more = byte & 0x80 != 0;
                }
            }
            if more {
                return None;
            }
        }
        let first = next()?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let width = usize::from(first & 0x7F);
            // 80 is the indefinite form, which cards do not use.
            if width == 0 || width > FIELD_LEN {
                return None;
            }
            let mut length = 0;
            for _ in 0..width {
                length = length << 8 | usize::from(next()?);
            }
            length
        };
        Some(Self {
            tag,
            value_at: at,
            length,
        })
    }
}

/// Without leading zeros, one byte at least.
fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes
        .iter()
        .take(bytes.len().saturating_sub(1))
        .take_while(|b| **b == 0)
        .count();
    &bytes[zeros..]
}

impl std::fmt::Debug for Tlv<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tlv({:X}, {} bytes)", self.tag, self.value.len())
    }
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Reader(at {} of {} bytes)",
            self.offset,
            self.bytes.len()
        )
    }
}
