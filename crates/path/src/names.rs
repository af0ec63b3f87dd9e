//! Name constraints (RFC 5280 §4.2.1.10).
//!
//! Processed are directoryName, rfc822Name, dNSName, URI and iPAddress; names of another form that is constrained are refused. Where it
//! cannot be told whether a name lies in a subtree, it is taken for excluded and not for permitted.

use crate::{PathError, meter::Meter};
use const_oid::{
    ObjectIdentifier,
    db::{
        rfc3280::EMAIL_ADDRESS,
        rfc5280::{ID_CE_NAME_CONSTRAINTS, ID_CE_SUBJECT_ALT_NAME},
    },
};
use shirushi_asn1::{
    Malformed,
    tlv::{self, Element, Walker},
};
use shirushi_profile::{Cause, Certificate, name_is_within};

const CONSTRAINTS: &str = "NameConstraints";
const NAMES: &str = "GeneralNames";
const PERMITTED: u8 = 0xa0;
const EXCLUDED: u8 = 0xa1;
const RFC822_NAME: u8 = 0x81;
const DNS_NAME: u8 = 0x82;
const DIRECTORY_NAME: u8 = 0xa4;
const URI: u8 = 0x86;
const IP_ADDRESS: u8 = 0x87;
const SET: u8 = 0x31;
/// UTF8String, PrintableString, TeletexString, IA5String: an address in one of them is read as ASCII.
const STRINGS_OF_OCTETS: [u8; 4] = [0x0c, 0x13, 0x14, 0x16];

/// The name constraints gathered on the way from the anchor down.
#[derive(Default)]
pub(crate) struct Constraints<'a> {
    /// One list per CA that permits: a name must be within each of them.
    permitted: Vec<Vec<GeneralName<'a>>>,
    excluded: Vec<GeneralName<'a>>,
}

/// A name or the base of a subtree: its form, by the identifier octet, and its content.
#[derive(Clone, Copy)]
struct GeneralName<'a> {
    form: u8,
    content: &'a [u8],
}

impl<'a> Constraints<'a> {
    /// RFC 5280 §6.1.4(g): takes over the constraints of the CA certificate `index`.
    pub(crate) fn add(&mut self, index: usize, ca: &'a Certificate) -> Result<(), PathError> {
        let oid = ID_CE_NAME_CONSTRAINTS;
        let Some(extension) = ca.extension(oid) else {
            return Ok(());
        };
        let (permitted, excluded) =
            read(extension.value).map_err(|_| PathError::Extension { index, oid })?;
        self.permitted.extend(permitted);
        self.excluded
            .extend(excluded.unwrap_or_default());
        Ok(())
    }

    /// RFC 5280 §6.1.3(b), (c): checks the subject, every address in it and every alternative name of the certificate `index`.
    pub(crate) fn check(
        &self,
        index: usize,
        certificate: &Certificate,
        meter: &mut Meter,
    ) -> Result<(), PathError> {
        if self.permitted.is_empty() && self.excluded.is_empty() {
            return Ok(());
        }
        let oid = ID_CE_SUBJECT_ALT_NAME;
        let mut names = Vec::new();
        if let Some(alternatives) = certificate.extension(oid) {
            names = general_names(alternatives.value)
                .map_err(|_| PathError::Extension { index, oid })?;
        }
        let subject = certificate.subject_der();
        let refused = PathError::NameConstraint { index };
        // An empty subject is no name (§4.2.1.10).
        if subject.len() > 2 {
            names.push(GeneralName {
                form: DIRECTORY_NAME,
                content: subject,
            });
            // An address counts as rfc822Name wherever it stands, or a name would escape by its place.
            names.extend(addresses(subject).ok_or_else(|| refused.clone())?);
        }
        for name in names {
            if !self.allows(name, meter)? {
                return Err(refused);
            }
        }
        Ok(())
    }

