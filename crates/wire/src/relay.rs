//! The exchanges by which the authority speaks to a card through a counter (facts: DESIGN.md §5, two channels).

use crate::ApplicationId;
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_profile::{CertificateKind, SerialNumber};

/// Sent by the counter's relay. `responses: None` begins the channel anew, after a pulled cable as at first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RelayRequest {
    /// The card's answers to the last batch, in order, hexadecimal.
    pub responses: Option<Vec<String>>,
}

/// Answered by the authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(tag = "next", rename_all = "kebab-case")]
pub enum RelayAnswer {
    /// Send these commands to the card and come back with its answers.
    Transmit {
        /// Command APDUs, hexadecimal.
        commands: Vec<String>,
    },
    /// Let the applicant set the PINs of these kinds, on the card itself, then begin anew.
    SetPins {
        /// The kinds that need one.
        #[cfg_attr(feature = "describe", schemars(with = "Vec<crate::shape::Kind>"))]
        kinds: Vec<CertificateKind>,
    },
    /// Everything is written and live.
    Done {
        /// The application.
        application: ApplicationId,
        /// What was issued.
        certificates: Vec<IssuedCertificate>,
    },
}

/// One certificate issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "describe", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IssuedCertificate {
    /// Its kind.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Kind"))]
    pub kind: CertificateKind,
    /// 発行の番号
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Serial"))]
    pub serial: SerialNumber,
    /// Its last second.
    #[cfg_attr(feature = "describe", schemars(with = "crate::shape::Instant"))]
    pub not_after: Instant,
}
