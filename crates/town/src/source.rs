//! What the responder asks the authority.

use shirushi_authority::{Authority, AuthorityError, CertificateState};
use shirushi_clock::Clock;
use shirushi_profile::{CertificateKind, MunicipalityCode, SerialNumber, municipality};
use shirushi_responder::{Answered, SourceFailed, Status, StatusAnswer, StatusSource};
use std::sync::Arc;

/// The authority of the same process as the source of status.
pub(crate) struct AuthoritySource {
    authority: Authority,
    clock: Arc<dyn Clock>,
}

impl AuthoritySource {
    pub(crate) fn new(authority: Authority, clock: Arc<dyn Clock>) -> Self {
        Self { authority, clock }
    }
}

impl StatusSource for AuthoritySource {
    fn status<'a>(
        &'a self,
        kind: CertificateKind,
        serial: &'a SerialNumber,
    ) -> Answered<'a, StatusAnswer> {
        Box::pin(async move {
            // Taken before the look: what is revoked meanwhile is revoked after this instant.
            let as_of = self.clock.now();
            let state = self
                .authority
                .status(kind, serial)
                .await
                .map_err(failed)?;
            let status = match state {
                CertificateState::Good => Status::Good,
                CertificateState::Revoked { at, reason } => Status::Revoked { at, reason },
                CertificateState::Unknown => Status::Unknown,
            };
            Ok(StatusAnswer { status, as_of })
        })
    }

    fn crl(
        &self,
        kind: CertificateKind,
        scope: Option<MunicipalityCode>,
    ) -> Answered<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let place = match scope {
                None => None,
                Some(code) => match municipality(&code) {
                    None => return Ok(None),
                    place => place,
                },
            };
            let crl = self
                .authority
                .crl(kind, place)
                .await
                .map_err(failed)?;
            Ok(Some(crl))
        })
    }
}

fn failed(error: AuthorityError) -> SourceFailed {
    SourceFailed(Box::new(error))
}
