//! What people wrap a signature or a list in on its way: PEM, bare base64, zero bytes behind it.

use base64ct::{Base64, Encoding as _};
use shirushi_asn1::tlv;
use std::borrow::Cow;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// The DER inside: of the first PEM text (RFC 7468), of base64 and nothing else, or of an element with nothing but zero bytes behind it.
/// Everything else is given back as it is, for whoever reads it to say what is wrong.
#[must_use]
pub fn unwrapped(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.first() == Some(&tlv::SEQUENCE) {
        return Cow::Borrowed(unpadded(bytes));
    }
    let body = match between(bytes, BEGIN, END) {
        Some(text) => after_line(text),
        None => Some(bytes),
    };
    match body.and_then(decoded) {
        Some(der) => Cow::Owned(der),
        None => Cow::Borrowed(bytes),
    }
}

/// What stands between the first `begin` and the `end` behind it.
fn between<'a>(bytes: &'a [u8], begin: &[u8], end: &[u8]) -> Option<&'a [u8]> {
    let behind = bytes.get(place(bytes, begin)? + begin.len()..)?;
    behind.get(..place(behind, end)?)
}

/// Where `what`, which begins with dashes, stands first.
fn place(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from
            + bytes
                .get(from..)?
                .iter()
                .position(|byte| *byte == b'-')?;
        if bytes[at..].starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// What follows the label and its dashes.
fn after_line(text: &[u8]) -> Option<&[u8]> {
    let dashes = place(text, DASHES)?;
    text.get(dashes + DASHES.len()..)
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let is_wrapped = |byte: &u8| {
        byte.is_ascii_alphanumeric() || b"+/=".contains(byte) || byte.is_ascii_whitespace()
    };
    // What is something else shows it at once, however long it is.
    if !text.iter().all(is_wrapped) {
        return None;
    }
    let digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let der = Base64::decode_vec(std::str::from_utf8(&digits).ok()?).ok()?;
    (der.first() == Some(&tlv::SEQUENCE)).then_some(der)
}

/// The first element, if nothing but zero bytes follow it.
fn unpadded(bytes: &[u8]) -> &[u8] {
    let mut walker = tlv::Walker::new("padding", bytes);
    match walker.any() {
        Ok(element)
            if bytes[element.der.len()..]
                .iter()
                .all(|byte| *byte == 0) =>
        {
            element.der
        }
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_is_found_and_what_is_not_stays() {
        const DER: &[u8] = &[0x30, 0x03, 0x02, 0x01, 0x07];
        for wrapped in [
            DER,
            b"\x30\x03\x02\x01\x07\0\0\0",
            b"MAMCAQc=",
            b" MAMC\r\nAQc=\n",
            b"-----BEGIN CMS-----\nMAMCAQc=\n-----END CMS-----\n",
            b"Subject: x\n-----BEGIN PKCS7-----\r\nMAMC\r\nAQc=\r\n-----END PKCS7-----",
        ] {
            assert_eq!(&*unwrapped(wrapped), DER, "{wrapped:?}");
        }
        for other in [
            &b""[..],
            b"\x30\x03\x02\x01\x07\0x",
            b"\x30\x80\0\0",
            b"-----BEGIN CMS-----\nMAMCAQc=",
            b"%PDF-1.7",
            b"AQcA",
        ] {
            assert_eq!(&*unwrapped(other), other);
        }
    }
}
