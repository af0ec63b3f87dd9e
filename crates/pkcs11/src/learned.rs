//! What a process has learned of cards, over every C_Finalize and C_Initialize.

use shirushi_card::{Credential, TokenInformation};
use shirushi_crypto::{Secret, constant_time_eq, sha256};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More PINs of a wrong form than are remembered of one token: they spend nothing.
const MOST_ILL_FORMED: usize = 16;

/// What a process has learned of cards.
#[derive(Default)]
pub struct Learned {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Cards that do not sign by RSA-PSS.
    without_pss: Vec<TokenInformation>,
    /// PINs that were refused.
    refused: Vec<Refused>,
}

/// One of a card's two tokens during one stay in a reader; it means the same after C_Finalize.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) reader: String,
    /// What the source counts of the reader's cards.
    pub(crate) changes: u64,
    pub(crate) card: TokenInformation,
    pub(crate) credential: Credential,
}

/// What a PIN is recognised by, in guarded memory: its SHA-256, small letters as capitals.
#[derive(Clone)]
pub(crate) struct Fingerprint(Secret);

struct Refused {
    stay: Stay,
    fingerprint: Fingerprint,
    /// Tries that were left after it; none for one of a wrong form, which was never sent.
    tries: Option<u8>,
}

impl Fingerprint {
    pub(crate) fn of(pin: &[u8]) -> Self {
        let folded = Secret::filled(pin.len(), |to| {
            to.copy_from_slice(pin);
            to.make_ascii_uppercase();
        });
        let mut digest = sha256(folded.expose());
        let kept = Secret::filled(digest.len(), |to| to.copy_from_slice(&digest));
        digest.fill(0);
        Self(kept)
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        constant_time_eq(self.0.expose(), other.0.expose())
    }
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

    /// A PIN that cannot be right was typed. Whether it had been before.
    pub(crate) fn is_ill_formed_again(&self, stay: &Stay, fingerprint: Fingerprint) -> bool {
        let mut inner = self.inner();
        if inner.knows(stay, &fingerprint) {
            return true;
        }
        let ill_formed = |refused: &Refused| refused.tries.is_none() && refused.stay == *stay;
        let count = inner
            .refused
            .iter()
            .filter(|refused| ill_formed(refused))
            .count();
        if count >= MOST_ILL_FORMED
            && let Some(oldest) = inner
                .refused
                .iter()
                .position(ill_formed)
        {
            inner.refused.remove(oldest);
        }
        inner.add(stay, fingerprint, None);
        false
    }

    /// Whether the card has refused this PIN. Where it counts more tries than after that, the right one was entered or a new one set
    /// meanwhile, and this may be it.
    pub(crate) fn was_refused(&self, stay: &Stay, fingerprint: &Fingerprint, tries: u8) -> bool {
        let mut inner = self.inner();
        inner.refused.retain(|refused| {
            refused.stay != *stay
                || refused
                    .tries
                    .is_none_or(|left| tries <= left)
        });
        inner.knows(stay, fingerprint)
    }

    /// The card has refused a PIN; so many tries are left.
    pub(crate) fn refused(&self, stay: &Stay, fingerprint: Fingerprint, tries: u8) {
        let mut inner = self.inner();
        // The count has gone down for all.
        for refused in &mut inner.refused {
            if refused.stay == *stay {
                refused.tries = refused
                    .tries
                    .map(|left| left.min(tries));
            }
        }
        inner.add(stay, fingerprint, Some(tries));
    }

    /// The card has accepted a PIN: what was wrong before is forgotten.
    pub(crate) fn accepted(&self, stay: &Stay) {
        self.inner()
            .refused
            .retain(|refused| refused.stay != *stay);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn knows(&self, stay: &Stay, fingerprint: &Fingerprint) -> bool {
        self.refused
            .iter()
            .any(|refused| refused.stay == *stay && refused.fingerprint.is(fingerprint))
    }

    fn add(&mut self, stay: &Stay, fingerprint: Fingerprint, tries: Option<u8>) {
        // Another card was in the reader then, or the same one before it was taken out.
        self.refused.retain(|refused| {
            refused.stay.reader != stay.reader
                || (refused.stay.changes == stay.changes && refused.stay.card == stay.card)
        });
        self.refused.push(Refused {
            stay: stay.clone(),
            fingerprint,
            tries,
        });
    }
}
