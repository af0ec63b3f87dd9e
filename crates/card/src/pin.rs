//! PINs as they are typed (`facts/card.md` §8).

use crate::{Credential, text::TEXT_PIN};
use shirushi_crypto::Secret;
use shirushi_rules::{PIN_FORM, Refusal};

/// A PIN of the right form for one credential. Wiped when dropped; `Debug` does not show it.
pub struct Pin {
    credential: Credential,
    value: Secret,
}

impl Pin {
    /// A 署名用パスワード: 6–16 characters A–Z and 0–9, a letter and a digit among them.
    ///
    /// Small letters are taken for capitals: no card has a password with small ones (`facts/card.md` §8), and it compares bytes.
    ///
    /// # Errors
    /// A [`Refusal`] by `card/pin-form`; no try was spent.
    pub fn signature(text: &str) -> Result<Self, Refusal> {
        let folded = Secret::filled(text.len(), |to| {
            to.copy_from_slice(text.as_bytes());
            to.make_ascii_uppercase();
        });
        let bytes = folded.expose();
        let fits = (6..=16).contains(&bytes.len())
            && bytes
                .iter()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && bytes.iter().any(u8::is_ascii_uppercase)
            && bytes.iter().any(u8::is_ascii_digit);
        Self::checked(Credential::Signature, bytes, fits)
    }

    /// A 利用者証明用暗証番号: 4 digits.
    ///
    /// # Errors
    /// A [`Refusal`] by `card/pin-form`; no try was spent.
    pub fn authentication(text: &str) -> Result<Self, Refusal> {
        let bytes = text.as_bytes();
        Self::checked(Credential::Authentication, bytes, is_four_digits(bytes))
    }

    /// The PIN of this credential.
    ///
    /// # Errors
    /// A [`Refusal`] by `card/pin-form`; no try was spent.
    pub fn new(credential: Credential, text: &str) -> Result<Self, Refusal> {
        match credential {
            Credential::Signature => Self::signature(text),
            Credential::Authentication => Self::authentication(text),
        }
    }

    /// Which credential it has the form of.
    #[must_use]
    pub fn credential(&self) -> Credential {
        self.credential
    }

    /// The bytes, when the PIN is meant for this credential: the password is never sent to the other PIN's counter.
    pub(crate) fn value_for(&self, credential: Credential) -> Result<&Secret, Refusal> {
        PIN_FORM.require(self.credential == credential, credential.pin().form_facts())?;
        Ok(&self.value)
    }

    fn checked(credential: Credential, bytes: &[u8], fits: bool) -> Result<Self, Refusal> {
        PIN_FORM.require(fits, credential.pin().form_facts())?;
        Ok(Self {
            credential,
            value: Secret::from(bytes),
        })
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pin({:?})", self.credential)
    }
}

/// A 券面事項入力補助用暗証番号: 4 digits. Wiped when dropped; `Debug` does not show it.
pub struct TextPin(Secret);

impl TextPin {
    /// The PIN of the text application.
    ///
    /// # Errors
    /// A [`Refusal`] by `card/pin-form`; no try was spent.
    pub fn new(text: &str) -> Result<Self, Refusal> {
        PIN_FORM.require(is_four_digits(text.as_bytes()), TEXT_PIN.form_facts())?;
        Ok(Self(Secret::from(text.as_bytes())))
    }

    pub(crate) fn value(&self) -> &Secret {
        &self.0
    }
}

impl std::fmt::Debug for TextPin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TextPin")
    }
}

fn is_four_digits(bytes: &[u8]) -> bool {
    bytes.len() == 4 && bytes.iter().all(u8::is_ascii_digit)
}
