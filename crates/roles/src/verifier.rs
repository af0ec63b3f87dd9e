//! Who the other end of a connection is: what webpki finds of its certificate, and then what the certificate says.

use crate::{Identity, PeerRefused, Role, Shown, Why};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use shirushi_profile::Certificate;
use std::sync::Arc;

/// The end that asks: judges who answers.
#[derive(Debug)]
pub(crate) struct Asking {
    identity: Identity,
    expects: Role,
}

/// The end that answers: judges who asks.
#[derive(Debug)]
pub(crate) struct Answering {
    identity: Identity,
    accepts: Vec<Role>,
}

impl Asking {
    pub(crate) fn new(identity: Identity, expects: Role) -> Self {
        Self { identity, expects }
    }

    /// The name in the certificate is the role's, whatever the name of the host is.
    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), PeerRefused> {
        let current = self.identity.current();
        judge(&[self.expects], end_entity, || {
            let name = ServerName::try_from(self.expects.dns_name())
                .map_err(|_| Error::from(CertificateError::NotValidForName))?;
            current
                .trust
                .of_servers
                .verify_server_cert(end_entity, intermediates, &name, &[], now)
                .map(|_| ())
        })
    }
}

impl Answering {
    pub(crate) fn new(identity: Identity, accepts: &[Role]) -> Self {
        Self {
            identity,
            accepts: accepts.to_vec(),
        }
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), PeerRefused> {
        let current = self.identity.current();
        judge(&self.accepts, end_entity, || {
            current
                .trust
                .of_clients
                .verify_client_cert(end_entity, intermediates, now)
                .map(|_| ())
        })
    }
}

/// What `webpki` finds of the path, dates, status and purposes; then whether it is a service of an expected role, for both ends.
fn judge(
    expected: &[Role],
    end_entity: &CertificateDer<'_>,
    webpki: impl FnOnce() -> Result<(), Error>,
) -> Result<(), PeerRefused> {
    let shown = Certificate::from_der(end_entity)
        .ok()
        .map(|certificate| Box::new(Shown::of(&certificate)));
    let refused = |why| PeerRefused {
        expected: expected.to_vec(),
        shown: shown.clone(),
        why,
    };
    webpki().map_err(|error| refused(Why::of(&error, shown.as_deref())))?;
    let Some(found) = &shown else {
        return Err(refused(Why::Unfit));
    };
    match found.role() {
        None => Err(refused(Why::NoService)),
        Some(_) if !found.is_for_both_ends() => Err(refused(Why::Purpose)),
        Some(role) if !expected.contains(&role) => Err(refused(Why::OtherRole)),
        Some(_) => Ok(()),
    }
}

impl ServerCertVerifier for Asking {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.judge(end_entity, intermediates, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(refused) => {
                self.identity.note(&refused);
                // Whoever has called is told all of it: see [`crate::peer_refused`].
                Err(CertificateError::Other(OtherError(Arc::new(refused))).into())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self
            .identity
            .provider()
            .signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self
            .identity
            .provider()
            .signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.identity
            .provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

impl ClientCertVerifier for Answering {
    /// The list of trusted authorities is not sent: it would tell every stranger, and there is one.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match self.judge(end_entity, intermediates, now) {
            Ok(()) => Ok(ClientCertVerified::assertion()),
            Err(refused) => {
                self.identity.note(&refused);
                // Whoever asked learns the kind of reason by its alert, and this side's log has all of it.
                Err(refused.why.to_alert().into())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self
            .identity
            .provider()
            .signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self
            .identity
            .provider()
            .signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.identity
            .provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
