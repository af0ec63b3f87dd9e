//! What is read from a card, once for each time it is put in.

use crate::{Fault, Keys, mechanism::P384_DIGEST, start::Start};
use shirushi_apdu::{Transmit, ber};
use shirushi_card::{Card, CardError, Credential, PinVerified};
use shirushi_crypto::{PublicKey, RsaNumbers};
use shirushi_profile::Certificate;

/// The certificates of one token, as far as they can be read so far.
#[derive(Clone, Default)]
pub(crate) struct Contents {
    /// The holder's. None when there is none or it cannot be read yet.
    holder: Option<Holder>,
    ca: Ca,
    /// Whether the holder's certificate is only read after the PIN.
    pub(crate) needs_pin: bool,
}

/// The holder's certificate, or as much of it as tells the key.
#[derive(Clone)]
enum Holder {
    Start(Start),
    Whole(Certificate),
}

/// What is wanted of a token's certificates, besides the holder's key.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wanted {
    /// The whole of the holder's.
    pub(crate) certificate: bool,
    /// The CA's.
    pub(crate) ca: bool,
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
    /// Reads what is free to read of the holder's: up to its key, or the whole.
    pub(crate) fn read<T: Transmit>(
        card: &mut Card<T>,
        credential: Credential,
        wanted: Wanted,
    ) -> Result<Self, Fault> {
        let (holder, needs_pin) = match credential {
            Credential::Signature => (None, true),
            Credential::Authentication => {
                let is_enough = |bytes: &[u8]| !wanted.certificate && Start::parse(bytes).is_some();
                match card.certificate_until(Vec::new(), is_enough) {
                    Err(CardError::NotVerified { .. }) => (None, true),
                    read => (holder(read)?, false),
                }
            }
        };
        Ok(Self {
            holder,
            ca: Ca::Unread,
            needs_pin,
        })
    }

    /// The holder's certificate, where the whole of it has been read.
    pub(crate) fn certificate(&self) -> Option<&Certificate> {
        match self.holder.as_ref()? {
            Holder::Start(_) => None,
            Holder::Whole(certificate) => Some(certificate),
        }
    }

    /// Whether there is a holder's certificate, be the whole of it read or not.
    pub(crate) fn has_certificate(&self) -> bool {
        self.holder.is_some()
    }

    /// The holder's key.
    pub(crate) fn public_key(&self) -> Option<&PublicKey> {
        Some(match self.holder.as_ref()? {
            Holder::Start(start) => &start.key,
            Holder::Whole(certificate) => certificate.public_key(),
        })
    }

    /// The holder's certificate's subject, a DER Name.
    pub(crate) fn subject_der(&self) -> Option<&[u8]> {
        Some(match self.holder.as_ref()? {
            Holder::Start(start) => &start.subject,
            Holder::Whole(certificate) => certificate.subject_der(),
        })
    }

    /// Whether all that is wanted has been read, be it there or not.
    pub(crate) fn has(&self, wanted: Wanted) -> bool {
        (!wanted.certificate || !matches!(self.holder, Some(Holder::Start(_))))
            && (!wanted.ca || matches!(self.ca, Ca::Read(_)))
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
        let holder = match (&self.holder, other.holder) {
            (Some(Holder::Start(_)), whole @ Some(Holder::Whole(_))) => whole,
            (None, read) => read,
            (own @ Some(_), _) => own.clone(),
        };
        Self {
            holder,
            ca: match &self.ca {
                Ca::Unread => other.ca,
                read @ Ca::Read(_) => read.clone(),
            },
            needs_pin: self.needs_pin,
        }
    }

    /// Reads what is wanted and has not been read.
    pub(crate) fn read_more<T: Transmit>(
        &mut self,
        card: &mut Card<T>,
        credential: Credential,
        wanted: Wanted,
    ) -> Result<(), Fault> {
        if let Some(Holder::Start(start)) = &self.holder
            && wanted.certificate
        {
            let read = card.certificate_until(start.bytes.clone(), |_| false);
            self.holder = certificate(read)?.map(Holder::Whole);
        }
        if wanted.ca && matches!(self.ca, Ca::Unread) {
            self.ca = Ca::Read(certificate(card.ca_certificate(credential))?);
        }
        Ok(())
    }

    /// Reads the holder's certificate when it had to wait for the PIN.
    pub(crate) fn read_rest<T: Transmit>(
        &mut self,
        card: &mut Card<T>,
        verified: &PinVerified,
    ) -> Result<(), Fault> {
        if self.holder.is_none() && self.needs_pin {
            let read = card.certificate(verified.credential(), Some(verified));
            self.holder = certificate(read)?.map(Holder::Whole);
        }
        Ok(())
    }

    /// The numbers of the holder's key; none when it is not RSA.
    pub(crate) fn numbers(&self) -> Option<RsaNumbers> {
        self.public_key()?.rsa_numbers()
    }

    /// What the holder's key is; none where it is neither, or there is none.
    pub(crate) fn keys(&self) -> Option<Keys> {
        let key = self.public_key()?;
        match key.p384_point() {
            Some(_) => Some(Keys::P384),
            None => key.rsa_numbers().map(|_| Keys::Rsa),
        }
    }

    /// Bytes of a signature with it.
    pub(crate) fn signature_len(&self) -> Option<usize> {
        match self.keys()? {
            Keys::Rsa => Some(self.numbers()?.modulus.len()),
            Keys::P384 => Some(2 * P384_DIGEST),
        }
    }
}

/// What was read of the holder's certificate.
fn holder(read: Result<Vec<u8>, CardError>) -> Result<Option<Holder>, Fault> {
    let is_cut = |der: &Vec<u8>| ber::first_object_length(der).is_some_and(|all| der.len() < all);
    match read {
        Ok(der) if is_cut(&der) => Ok(Start::parse(&der).map(Holder::Start)),
        read => Ok(certificate(read)?.map(Holder::Whole)),
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
