//! Whether two distinguished names are the same: [RFC 5280 §7.1](https://www.rfc-editor.org/rfc/rfc5280#section-7.1), with the
//! preparation of strings of [RFC 4518 §2](https://www.rfc-editor.org/rfc/rfc4518#section-2).
//!
//! One definition for whatever compares names: issuers, name constraints, distribution points, responders, signers. Names are compared
//! as DER: equal bytes, by far the usual case, are equal at once, and nothing is allocated for ASCII.
//!
//! Two steps of the preparation are wider than the standard: strings of every type are transcoded, not only PrintableString and
//! UTF8String, since else an exclusion could be escaped by writing the name in another type; and step 4 refuses no character, since
//! else a name with a character younger than Unicode 3.2 would not be the same as itself.

use shirushi_asn1::{
    Cause, Malformed,
    tlv::{self, Element, Walker},
};
use std::borrow::Cow;
use stringprep::tables;
use unicode_normalization::UnicodeNormalization;

const WHAT: &str = "Name";
const SET: u8 = 0x31;
const UTF8_STRING: u8 = 0x0c;
const NUMERIC_STRING: u8 = 0x12;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const VISIBLE_STRING: u8 = 0x1a;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;
/// Attributes of one RDN that are matched in any order. With more the order must be the same: matching must not take quadratic time.
const MOST_UNORDERED: usize = 8;

/// Whether two DER Names are the same (RFC 5280 §7.1): as many RDNs, in the same order, each with the same attributes; values are
/// compared without regard to letter case, string type, and leading, trailing and repeated spaces.
///
/// A name that cannot be read is the same as itself only.
#[must_use]
pub fn same_name(a: &[u8], b: &[u8]) -> bool {
    a == b || compare(a, b, true) == Some(true)
}

/// Whether a DER Name lies in the subtree that `base` begins (RFC 5280 §4.2.1.10); none when a value cannot be read, so that this cannot
/// be told: whoever excludes must take that for yes, whoever permits for no.
#[must_use]
pub fn name_is_within(name: &[u8], base: &[u8]) -> Option<bool> {
    compare(name, base, false)
}

/// Checks that the bytes are a DER Name, each string of which is one of its type: what is no UTF-8 in a UTF8String could not be compared.
///
/// # Errors
/// [`Malformed`] with the position.
pub(crate) fn check_name(what: &'static str, name: &[u8]) -> Result<(), Malformed> {
    let mut rdns = tlv::only(what, name, tlv::SEQUENCE)?.walk(what);
    while !rdns.is_finished() {
        let set = rdns.tagged(SET)?;
        let mut values = set.walk(what);
        // SET SIZE (1..MAX)
        loop {
            let mut pair = values.tagged(tlv::SEQUENCE)?.walk(what);
            let oid = pair.tagged(tlv::OBJECT_IDENTIFIER)?;
            let value = pair.any()?;
            pair.finish()?;
            // X.690 §8.19.2: the last octet of an identifier has its top bit clear.
            let ends = oid
                .content
                .last()
                .is_some_and(|octet| *octet < 0x80);
            if !ends || !is_readable(value) {
                return Err(Malformed::new(what, value.content_offset, Cause::Value));
            }
            if values.is_finished() {
                break;
            }
        }
    }
    Ok(())
}

/// Whether two attribute values, each a DER string, are the same; none when one of them cannot be read.
#[must_use]
pub(crate) fn same_value(a: Element<'_>, b: Element<'_>) -> Option<bool> {
    if a.der == b.der {
        return Some(true);
    }
    if is_plain(a) && is_plain(b) {
        return Some(words_agree(a.content, b.content));
    }
    match (is_string(a.tag), is_string(b.tag)) {
        (true, true) => Some(prepared(a)? == prepared(b)?),
        // Of whatever is no string only the same bytes are the same.
        _ => Some(false),
    }
}

fn compare(name: &[u8], base: &[u8], whole: bool) -> Option<bool> {
    let mut name = rdns(name)?;
    let mut base = rdns(base)?;
    while !base.is_finished() {
        if name.is_finished() {
            return Some(false);
        }
        let (b, n) = (base.tagged(SET).ok()?, name.tagged(SET).ok()?);
        if b.der != n.der && !same_rdn(b, n)? {
            return Some(false);
        }
    }
    Some(!whole || name.is_finished())
}

