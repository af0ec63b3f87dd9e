//! What an authority's key signs to publish revocations (失効情報ファイル): RFC 5280 §5.
//!
//! Entries are streamed into the encoding, never held as values; an empty list is absent, not an empty SEQUENCE
//! (RFC 5280 §5.1.2.6; `facts/crates.md` §0.2).

use crate::{
    Certificate, MunicipalityCode, NotAMunicipalityCode, ProfileError, RevocationReason,
    RevokedEntry, Urls,
    build::{self, authority_point_names, issuer_key_identifier, point_names, writer},
    municipality, names, signature_algorithm_of,
};
use const_oid::db::rfc5280;
use der::{
    Encode,
    asn1::{OctetString, Uint},
};
use serde::{Deserialize, Serialize};
use shirushi_asn1::{IssuingDistributionPoint, tlv};
use shirushi_clock::Instant;
use std::{borrow::Borrow, fmt, str::FromStr};
use x509_cert::ext::{
    Extension,
    pkix::{AuthorityKeyIdentifier, name::DistributionPointName},
};

const EXTENSIONS: u8 = 0xa0;

/// Which certificates a list covers.
///
/// As text, in addresses and in stores: `complete`, `authorities`, or the municipality's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CrlScope {
    /// All of the authority's: a list without an issuing distribution point.
    Complete,
    /// Those of authorities alone (認証局失効リスト, ARL): RFC 5280 §5.2.5 onlyContainsCACerts. A verifier that wants a list for each
    /// certificate of a path, and has a municipality's for the holder's, has this one for the authority's.
    Authorities,
    /// Those of one municipality, as in the real service (`facts/profile-and-rules.md` A.6).
    Municipality(MunicipalityCode),
}

const COMPLETE: &str = "complete";
const AUTHORITIES: &str = "authorities";

impl CrlScope {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Complete => COMPLETE,
            Self::Authorities => AUTHORITIES,
            Self::Municipality(code) => code.as_str(),
        }
    }

    /// Whether a certificate of this municipality's stands in the list.
    #[must_use]
    pub fn covers(&self, municipality: MunicipalityCode) -> bool {
        match self {
            Self::Complete => true,
            Self::Authorities => false,
            Self::Municipality(code) => *code == municipality,
        }
    }
}

impl fmt::Display for CrlScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<CrlScope> for String {
    fn from(scope: CrlScope) -> Self {
        scope.as_str().to_owned()
    }
}

impl TryFrom<String> for CrlScope {
    type Error = NotAMunicipalityCode;

    fn try_from(text: String) -> Result<Self, NotAMunicipalityCode> {
        text.parse()
    }
}

impl FromStr for CrlScope {
    type Err = NotAMunicipalityCode;

    fn from_str(text: &str) -> Result<Self, NotAMunicipalityCode> {
        match text {
            COMPLETE => Ok(Self::Complete),
            AUTHORITIES => Ok(Self::Authorities),
            code => code.parse().map(Self::Municipality),
        }
    }
}

/// What a list has in common with the one before it: kept beside a signature, it makes the list again byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlFrame {
    /// DER version, signature algorithm and issuer, one after the other.
    pub head: Vec<u8>,
    /// The DER Extension authorityKeyIdentifier.
    pub key_identifier: Vec<u8>,
    /// The DER Extension issuingDistributionPoint; empty for a complete list.
    pub point: Vec<u8>,
}

