//! What an authority's key signs to publish revocations (失効情報ファイル): RFC 5280 §5.
//!
//! Entries are streamed into the encoding, never held as values; an empty list is absent, not an empty SEQUENCE
//! (RFC 5280 §5.1.2.6; `facts/crates.md` §0.2).

use crate::{
    Certificate, Municipality, ProfileError, RevokedEntry, Urls,
    build::{self, issuer_key_identifier, point_names, writer},
    names, signature_algorithm_of,
};
use const_oid::db::rfc5280;
use der::{
    Encode,
    asn1::{OctetString, Uint},
};
use shirushi_asn1::{IssuingDistributionPoint, tlv};
use shirushi_clock::Instant;
use std::borrow::Borrow;
use x509_cert::ext::{
    Extension,
    pkix::{AuthorityKeyIdentifier, name::DistributionPointName},
};

const EXTENSIONS: u8 = 0xa0;

/// Which certificates a list covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrlScope<'a> {
    /// All of the authority's: a list without an issuing distribution point.
    Complete,
    /// Those of one municipality, as in the real service (`facts/profile-and-rules.md` A.6).
    Municipality(&'a Municipality),
}

/// The content of a version 2 revocation list of `issuer`, in the order of `entries`.
///
/// Extensions: authorityKeyIdentifier (the issuer's own subject key identifier, RFC 5280 §5.2.1), cRLNumber, and for a municipality
/// a critical issuingDistributionPoint with the names that its certificates' points bear.
///
/// # Errors
/// [`ProfileError::ReservedName`] or [`ProfileError::NotAnAuthority`] for a wrong issuer, [`ProfileError::Period`] when
/// `next_update` is not later than `this_update`, [`ProfileError::Time`] for times that cannot be written.
pub fn crl_tbs(
    issuer: &Certificate,
    urls: &Urls,
    scope: CrlScope<'_>,
    number: u64,
    this_update: Instant,
    next_update: Instant,
    entries: impl IntoIterator<Item = impl Borrow<RevokedEntry>>,
) -> Result<Vec<u8>, ProfileError> {
    let kind = names::issuing_kind(issuer)?;
    if next_update <= this_update {
        return Err(ProfileError::Period {
            not_before: this_update,
            not_after: next_update,
        });
    }
    let mut extensions = vec![authority_key(issuer)?, list_number(number)?];
    if let CrlScope::Municipality(municipality) = scope {
        let names = point_names(kind, municipality, urls)?;
        let point = IssuingDistributionPoint {
            distribution_point: Some(DistributionPointName::FullName(names)),
            ..Default::default()
        };
        extensions.push(build::extension(
            rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT,
            true,
            &point,
        )?);
    }
    let mut revoked = Vec::new();
    for entry in entries {
        push_entry(&mut revoked, entry.borrow())?;
    }
    let algorithm = signature_algorithm_of(issuer.public_key())?;
    let mut out = Vec::with_capacity(revoked.len() + 1024);
    // Version 2.
    out.extend_from_slice(&[tlv::INTEGER, 1, 1]);
    out.extend_from_slice(&algorithm.identifier().to_der()?);
    out.extend_from_slice(issuer.subject_der());
    out.extend_from_slice(&writer::time(this_update)?);
    out.extend_from_slice(&writer::time(next_update)?);
    if !revoked.is_empty() {
        tlv::push(&mut out, tlv::SEQUENCE, &revoked);
    }
    tlv::push(&mut out, EXTENSIONS, &writer::sequence_of(&extensions)?);
    Ok(tlv::element(tlv::SEQUENCE, &out))
}

fn push_entry(out: &mut Vec<u8>, entry: &RevokedEntry) -> Result<(), ProfileError> {
    let mut content = entry.serial.to_der();
    content.extend_from_slice(&writer::time(entry.revoked_at)?);
    if let Some(reason) = entry.reason.to_crl_reason() {
        let reason = build::extension(rfc5280::ID_CE_CRL_REASONS, false, &reason)?;
        content.extend_from_slice(&writer::sequence_of(&[reason])?);
    }
    tlv::push(out, tlv::SEQUENCE, &content);
    Ok(())
}

fn authority_key(issuer: &Certificate) -> Result<Extension, ProfileError> {
    let identifier = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(issuer_key_identifier(issuer))?),
        ..Default::default()
    };
    build::extension(rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER, false, &identifier)
}

fn list_number(number: u64) -> Result<Extension, ProfileError> {
    let number = Uint::new(&number.to_be_bytes())?;
    build::extension(rfc5280::ID_CE_CRL_NUMBER, false, &number)
}
