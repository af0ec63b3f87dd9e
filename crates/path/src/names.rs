//! Comparison of names (RFC 5280 §7.1) and name constraints (§4.2.1.10).

use crate::{PathError, extensions, meter::Meter};
use const_oid::db::rfc5280::{ID_CE_NAME_CONSTRAINTS, ID_CE_SUBJECT_ALT_NAME};
use der::asn1::{PrintableStringRef, Utf8StringRef};
use shirushi_profile::Certificate;
use std::mem::discriminant;
use x509_cert::{
    attr::AttributeTypeAndValue,
    ext::pkix::{
        NameConstraints, SubjectAltName, constraints::name::GeneralSubtree, name::GeneralName,
    },
    name::{Name, RelativeDistinguishedName},
};

/// Whether two names are the same: attribute by attribute, letter case and runs of spaces aside for PrintableString and
/// UTF8String. No normalisation beyond that: it would merge distinct characters of names (`facts/crates.md` §8).
pub(crate) fn same_name(a: &Name, b: &Name) -> bool {
    a.len() == b.len() && starts_with(a, b)
}

/// The name constraints gathered on the way from the anchor down.
#[derive(Default)]
pub(crate) struct Constraints {
    /// One list per CA that permits: a name must be within each of them.
    permitted: Vec<Vec<GeneralName>>,
    excluded: Vec<GeneralName>,
}

impl Constraints {
    /// RFC 5280 §6.1.4(g): takes over the constraints of the CA certificate `index`.
    pub(crate) fn add(&mut self, index: usize, ca: &Certificate) -> Result<(), PathError> {
        let oid = ID_CE_NAME_CONSTRAINTS;
        let Some(found) = extensions::find::<NameConstraints>(index, ca, oid)? else {
            return Ok(());
        };
        let bases = |subtrees: Vec<GeneralSubtree>| {
            // §4.2.1.10: minimum is 0 and maximum absent in this profile; others could not be processed.
            if subtrees
                .iter()
                .any(|s| s.minimum != 0 || s.maximum.is_some())
            {
                return Err(PathError::Extension { index, oid });
            }
            Ok(subtrees
                .into_iter()
                .map(|s| s.base)
                .collect())
        };
        if let Some(permitted) = found.permitted_subtrees {
            self.permitted.push(bases(permitted)?);
        }
        if let Some(excluded) = found.excluded_subtrees {
            let bases: Vec<_> = bases(excluded)?;
            self.excluded.extend(bases);
        }
        Ok(())
    }

    /// RFC 5280 §6.1.3(b), (c): checks the subject and every alternative name of the certificate `index`.
    pub(crate) fn check(
        &self,
        index: usize,
        certificate: &Certificate,
        meter: &mut Meter,
    ) -> Result<(), PathError> {
        if self.permitted.is_empty() && self.excluded.is_empty() {
            return Ok(());
        }
        let tbs = certificate.parsed().tbs_certificate();
        let oid = ID_CE_SUBJECT_ALT_NAME;
        let alternatives = extensions::find::<SubjectAltName>(index, certificate, oid)?;
        let mut names = alternatives.map_or_else(Vec::new, |names| names.0);
        if !tbs.subject().is_empty() {
            names.push(GeneralName::DirectoryName(tbs.subject().clone()));
        }
        for name in &names {
            if !self.allows(name, meter)? {
                return Err(PathError::NameConstraint { index });
            }
        }
        Ok(())
    }

    fn allows(&self, name: &GeneralName, meter: &mut Meter) -> Result<bool, PathError> {
        for base in &self.excluded {
            meter.name_comparison()?;
            // A form that is constrained and not processed is refused, as §4.2.1.10 demands.
            if same_form(name, base) && within(name, base) != Some(false) {
                return Ok(false);
            }
        }
        for permitted in &self.permitted {
            let mut constrained = false;
            let mut found = false;
            for base in permitted
                .iter()
                .filter(|base| same_form(name, base))
            {
                meter.name_comparison()?;
                constrained = true;
                found |= within(name, base) == Some(true);
            }
            if constrained && !found {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn same_form(a: &GeneralName, b: &GeneralName) -> bool {
    discriminant(a) == discriminant(b)
}

/// Whether a directory name lies within the subtree; none for forms that are not processed.
fn within(name: &GeneralName, base: &GeneralName) -> Option<bool> {
    match (name, base) {
        (GeneralName::DirectoryName(name), GeneralName::DirectoryName(base)) => {
            Some(starts_with(name, base))
        }
        _ => None,
    }
}

fn starts_with(name: &Name, base: &Name) -> bool {
    base.len() <= name.len()
        && base
            .iter_rdn()
            .zip(name.iter_rdn())
            .all(|(b, n)| same_rdn(b, n))
}

fn same_rdn(a: &RelativeDistinguishedName, b: &RelativeDistinguishedName) -> bool {
    let every = |x: &RelativeDistinguishedName, y: &RelativeDistinguishedName| {
        x.iter().all(|one| {
            y.iter()
                .any(|other| same_attribute(one, other))
        })
    };
    a.len() == b.len() && every(a, b) && every(b, a)
}

fn same_attribute(a: &AttributeTypeAndValue, b: &AttributeTypeAndValue) -> bool {
    a.oid == b.oid
        && (a.value == b.value
            || match (folded(a), folded(b)) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            })
}

fn folded(attribute: &AttributeTypeAndValue) -> Option<String> {
    let value = &attribute.value;
    let printable = value
        .decode_as::<PrintableStringRef<'_>>()
        .ok()
        .map(|s| s.as_str().to_owned());
    let text = match printable {
        Some(text) => text,
        None => value
            .decode_as::<Utf8StringRef<'_>>()
            .ok()?
            .as_str()
            .to_owned(),
    };
    let words: Vec<_> = text
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    Some(words.join(" "))
}
