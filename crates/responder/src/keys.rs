//! What responses are signed with: a key for each generation of both authorities, exchanged while requests are answered.

use shirushi_clock::Instant;
use shirushi_crypto::SigningKey;
use shirushi_profile::{Certificate, CertificateKind, Generation, ocsp::CertId};
use std::sync::{Arc, PoisonError, RwLock};

/// What one generation's responses are signed with.
#[derive(Clone, Debug)]
pub struct ResponderKey {
    /// Of which authority.
    pub kind: CertificateKind,
    /// Of which generation.
    pub generation: Generation,
    /// The responder's own key.
    pub key: Arc<dyn SigningKey>,
    /// Its certificate, with id-kp-OCSPSigning (RFC 6960 §4.2.2.2).
    pub certificate: Certificate,
    /// The authority that issued it and the certificates asked about.
    pub issuer: Certificate,
}

/// The keys of all generations. What is exchanged is used from the next request on.
#[derive(Debug, Default)]
pub struct ResponderKeys {
    /// The oldest generation of each kind first.
    keys: RwLock<Vec<Arc<ResponderKey>>>,
}

impl ResponderKeys {
    /// These keys.
    #[must_use]
    pub fn new(keys: Vec<ResponderKey>) -> Self {
        let held = Self::default();
        held.replace(keys);
        held
    }

    /// From now on these keys, and no others.
    pub fn replace(&self, keys: Vec<ResponderKey>) {
        let mut keys: Vec<Arc<ResponderKey>> = keys.into_iter().map(Arc::new).collect();
        keys.sort_by_key(|key| (key.kind, key.generation));
        *self
            .keys
            .write()
            .unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Whether the authority's certificate of this generation is over.
    #[must_use]
    pub fn has_ended(&self, kind: CertificateKind, generation: i64, now: Instant) -> bool {
        self.all().iter().any(|key| {
            key.kind == kind
                && key.generation.number() == generation
                && key.issuer.not_after() < now
        })
    }

    /// All, the oldest generation of each kind first.
    pub(crate) fn all(&self) -> Vec<Arc<ResponderKey>> {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// That of a generation; without one, the newest of the kind.
    pub(crate) fn of(
        &self,
        kind: CertificateKind,
        generation: Option<Generation>,
    ) -> Option<Arc<ResponderKey>> {
        self.all()
            .into_iter()
            .rfind(|key| key.kind == kind && generation.is_none_or(|one| one == key.generation))
    }

    /// The key that answers for these certificates: that of the generation whose key their issuer has. The newest says of all others
    /// that they are unknown, and of those whose authority has ended, which has nobody to speak for it.
    pub(crate) fn for_entries(
        &self,
        kind: CertificateKind,
        entries: &[CertId],
        now: Instant,
    ) -> Option<Arc<ResponderKey>> {
        let asked_for = self.all().into_iter().find(|key| {
            key.kind == kind
                && now <= key.issuer.not_after()
                && entries
                    .iter()
                    .any(|entry| entry.is_of(&key.issuer))
        });
        asked_for.or_else(|| self.of(kind, None))
    }
}
