//! Response APDUs (ISO/IEC 7816-4 §5.3).

use crate::StatusWord;

/// A card's answer. `Debug` shows lengths only, for the data may hold personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The answer's data; empty when there is none.
    pub data: Vec<u8>,
    /// SW1 and SW2.
    pub status: StatusWord,
}

/// Bytes that are no response: fewer than the two of a status word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a response ends with two status bytes; {length} bytes came")]
pub struct MalformedResponse {
    /// Bytes received.
    pub length: usize,
}

impl Response {
    /// An answer with data and 9000.
    #[must_use]
    pub fn ok(data: impl Into<Vec<u8>>) -> Self {
        Self {
            data: data.into(),
            status: StatusWord::OK,
        }
    }

    /// Reads a response.
    ///
    /// # Errors
    /// [`MalformedResponse`] when there are fewer than two bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedResponse> {
        let Some((data, status)) = bytes.split_last_chunk::<2>() else {
            return Err(MalformedResponse {
                length: bytes.len(),
            });
        };
        Ok(Self {
            data: data.to_vec(),
            status: StatusWord(u16::from_be_bytes(*status)),
        })
    }

    /// The bytes to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.data.clone();
        bytes.extend_from_slice(&self.status.0.to_be_bytes());
        bytes
    }
}

impl From<StatusWord> for Response {
    fn from(status: StatusWord) -> Self {
        Self {
            data: Vec::new(),
            status,
        }
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Response({} bytes of data, {})",
            self.data.len(),
            self.status
        )
    }
}