impl CrlFrame {
    /// The frame of the lists of `issuer` for this scope.
    ///
    /// Extensions: authorityKeyIdentifier (the issuer's own subject key identifier, RFC 5280 §5.2.1), cRLNumber, and for a municipality
    /// or for authorities a critical issuingDistributionPoint with the names that the certificates' points bear.
    ///
    /// # Errors
    /// [`ProfileError::ReservedName`] or [`ProfileError::NotAnAuthority`] for a wrong issuer, [`ProfileError::UnknownMunicipality`].
    pub fn new(issuer: &Certificate, urls: &Urls, scope: CrlScope) -> Result<Self, ProfileError> {
        let kind = names::issuing_kind(issuer)?;
        let names = match scope {
            CrlScope::Complete => None,
            CrlScope::Authorities => Some(authority_point_names(kind, issuer.subject_der(), urls)?),
            CrlScope::Municipality(code) => {
                let municipality =
                    municipality(&code).ok_or(ProfileError::UnknownMunicipality { code })?;
                Some(point_names(kind, municipality, urls)?)
            }
        };
        let point = match names {
            None => Vec::new(),
            Some(names) => {
                let point = IssuingDistributionPoint {
                    distribution_point: Some(DistributionPointName::FullName(names)),
                    only_contains_ca_certs: scope == CrlScope::Authorities,
                    ..Default::default()
                };
                let oid = rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT;
                build::extension(oid, true, &point)?.to_der()?
            }
        };
        let algorithm = signature_algorithm_of(issuer.public_key())?;
        // Version 2.
        let mut head = vec![tlv::INTEGER, 1, 1];
        head.extend_from_slice(&algorithm.identifier().to_der()?);
        head.extend_from_slice(issuer.subject_der());
        Ok(Self {
            head,
            key_identifier: authority_key(issuer)?.to_der()?,
            point,
        })
    }

    /// The content of the version 2 revocation list with this number, in the order of `entries`.
    ///
    /// # Errors
    /// [`ProfileError::Period`] when `next_update` is not later than `this_update`, [`ProfileError::Time`] for times that cannot be
    /// written.
    pub fn tbs(
        &self,
        number: u64,
        this_update: Instant,
        next_update: Instant,
        entries: impl IntoIterator<Item = impl Borrow<RevokedEntry>>,
    ) -> Result<Vec<u8>, ProfileError> {
        if next_update <= this_update {
            return Err(ProfileError::Period {
                not_before: this_update,
                not_after: next_update,
            });
        }
        let mut revoked = Vec::new();
        let mut reasons = Reasons::default();
        for entry in entries {
            push_entry(&mut revoked, entry.borrow(), &mut reasons)?;
        }
        let mut out = Vec::with_capacity(revoked.len() + 1024);
        out.extend_from_slice(&self.head);
        out.extend_from_slice(&writer::time(this_update)?);
        out.extend_from_slice(&writer::time(next_update)?);
        if !revoked.is_empty() {
            tlv::push(&mut out, tlv::SEQUENCE, &revoked);
        }
        let mut extensions = self.key_identifier.clone();
        extensions.extend_from_slice(&list_number(number)?.to_der()?);
        extensions.extend_from_slice(&self.point);
        let extensions = tlv::element(tlv::SEQUENCE, &extensions);
        tlv::push(&mut out, EXTENSIONS, &extensions);
        Ok(tlv::element(tlv::SEQUENCE, &out))
    }
}

/// The content of a version 2 revocation list of `issuer`: see [`CrlFrame`].
///
/// # Errors
/// Those of [`CrlFrame::new`] and [`CrlFrame::tbs`].
pub fn crl_tbs(
    issuer: &Certificate,
    urls: &Urls,
    scope: CrlScope,
    number: u64,
    this_update: Instant,
    next_update: Instant,
    entries: impl IntoIterator<Item = impl Borrow<RevokedEntry>>,
) -> Result<Vec<u8>, ProfileError> {
    CrlFrame::new(issuer, urls, scope)?.tbs(number, this_update, next_update, entries)
}

/// The entry extensions of each reason, encoded once for a list and not once for an entry.
#[derive(Default)]
struct Reasons(Vec<(RevocationReason, Vec<u8>)>);

impl Reasons {
    fn extensions(&mut self, reason: RevocationReason) -> Result<&[u8], ProfileError> {
        let place = match self
            .0
            .iter()
            .position(|(known, _)| *known == reason)
        {
            Some(place) => place,
            None => {
                let encoded = match reason.to_crl_reason() {
                    None => Vec::new(),
                    Some(code) => {
                        let oid = rfc5280::ID_CE_CRL_REASONS;
                        writer::sequence_of(&[build::extension(oid, false, &code)?])?
                    }
                };
                self.0.push((reason, encoded));
                self.0.len() - 1
            }
        };
        Ok(&self.0[place].1)
    }
}

fn push_entry(
    out: &mut Vec<u8>,
    entry: &RevokedEntry,
    reasons: &mut Reasons,
) -> Result<(), ProfileError> {
    let mut content = entry.serial.to_der();
    content.extend_from_slice(&writer::time(entry.revoked_at)?);
    content.extend_from_slice(reasons.extensions(entry.reason)?);
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
