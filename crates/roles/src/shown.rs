//! What a certificate says of the service that shows it.

use crate::{Peer, Role};
use const_oid::db::{rfc5280, rfc5912};
use der::Decode as _;
use rustls::CommonState;
use shirushi_clock::Instant;
use shirushi_profile::{Certificate, SerialNumber};
use shirushi_text::shown_in_line;
use std::fmt;
use x509_cert::ext::pkix::{SubjectAltName, name::GeneralName};

/// As much of a stranger's name is repeated, in characters.
const MOST_OF_A_NAME: usize = 80;

/// A certificate that was shown: whose it says it is. Whether that is so is judged elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    peer: Option<Peer>,
    subject: String,
    serial: SerialNumber,
    not_after: Instant,
    is_for_both_ends: bool,
}

impl Shown {
    /// What `certificate` says.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        let purposes = certificate.extended_key_usages();
        let signs = certificate
            .key_usage()
            .is_some_and(|usage| usage.digital_signature());
        Self {
            peer: named(certificate),
            subject: shortened(&certificate.subject_text()),
            serial: *certificate.serial(),
            not_after: certificate.not_after(),
            is_for_both_ends: signs
                && purposes.contains(&rfc5912::ID_KP_SERVER_AUTH)
                && purposes.contains(&rfc5912::ID_KP_CLIENT_AUTH),
        }
    }

    /// The service that it names; none when it names none, or several.
    #[must_use]
    pub fn peer(&self) -> Option<&Peer> {
        self.peer.as_ref()
    }

    /// The role that it names.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.peer.as_ref().map(|peer| peer.role)
    }

    /// Its serial number.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// Its last instant.
    #[must_use]
    pub fn not_after(&self) -> Instant {
        self.not_after
    }

    /// Whether its key may sign, for a server and for a client: a certificate that says nothing of it is none of a role CA.
    pub(crate) fn is_for_both_ends(&self) -> bool {
        self.is_for_both_ends
    }
}

/// `counter counter-1 (serial 5A…)`, or the subject of a certificate that names no service.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.peer {
            Some(peer) => write!(f, "{peer}"),
            None => f.write_str(&self.subject),
        }?;
        write!(f, " (serial {})", self.serial)
    }
}

/// What the other end of an authenticated connection has shown; none before the handshake's end, and where no certificate was asked for.
#[must_use]
pub fn shown(connection: &CommonState) -> Option<Shown> {
    let end_entity = connection
        .peer_certificates()?
        .first()?;
    let certificate = Certificate::from_der(end_entity).ok()?;
    Some(Shown::of(&certificate))
}

/// Who the other end of an authenticated connection is.
#[must_use]
pub fn peer(connection: &CommonState) -> Option<Peer> {
    shown(connection)?.peer
}

/// The one service that the alternative names tell: one URI, and beside it the DNS name of that role and no other name.
fn named(certificate: &Certificate) -> Option<Peer> {
    let extension = certificate.extension(rfc5280::ID_CE_SUBJECT_ALT_NAME)?;
    let names = SubjectAltName::from_der(extension.value)
        .ok()?
        .0;
    let [
        GeneralName::DnsName(host),
        GeneralName::UniformResourceIdentifier(uri),
    ] = names.as_slice()
    else {
        return None;
    };
    let peer = Peer::of_uri(uri.as_str())?;
    (host.as_str() == peer.role.dns_name()).then_some(peer)
}

/// A name that a stranger has chosen, on one line.
fn shortened(name: &str) -> String {
    let mut short: String = name
        .chars()
        .take(MOST_OF_A_NAME)
        .collect();
    if short.len() < name.len() {
        short.push('…');
    }
    shown_in_line(&short).into_owned()
}
