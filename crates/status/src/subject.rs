//! Whose status is asked for, and where.

use shirushi_profile::{
    Certificate, CrlScope, Generation, SerialNumber, authority_kind, same_name,
};

/// Most addresses of one kind that are tried.
const MOST_ADDRESSES: usize = 3;

/// A certificate that a trusted authority has signed, as far as its status needs it. About any other nobody is asked: a certificate that
/// anyone may have made must not choose whom this machine calls.
#[derive(Clone, Debug)]
pub struct Subject {
    pub(crate) issuer: Certificate,
    pub(crate) serial: SerialNumber,
    pub(crate) responders: Vec<String>,
    pub(crate) lists: Vec<String>,
}

impl Subject {
    /// To be asked for at the addresses in the certificate itself (authorityInfoAccess and cRLDistributionPoints); none when no one of
    /// `authorities` has signed it.
    #[must_use]
    pub fn at_its_own(certificate: &Certificate, authorities: &[Certificate]) -> Option<Self> {
        let issuer = issuer(certificate, authorities)?;
        let lists = certificate
            .distribution_points()
            .iter()
            .flat_map(|point| point.uris.iter());
        Some(Self {
            issuer: issuer.clone(),
            serial: *certificate.serial(),
            responders: certificate
                .ocsp_urls()
                .iter()
                .take(MOST_ADDRESSES)
                .cloned()
                .collect(),
            lists: lists
                .take(MOST_ADDRESSES)
                .cloned()
                .collect(),
        })
    }

    /// To be asked for at the responder at `base` (`http://host:port`) whatever the certificate says: for services, which call only whom they are
    /// configured to call. None when no one of `authorities` has signed it, or that one issues no citizen's certificates.
    #[must_use]
    pub fn at(base: &str, certificate: &Certificate, authorities: &[Certificate]) -> Option<Self> {
        let issuer = issuer(certificate, authorities)?;
        let kind = authority_kind(issuer)?;
        let scope = match certificate.municipality_code() {
            Some(code) => CrlScope::Municipality(code),
            None => CrlScope::Complete,
        };
        let of = certificate
            .generation()
            .unwrap_or(Generation::FIRST)
            .path(kind);
        Some(Self {
            issuer: issuer.clone(),
            serial: *certificate.serial(),
            responders: vec![format!("{base}/ocsp/{}", kind.path())],
            lists: vec![format!("{base}/crl/{of}/{scope}.crl")],
        })
    }

    /// The authority that signed the certificate.
    #[must_use]
    pub fn into_issuer(self) -> Certificate {
        self.issuer
    }
}

/// The one among authorities that has signed the certificate.
#[must_use]
pub fn issuer<'a>(
    certificate: &Certificate,
    authorities: &'a [Certificate],
) -> Option<&'a Certificate> {
    let algorithm = certificate.signature_algorithm().ok()?;
    authorities.iter().find(|anchor| {
        same_name(anchor.subject_der(), certificate.issuer_der())
            && anchor
                .public_key()
                .verify(algorithm, certificate.tbs_der(), certificate.signature())
                .is_ok()
    })
}
