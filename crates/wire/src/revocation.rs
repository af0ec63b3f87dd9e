//! A certificate that has ended before its time (失効), as the authority tells those who remember it beside itself, the lists that tell it
//! to everybody, and what is known of a certificate now.

use crate::base64_der;
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_profile::{
    CertificateKind, CertificateList, CrlScope, MunicipalityCode, RevocationReason, SerialNumber,
};

/// A revocation with all that a list, a status and a restored authority need of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Its place among all of the authority's revocations.
    pub position: i64,
    /// Whose certificate.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Kind"))]
    pub kind: CertificateKind,
    /// The serial number.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Serial"))]
    pub serial: SerialNumber,
    /// The generation of the authority's keys that issued the certificate, from 1.
    pub generation: i64,
    /// The municipality whose list it stands in.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Municipality"))]
    pub municipality: MunicipalityCode,
    /// Since when, as it is told.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub revoked_at: Instant,
    /// Why.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Reason"))]
    pub reason: RevocationReason,
    /// When the certificate would have ended by itself.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub not_after: Instant,
}

/// State of a certificate now, for whoever tells it under the name of one generation of the authority's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum CertificateState {
    /// Issued by this authority and valid now: the only state that is told as good.
    Good,
    /// Revoked (失効).
    Revoked {
        /// Since when.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
        at: Instant,
        /// Why.
        #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Reason"))]
        reason: RevocationReason,
    },
    /// Not issued by it, or expired, or not valid yet.
    Unknown,
}

/// Which list: whose certificates, signed by which generation of the authority's keys, and which of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListKey {
    /// Whose certificates.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Kind"))]
    pub kind: CertificateKind,
    /// The generation of the authority's keys that signs it and has issued its certificates, from 1.
    pub generation: i64,
    /// Which of that generation's certificates it covers.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Scope"))]
    pub scope: CrlScope,
}

/// A list that was published. A clone is cheap.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PublishedList {
    /// Which list.
    pub key: ListKey,
    /// The list; base64 of its DER in JSON.
    #[serde(with = "base64_der")]
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Base64"))]
    pub list: CertificateList,
}

/// Which records of those who remember beside the authority are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordsAfter {
    /// Of which certificates.
    pub kind: CertificateKind,
    /// Those after this number; from the beginning where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<SerialNumber>,
}
