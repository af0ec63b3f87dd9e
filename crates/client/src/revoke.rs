//! The holder's online request that certificates end (オンライン失効申請, Law 9(4), 28(4)).

use crate::{ClientError, Signing, sign_with};
use shirushi_apdu::Transmit;
use shirushi_card::{Card, Credential, Pin};
use shirushi_clock::Instant;
use shirushi_crypto::Random;
use shirushi_profile::{Certificate, RevocationReason, SerialNumber};
use shirushi_rules::RefusalReport;
use shirushi_wire::{ApplicationId, HolderRevocation, SignedByHolder};

/// Where an authority takes such requests, below its address.
const PATH: &str = "/authority/holder-revocations";
/// How often a request is sent whose answer does not arrive.
const MOST_SENT: usize = 3;

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

/// Why a request was not taken.
#[derive(Debug)]
pub enum Unsent {
    /// By a rule.
    ByRule(Box<RefusalReport>),
    /// No connection was made: why.
    NotSent(String),
    /// It may have arrived, and what came of it is not known: why.
    Unknown(String),
}

/// The way to authorities.
pub trait SendsRequests {
    /// POST of a message as JSON; the JSON of a 200.
    ///
    /// # Errors
    /// [`Unsent`].
    fn send(&self, url: &str, message: &serde_json::Value) -> Result<serde_json::Value, Unsent>;
}

impl RevocationToSend {
    /// Where the authority takes it: at `authority`, else at the address of the responder in the certificate; none when there is none.
    #[must_use]
    pub fn address(&self, authority: Option<&str>) -> Option<String> {
        revocation_address(&self.signer, authority)
    }

    /// Sends it; the serial numbers that have ended by it, none when all had ended before. The same request has the same id: told again,
    /// it is answered as it was the first time, so one whose answer was lost is sent again.
    ///
    /// # Errors
    /// [`Unsent`].
    pub fn send(&self, url: &str, network: &dyn SendsRequests) -> Result<Vec<String>, Unsent> {
        let message = serde_json::to_value(&self.signed)
            .map_err(|error| Unsent::NotSent(error.to_string()))?;
        let mut answered = network.send(url, &message);
        let was_unknown = matches!(answered, Err(Unsent::Unknown(_)));
        for _ in 1..MOST_SENT {
            if matches!(answered, Err(Unsent::Unknown(_))) {
                answered = network.send(url, &message);
            }
        }
        let answer = answered.map_err(|unsent| match unsent {
            // The first may have arrived.
            Unsent::NotSent(why) if was_unknown => Unsent::Unknown(why),
            unsent => unsent,
        })?;
        let serials = answer["serials"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|serial| serial.as_str().map(str::to_owned));
        Ok(serials.collect())
    }
}

/// Where the authority of a certificate takes requests for revocation; none when the certificate names no address.
#[must_use]
pub fn revocation_address(certificate: &Certificate, authority: Option<&str>) -> Option<String> {
    let base = match authority {
        Some(base) => base.trim_end_matches('/').to_owned(),
        None => origin(certificate.ocsp_urls().first()?)?,
    };
    Some(format!("{base}{PATH}"))
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    (!host.is_empty()).then(|| format!("{scheme}://{host}"))
}
