//! Signing a document with a card.

use crate::ClientError;
use shirushi_apdu::Transmit;
use shirushi_card::{Card, CardError, Credential, Pin};
use shirushi_clock::Instant;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_signature::prepare;

/// A document signed.
#[derive(Clone, Debug)]
pub struct SignedContent {
    /// The detached signature: a CMS container in DER, with the signer's and the CA's certificate.
    pub cms: Vec<u8>,
    /// The certificate whose key signed.
    pub certificate: Certificate,
}

/// Signs `content` with the signature certificate (署名用電子証明書): verifies the password, reads the certificate and the CA's,
/// signs in the card, and checks the result before it is given out.
///
/// `at` becomes the signing time. The password stays verified in the card until [`Card::leave`]: [`sign_and_leave`] does both.
///
/// # Errors
/// [`ClientError`]; a wrong password costs one try, every other fault found before the card has been asked costs none.
pub fn sign_detached<T: Transmit>(
    card: &mut Card<T>,
    pin: &Pin,
    content: &[u8],
    at: Instant,
) -> Result<SignedContent, ClientError> {
    let credential = Credential::Signature;
    sign(
        card,
        credential,
        CertificateKind::Signature,
        pin,
        content,
        at,
    )
}

/// [`sign_detached`] and then, whether it worked or not, leaves the card with its PIN state cleared.
///
/// # Errors
/// As [`sign_detached`]; when only leaving fails its error is told, for the card's power must be cut then.
pub fn sign_and_leave<T: Transmit>(
    mut card: Card<T>,
    pin: &Pin,
    content: &[u8],
    at: Instant,
) -> Result<(SignedContent, T), ClientError> {
    let signed = sign_detached(&mut card, pin, content, at);
    let left: Result<T, CardError> = card.leave();
    Ok((signed?, left?))
}

/// Signs `content` with the user authentication certificate (利用者証明用電子証明書), which is not meant for documents.
///
/// For relying parties: a filing signed so must be refused, and this makes one to try it with.
///
/// # Errors
/// As [`sign_detached`].
pub fn sign_with_authentication_key<T: Transmit>(
    card: &mut Card<T>,
    pin: &Pin,
    content: &[u8],
    at: Instant,
) -> Result<SignedContent, ClientError> {
    let credential = Credential::Authentication;
    sign(
        card,
        credential,
        CertificateKind::Authentication,
        pin,
        content,
        at,
    )
}

fn sign<T: Transmit>(
    card: &mut Card<T>,
    credential: Credential,
    kind: CertificateKind,
    pin: &Pin,
    content: &[u8],
    at: Instant,
) -> Result<SignedContent, ClientError> {
    let verified = card.verify(credential, pin)?;
    let der = card.certificate(credential, Some(&verified))?;
    let certificate = parse(credential, &der)?;
    if certificate.kind() != Some(kind) {
        return Err(ClientError::WrongKind {
            credential,
            found: certificate.kind(),
        });
    }
    let ca = parse(credential, &card.ca_certificate(credential)?)?;
    let prepared = prepare(content, &certificate, at)?;
    let signature = card.sign_digest_info(credential, &verified, &prepared.digest_info())?;
    let cms = prepared.assemble(&signature, &[ca])?;
    Ok(SignedContent { cms, certificate })
}

pub(crate) fn parse(credential: Credential, der: &[u8]) -> Result<Certificate, ClientError> {
    Certificate::from_der(der).map_err(|fault| ClientError::Certificate { credential, fault })
}