    fn allows(&self, name: GeneralName<'_>, meter: &mut Meter) -> Result<bool, PathError> {
        for base in &self.excluded {
            meter.name_comparison()?;
            if name.form == base.form && within(name, *base) != Some(false) {
                return Ok(false);
            }
        }
        for permitted in &self.permitted {
            let mut constrained = false;
            let mut found = false;
            for base in permitted
                .iter()
                .filter(|base| base.form == name.form)
            {
                meter.name_comparison()?;
                constrained = true;
                found |= within(name, *base) == Some(true);
            }
            if constrained && !found {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether the value of a nameConstraints extension can be read.
pub(crate) fn is_well_formed(value: &[u8]) -> bool {
    read(value).is_ok()
}

type Subtrees<'a> = Option<Vec<GeneralName<'a>>>;

/// Reads the permitted and the excluded subtrees.
///
/// # Errors
/// [`Malformed`], also for a minimum or a maximum, which §4.2.1.10 leaves out and could not be processed.
fn read(value: &[u8]) -> Result<(Subtrees<'_>, Subtrees<'_>), Malformed> {
    let mut walker = tlv::only(CONSTRAINTS, value, tlv::SEQUENCE)?.walk(CONSTRAINTS);
    let permitted = subtrees(walker.optional(PERMITTED)?)?;
    let excluded = subtrees(walker.optional(EXCLUDED)?)?;
    walker.finish()?;
    Ok((permitted, excluded))
}

fn subtrees(list: Option<Element<'_>>) -> Result<Subtrees<'_>, Malformed> {
    let Some(list) = list else {
        return Ok(None);
    };
    let mut bases = Vec::new();
    let mut walker = list.walk(CONSTRAINTS);
    while !walker.is_finished() {
        let mut subtree = walker
            .tagged(tlv::SEQUENCE)?
            .walk(CONSTRAINTS);
        bases.push(general_name(subtree.any()?)?);
        subtree.finish()?;
    }
    Ok(Some(bases))
}

fn general_names(value: &[u8]) -> Result<Vec<GeneralName<'_>>, Malformed> {
    let mut walker = tlv::only(NAMES, value, tlv::SEQUENCE)?.walk(NAMES);
    let mut names = Vec::new();
    while !walker.is_finished() {
        names.push(general_name(walker.any()?)?);
    }
    Ok(names)
}

fn general_name(element: Element<'_>) -> Result<GeneralName<'_>, Malformed> {
    // The nine forms are `[0]` to `[8]`.
    if !matches!(element.tag & !0x20, 0x80..=0x88) {
        let cause = Cause::UnexpectedTag { tag: element.tag };
        return Err(Malformed::new(NAMES, element.content_offset, cause));
    }
    Ok(GeneralName {
        form: element.tag,
        content: element.content,
    })
}

/// The values of emailAddress in a DER Name, each as an rfc822Name; none when one of them cannot be read.
fn addresses(name: &[u8]) -> Option<Vec<GeneralName<'_>>> {
    let mut found = Vec::new();
    let mut rdns = tlv::only(NAMES, name, tlv::SEQUENCE)
        .ok()?
        .walk(NAMES);
    while !rdns.is_finished() {
        let mut values = rdns.tagged(SET).ok()?.walk(NAMES);
        while !values.is_finished() {
            let mut pair = values
                .tagged(tlv::SEQUENCE)
                .ok()?
                .walk(NAMES);
            if is_address(&mut pair)? {
                let value = pair.any().ok()?;
                found.push(GeneralName {
                    form: RFC822_NAME,
                    // What no address can be is one that no subtree is known not to hold.
                    content: if STRINGS_OF_OCTETS.contains(&value.tag) {
                        value.content
                    } else {
                        b""
                    },
                });
            }
        }
    }
    Some(found)
}

fn is_address(pair: &mut Walker<'_>) -> Option<bool> {
    let oid = pair
        .tagged(tlv::OBJECT_IDENTIFIER)
        .ok()?;
    Some(ObjectIdentifier::from_bytes(oid.content).ok()? == EMAIL_ADDRESS)
}

/// Whether the name lies in the subtree; none when that cannot be told.
fn within(name: GeneralName<'_>, base: GeneralName<'_>) -> Option<bool> {
    match name.form {
        DIRECTORY_NAME => name_is_within(name.content, base.content),
        RFC822_NAME => mailbox_within(text(name)?, text(base)?),
        DNS_NAME => host_name_within(text(name)?, text(base)?),
        URI => host_within(uri_host(text(name)?)?, text(base)?),
        IP_ADDRESS => address_within(name.content, base.content),
        _ => None,
    }
}

fn text<'a>(name: GeneralName<'a>) -> Option<&'a str> {
    let text = std::str::from_utf8(name.content).ok()?;
    let shown = text
        .bytes()
        .all(|octet| octet.is_ascii_graphic());
    shown.then_some(text)
}

/// rfc822Name: a mailbox, all at a host, or all in a domain, which begins with a dot.
fn mailbox_within(mailbox: &str, base: &str) -> Option<bool> {
    let (local, host) = mailbox.rsplit_once('@')?;
    // A quoted local part could hold anything; an address without a host is at no host.
    if local.is_empty() || host.is_empty() || local.contains(['"', '@']) {
        return None;
    }
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => {
            Some(local == base_local && host.eq_ignore_ascii_case(base_host))
        }
        None => host_within(host, base),
    }
}

/// A host, or all below a domain, which begins with a dot (rfc822Name, URI).
fn host_within(host: &str, base: &str) -> Option<bool> {
    let host = host.strip_suffix('.').unwrap_or(host);
    match base {
        "" | "." => None,
        domain if domain.starts_with('.') => Some(ends_with(host, domain)),
        base => Some(host.eq_ignore_ascii_case(base)),
    }
}

/// dNSName: the name itself, or with labels to its left; empty: all.
fn host_name_within(name: &str, base: &str) -> Option<bool> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let base = base.strip_suffix('.').unwrap_or(base);
    if name.is_empty() {
        return None;
    }
    if base.is_empty() || name.eq_ignore_ascii_case(base) {
        return Some(true);
    }
    let below = if base.starts_with('.') {
        ends_with(name, base)
    } else {
        ends_with(name, base)
            && name
                .get(..name.len() - base.len())
                .is_some_and(|labels| labels.ends_with('.'))
    };
    // `*.example.jp` is also a name in `a.example.jp`, and not only that.
    let overlaps = name
        .strip_prefix('*')
        .is_some_and(|domain| ends_with(base, domain));
    if !below && overlaps {
        return None;
    }
    Some(below)
}

