//! What the responder asks the authority.

use shirushi_authority::{Authority, CertificateState};
use shirushi_clock::Instant;
use shirushi_profile::{CertificateKind, MunicipalityCode, SerialNumber, municipality};
use shirushi_responder::{SourceFailed, Status, StatusAnswer, StatusSource};
use std::{future::Future, pin::Pin};

/// The authority of the same process as the source of status.
pub(crate) struct AuthoritySource {
    authority: Authority,
}

impl AuthoritySource {
    pub(crate) fn new(authority: Authority) -> Self {
        Self { authority }
    }
}
