//! The index over the entries of a list.

use crate::{RevocationReason, RevokedEntry, SerialNumber, to_be_signed::read_time};
use const_oid::{ObjectIdentifier, db::rfc5280};
use der::{DateTime, Decode};
use shirushi_asn1::{
    Cause, Malformed,
    tlv::{self, Element, Walker},
};
use shirushi_clock::Instant;
use std::cmp::Ordering;
use x509_cert::ext;

const WHAT: &str = "revokedCertificates";

/// Positions of the entries in the bytes of the list, sorted by serial number.
#[derive(Clone, Default)]
pub(super) struct Entries {
    /// Offset of each entry.
    positions: Vec<u32>,
    have_extensions: bool,
    unknown_critical: Vec<ObjectIdentifier>,
    /// The latest revocation date of all.
    latest: Option<Instant>,
    oddity: Option<Oddity>,
}

/// What no authority may write and every reader must bear with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// An empty SEQUENCE, where the field is absent without entries (RFC 5280 §5.1.2.6).
    NoEntries,
    /// A serial number that is not positive, or too long for any certificate to be meant by it (RFC 5280 §4.1.2.2).
    SerialNumber,
}

struct Entry<'a> {
    serial: &'a [u8],
    revoked_at: Instant,
    /// The CRLReason's number.
    code: u8,
}

/// removeFromCRL (RFC 5280 §5.3.1).
const REMOVE_FROM_CRL: u8 = 8;

impl Entries {
    /// Walks `list` once; every entry is checked, so that later look-ups cannot fail.
    pub(super) fn index(list: Element<'_>) -> Result<Self, Malformed> {
        let mut index = Self::default();
        let mut walker = list.walk(WHAT);
        let mut sorted = true;
        let mut before: &[u8] = &[];
        let mut found: Vec<(&[u8], u32)> = Vec::new();
        while !walker.is_finished() {
            let position =
                u32::try_from(walker.offset()).map_err(|_| walker.fault(Cause::Value))?;
            let element = walker.tagged(tlv::SEQUENCE)?;
            let entry = index.check(element)?;
            match SerialNumber::from_der_content(entry.serial) {
                Ok(serial) if serial.is_positive() => {}
                Ok(_) => index.oddity = Some(Oddity::SerialNumber),
                Err(_) => {
                    // No certificate that is read here can be meant.
                    index.oddity = Some(Oddity::SerialNumber);
                    continue;
                }
            }
            sorted &= by_serial(before, entry.serial) != Ordering::Greater;
            before = entry.serial;
            index.latest = index.latest.max(Some(entry.revoked_at));
            found.push((entry.serial, position));
        }
        if list.content.is_empty() {
            index.oddity = Some(Oddity::NoEntries);
        }
        if !sorted {
            found.sort_by(|a, b| by_serial(a.0, b.0));
        }
        index.positions = found
            .into_iter()
            .map(|(_, position)| position)
            .collect();
        Ok(index)
    }

    pub(super) fn len(&self) -> usize {
        self.positions.len()
    }

    pub(super) fn have_extensions(&self) -> bool {
        self.have_extensions
    }

    pub(super) fn unknown_critical(&self) -> &[ObjectIdentifier] {
        &self.unknown_critical
    }

    pub(super) fn latest(&self) -> Option<Instant> {
        self.latest
    }

    pub(super) fn oddity(&self) -> Option<Oddity> {
        self.oddity
    }

    pub(super) fn find(&self, der: &[u8], serial: &SerialNumber) -> Option<RevokedEntry> {
        read(der, self.position(der, serial)?)
    }

    pub(super) fn removes(&self, der: &[u8], serial: &SerialNumber) -> bool {
        let code = self
            .position(der, serial)
            .and_then(|position| entry_at(der, position))
            .and_then(|entry| {
                let (entry, _) = Entry::read(&mut entry.walk(WHAT), |_| {}).ok()?;
                Some(entry.code)
            });
        code == Some(REMOVE_FROM_CRL)
    }

