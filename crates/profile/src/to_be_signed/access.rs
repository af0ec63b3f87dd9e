//! What a certificate's extensions and names say.

use super::{Extension, Stored, UnsignedCertificate};
use crate::{
    CertificateKind, DistributionPoint, Generation, HolderItems, MunicipalityCode, SerialNumber,
    names,
};
use const_oid::{
    ObjectIdentifier,
    db::{rfc4519, rfc5280, rfc5912},
};
use shirushi_clock::Instant;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

/// Extensions that path validation processes (RFC 5280 §6.1) or that are decoded here, and that may be critical: the key identifiers may
/// not (§4.2.1.1, §4.2.1.2), and of the issuer's other names nothing is made.
const PROCESSED: [ObjectIdentifier; 10] = [
    rfc5280::ID_CE_KEY_USAGE,
    rfc5280::ID_CE_EXT_KEY_USAGE,
    rfc5280::ID_CE_CERTIFICATE_POLICIES,
    rfc5280::ID_CE_SUBJECT_ALT_NAME,
    rfc5280::ID_CE_BASIC_CONSTRAINTS,
    rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
    rfc5280::ID_CE_NAME_CONSTRAINTS,
    rfc5280::ID_CE_POLICY_CONSTRAINTS,
    rfc5280::ID_CE_POLICY_MAPPINGS,
    rfc5280::ID_CE_INHIBIT_ANY_POLICY,
];

/// Length of an authentication certificate's common name, in octets; the municipality stands at 14 (`facts/profile-and-rules.md` A.3).
const AUTHENTICATION_NAME: (usize, usize) = (23, 14);
/// The same of a signature certificate's; the municipality stands at 19 (`facts/card.md` §7.2).
const SIGNATURE_NAME: (usize, usize) = (28, 19);

