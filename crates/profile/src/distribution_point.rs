//! Distribution points in certificates and the issuing distribution point of a list, with their names as received: a list fits a
//! certificate when a name of one is a name of the other (RFC 5280 §6.3.3 (b)(2)).

use crate::{name_matching::check_name, same_name};
use der::Decode;
use shirushi_asn1::{
    Cause, Malformed,
    tlv::{self, Element},
};
use x509_cert::ext::pkix::{crl::dp::ReasonFlags, name::GeneralName};

/// One distribution point of a certificate (RFC 5280 §4.2.1.13).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// The point's names: each a DER GeneralName, as received.
    pub names: Vec<Vec<u8>>,
    /// Those of them that are directoryNames: each a DER Name.
    pub directory_names: Vec<Vec<u8>>,
    /// Those of them that are addresses.
    pub uris: Vec<String>,
    /// The DER RelativeDistinguishedName content of a point named relative to the issuer of the list.
    pub relative_name: Option<Vec<u8>>,
    /// The reasons that the point covers; none: all.
    pub reasons: Option<ReasonFlags>,
    /// Who issues the list, where another does: each a DER GeneralName.
    pub crl_issuer: Vec<Vec<u8>>,
}

/// The scope that a list claims for itself (RFC 5280 §5.2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuingDistributionPoint {
    /// The point's names: each a DER GeneralName, as received.
    pub names: Vec<Vec<u8>>,
    /// Those of them that are directoryNames: each a DER Name.
    pub directory_names: Vec<Vec<u8>>,
    /// Those of them that are addresses.
    pub uris: Vec<String>,
    /// The DER RelativeDistinguishedName content of a point named relative to the issuer of the list.
    pub relative_name: Option<Vec<u8>>,
    /// End-entity certificates only.
    pub only_user_certificates: bool,
    /// CA certificates only.
    pub only_ca_certificates: bool,
    /// Attribute certificates only.
    pub only_attribute_certificates: bool,
    /// Some reasons only.
    pub only_some_reasons: Option<ReasonFlags>,
    /// Entries may be of other issuers.
    pub indirect: bool,
}

const POINTS: &str = "CRLDistributionPoints";
const ISSUING: &str = "IssuingDistributionPoint";
const CONSTRUCTED_0: u8 = 0xa0;
const CONSTRUCTED_1: u8 = 0xa1;
const CONSTRUCTED_2: u8 = 0xa2;
const PRIMITIVE_1: u8 = 0x81;
const PRIMITIVE_2: u8 = 0x82;
const PRIMITIVE_3: u8 = 0x83;
const PRIMITIVE_4: u8 = 0x84;
const PRIMITIVE_5: u8 = 0x85;
const DIRECTORY_NAME: u8 = 0xa4;
const URI: u8 = 0x86;
/// Points that are read; a certificate of ours has one.
const MOST_POINTS: usize = 32;
/// Names of a point that are read; one of ours has two. Every name of one is compared with every name of the other.
const MOST_NAMES: usize = 16;

/// Whether two DER GeneralNames are the same: directoryNames by RFC 5280 §7.1, every other form byte for byte.
#[must_use]
pub fn same_general_name(a: &[u8], b: &[u8]) -> bool {
    let directory = |name| {
        tlv::only(POINTS, name, DIRECTORY_NAME)
            .ok()
            .map(|element| element.content)
    };
    a == b || matches!((directory(a), directory(b)), (Some(a), Some(b)) if same_name(a, b))
}

impl DistributionPoint {
    /// Reads the value of a cRLDistributionPoints extension.
    pub(crate) fn list_from_der(value: &[u8]) -> Result<Vec<Self>, Malformed> {
        let mut found = Vec::new();
        let mut walker = tlv::only(POINTS, value, tlv::SEQUENCE)?.walk(POINTS);
        while !walker.is_finished() {
            if found.len() == MOST_POINTS {
                return Err(walker.fault(Cause::TooMany { most: MOST_POINTS }));
            }
            found.push(Self::from_element(walker.tagged(tlv::SEQUENCE)?)?);
        }
        if found.is_empty() {
            return Err(Malformed::new(POINTS, 0, Cause::Value));
        }
        Ok(found)
    }

