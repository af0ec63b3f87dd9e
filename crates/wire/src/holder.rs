//! What a holder asks of the authority online, under the signature of their own card.

use crate::{ApplicationId, Message};
use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_profile::{RevocationReason, SerialNumber};

/// Longest request and longest signature accepted, in bytes.
const LONGEST: usize = 64 * 1024;

/// A holder's online request that their certificates end (オンライン失効申請, Law 9(4), 28(4)). It is signed with the signature
/// certificate, also where only the authentication certificate is to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HolderRevocation {
    /// Its id.
    pub id: ApplicationId,
    /// The certificates that are to end, one or both of the holder's.
    #[cfg_attr(feature = "describe", schemars(with = "Vec<crate::shape::Serial>"))]
    pub certificates: Vec<SerialNumber>,
    /// Why.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Reason"))]
    pub reason: RevocationReason,
    /// When the holder signed it.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub at: Instant,
}

impl Message for HolderRevocation {
    const CONTEXT: &'static str = "shirushi holder revocation 1";
}

/// A request with the holder's detached signature (CMS) over its context, a newline, and its JSON. The bytes signed are kept as they
/// are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedByHolder {
    /// What was signed, base64.
    payload: String,
    /// The signature in DER, base64.
    cms: String,
}

/// A holder's message that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the holder's message is malformed, or too long")]
pub struct MalformedRequest;

impl HolderRevocation {
    /// The bytes that the card signs.
    ///
    /// # Errors
    /// [`MalformedRequest`], which no request of ours is.
    pub fn to_be_signed(&self) -> Result<Vec<u8>, MalformedRequest> {
        let json = serde_json::to_vec(self).map_err(|_| MalformedRequest)?;
        Ok([Self::CONTEXT.as_bytes(), b"\n", &json].concat())
    }

    /// The request in bytes that were signed: under its own name, and nothing but what the fields say.
    ///
    /// # Errors
    /// [`MalformedRequest`].
    pub fn from_signed(bytes: &[u8]) -> Result<Self, MalformedRequest> {
        let json = bytes
            .strip_prefix(Self::CONTEXT.as_bytes())
            .and_then(|rest| rest.strip_prefix(b"\n"))
            .ok_or(MalformedRequest)?;
        let request: Self = serde_json::from_slice(json).map_err(|_| MalformedRequest)?;
        // One form only, so that two readers cannot see two requests under one signature.
        match request.to_be_signed()? == bytes {
            true => Ok(request),
            false => Err(MalformedRequest),
        }
    }
}

impl SignedByHolder {
    /// What was signed, with its signature.
    #[must_use]
    pub fn new(payload: &[u8], cms: &[u8]) -> Self {
        Self {
            payload: Base64::encode_string(payload),
            cms: Base64::encode_string(cms),
        }
    }

    /// What was signed.
    ///
    /// # Errors
    /// [`MalformedRequest`].
    pub fn payload(&self) -> Result<Vec<u8>, MalformedRequest> {
        decoded(&self.payload)
    }

    /// The signature.
    ///
    /// # Errors
    /// [`MalformedRequest`].
    pub fn cms(&self) -> Result<Vec<u8>, MalformedRequest> {
        decoded(&self.cms)
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, MalformedRequest> {
    if text.len() / 4 * 3 > LONGEST {
        return Err(MalformedRequest);
    }
    Base64::decode_vec(text).map_err(|_| MalformedRequest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> HolderRevocation {
        HolderRevocation {
            id: ApplicationId::from_bytes([7; 16]),
            certificates: vec!["4102".parse().unwrap()],
            reason: RevocationReason::KeyCompromise,
            at: Instant::from_unix(1_900_000_000).unwrap(),
        }
    }

    #[test]
    fn a_request_has_one_form() {
        let bytes = request().to_be_signed().unwrap();
        assert_eq!(HolderRevocation::from_signed(&bytes), Ok(request()));
        let text = String::from_utf8(bytes).unwrap();
        for other in [
            text.replace("revocation 1", "revocation 2"),
            text.replace("\n", ""),
            text.replace("\"reason\"", " \"reason\""),
            text.replace('}', ",\"more\":1}"),
            text.replace("keyCompromise", "key-compromise") + " ",
        ] {
            assert_ne!(other, text);
            assert_eq!(
                HolderRevocation::from_signed(other.as_bytes()),
                Err(MalformedRequest),
                "{other}"
            );
        }
    }
}
