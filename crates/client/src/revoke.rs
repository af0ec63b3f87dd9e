//! The holder's online request that certificates end (オンライン失効申請, Law 9(4), 28(4)).

use crate::{ClientError, Signing, sign_with};
use shirushi_apdu::Transmit;
use shirushi_card::{Card, Credential, Pin};
use shirushi_clock::Instant;
use shirushi_crypto::Random;
use shirushi_profile::{Certificate, RevocationReason, SerialNumber};
use shirushi_wire::{ApplicationId, HolderRevocation, SignedByHolder};

/// Which certificates are to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToEnd {
    /// The signature certificate, which also signs the request. A card whose signature certificate has ended signs no further one.
    pub signature: bool,
    /// The authentication certificate, by its serial number.
    pub authentication: Option<SerialNumber>,
}

/// A request, signed by the card.
#[derive(Clone, Debug)]
pub struct RevocationToSend {
    /// What is sent.
    pub signed: SignedByHolder,
    /// The certificate that signed it, which names the authority's addresses.
    pub signer: Certificate,
}

/// Makes a request for revocation and signs it with the signature key, as the law wants it for either certificate. The signature
/// certificate is read from the card; `time_of` it is the request's time.
///
/// # Errors
/// As [`sign_with`].
pub fn sign_revocation<T: Transmit>(
    card: &mut Card<T>,
    pin: &Pin,
    to_end: &ToEnd,
    reason: RevocationReason,
    time_of: impl FnOnce(&Certificate) -> Instant,
    random: &dyn Random,
) -> Result<RevocationToSend, ClientError> {
    let credential = Credential::Signature;
    let verified = card.verify(credential, pin)?;
    let der = card.certificate(credential, Some(&verified))?;
    let signer = crate::sign::parse(credential, &der)?;
    let at = time_of(&signer);
    let mut certificates = Vec::new();
    certificates.extend(
        to_end
            .signature
            .then(|| *signer.serial()),
    );
    certificates.extend(to_end.authentication);
    let request = HolderRevocation {
        id: ApplicationId::random(random),
        certificates,
        reason,
        at,
    };
    let payload = request.to_be_signed()?;
    let signing = Signing {
        credential,
        known: Some(signer),
        with_authority: false,
    };
    let signed = sign_with(card, &signing, pin, &payload, at)?;
    Ok(RevocationToSend {
        signed: SignedByHolder::new(&payload, &signed.cms),
        signer: signed.certificate,
    })
}
