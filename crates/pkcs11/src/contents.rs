//! What is read from a card, once for each time it is put in.

use crate::Fault;
use shirushi_apdu::Transmit;
use shirushi_card::{Card, CardError, Credential, PinVerified};
use shirushi_crypto::RsaNumbers;
use shirushi_profile::Certificate;

/// The certificates of one token, as far as they can be read so far.
#[derive(Clone, Default)]
pub(crate) struct Contents {
    /// The holder's. None when there is none or it cannot be read yet.
    pub(crate) certificate: Option<Certificate>,
    ca: Ca,
    /// Whether the holder's certificate is only read after the PIN.
    pub(crate) needs_pin: bool,
}

/// The CA's certificate: who signs or logs in does not want it, and it is as long to read as the holder's.
#[derive(Clone, Default)]
enum Ca {
    #[default]
    Unread,
    /// None where there is none.
    Read(Option<Certificate>),
}

impl Contents {
    /// Reads what is free to read of the holder's.
    pub(crate) fn read<T: Transmit>(
        card: &mut Card<T>,
        credential: Credential,
    ) -> Result<Self, Fault> {
        let (certificate, needs_pin) = match credential {
            Credential::Signature => (None, true),
            Credential::Authentication => match card.certificate(credential, None) {
                Err(CardError::NotVerified { .. }) => (None, true),
                read => (certificate(read)?, false),
            },
        };
        Ok(Self {
            certificate,
            ca: Ca::Unread,
            needs_pin,
        })
    }

    /// The CA's; none when there is none, or it has not been read.
    pub(crate) fn ca(&self) -> Option<&Certificate> {
        match &self.ca {
            Ca::Unread => None,
            Ca::Read(ca) => ca.as_ref(),
        }
    }

    /// This, with what another reading of the same card has more.
    pub(crate) fn with(&self, other: Self) -> Self {
        Self {
            certificate: self
                .certificate
                .clone()
                .or(other.certificate),
            ca: match &self.ca {
                Ca::Unread => other.ca,
                read @ Ca::Read(_) => read.clone(),
            },
            needs_pin: self.needs_pin,
        }
    }

    /// Whether the CA's was read, be there one or not.
    pub(crate) fn has_read_ca(&self) -> bool {
        matches!(self.ca, Ca::Read(_))
    }

    /// Reads it.
    pub(crate) fn read_ca<T: Transmit>(
        &mut self,
        card: &mut Card<T>,
        credential: Credential,
    ) -> Result<(), Fault> {
        self.ca = Ca::Read(certificate(card.ca_certificate(credential))?);
        Ok(())
    }

    /// Reads the holder's certificate when it had to wait for the PIN.
    pub(crate) fn read_rest<T: Transmit>(
        &mut self,
        card: &mut Card<T>,
        verified: &PinVerified,
    ) -> Result<(), Fault> {
        if self.certificate.is_none() && self.needs_pin {
            self.certificate =
                certificate(card.certificate(verified.credential(), Some(verified)))?;
        }
        Ok(())
    }

    /// The numbers of the holder's key; none when it is not RSA.
    pub(crate) fn numbers(&self) -> Option<RsaNumbers> {
        self.certificate
            .as_ref()?
            .public_key()
            .rsa_numbers()
    }
}

/// A certificate that is not there, or is none, is no object; a card that does not answer is a fault.
fn certificate(read: Result<Vec<u8>, CardError>) -> Result<Option<Certificate>, Fault> {
    match read {
        Ok(der) => Ok(Certificate::from_der(&der).ok()),
        Err(error @ CardError::Transmit(_)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}