fn rdns(name: &[u8]) -> Option<Walker<'_>> {
    let sequence = tlv::only(WHAT, name, tlv::SEQUENCE).ok()?;
    Some(sequence.walk(WHAT))
}

fn same_rdn(a: Element<'_>, b: Element<'_>) -> Option<bool> {
    let (count, other) = (count(a)?, count(b)?);
    if count != other {
        return Some(false);
    }
    if count == 1 {
        return same_attribute(a.walk(WHAT).any().ok()?, b.walk(WHAT).any().ok()?);
    }
    if count > MOST_UNORDERED {
        let (mut a, mut b) = (a.walk(WHAT), b.walk(WHAT));
        while !a.is_finished() {
            if !same_attribute(a.any().ok()?, b.any().ok()?)? {
                return Some(false);
            }
        }
        return Some(true);
    }
    Some(each_is_among(a, b)? && each_is_among(b, a)?)
}

fn each_is_among(some: Element<'_>, all: Element<'_>) -> Option<bool> {
    let mut some = some.walk(WHAT);
    while !some.is_finished() {
        let one = some.any().ok()?;
        let mut others = all.walk(WHAT);
        let mut found = false;
        while !found && !others.is_finished() {
            found = same_attribute(one, others.any().ok()?)?;
        }
        if !found {
            return Some(false);
        }
    }
    Some(true)
}

fn count(set: Element<'_>) -> Option<usize> {
    let mut walker = set.walk(WHAT);
    let mut count = 0;
    while !walker.is_finished() {
        walker.any().ok()?;
        count += 1;
    }
    Some(count)
}

/// AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }
fn same_attribute(a: Element<'_>, b: Element<'_>) -> Option<bool> {
    if a.der == b.der {
        return Some(true);
    }
    let (mut a, mut b) = (a.walk(WHAT), b.walk(WHAT));
    if a.any().ok()?.der != b.any().ok()?.der {
        return Some(false);
    }
    same_value(a.any().ok()?, b.any().ok()?)
}

fn is_string(tag: u8) -> bool {
    matches!(
        tag,
        UTF8_STRING
            | NUMERIC_STRING
            | PRINTABLE_STRING
            | TELETEX_STRING
            | IA5_STRING
            | VISIBLE_STRING
            | UNIVERSAL_STRING
            | BMP_STRING
    )
}

/// One octet a character, each of them a letter, a digit, a mark or a space of ASCII: nothing to transcode or normalise.
fn is_plain(value: Element<'_>) -> bool {
    is_string(value.tag)
        && !matches!(value.tag, UNIVERSAL_STRING | BMP_STRING)
        && value
            .content
            .iter()
            .all(|octet| matches!(octet, b' '..=b'~'))
}

fn words_agree(a: &[u8], b: &[u8]) -> bool {
    let words = |text| <[u8]>::split(text, |octet| *octet == b' ').filter(|word| !word.is_empty());
    let (mut a, mut b) = (words(a), words(b));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {}
            _ => return false,
        }
    }
}

/// The string after RFC 4518 §2; none when its octets are no string of its type.
fn prepared(value: Element<'_>) -> Option<String> {
    let normalised: String = transcoded(value)?
        .chars()
        .filter(|c| !is_mapped_to_nothing(*c))
        .map(|c| {
            if tables::x520_mapped_to_space(c) {
                ' '
            } else {
                c
            }
        })
        .flat_map(tables::case_fold_for_nfkc)
        .nfkc()
        .collect();
    let words: Vec<_> = normalised
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect();
    Some(words.join(" "))
}

/// RFC 4518 §2.2, whose list is longer than that of X.520 by the characters that only direct the display.
fn is_mapped_to_nothing(c: char) -> bool {
    tables::x520_mapped_to_nothing(c)
        || matches!(
            c,
            '\u{06dd}'
                | '\u{070f}'
                | '\u{180e}'
                | '\u{200c}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2063}'
                | '\u{206a}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0001}'
                | '\u{e0020}'..='\u{e007f}'
        )
}

fn is_readable(value: Element<'_>) -> bool {
    match value.tag {
        UTF8_STRING => std::str::from_utf8(value.content).is_ok(),
        BMP_STRING | UNIVERSAL_STRING => transcoded(value).is_some(),
        _ => true,
    }
}

