//! How far a card has come.

use serde::{Deserialize, Serialize};

/// Which certificate, and the key and PIN that belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 署名用電子証明書
    Signature,
    /// 利用者証明用電子証明書
    Authentication,
}

impl Kind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Signature, Self::Authentication];
}

/// Binds what is pending in a card to one application; sixteen bytes, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TransactionId([u8; 16]);

/// A text that is no [`TransactionId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a transaction id is 32 hexadecimal digits")]
pub struct NotATransactionId;

impl TransactionId {
    /// The id of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl From<[u8; 16]> for TransactionId {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Display for TransactionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::str::FromStr for TransactionId {
    type Err = NotATransactionId;

    fn from_str(text: &str) -> Result<Self, NotATransactionId> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotATransactionId)?;
        Ok(Self(bytes))
    }
}

impl From<TransactionId> for String {
    fn from(id: TransactionId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for TransactionId {
    type Error = NotATransactionId;

    fn try_from(text: String) -> Result<Self, NotATransactionId> {
        text.parse()
    }
}

/// How far the pending transaction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// No keys of a pending transaction are closed off: there is no transaction, or its keys are being made.
    Idle,
    /// The keys are made; the holder's PINs are to be set on the spot.
    KeysMade,
    /// The PINs of all kinds are set; certificates can be written.
    PinsSet,
    /// A certificate and a CA certificate of every kind are written; the set can be activated.
    CertificatesWritten,
}

/// What a card says about itself over the channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardStatus {
    /// The card's number.
    pub card_number: String,
    /// The pending transaction.
    pub transaction: Option<TransactionId>,
    /// The transaction activated last.
    pub completed: Option<TransactionId>,
    /// How far the pending transaction has come.
    pub stage: Stage,
    /// The kinds of the pending transaction.
    pub kinds: Vec<Kind>,
    /// SHA-256 of the certificates written whole in the pending set, or of the active ones when the stage is
    /// [`Stage::Idle`].
    pub certificate_digests: Vec<(Kind, [u8; 32])>,
}