fn ends_with(name: &str, end: &str) -> bool {
    name.len()
        .checked_sub(end.len())
        .and_then(|start| name.get(start..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// The host of a URI with an authority; none for one without, or with an address for a host, which §4.2.1.10 refuses.
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.rsplit_once('@') {
        Some((_, host)) => host,
        None => authority,
    };
    let host = host.split(':').next()?;
    let is_name = host
        .bytes()
        .any(|octet| octet.is_ascii_alphabetic());
    (is_name && !host.starts_with('[')).then_some(host)
}

/// iPAddress: the base is an address and a mask.
fn address_within(address: &[u8], base: &[u8]) -> Option<bool> {
    if !matches!(address.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return None;
    }
    let (network, mask) = base.split_at(base.len() / 2);
    Some(
        address.len() == network.len()
            && address
                .iter()
                .zip(network)
                .zip(mask)
                .all(|((a, n), m)| a & m == n & m),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(form: u8, name: &str, base: &str) -> Option<bool> {
        let general = |text: &'static str| GeneralName {
            form,
            content: text.as_bytes(),
        };
        let leak = |text: &str| -> &'static str { String::from(text).leak() };
        within(general(leak(name)), general(leak(base)))
    }

    #[test]
    fn subtrees_are_those_of_the_standards_examples() {
        let (mail, dns, uri) = (RFC822_NAME, DNS_NAME, URI);
        for (form, name, base, expected) in [
            (mail, "root@example.com", "root@example.com", Some(true)),
            (mail, "Root@example.com", "root@example.com", Some(false)),
            (mail, "root@EXAMPLE.com", "example.com", Some(true)),
            (mail, "root@mail.example.com", "example.com", Some(false)),
            (mail, "root@mail.example.com", ".example.com", Some(true)),
            (mail, "root@example.com", ".example.com", Some(false)),
            (mail, "root@badexample.com", "example.com", Some(false)),
            (mail, "example.com", "example.com", None),
            (mail, "\"a@b\"@example.com", "example.com", None),
            (mail, "a\u{e9}@example.com", "example.com", None),
            (mail, "", "example.com", None),
            (dns, "www.host.example.com", "host.example.com", Some(true)),
            (dns, "HOST.example.com.", "host.example.com", Some(true)),
            (dns, "host1.example.com", "host.example.com", Some(false)),
            (dns, "badhost.example.com", "host.example.com", Some(false)),
            (dns, "anything.test", "", Some(true)),
            (dns, "*.example.com", "example.com", Some(true)),
            (dns, "*.example.com", "a.example.com", None),
            (dns, "a.example.com", ".example.com", Some(true)),
            (
                uri,
                "http://host.example.com/a",
                "host.example.com",
                Some(true),
            ),
            (
                uri,
                "http://u@HOST.example.com:80?a",
                "host.example.com",
                Some(true),
            ),
            (
                uri,
                "http://a.host.example.com",
                "host.example.com",
                Some(false),
            ),
            (uri, "http://a.host.example.com", ".example.com", Some(true)),
            (uri, "http://192.0.2.1/", "host.example.com", None),
            (uri, "urn:a:b", "host.example.com", None),
        ] {
            assert_eq!(of(form, name, base), expected, "{name} in {base}");
        }
        let net = [192, 0, 2, 0, 255, 255, 255, 0];
        assert_eq!(address_within(&[192, 0, 2, 9], &net), Some(true));
        assert_eq!(address_within(&[192, 0, 3, 9], &net), Some(false));
        assert_eq!(address_within(&[0; 16], &net), Some(false));
        assert_eq!(address_within(&[0; 5], &net), None);
    }
}
