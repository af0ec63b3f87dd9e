//! What a published list is called, and what it is.

use shirushi_profile::{CertificateKind, CertificateList, MunicipalityCode};

/// Which list: whose certificates, signed by which generation of the authority's keys, of which municipality (none: of all).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListKey {
    /// Whose certificates.
    pub kind: CertificateKind,
    /// The generation of the authority's keys that signs it and has issued its certificates, from 1.
    pub generation: i64,
    /// Its municipality; none for the complete list.
    pub municipality: Option<MunicipalityCode>,
}

impl ListKey {
    /// Whether certificates of this municipality stand in it.
    pub(crate) fn covers(&self, municipality: MunicipalityCode) -> bool {
        self.municipality
            .is_none_or(|code| code == municipality)
    }
}

/// A list that was published. A clone is cheap.
#[derive(Clone, Debug)]
pub struct PublishedList {
    /// Which list.
    pub key: ListKey,
    /// The list.
    pub list: CertificateList,
}
