//! The secret by which a browser is known again, in which somebody has logged in before.

use shirushi_crypto::{Random, sha256};

/// The secret by which a browser is known again: 32 random bytes, hexadecimal. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownBrowser(String);

impl KnownBrowser {
    /// A new one.
    #[must_use]
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(hex::encode(bytes))
    }

    /// What a browser has brought, if it can be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_one = text.len() == 64
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is_one.then(|| Self(text.to_owned()))
    }

    /// The secret itself, for the browser.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// By which it is kept.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.0.as_bytes())
    }
}

impl std::fmt::Debug for KnownBrowser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KnownBrowser(…)")
    }
}