    fn from_element(element: Element<'_>) -> Result<Self, Malformed> {
        let mut walker = element.walk(POINTS);
        let names = match walker.optional(CONSTRUCTED_0)? {
            Some(point) => PointNames::from_choice(point, POINTS)?,
            None => PointNames::default(),
        };
        let reasons = match walker.optional(PRIMITIVE_1)? {
            Some(flags) => Some(reason_flags(flags, POINTS)?),
            None => None,
        };
        let crl_issuer = match walker.optional(CONSTRUCTED_2)? {
            Some(issuers) => PointNames::from_general_names(issuers, POINTS)?.names,
            None => Vec::new(),
        };
        walker.finish()?;
        Ok(Self {
            names: names.names,
            directory_names: names.directory_names,
            uris: names.uris,
            relative_name: names.relative_name,
            reasons,
            crl_issuer,
        })
    }
}

impl IssuingDistributionPoint {
    /// Reads the value of an issuingDistributionPoint extension.
    pub(crate) fn from_der(value: &[u8]) -> Result<Self, Malformed> {
        let mut walker = tlv::only(ISSUING, value, tlv::SEQUENCE)?.walk(ISSUING);
        let names = match walker.optional(CONSTRUCTED_0)? {
            Some(point) => PointNames::from_choice(point, ISSUING)?,
            None => PointNames::default(),
        };
        let only_user_certificates = flag(&mut walker, PRIMITIVE_1)?;
        let only_ca_certificates = flag(&mut walker, PRIMITIVE_2)?;
        let only_some_reasons = match walker.optional(PRIMITIVE_3)? {
            Some(flags) => Some(reason_flags(flags, ISSUING)?),
            None => None,
        };
        let indirect = flag(&mut walker, PRIMITIVE_4)?;
        let only_attribute_certificates = flag(&mut walker, PRIMITIVE_5)?;
        walker.finish()?;
        Ok(Self {
            names: names.names,
            directory_names: names.directory_names,
            uris: names.uris,
            relative_name: names.relative_name,
            only_user_certificates,
            only_ca_certificates,
            only_attribute_certificates,
            only_some_reasons,
            indirect,
        })
    }
}

#[derive(Default)]
struct PointNames {
    names: Vec<Vec<u8>>,
    directory_names: Vec<Vec<u8>>,
    uris: Vec<String>,
    relative_name: Option<Vec<u8>>,
}

impl PointNames {
    /// The explicit tag around DistributionPointName, a CHOICE of fullName `[0]` and nameRelativeToCRLIssuer `[1]`.
    fn from_choice(point: Element<'_>, what: &'static str) -> Result<Self, Malformed> {
        let mut walker = point.walk(what);
        if let Some(relative) = walker.optional(CONSTRUCTED_1)? {
            walker.finish()?;
            return Ok(Self {
                relative_name: Some(relative.content.to_vec()),
                ..Self::default()
            });
        }
        let full = walker.tagged(CONSTRUCTED_0)?;
        walker.finish()?;
        Self::from_general_names(full, what)
    }

    fn from_general_names(list: Element<'_>, what: &'static str) -> Result<Self, Malformed> {
        let mut read = Self::default();
        let mut walker = list.walk(what);
        while !walker.is_finished() {
            if read.names.len() == MOST_NAMES {
                return Err(walker.fault(Cause::TooMany { most: MOST_NAMES }));
            }
            let name = walker.any()?;
            read.names.push(name.der.to_vec());
            if name.tag == DIRECTORY_NAME {
                check_name(what, name.content)?;
                read.directory_names
                    .push(name.content.to_vec());
            } else if name.tag == URI {
                if !name.content.is_ascii() {
                    return Err(Malformed::new(what, name.content_offset, Cause::Value));
                }
                read.uris
                    .push(String::from_utf8_lossy(name.content).into_owned());
            } else {
                GeneralName::from_der(name.der)
                    .map_err(|e| Malformed::new(what, name.content_offset, Cause::Der(e.kind())))?;
            }
        }
        if read.names.is_empty() {
            return Err(Malformed::new(what, list.content_offset, Cause::Value));
        }
        Ok(read)
    }
}

/// An implicitly tagged BOOLEAN DEFAULT FALSE; DER writes only TRUE, as `ff`.
fn flag(walker: &mut tlv::Walker<'_>, tag: u8) -> Result<bool, Malformed> {
    match walker.optional(tag)? {
        None => Ok(false),
        Some(element) if element.content == [0xff] => Ok(true),
        Some(element) => Err(Malformed::new(
            ISSUING,
            element.content_offset,
            Cause::Value,
        )),
    }
}

fn reason_flags(element: Element<'_>, what: &'static str) -> Result<ReasonFlags, Malformed> {
    let bits = tlv::element(tlv::BIT_STRING, element.content);
    ReasonFlags::from_der(&bits)
        .map_err(|e| Malformed::new(what, element.content_offset, Cause::Der(e.kind())))
}