    fn position(&self, der: &[u8], serial: &SerialNumber) -> Option<u32> {
        let wanted = serial.content();
        let found = self
            .positions
            .binary_search_by(|position| by_serial(serial_at(der, *position), wanted))
            .ok()?;
        Some(self.positions[found])
    }

    pub(super) fn iter<'a>(&'a self, der: &'a [u8]) -> impl Iterator<Item = RevokedEntry> {
        self.positions
            .iter()
            .filter_map(|position| read(der, *position))
    }

    pub(super) fn has_duplicates(&self, der: &[u8]) -> bool {
        self.positions
            .windows(2)
            .any(|pair| serial_at(der, pair[0]) == serial_at(der, pair[1]))
    }

    fn check<'a>(&mut self, element: Element<'a>) -> Result<Entry<'a>, Malformed> {
        let mut fields = element.walk(WHAT);
        let entry = Entry::read(&mut fields, |critical| {
            if !self
                .unknown_critical
                .contains(&critical)
            {
                self.unknown_critical.push(critical);
            }
        })?;
        self.have_extensions |= entry.1;
        fields.finish()?;
        Ok(entry.0)
    }
}

impl<'a> Entry<'a> {
    /// Reads the fields of one entry (RFC 5280 §5.1.2.6) and whether it has extensions; tells of critical ones not processed.
    fn read(
        fields: &mut Walker<'a>,
        mut unknown: impl FnMut(ObjectIdentifier),
    ) -> Result<(Self, bool), Malformed> {
        let serial = fields.tagged(tlv::INTEGER)?;
        if !is_shortest(serial.content) {
            return Err(Malformed::new(WHAT, serial.content_offset, Cause::Value));
        }
        let revoked_at = match revocation_date(fields.clone()) {
            Some((date, rest)) => {
                *fields = rest;
                date
            }
            None => read_time(fields, "revocationDate")?,
        };
        let mut entry = Self {
            serial: serial.content,
            revoked_at,
            code: 0,
        };
        let Some(list) = fields.optional(tlv::SEQUENCE)? else {
            return Ok((entry, false));
        };
        if let Some(code) = lone_reason(list.content) {
            entry.code = code;
            return Ok((entry, true));
        }
        let mut extensions = list.walk("crlEntryExtensions");
        while !extensions.is_finished() {
            let element = extensions.tagged(tlv::SEQUENCE)?;
            let extension = ext::Extension::from_der(element.der)
                .map_err(|e| Malformed::der("crlEntryExtensions", e))?;
            if extension.extn_id == rfc5280::ID_CE_CRL_REASONS {
                entry.code = read_reason(extension.extn_value.as_bytes())?;
            } else if extension.critical {
                unknown(extension.extn_id);
            }
        }
        Ok((entry, true))
    }
}

/// A date as nearly every entry has it, UTCTime with seconds and Z (RFC 5280 §4.1.2.5.1), and what follows it; none for whatever
/// else stands there, which the decoder of all times judges. A list of 100,000 entries is read several times while one more
/// revocation waits for it.
fn revocation_date<'a>(mut fields: Walker<'a>) -> Option<(Instant, Walker<'a>)> {
    let element = fields.optional(tlv::UTC_TIME).ok()??;
    let digits: &[u8; 13] = element.content.try_into().ok()?;
    let [.., b'Z'] = digits else {
        return None;
    };
    let two = |place: usize| {
        let (tens, ones) = (digits[place], digits[place + 1]);
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + ones - b'0')
    };
    let year = u16::from(two(0)?);
    let century = if year < 50 { 2000 } else { 1900 };
    let time = DateTime::new(century + year, two(2)?, two(4)?, two(6)?, two(8)?, two(10)?);
    let seconds = time.ok()?.unix_duration().as_secs();
    let at = Instant::from_unix(i64::try_from(seconds).ok()?).ok()?;
    Some((at, fields))
}

