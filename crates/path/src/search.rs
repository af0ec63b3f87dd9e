//! Path building: from the leaf upwards, by name, key identifier and signature, within a budget.

use crate::{
    PathError, Requirements, TrustAnchors, chain, extensions::has_explicit_curve, meter::Meter,
};
use shirushi_crypto::NotVerified;
use shirushi_profile::{Certificate, same_name};

/// Certificates from the leaf upwards, each signed by the next, the last by the anchor.
#[derive(Clone)]
pub(crate) struct Path<'a> {
    pub(crate) certificates: Vec<&'a Certificate>,
    pub(crate) anchor: &'a Certificate,
}

impl<'a> Path<'a> {
    /// Every certificate, the anchor last.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'a Certificate> {
        self.certificates
            .iter()
            .copied()
            .chain([self.anchor])
    }
}

/// Finds a path that satisfies everything but time and status, preferably one whose CAs are all valid at the instant asked for.
///
/// # Errors
/// The nearest miss.
pub(crate) fn find<'a>(
    leaf: &'a Certificate,
    intermediates: &'a [Certificate],
    anchors: &'a TrustAnchors,
    requirements: &Requirements,
    meter: &mut Meter,
) -> Result<Path<'a>, PathError> {
    let mut search = Search {
        intermediates,
        anchors,
        requirements,
        meter,
        out_of_time: None,
        nearest_miss: None,
    };
    let found = search.extend(&mut vec![leaf])?;
    if let Some(path) = found.or(search.out_of_time) {
        return Ok(path);
    }
    Err(search
        .nearest_miss
        .unwrap_or_else(|| untrusted(0, leaf)))
}

struct Search<'a, 's> {
    intermediates: &'a [Certificate],
    anchors: &'a TrustAnchors,
    requirements: &'s Requirements,
    meter: &'s mut Meter,
    /// The first path that is right but for the validity of a CA.
    out_of_time: Option<Path<'a>>,
    nearest_miss: Option<PathError>,
}

impl<'a> Search<'a, '_> {
    /// Depth first; an error is an exhausted budget, every other failure only ends its branch.
    fn extend(
        &mut self,
        certificates: &mut Vec<&'a Certificate>,
    ) -> Result<Option<Path<'a>>, PathError> {
        let index = certificates.len() - 1;
        let Some(current) = certificates.last().copied() else {
            return Ok(None);
        };
        let mut named = false;
        for anchor in self.anchors.certificates() {
            if !may_have_issued(anchor, current) {
                continue;
            }
            named = true;
            if self.signed(index, anchor, current)? {
                let path = Path {
                    certificates: certificates.clone(),
                    anchor,
                };
                if let Some(path) = self.complete(path)? {
                    return Ok(Some(path));
                }
            }
        }
        for ca in self.intermediates {
            let repeated = certificates
                .iter()
                .any(|c| same_entity(c, ca));
            if repeated || !may_have_issued(ca, current) {
                continue;
            }
            named = true;
            if certificates.len() >= self.meter.path_length() {
                self.missed(PathError::PathTooLong { index });
                continue;
            }
            if self.signed(index, ca, current)? {
                certificates.push(ca);
                let found = self.extend(certificates)?;
                certificates.pop();
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        if !named {
            self.missed(untrusted(index, current));
        }
        Ok(None)
    }

    fn complete(&mut self, path: Path<'a>) -> Result<Option<Path<'a>>, PathError> {
        match chain::check(&path, self.requirements, self.meter) {
            Ok(()) => {}
            Err(exhausted @ PathError::BudgetExhausted { .. }) => return Err(exhausted),
            Err(miss) => {
                self.missed(miss);
                return Ok(None);
            }
        }
        let at = self.requirements.at;
        if path
            .all()
            .skip(1)
            .all(|ca| ca.is_valid_at(at))
        {
            return Ok(Some(path));
        }
        self.out_of_time.get_or_insert(path);
        Ok(None)
    }

    fn signed(
        &mut self,
        index: usize,
        ca: &Certificate,
        issued: &Certificate,
    ) -> Result<bool, PathError> {
        let Ok(algorithm) = issued.signature_algorithm() else {
            let oid = issued
                .parsed()
                .signature_algorithm()
                .oid;
            self.missed(PathError::Algorithm { index, oid });
            return Ok(false);
        };
        self.meter.signature()?;
        let judged = ca
            .public_key()
            .judge(algorithm, issued.tbs_der(), issued.signature());
        if let Err(why @ (NotVerified::ShortKey { .. } | NotVerified::Unsupported)) = judged {
            self.missed(match has_explicit_curve(ca) {
                true => PathError::ExplicitCurve { index: index + 1 },
                false => PathError::IssuerKey { index, why },
            });
            return Ok(false);
        }
        let verified = judged.is_ok();
        if !verified {
            // A root of its own, sent along under a name that is trusted, has no signature at fault: it is not trusted.
            let own_root = same_name(issued.subject_der(), issued.issuer_der()) && {
                self.meter.signature()?;
                let key = issued.public_key();
                key.verify(algorithm, issued.tbs_der(), issued.signature())
                    .is_ok()
            };
            self.missed(if own_root {
                untrusted(index, issued)
            } else {
                PathError::SignatureInvalid { index }
            });
        }
        Ok(verified)
    }

    /// Keeps the miss of the branch that came farthest.
    fn missed(&mut self, miss: PathError) {
        let rank = |error: &PathError| match error {
            PathError::UntrustedIssuer { .. } => 0,
            PathError::SignatureInvalid { .. } => 1,
            _ => 2,
        };
        if self
            .nearest_miss
            .as_ref()
            .is_none_or(|nearest| rank(nearest) < rank(&miss))
        {
            self.nearest_miss = Some(miss);
        }
    }
}

/// Whether `ca` bears the name (RFC 5280 §7.1) and, where both are stated, the key identifier that `issued` says of its issuer.
pub(crate) fn may_have_issued(ca: &Certificate, issued: &Certificate) -> bool {
    let ids = (
        issued.authority_key_identifier(),
        ca.subject_key_identifier(),
    );
    !matches!(ids, (Some(wanted), Some(borne)) if wanted != borne)
        && same_name(ca.subject_der(), issued.issuer_der())
}

/// A name and key that stand in a path already lead nowhere new.
fn same_entity(a: &Certificate, b: &Certificate) -> bool {
    a.subject_der() == b.subject_der() && a.public_key() == b.public_key()
}

fn untrusted(index: usize, certificate: &Certificate) -> PathError {
    let issuer = certificate
        .parsed()
        .tbs_certificate()
        .issuer();
    PathError::UntrustedIssuer {
        index,
        issuer: Box::new(issuer.clone()),
    }
}
