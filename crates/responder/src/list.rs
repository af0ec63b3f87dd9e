//! A revocation list as it is served: its bytes once in memory, and what tells it from others.

use axum::body::Bytes;
use shirushi_clock::Instant;
use shirushi_crypto::sha256;
use shirushi_profile::CertificateList;
use shirushi_wire::{ListKey, PublishedList};

/// A published list. Clones share its bytes.
#[derive(Clone, Debug)]
pub struct List {
    key: ListKey,
    list: CertificateList,
    tag: String,
    is_dated: bool,
}

impl List {
    /// The list, as it was published.
    #[must_use]
    pub fn new(PublishedList { key, list }: PublishedList) -> Self {
        // Half of a SHA-256 tells any two lists apart.
        let tag = format!("\"{}\"", hex::encode(&sha256(list.der())[..16]));
        Self {
            key,
            list,
            tag,
            is_dated: false,
        }
    }

    /// The same, later than every list before it or not: only then may a date alone stand for it.
    pub(crate) fn dated(self, is_dated: bool) -> Self {
        Self { is_dated, ..self }
    }

    /// Which list it is.
    #[must_use]
    pub fn key(&self) -> ListKey {
        self.key
    }

    /// The list itself.
    #[must_use]
    pub fn list(&self) -> &CertificateList {
        &self.list
    }

    /// The same as a message between parties.
    #[must_use]
    pub fn published(&self) -> PublishedList {
        PublishedList {
            key: self.key,
            list: self.list.clone(),
        }
    }

    /// The number that it bears; 0 for one without.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.list.number().unwrap_or_default()
    }

    /// Its bytes, shared.
    pub(crate) fn body(&self) -> Bytes {
        Bytes::from_owner(Shared(self.list.clone()))
    }

    /// Its entity tag (RFC 9110 §8.8.3), a strong one.
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// Since when it is what it is (RFC 9110 §8.8.2), where that tells it from every other.
    pub(crate) fn last_modified(&self) -> Option<Instant> {
        self.is_dated
            .then(|| self.list.this_update())
    }
}

struct Shared(CertificateList);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.der()
    }
}
