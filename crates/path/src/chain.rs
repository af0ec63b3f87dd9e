//! The checks of RFC 5280 §6.1 along one path, from the anchor down, all but signatures, time and status.

use crate::{
    PathError, Requirements, extensions, meter::Meter, names::Constraints, policy::PolicyState,
    search::Path,
};
use shirushi_profile::{Certificate, same_name};

/// RFC 5280 §6.1.3(b)–(f), §6.1.4, §6.1.5(a), (b), (e)–(g).
///
/// The anchor's own constraints bind as well (RFC 5937): a certificate that is no CA issues nothing, even if configured as one.
pub(crate) fn check(
    path: &Path<'_>,
    requirements: &Requirements,
    meter: &mut Meter,
) -> Result<(), PathError> {
    let length = path.certificates.len();
    let mut names = Constraints::default();
    let mut policies = PolicyState::new(length, !requirements.policies.is_empty());
    extensions::check(length, path.anchor)?;
    may_issue(path, length, path.anchor)?;
    names.add(length, path.anchor)?;
    for (index, certificate) in path
        .certificates
        .iter()
        .enumerate()
        .rev()
    {
        let self_issued = is_self_issued(certificate);
        extensions::check(index, certificate)?;
        if index == 0 || !self_issued {
            names.check(index, certificate, meter)?;
        }
        policies.descend(index, certificate, self_issued, meter)?;
        if index == 0 {
            return policies.conclude(certificate, &requirements.policies);
        }
        may_issue(path, index, certificate)?;
        policies.prepare_next(index, certificate, self_issued, meter)?;
        names.add(index, certificate)?;
    }
    Ok(())
}

/// RFC 5280 §6.1.4(k)–(n): the certificate `index` is a CA's, with room for the CAs below it, and its key may sign certificates.
///
/// A CA without keyUsage is refused: §4.2.1.3 obliges CAs to bear it.
fn may_issue(path: &Path<'_>, index: usize, ca: &Certificate) -> Result<(), PathError> {
    let Some(constraints) = ca.basic_constraints().filter(|c| c.ca) else {
        return Err(PathError::NotACa { index });
    };
    let below = path
        .certificates
        .iter()
        .take(index)
        .skip(1)
        .filter(|c| !is_self_issued(c))
        .count();
    if constraints
        .path_len_constraint
        .is_some_and(|most| below > usize::from(most))
    {
        return Err(PathError::PathTooLong { index });
    }
    if ca
        .key_usage()
        .is_some_and(|usage| usage.key_cert_sign())
    {
        Ok(())
    } else {
        Err(PathError::KeyUsage { index })
    }
}

fn is_self_issued(certificate: &Certificate) -> bool {
    same_name(certificate.subject_der(), certificate.issuer_der())
}
