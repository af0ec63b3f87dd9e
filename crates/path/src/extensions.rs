//! Extensions that only path validation reads. The others are read, and duplicates refused, when a certificate is.

use crate::PathError;
use const_oid::ObjectIdentifier;
use der::DecodeOwned;
use shirushi_profile::Certificate;

/// The extension `oid` of the certificate `index`, read as `T`.
pub(crate) fn find<T>(
    index: usize,
    certificate: &Certificate,
    oid: ObjectIdentifier,
) -> Result<Option<T>, PathError>
where
    T: DecodeOwned,
{
    certificate
        .extension(oid)
        .map(|e| T::from_der(e.value).map_err(|_| PathError::Extension { index, oid }))
        .transpose()
}

/// RFC 5280 §4.2: no critical extension that is not processed.
pub(crate) fn check(index: usize, certificate: &Certificate) -> Result<(), PathError> {
    match certificate
        .unknown_critical_extensions()
        .first()
    {
        Some(oid) => Err(PathError::UnknownCritical { index, oid: *oid }),
        None => Ok(()),
    }
}