/// The reason where it is the only extension and written as everybody writes it, not critical; none for whatever else stands there,
/// which the decoder of extensions judges.
fn lone_reason(extensions: &[u8]) -> Option<u8> {
    // SEQUENCE { OBJECT IDENTIFIER 2.5.29.21, OCTET STRING { ENUMERATED } }
    const HEAD: [u8; 11] = [0x30, 10, 0x06, 3, 0x55, 0x1d, 0x15, 0x04, 3, 0x0a, 1];
    match extensions.strip_prefix(&HEAD) {
        Some([code]) => Some(*code),
        _ => None,
    }
}

/// CRLReason ::= ENUMERATED
fn read_reason(value: &[u8]) -> Result<u8, Malformed> {
    const ENUMERATED: u8 = 0x0a;
    let element = tlv::only("reasonCode", value, ENUMERATED)?;
    match element.content {
        [code] => Ok(*code),
        _ => Err(Malformed::new("reasonCode", 0, Cause::Value)),
    }
}

/// X.690 §8.3.2: the first nine bits are not all equal.
fn is_shortest(content: &[u8]) -> bool {
    match content {
        [] => false,
        [0, second, ..] => *second >= 0x80,
        [0xff, second, ..] => *second < 0x80,
        _ => true,
    }
}

/// By length, then by octets: the order of positive DER integers, and for others some order.
fn by_serial(a: &[u8], b: &[u8]) -> Ordering {
    a.len()
        .cmp(&b.len())
        .then_with(|| a.cmp(b))
}

fn serial_at(der: &[u8], position: u32) -> &[u8] {
    entry_at(der, position)
        .and_then(|entry| {
            entry
                .walk(WHAT)
                .tagged(tlv::INTEGER)
                .ok()
        })
        .map_or(&[], |serial| serial.content)
}

fn read(der: &[u8], position: u32) -> Option<RevokedEntry> {
    let mut fields = entry_at(der, position)?.walk(WHAT);
    let (entry, _) = Entry::read(&mut fields, |_| {}).ok()?;
    Some(RevokedEntry {
        serial: SerialNumber::from_der_content(entry.serial).ok()?,
        revoked_at: entry.revoked_at,
        reason: RevocationReason::from_any_code(entry.code),
    })
}

fn entry_at(der: &[u8], position: u32) -> Option<Element<'_>> {
    let start = usize::try_from(position).ok()?;
    Walker::new(WHAT, der.get(start..)?)
        .tagged(tlv::SEQUENCE)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the decoder of all times says of the same bytes.
    fn slowly(der: &[u8]) -> Option<Instant> {
        read_time(&mut Walker::new(WHAT, der), "revocationDate").ok()
    }

    proptest! {
        #[test]
        fn a_date_that_is_read_quickly_is_read_the_same_slowly(
            text in prop_oneof!["[0-9]{12}Z", "[0-9][0-9][01][0-9][0-3][0-9][0-2][0-9]{3}[0-6][0-9]Z", ".{13}"],
        ) {
            let der = tlv::element(tlv::UTC_TIME, text.as_bytes());
            let quickly = revocation_date(Walker::new(WHAT, &der));
            if let Some((at, rest)) = &quickly {
                prop_assert!(rest.is_finished());
                prop_assert_eq!(Some(*at), slowly(&der));
            }
            // And what is a date is read quickly.
            prop_assert_eq!(quickly.is_some(), slowly(&der).is_some());
        }
    }

    #[test]
    fn a_reason_that_is_read_quickly_is_read_the_same_slowly() {
        for code in 0..=u8::MAX {
            let value = [0x0a, 1, code];
            let oid = rfc5280::ID_CE_CRL_REASONS.as_bytes();
            let mut content = tlv::element(tlv::OBJECT_IDENTIFIER, oid);
            content.extend(tlv::element(tlv::OCTET_STRING, &value));
            let quickly = lone_reason(&tlv::element(tlv::SEQUENCE, &content));
            assert_eq!(quickly, read_reason(&value).ok(), "{code}");
        }
    }
}
