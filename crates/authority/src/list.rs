//! What a published list is called, and what it is.

use shirushi_profile::{CertificateKind, CertificateList, CrlScope};

/// Which list: whose certificates, signed by which generation of the authority's keys, and which of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListKey {
    /// Whose certificates.
    pub kind: CertificateKind,
    /// The generation of the authority's keys that signs it and has issued its certificates, from 1.
    pub generation: i64,
    /// Which of that generation's certificates it covers.
    pub scope: CrlScope,
}

/// A list that was published. A clone is cheap.
#[derive(Clone, Debug)]
pub struct PublishedList {
    /// Which list.
    pub key: ListKey,
    /// The list.
    pub list: CertificateList,
}
