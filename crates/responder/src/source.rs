//! Where a responder has its knowledge from.

use crate::List;
use shirushi_clock::Instant;
use shirushi_profile::{CertificateKind, CrlScope, Generation, SerialNumber};
use shirushi_wire::CertificateState;
use std::{error::Error, future::Future, pin::Pin, sync::Arc};

/// What a source gives when it is there.
pub type Answered<'a, T> = Pin<Box<dyn Future<Output = Result<T, SourceFailed>> + Send + 'a>>;

/// Knows the certificates of both authorities and has their revocation lists.
pub trait StatusSource: Send + Sync {
    /// The status of the certificate with this serial number that this generation of the authority of `kind` has issued. One that
    /// another generation has issued is unknown to this one: the same number may stand for another certificate there (RFC 6960
    /// §2.2, §4.1.1).
    ///
    /// # Errors
    /// [`SourceFailed`] when nothing can be said now.
    fn status<'a>(
        &'a self,
        kind: CertificateKind,
        generation: Generation,
        serial: &'a SerialNumber,
    ) -> Answered<'a, StatusAnswer>;

    /// The newest list of this scope that was published of this generation of the authority of `kind`; none when there is none.
    /// Asking makes none.
    ///
    /// # Errors
    /// [`SourceFailed`] when it cannot be had now.
    fn crl(
        &self,
        kind: CertificateKind,
        generation: Generation,
        scope: CrlScope,
    ) -> Answered<'_, Option<Arc<List>>>;
}

/// What is known of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    /// Its status.
    pub status: CertificateState,
    /// The instant at which this was known to be so: the response's thisUpdate.
    pub as_of: Instant,
}

/// The source cannot say anything now.
#[derive(Debug, thiserror::Error)]
#[error("the source of statuses failed")]
pub struct SourceFailed(#[source] pub Box<dyn Error + Send + Sync>);