impl UnsignedCertificate {
    /// All extensions in their order.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'_>> {
        self.extensions.iter().map(Stored::view)
    }

    /// The extension with this identifier.
    #[must_use]
    pub fn extension(&self, oid: ObjectIdentifier) -> Option<Extension<'_>> {
        self.extensions().find(|e| e.oid == oid)
    }

    /// Critical extensions that neither this room nor path validation processes: whoever relies on the certificate must refuse it
    /// (RFC 5280 §4.2).
    #[must_use]
    pub fn unknown_critical_extensions(&self) -> Vec<ObjectIdentifier> {
        self.extensions()
            .filter(|e| e.critical && !PROCESSED.contains(&e.oid))
            .map(|e| e.oid)
            .collect()
    }

    /// What the key may be used for.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.known.key_usage
    }

    /// The extended key usages; empty when there are none.
    #[must_use]
    pub fn extended_key_usages(&self) -> &[ObjectIdentifier] {
        &self.known.extended_key_usages
    }

    /// Whether the subject is an authority.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<&BasicConstraints> {
        self.known.basic_constraints.as_ref()
    }

    /// The certificate policies, without their qualifiers.
    #[must_use]
    pub fn policies(&self) -> &[ObjectIdentifier] {
        &self.known.policies
    }

    /// The subject's key identifier.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.known
            .subject_key_identifier
            .as_deref()
    }

    /// The issuer's key identifier: all generations of an authority share one name, so the issuer is picked by this
    /// (`facts/profile-and-rules.md` A.2).
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.known
            .authority_key_identifier
            .as_deref()
    }

    /// The issuer's certificate by its issuer's DER Name and its serial number, where the authority key identifier names it.
    #[must_use]
    pub fn authority_certificate(&self) -> Option<(&[u8], &SerialNumber)> {
        self.known
            .authority_certificate
            .as_ref()
            .map(|(name, serial)| (name.as_slice(), serial))
    }

    /// Where the lists are on which the certificate would stand.
    #[must_use]
    pub fn distribution_points(&self) -> &[DistributionPoint] {
        &self.known.distribution_points
    }

    /// Where responders answer for the certificate.
    #[must_use]
    pub fn ocsp_urls(&self) -> &[String] {
        &self.known.ocsp_urls
    }

    /// Where the issuer's certificate is.
    #[must_use]
    pub fn ca_issuer_urls(&self) -> &[String] {
        &self.known.ca_issuer_urls
    }

    /// The kind, by the policy; none for authorities and foreign certificates.
    #[must_use]
    pub fn kind(&self) -> Option<CertificateKind> {
        let mut kinds = self
            .policies()
            .iter()
            .filter_map(|policy| CertificateKind::from_policy(*policy));
        kinds.next()
    }

    /// The kind that a certificate is positively of, also where its policy stands for neither: a telephone's, a later card's
    /// (`facts/profile-and-rules.md` A.5, A.7: their policies are not published). By the policy; by the unit in the issuer's name, which tells
    /// the two authorities apart; by the holder's items, which only signature certificates bear; by what the key is for.
    #[must_use]
    pub fn apparent_kind(&self) -> Option<CertificateKind> {
        let issuer = self.issuer_text();
        let by_issuer = || {
            CertificateKind::ALL
                .into_iter()
                .find(|kind| issuer.contains(kind.authority_unit()))
        };
        let by_items = || {
            self.holder()
                .map(|_| CertificateKind::Signature)
        };
        let by_usage = || {
            let logs_in = self
                .extended_key_usages()
                .contains(&rfc5912::ID_KP_CLIENT_AUTH);
            let commits = self
                .key_usage()
                .is_some_and(|usage| usage.non_repudiation());
            match (logs_in, commits) {
                (true, false) => Some(CertificateKind::Authentication),
                (false, true) => Some(CertificateKind::Signature),
                _ => None,
            }
        };
        self.kind()
            .or_else(by_issuer)
            .or_else(by_items)
            .or_else(by_usage)
    }

    /// The six items of a signature certificate; none when one is missing, malformed, or stands there twice.
    #[must_use]
    pub fn holder(&self) -> Option<HolderItems> {
        let names = self.extension(rfc5280::ID_CE_SUBJECT_ALT_NAME)?;
        HolderItems::from_alternative_name(names.value)
    }

    /// The subject by RFC 4514: last attribute first.
    #[must_use]
    pub fn subject_text(&self) -> String {
        text(self.subject_der())
    }

    /// The issuer by RFC 4514: last attribute first.
    #[must_use]
    pub fn issuer_text(&self) -> String {
        text(self.issuer_der())
    }

    /// The subject's only common name.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        let attributes = names::attributes(self.subject_der()).ok()?;
        let mut found = attributes
            .into_iter()
            .filter(|a| a.oid == rfc4519::CN);
        match (found.next(), found.next()) {
            (Some(name), None) => Some(name.text),
            _ => None,
        }
    }

    /// The generation of the authority that issued it, as the address of its list says; none without such an address.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        let uri = self
            .distribution_points()
            .iter()
            .find_map(|point| point.uris.first())?;
        let (_, path) = uri.split_once("/crl/")?;
        let (word, _) = path.split_once('/')?;
        Generation::of_path(word).map(|(_, generation)| generation)
    }

    /// The municipality that took the application, by its place in the common name.
    #[must_use]
    pub fn municipality_code(&self) -> Option<MunicipalityCode> {
        let name = self.common_name()?;
        let start = [AUTHENTICATION_NAME, SIGNATURE_NAME]
            .into_iter()
            .find(|(length, _)| *length == name.len())?
            .1;
        name.get(start..start + 5)?.parse().ok()
    }

    /// Whether `at` lies in the validity, both ends included (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn is_valid_at(&self, at: Instant) -> bool {
        (self.not_before()..=self.not_after()).contains(&at)
    }
}

impl Stored {
    pub(crate) fn view(&self) -> Extension<'_> {
        Extension {
            oid: self.oid,
            critical: self.critical,
            value: &self.value,
        }
    }
}

fn text(name_der: &[u8]) -> String {
    match names::parse(name_der) {
        Ok(name) => name.to_string(),
        // The constructor has parsed it; an empty text is shown rather than a panic.
        Err(_) => String::new(),
    }
}
