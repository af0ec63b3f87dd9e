//! What a process has learned of cards, over every C_Finalize and C_Initialize.

use shirushi_card::TokenInformation;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a process has learned of cards.
#[derive(Default)]
pub struct Learned {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Cards that do not sign by RSA-PSS.
    without_pss: Vec<TokenInformation>,
}

impl Learned {
    /// The card has refused RSA-PSS.
    pub(crate) fn has_no_pss(&self, card: &TokenInformation) {
        let mut inner = self.inner();
        if !inner.without_pss.contains(card) {
            inner.without_pss.push(card.clone());
        }
    }

    /// Whether a card is not known to refuse RSA-PSS.
    pub(crate) fn may_have_pss(&self, card: &TokenInformation) -> bool {
        !self.inner().without_pss.contains(card)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
