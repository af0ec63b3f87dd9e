//! A message under a party's signature.

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shirushi_crypto::{CryptoError, PublicKey, SigningKey};
use std::marker::PhantomData;

/// Longest message accepted, in bytes of JSON.
const LONGEST: usize = 64 * 1024;

/// A message that is signed under its own name, so that one kind never passes for another.
pub trait Message: Serialize + DeserializeOwned {
    /// The context that the signature covers before the bytes.
    const CONTEXT: &'static str;
}

/// A [`Message`] with the signature of its sender. The bytes signed are kept as they are: nothing is encoded again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed<T> {
    /// The message as JSON, base64.
    payload: String,
    /// SHA-1 key identifier of the signer's key, hexadecimal.
    key: String,
    /// The signature over the context, a newline, and the JSON; base64.
    signature: String,
    #[serde(skip)]
    message: PhantomData<T>,
}

/// Why a signed message cannot be made or trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignedError {
    /// The message is not what its context says.
    #[error("the message is malformed")]
    Malformed,
    /// The message is longer than 64 KiB.
    #[error("the message has {size} bytes, more than {limit}")]
    TooLong {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The key cannot sign.
    #[error(transparent)]
    Key(#[from] CryptoError),
}

#[cfg(feature = "describe")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Signed<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Signed{}", T::schema_name()).into()
    }

    fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "A message with the signature of its sender.",
            "required": ["payload", "key", "signature"],
            "properties": {
                "payload": {
                    "type": "string",
                    "description": "The message as JSON, base64.",
                    "contentEncoding": "base64",
                    "contentMediaType": "application/json",
                    "contentSchema": schemas.subschema_for::<T>(),
                },
                "key": {
                    "type": "string",
                    "description": "SHA-1 key identifier of the signer's key, hexadecimal.",
                },
                "signature": {
                    "type": "string",
                    "description": "The signature over the context, a newline, and the JSON; base64.",
                    "contentEncoding": "base64",
                },
            },
            "additionalProperties": false,
        })
    }
}

impl<T: Message> Signed<T> {
    /// Signs `message`.
    ///
    /// # Errors
    /// [`SignedError::Key`] when the key cannot be used, [`SignedError::TooLong`] for a message over 64 KiB.
    pub fn sign(message: &T, key: &dyn SigningKey) -> Result<Self, SignedError> {
        let json = serde_json::to_vec(message).map_err(|_| SignedError::Malformed)?;
        Self::sign_json(&json, key)
    }

    /// Signs a message that was written before, as the bytes that it was written in: its hash stays what it is.
    ///
    /// # Errors
    /// Those of [`Signed::sign`], and [`SignedError::Malformed`] when the bytes are no such message.
    pub fn sign_json(json: &[u8], key: &dyn SigningKey) -> Result<Self, SignedError> {
        within_limit(json.len())?;
        serde_json::from_slice::<T>(json).map_err(|_| SignedError::Malformed)?;
        let signature = key.sign(&with_context::<T>(json))?;
        Ok(Self {
            payload: Base64::encode_string(json),
            key: hex::encode(key.public_key().key_identifier()),
            signature: Base64::encode_string(&signature),
            message: PhantomData,
        })
    }

    /// Key identifier of the signer, hexadecimal: which key to verify with.
    #[must_use]
    pub fn key_identifier(&self) -> &str {
        &self.key
    }

    /// The message, without any statement about who sent it: for finding the key to verify with.
    ///
    /// # Errors
    /// [`SignedError::Malformed`], [`SignedError::TooLong`].
    pub fn unverified(&self) -> Result<T, SignedError> {
        serde_json::from_slice(&self.json()?).map_err(|_| SignedError::Malformed)
    }

    /// The message, if `key` signed it.
    ///
    /// # Errors
    /// [`SignedError::Signature`] when it did not; [`SignedError::Malformed`], [`SignedError::TooLong`].
    pub fn verified(
        &self,
        key: &PublicKey,
        algorithm: shirushi_crypto::SignatureAlgorithm,
    ) -> Result<T, SignedError> {
        let json = self.json()?;
        let signature = Base64::decode_vec(&self.signature).map_err(|_| SignedError::Signature)?;
        key.verify(algorithm, &with_context::<T>(&json), &signature)
            .map_err(|_| SignedError::Signature)?;
        serde_json::from_slice(&json).map_err(|_| SignedError::Malformed)
    }

    /// The JSON that was signed.
    ///
    /// # Errors
    /// [`SignedError::Malformed`], [`SignedError::TooLong`].
    pub fn json(&self) -> Result<Vec<u8>, SignedError> {
        within_limit(self.payload.len() / 4 * 3)?;
        Base64::decode_vec(&self.payload).map_err(|_| SignedError::Malformed)
    }
}

fn within_limit(size: usize) -> Result<(), SignedError> {
    if size > LONGEST {
        return Err(SignedError::TooLong {
            size,
            limit: LONGEST,
        });
    }
    Ok(())
}

fn with_context<T: Message>(json: &[u8]) -> Vec<u8> {
    [T::CONTEXT.as_bytes(), b"\n", json].concat()
}
