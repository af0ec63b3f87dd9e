//! What is on a card, without any PIN.

use crate::{ClientError, sign::parse};
use shirushi_apdu::Transmit;
use shirushi_card::{Card, CardError, Credential, TokenInformation};
use shirushi_profile::Certificate;

/// What a card tells without a PIN.
#[derive(Clone, Debug)]
pub struct CardOverview {
    /// The token information.
    pub token: TokenInformation,
    /// The signature credential. Its certificate is not read: it bears the holder's four items and needs the password.
    pub signature: CredentialOverview,
    /// The user authentication credential.
    pub authentication: CredentialOverview,
}

/// One of the two credentials.
#[derive(Clone, Debug)]
pub struct CredentialOverview {
    /// Tries left before the PIN locks; 0 when it is locked, none when there is nothing that a PIN could be for.
    pub tries: Option<u8>,
    /// The holder's certificate; none when there is none, or a PIN is needed to read it.
    pub certificate: Option<Certificate>,
    /// Whether a PIN is needed to read it: always for the signature certificate, and on a telephone for the other one too.
    pub needs_pin: bool,
    /// The certificate of the authority that issued it; none when there is none.
    pub authority: Option<Certificate>,
}

/// Reads what the card tells without a PIN. No try is spent.
///
/// # Errors
/// [`ClientError::Card`] when the card does not answer, [`ClientError::Certificate`] for a certificate that cannot be read.
pub fn show<T: Transmit>(card: &mut Card<T>) -> Result<CardOverview, ClientError> {
    Ok(CardOverview {
        token: card.token().clone(),
        signature: overview(card, Credential::Signature)?,
        authentication: overview(card, Credential::Authentication)?,
    })
}

fn overview<T: Transmit>(
    card: &mut Card<T>,
    credential: Credential,
) -> Result<CredentialOverview, ClientError> {
    let (certificate, needs_pin) = match credential {
        Credential::Signature => (None, true),
        Credential::Authentication => match card.certificate(credential, None) {
            Err(CardError::NotVerified { .. }) => (None, true),
            read => (absent_or(read)?, false),
        },
    };
    let authority = absent_or(card.ca_certificate(credential))?;
    let parse = |der: Option<Vec<u8>>| {
        der.map(|der| parse(credential, &der))
            .transpose()
    };
    Ok(CredentialOverview {
        tries: absent_or(card.tries(credential))?,
        certificate: parse(certificate)?,
        needs_pin,
        authority: parse(authority)?,
    })
}

/// What is not there is no error of a card.
fn absent_or<T>(read: Result<T, CardError>) -> Result<Option<T>, CardError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(CardError::NoCertificate { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
