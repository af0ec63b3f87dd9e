//! A walker over DER elements that keeps the bytes received.
//!
//! Decoders build values; a verifier needs the bytes themselves (RFC 5280 §4.1.1.3: the signature covers the encoding), and a
//! list of a million entries must be indexed without a value for each (`facts/crates.md` §0.4). Strict: one-byte tags, definite
//! lengths in their shortest form (X.690 §10.1), at most 4 GiB.

use crate::{Cause, Malformed};

/// Identifier octet of INTEGER.
pub const INTEGER: u8 = 0x02;
/// Identifier octet of BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// Identifier octet of OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// Identifier octet of OBJECT IDENTIFIER.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// Identifier octet of UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// Identifier octet of GeneralizedTime.
pub const GENERALIZED_TIME: u8 = 0x18;
/// Identifier octet of SEQUENCE and SEQUENCE OF.
pub const SEQUENCE: u8 = 0x30;

/// One element: its identifier octet and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// Identifier, length and content, as received.
    pub der: &'a [u8],
    /// The content.
    pub content: &'a [u8],
    /// Where the content begins, counted from the walker's origin.
    pub content_offset: usize,
}

impl<'a> Element<'a> {
    /// A walker over the content, for constructed elements.
    #[must_use]
    pub fn walk(&self, what: &'static str) -> Walker<'a> {
        Walker {
            what,
            rest: self.content,
            offset: self.content_offset,
        }
    }
}

/// Reads one element after the other.
#[derive(Clone, Debug)]
pub struct Walker<'a> {
    what: &'static str,
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Walker<'a> {
    /// A walker over `bytes`, which are (part of) `what`.
    #[must_use]
    pub fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self {
            what,
            rest: bytes,
            offset: 0,
        }
    }

    /// The offset of the next element from the origin.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.rest.is_empty()
    }

    /// The identifier octet of the next element; none at the end.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    /// [`Malformed`] when no complete element follows.
    pub fn any(&mut self) -> Result<Element<'a>, Malformed> {
        let (tag, header, length) = self.header()?;
        let end = header
            .checked_add(length)
            .ok_or(self.fault(Cause::Truncated))?;
        let der = self
            .rest
            .get(..end)
            .ok_or(self.fault(Cause::Truncated))?;
        let element = Element {
            tag,
            der,
            content: &der[header..],
            content_offset: self.offset + header,
        };
        self.rest = &self.rest[end..];
        self.offset += end;
        Ok(element)
    }

    /// The next element, which must bear `tag`.
    ///
    /// # Errors
    /// [`Malformed`] when another or none follows.
    pub fn tagged(&mut self, tag: u8) -> Result<Element<'a>, Malformed> {
        match self.peek() {
            Some(found) if found == tag => self.any(),
            Some(found) => Err(self.fault(Cause::UnexpectedTag { tag: found })),
            None => Err(self.fault(Cause::Truncated)),
        }
    }

    /// The next element when it bears `tag`.
    ///
    /// # Errors
    /// [`Malformed`] when it does but is not complete.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        if self.peek() == Some(tag) {
            self.any().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Ends the walk.
    ///
    /// # Errors
    /// [`Malformed`] when something is left.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.fault(Cause::TrailingData))
        }
    }

    /// A fault at the present position.
    #[must_use]
    pub fn fault(&self, cause: Cause) -> Malformed {
        Malformed::new(self.what, self.offset, cause)
    }

    /// Identifier octet, length of the header, length of the content.
    fn header(&self) -> Result<(u8, usize, usize), Malformed> {
        let [tag, first, following @ ..] = self.rest else {
            return Err(self.fault(Cause::Truncated));
        };
        if tag & 0x1f == 0x1f {
            return Err(self.fault(Cause::UnexpectedTag { tag: *tag }));
        }
        if *first < 0x80 {
            return Ok((*tag, 2, usize::from(*first)));
        }
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return Err(self.fault(Cause::LengthForm));
        }
        let octets = following
            .get(..count)
            .ok_or(self.fault(Cause::Truncated))?;
        let length = octets
            .iter()
            .fold(0_usize, |sum, octet| (sum << 8) | usize::from(*octet));
        if octets[0] == 0 || length < 0x80 {
            return Err(self.fault(Cause::LengthForm));
        }
        Ok((*tag, 2 + count, length))
    }
}

/// Reads the one element that `bytes` are, which must bear `tag`.
///
/// # Errors
/// [`Malformed`], also when bytes follow.
pub fn only<'a>(what: &'static str, bytes: &'a [u8], tag: u8) -> Result<Element<'a>, Malformed> {
    let mut walker = Walker::new(what, bytes);
    let element = walker.tagged(tag)?;
    walker.finish()?;
    Ok(element)
}

/// Appends an element: identifier octet, shortest length, content.
pub fn push(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    push_length(out, content.len());
    out.extend_from_slice(content);
}

/// One element as bytes.
#[must_use]
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    push(&mut out, tag, content);
    out
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let octets = length.to_be_bytes();
            let leading = octets
                .iter()
                .take_while(|o| **o == 0)
                .count();
            let significant = &octets[leading..];
            // At most eight octets: usize has no more.
            out.push(0x80 | significant.len() as u8);
            out.extend_from_slice(significant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::{Decode, Encode, asn1::OctetString};
    use proptest::prelude::*;

    #[test]
    fn lengths_must_be_definite_and_shortest() {
        for (bytes, cause) in [
            (&[0x30, 0x80, 0, 0][..], Cause::LengthForm),
            (&[0x30, 0x81, 0x01, 0], Cause::LengthForm),
            (&[0x30, 0x82, 0x00, 0x80], Cause::LengthForm),
            (&[0x30, 0x85, 1, 0, 0, 0, 0], Cause::LengthForm),
            (&[0x30, 0x02, 0], Cause::Truncated),
            (&[0x30], Cause::Truncated),
            (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], Cause::Truncated),
            (&[0x1f, 0x81, 0x00], Cause::UnexpectedTag { tag: 0x1f }),
        ] {
            let fault = Walker::new("x", bytes)
                .any()
                .unwrap_err();
            assert_eq!(fault.cause, cause, "{bytes:02x?}");
        }
    }

    #[test]
    fn offsets_are_counted_from_the_origin() {
        let bytes = [0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00];
        let outer = only("x", &bytes, SEQUENCE).unwrap();
        let mut inner = outer.walk("x");
        let integer = inner.tagged(INTEGER).unwrap();
        assert_eq!((integer.content, integer.content_offset), (&[7][..], 4));
        let fault = inner.tagged(INTEGER).unwrap_err();
        assert_eq!(
            fault,
            Malformed::new("x", 5, Cause::UnexpectedTag { tag: 5 })
        );
    }

    proptest! {
        #[test]
        fn what_is_pushed_is_read_by_the_library_and_by_the_walker(length in 0_usize..70_000) {
            let content = vec![0xa5; length];
            let ours = element(OCTET_STRING, &content);
            let theirs = OctetString::from_der(&ours).unwrap();
            prop_assert_eq!(theirs.as_bytes(), &content[..]);
            prop_assert_eq!(theirs.to_der().unwrap(), ours.clone());
            prop_assert_eq!(only("x", &ours, OCTET_STRING).unwrap().content, &content[..]);
        }
    }
}
