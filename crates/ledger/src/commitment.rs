//! Leaves that say nothing: salted commitments.

use shirushi_crypto::{Random, Secret, sha256};

/// Keeps these hashes apart from every other use of SHA-256 in the house.
const DOMAIN: &[u8] = b"shirushi ledger commitment v1\0";

/// The salt of one entry: 32 random bytes, never used for another. Without it the commitment tells nothing of the entry, even
/// to one who guesses names and addresses; deleting it makes the log forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salt(Secret);

impl Salt {
    /// A new salt.
    #[must_use]
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self::from_bytes(bytes)
    }

    /// A salt read back.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::from(bytes.as_slice()))
    }

    /// Its 32 bytes, to be kept beside the entry.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl From<[u8; 32]> for Salt {
    fn from(bytes: [u8; 32]) -> Self {
        Self::from_bytes(bytes)
    }
}

/// Commitment to `entry` under `salt`: SHA-256 over a fixed text, the salt and the entry. Its 32 bytes are the leaf's data.
#[must_use]
pub fn commitment(salt: &Salt, entry: &[u8]) -> [u8; 32] {
    // The text and the salt have fixed lengths, so no two inputs run together into the same bytes.
    let preimage = Secret::new([DOMAIN, salt.expose(), entry].concat());
    sha256(preimage.expose())
}
