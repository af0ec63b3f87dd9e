//! The index over the entries of a list.

use crate::{RevocationReason, RevokedEntry, SerialNumber, to_be_signed::read_time};
use const_oid::{ObjectIdentifier, db::rfc5280};
use der::Decode;
use shirushi_asn1::{
    Cause, Malformed,
    tlv::{self, Element, Walker},
};
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
}

struct Entry<'a> {
    serial: &'a [u8],
    revoked_at: shirushi_clock::Instant,
    reason: RevocationReason,
}

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
            let element = walker.expect(tlv::SEQUENCE)?;
            let entry = index.check(element)?;
            sorted &= by_serial(before, entry.serial) != Ordering::Greater;
            before = entry.serial;
            found.push((entry.serial, position));
        }
        if found.is_empty() {
            // Without entries the field is absent (RFC 5280 §5.1.2.6).
            return Err(Malformed::new(WHAT, list.content_offset, Cause::Value));
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

    pub(super) fn find(&self, der: &[u8], serial: &SerialNumber) -> Option<RevokedEntry> {
        let wanted = serial.to_der_content();
        let found = self
            .positions
            .binary_search_by(|position| by_serial(serial_at(der, *position), &wanted))
            .ok()?;
        read(der, self.positions[found])
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
        let serial = fields.expect(tlv::INTEGER)?;
        // A number that no certificate can have is no entry that a look-up could find, nor one that is told.
        if !is_shortest(serial.content) || SerialNumber::from_der_content(serial.content).is_err() {
            return Err(Malformed::new(WHAT, serial.content_offset, Cause::Value));
        }
        let revoked_at = read_time(fields, "revocationDate")?;
        let mut entry = Self {
            serial: serial.content,
            revoked_at,
            reason: RevocationReason::Unspecified,
        };
        let Some(list) = fields.optional(tlv::SEQUENCE)? else {
            return Ok((entry, false));
        };
        let mut extensions = list.walk("crlEntryExtensions");
        while !extensions.is_finished() {
            let element = extensions.expect(tlv::SEQUENCE)?;
            let extension = ext::Extension::from_der(element.der)
                .map_err(|e| Malformed::der("crlEntryExtensions", e))?;
            if extension.extn_id == rfc5280::ID_CE_CRL_REASONS {
                entry.reason = read_reason(extension.extn_value.as_bytes())?;
            } else if extension.critical {
                unknown(extension.extn_id);
            }
        }
        Ok((entry, true))
    }
}

/// CRLReason ::= ENUMERATED
fn read_reason(value: &[u8]) -> Result<RevocationReason, Malformed> {
    const ENUMERATED: u8 = 0x0a;
    let element = tlv::only("reasonCode", value, ENUMERATED)?;
    match element.content {
        [code] => RevocationReason::from_code(*code),
        _ => None,
    }
    .ok_or(Malformed::new("reasonCode", 0, Cause::Value))
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

/// The order of positive DER integers: by length, then by octets.
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
                .expect(tlv::INTEGER)
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
        reason: entry.reason,
    })
}

fn entry_at(der: &[u8], position: u32) -> Option<Element<'_>> {
    let start = usize::try_from(position).ok()?;
    Walker::new(WHAT, der.get(start..)?)
        .expect(tlv::SEQUENCE)
        .ok()
}