fn transcoded(value: Element<'_>) -> Option<Cow<'_, str>> {
    let octets = value.content;
    match value.tag {
        UTF8_STRING => std::str::from_utf8(octets)
            .ok()
            .map(Cow::Borrowed),
        BMP_STRING => {
            let (pairs, []) = octets.as_chunks::<2>() else {
                return None;
            };
            let units = pairs
                .iter()
                .map(|pair| u16::from_be_bytes(*pair));
            char::decode_utf16(units)
                .collect::<Result<String, _>>()
                .ok()
                .map(Cow::Owned)
        }
        UNIVERSAL_STRING => {
            let (quads, []) = octets.as_chunks::<4>() else {
                return None;
            };
            quads
                .iter()
                .map(|quad| char::from_u32(u32::from_be_bytes(*quad)))
                .collect::<Option<String>>()
                .map(Cow::Owned)
        }
        // T.61 is read as Latin-1, as everybody writes it; the others are ASCII, and what is not is compared all the same.
        _ => Some(Cow::Owned(
            octets
                .iter()
                .copied()
                .map(char::from)
                .collect(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use const_oid::{
        ObjectIdentifier,
        db::{rfc3280::EMAIL_ADDRESS, rfc4519},
    };
    use proptest::prelude::*;

    type Value<'a> = (ObjectIdentifier, u8, &'a [u8]);

    fn rdn(values: &[Value<'_>]) -> Vec<u8> {
        let pairs: Vec<u8> = values
            .iter()
            .flat_map(|(oid, tag, content)| {
                let mut pair = tlv::element(tlv::OBJECT_IDENTIFIER, oid.as_bytes());
                tlv::push(&mut pair, *tag, content);
                tlv::element(tlv::SEQUENCE, &pair)
            })
            .collect();
        tlv::element(SET, &pairs)
    }

    fn name(rdns: &[&[Value<'_>]]) -> Vec<u8> {
        let content: Vec<u8> = rdns
            .iter()
            .flat_map(|values| rdn(values))
            .collect();
        tlv::element(tlv::SEQUENCE, &content)
    }

    fn unit(tag: u8, content: &[u8]) -> Vec<u8> {
        name(&[
            &[(rfc4519::C, PRINTABLE_STRING, b"JP")],
            &[(rfc4519::OU, tag, content)],
        ])
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect()
    }

    fn utf32(text: &str) -> Vec<u8> {
        text.chars()
            .flat_map(|c| u32::from(c).to_be_bytes())
            .collect()
    }

    #[test]
    fn neither_string_type_nor_case_nor_spaces_tell_names_apart() {
        let plain = unit(UTF8_STRING, b"Tokyo to");
        for (what, other) in [
            ("PrintableString", unit(PRINTABLE_STRING, b"Tokyo to")),
            ("IA5String", unit(IA5_STRING, b"tokyo TO")),
            ("TeletexString", unit(TELETEX_STRING, b"TOKYO TO")),
            ("VisibleString", unit(VISIBLE_STRING, b" Tokyo   to ")),
            ("BMPString", unit(BMP_STRING, &utf16("tOKYO tO"))),
            (
                "UniversalString",
                unit(UNIVERSAL_STRING, &utf32("Tokyo to")),
            ),
            ("a tab", unit(UTF8_STRING, b"Tokyo\tto")),
            (
                "an ideographic space",
                unit(UTF8_STRING, "Tokyo　to".as_bytes()),
            ),
            (
                "a soft hyphen",
                unit(UTF8_STRING, "To\u{ad}kyo to".as_bytes()),
            ),
            (
                "a direction mark",
                unit(UTF8_STRING, "To\u{200e}kyo to".as_bytes()),
            ),
            (
                "full width",
                unit(UTF8_STRING, "Ｔｏｋｙｏ ｔｏ".as_bytes()),
            ),
        ] {
            assert!(same_name(&plain, &other), "{what}");
            assert!(same_name(&other, &plain), "{what}");
        }
        let decomposed = unit(UTF8_STRING, "か\u{3099}ぎ".as_bytes());
        assert!(same_name(
            &unit(UTF8_STRING, "がぎ".as_bytes()),
            &decomposed
        ));
        let latin = unit(TELETEX_STRING, &[b'M', 0xfc, b'l']);
        assert!(same_name(&unit(UTF8_STRING, "mÜL".as_bytes()), &latin));
    }

    #[test]
    fn what_is_another_name_stays_another() {
        let plain = unit(UTF8_STRING, b"Tokyo to");
        for (what, other) in [
            ("a letter", unit(UTF8_STRING, b"Tokyo ta")),
            ("no space", unit(UTF8_STRING, b"Tokyoto")),
            ("a letter more", unit(UTF8_STRING, b"Tokyo too")),
            ("no string", unit(tlv::OCTET_STRING, b"Tokyo to")),
            ("half a character", unit(BMP_STRING, b"Tokyo to!")),
            ("no UTF-8", unit(UTF8_STRING, b"Tokyo to\xff")),
            (
                "a shorter name",
                name(&[&[(rfc4519::C, PRINTABLE_STRING, b"JP")]]),
            ),
            (
                "another attribute",
                name(&[
                    &[(rfc4519::C, PRINTABLE_STRING, b"JP")],
                    &[(rfc4519::O, UTF8_STRING, b"Tokyo to")],
                ]),
            ),
        ] {
            assert!(!same_name(&plain, &other), "{what}");
            assert!(!same_name(&other, &plain), "{what}");
            assert!(same_name(&other, &other), "{what}");
        }
        assert!(!same_name(b"", &plain));
    }

    #[test]
    fn a_name_is_checked_to_its_strings() {
        let right = unit(UTF8_STRING, b"Tokyo to");
        assert_eq!(check_name("x", &right), Ok(()));
        assert_eq!(check_name("x", &name(&[])), Ok(()));
        for wrong in [
            unit(UTF8_STRING, b"Tokyo\xff"),
            unit(BMP_STRING, b"abc"),
            unit(BMP_STRING, &[0xd8, 0x00]),
            unit(UNIVERSAL_STRING, &[0, 0x11, 0, 0]),
            name(&[&[]]),
            tlv::element(
                tlv::SEQUENCE,
                &tlv::element(
                    SET,
                    &tlv::element(tlv::SEQUENCE, &[6, 3, 0x55, 4, 0x8b, 0x0c, 0]),
                ),
            ),
            tlv::element(SET, &[]),
            right[..right.len() - 1].to_vec(),
        ] {
            assert!(check_name("x", &wrong).is_err(), "{wrong:02x?}");
        }
    }

    #[test]
    fn attributes_of_one_rdn_have_no_order() {
        let a = (rfc4519::CN, UTF8_STRING, &b"Hanako"[..]);
        let b = (EMAIL_ADDRESS, IA5_STRING, &b"h@example.jp"[..]);
        let upper = (rfc4519::CN, PRINTABLE_STRING, &b"HANAKO"[..]);
        assert!(same_name(&name(&[&[a, b]]), &name(&[&[b, upper]])));
        assert!(!same_name(&name(&[&[a, b]]), &name(&[&[a, upper]])));
        assert!(!same_name(&name(&[&[a], &[b]]), &name(&[&[a, b]])));
        // RDNs have.
        assert!(!same_name(&name(&[&[a], &[b]]), &name(&[&[b], &[a]])));
    }

    #[test]
    fn a_subtree_is_told_or_it_is_said_that_it_cannot_be() {
        let whole = unit(UTF8_STRING, b"Tokyo to");
        let base = name(&[&[(rfc4519::C, UTF8_STRING, b"jp")]]);
        assert_eq!(name_is_within(&whole, &base), Some(true));
        assert_eq!(name_is_within(&base, &whole), Some(false));
        assert_eq!(name_is_within(&whole, &whole), Some(true));
        let broken = unit(BMP_STRING, b"abc");
        assert_eq!(name_is_within(&broken, &whole), None);
        assert_eq!(name_is_within(&broken, &base), Some(true));
    }

    proptest! {
        #[test]
        fn what_is_compared_quickly_is_compared_the_same_slowly(a in "[ -~]{0,8}", b in "[ -~]{0,8}") {
            let element = |text: &str| tlv::element(UTF8_STRING, text.as_bytes());
            let (a, b) = (element(&a), element(&b));
            let (a, b) = (tlv::only("x", &a, UTF8_STRING).unwrap(), tlv::only("x", &b, UTF8_STRING).unwrap());
            prop_assert_eq!(same_value(a, b), Some(prepared(a) == prepared(b)));
        }

        #[test]
        fn a_name_is_the_same_in_every_type(text in "\\PC{0,12}") {
            let forms = [
                unit(UTF8_STRING, text.as_bytes()),
                unit(BMP_STRING, &utf16(&text)),
                unit(UNIVERSAL_STRING, &utf32(&text)),
            ];
            for a in &forms {
                for b in &forms {
                    prop_assert!(same_name(a, b));
                }
            }
        }
    }
}
