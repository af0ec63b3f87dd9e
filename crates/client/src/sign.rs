//! Signing a document with a card.

use crate::ClientError;
use shirushi_apdu::Transmit;
use shirushi_card::{Card, CardError, Credential, Pin};
use shirushi_clock::Instant;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_signature::{ContentDigests, Prepared, SignatureError, prepare, prepare_digest};

/// A document signed.
#[derive(Clone, Debug)]
pub struct SignedContent {
    /// The detached signature: a CMS container in DER, with the signer's and the CA's certificate.
    pub cms: Vec<u8>,
    /// The certificate whose key signed.
    pub certificate: Certificate,
}

/// What a signature is made with, and what goes into its container.
#[derive(Clone, Debug)]
pub struct Signing {
    /// Which key.
    pub credential: Credential,
    /// The certificate, where it is known already: it is not read from the card then.
    pub known: Option<Certificate>,
    /// Whether the CA's certificate is read from the card and put into the container. Whoever verifies the signature must trust it
    /// anyhow, and so have it.
    pub with_authority: bool,
}

impl Signing {
    /// With the signature key; certificate and CA certificate are read from the card and sent along.
    #[must_use]
    pub fn document() -> Self {
        Self {
            credential: Credential::Signature,
            known: None,
            with_authority: true,
        }
    }
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
    sign_with(card, &Signing::document(), pin, content, at)
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
    let signing = Signing {
        credential: Credential::Authentication,
        ..Signing::document()
    };
    sign_with(card, &signing, pin, content, at)
}

/// Signs `content` as `signing` says.
///
/// The commands, after the selection: the tries counted, the PIN, the certificate unless it is known, the CA's certificate if it is
/// to be sent along, the signature.
///
/// # Errors
/// As [`sign_detached`].
pub fn sign_with<T: Transmit>(
    card: &mut Card<T>,
    signing: &Signing,
    pin: &Pin,
    content: &[u8],
    at: Instant,
) -> Result<SignedContent, ClientError> {
    sign(card, signing, pin, |certificate| {
        prepare(content, certificate, at)
    })
}

/// [`sign_with`] of a content of which the caller has the digests, because it was read in pieces. The signing time may depend on the
/// certificate: that of a sandbox city lives in the city's time.
///
/// # Errors
/// As [`sign_detached`].
pub fn sign_digest_at_time_of<T: Transmit>(
    card: &mut Card<T>,
    signing: &Signing,
    pin: &Pin,
    content: &ContentDigests,
    time_of: impl FnOnce(&Certificate) -> Instant,
) -> Result<SignedContent, ClientError> {
    sign(card, signing, pin, |certificate| {
        prepare_digest(content, certificate, time_of(certificate))
    })
}

fn sign<T: Transmit>(
    card: &mut Card<T>,
    signing: &Signing,
    pin: &Pin,
    prepare: impl FnOnce(&Certificate) -> Result<Prepared, SignatureError>,
) -> Result<SignedContent, ClientError> {
    let credential = signing.credential;
    if let Some(known) = &signing.known {
        require_kind(credential, known)?;
    }
    let verified = card.verify(credential, pin)?;
    let certificate = match &signing.known {
        Some(known) => known.clone(),
        None => parse(credential, &card.certificate(credential, Some(&verified))?)?,
    };
    require_kind(credential, &certificate)?;
    let authority = match signing.with_authority {
        true => vec![parse(credential, &card.ca_certificate(credential)?)?],
        false => Vec::new(),
    };
    let prepared = prepare(&certificate)?;
    let signature = card.sign_digest_info(credential, &verified, &prepared.to_card())?;
    let cms = prepared.assemble(&signature, &authority)?;
    Ok(SignedContent { cms, certificate })
}

/// The holder's certificate where the card gives it out before a PIN is there: so that nobody spends a PIN on a card with which nothing could be
/// signed, and it need not be read again ([`Signing::known`]). None for the signature certificate, and on a telephone.
///
/// # Errors
/// [`ClientError::WrongKind`], and those of the card.
pub fn certificate_before_pin<T: Transmit>(
    card: &mut Card<T>,
    credential: Credential,
) -> Result<Option<Certificate>, ClientError> {
    if credential == Credential::Signature {
        return Ok(None);
    }
    match card.certificate(credential, None) {
        Ok(der) => {
            let certificate = parse(credential, &der)?;
            require_kind(credential, &certificate)?;
            Ok(Some(certificate))
        }
        Err(CardError::NotVerified { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// That a certificate is not of the other kind than its credential's. One whose policy stands for neither kind may be right: a telephone's,
/// a later card's. Whether a relying party takes it is for that one to say.
///
/// # Errors
/// [`ClientError::WrongKind`].
pub fn require_kind(credential: Credential, certificate: &Certificate) -> Result<(), ClientError> {
    let found = certificate.apparent_kind();
    match found {
        Some(kind) if kind != kind_of(credential) => {
            Err(ClientError::WrongKind { credential, found })
        }
        _ => Ok(()),
    }
}

/// The kind of certificate that belongs to a credential.
#[must_use]
pub const fn kind_of(credential: Credential) -> CertificateKind {
    match credential {
        Credential::Signature => CertificateKind::Signature,
        Credential::Authentication => CertificateKind::Authentication,
    }
}

pub(crate) fn parse(credential: Credential, der: &[u8]) -> Result<Certificate, ClientError> {
    Certificate::from_der(der).map_err(|fault| ClientError::Certificate { credential, fault })
}
