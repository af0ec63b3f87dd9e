//! What the role CA has issued and revoked: one file, replaced as a whole.

use crate::{Peer, Shown};
use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};
use shirushi_clock::Instant;
use shirushi_profile::{Certificate, RevocationReason};

/// The only format so far.
const FORMAT: u32 = 1;

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its number, from 1 on.
    pub number: u64,
    /// Whose it is.
    pub peer: Peer,
    /// The certificate.
    pub certificate: Certificate,
    /// That it was revoked.
    pub revoked: Option<Revocation>,
}

/// A revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: RevocationReason,
}

/// How a certificate stands at some instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may be used.
    Alive,
    /// It is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl Standing {
    /// Whether it may be used.
    #[must_use]
    pub fn is_alive(self) -> bool {
        self == Self::Alive
    }

    /// Its name, for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Issued {
    /// How it stands.
    #[must_use]
    pub fn standing(&self, now: Instant) -> Standing {
        match self.revoked {
            Some(_) => Standing::Revoked,
            None if self.certificate.not_after() < now => Standing::Expired,
            None => Standing::Alive,
        }
    }
}

/// The whole of it.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// The number of the list that says the same.
    pub(super) list_number: u64,
    pub(super) issued: Vec<Issued>,
}

/// As it stands in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    list_number: u64,
    identities: Vec<Identity>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    number: u64,
    /// DER, in base64.
    certificate: String,
    revoked: Option<Revocation>,
}

impl Records {
    pub(super) fn next_number(&self) -> u64 {
        self.issued
            .last()
            .map_or(1, |last| last.number + 1)
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        let identities = self.issued.iter().map(Identity::of);
        let written = Written {
            format: FORMAT,
            list_number: self.list_number,
            identities: identities.collect(),
        };
        // Numbers and strings can always be written; nothing would be refused as damaged.
        serde_json::to_vec_pretty(&written).unwrap_or_default()
    }

    /// What stands in a file; none when it is not what `authority` has written.
    pub(super) fn read(text: &[u8], authority: &Certificate) -> Option<Self> {
        let written: Written = serde_json::from_slice(text).ok()?;
        let mut read = Self {
            list_number: written.list_number,
            issued: Vec::new(),
        };
        for identity in written.identities {
            let issued = identity.read(authority)?;
            if issued.number != read.next_number() {
                return None;
            }
            read.issued.push(issued);
        }
        (written.format == FORMAT).then_some(read)
    }
}

impl Identity {
    fn of(issued: &Issued) -> Self {
        Self {
            number: issued.number,
            certificate: Base64::encode_string(issued.certificate.der()),
            revoked: issued.revoked,
        }
    }

    fn read(self, authority: &Certificate) -> Option<Issued> {
        let der = Base64::decode_vec(&self.certificate).ok()?;
        let certificate = Certificate::from_der(&der).ok()?;
        authority
            .public_key()
            .verify(
                certificate.signature_algorithm().ok()?,
                certificate.tbs_der(),
                certificate.signature(),
            )
            .ok()?;
        Some(Issued {
            number: self.number,
            peer: Shown::of(&certificate).peer()?.clone(),
            certificate,
            revoked: self.revoked,
        })
    }
}
