//! The time of a sandbox city on this machine.
//!
//! A city's clock can be moved ahead, and what it issues from then on is not valid yet by this machine's clock. What such a city has
//! issued is judged by the city's time; everything else by this machine's, whatever anybody says. So its time is asked for only when
//! all of this holds:
//!
//! * the certificate bears the sandbox's name, which no real one has;
//! * where it is not one's own, a trusted authority has signed it;
//! * it names its responder by a loopback address: a number, for a name is looked up elsewhere;
//! * the city at that address shows the authority's certificate whose key has signed it.

use crate::{StatusNetwork, issuer};
use serde::Deserialize;
use shirushi_clock::Instant;
use shirushi_profile::{Certificate, CertificateKind};
use std::net::SocketAddr;

/// The most of a certificate, and of a city's time, that is read, in bytes.
const LARGEST_CERTIFICATE: usize = 64 * 1024;
const LARGEST_TIME: usize = 1024;
/// Generations of an authority's keys that are looked through: one lasts four years.
const GENERATIONS: usize = 16;
/// Less ahead, in seconds, is this machine's own time.
const TOLERANCE: i64 = 1;

/// A city whose time is not this machine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityTime {
    /// Its address.
    pub city: String,
    /// What time it is there.
    pub now: Instant,
}

/// The time of the sandbox city that has issued `certificate`, where it is ahead of `here`; none for every other certificate. `trusted`
/// are the authorities one of which must have issued it; none for one's own certificate.
pub fn city_time(
    certificate: &Certificate,
    trusted: Option<&[Certificate]>,
    network: &dyn StatusNetwork,
    here: Instant,
) -> Option<CityTime> {
    #[derive(Deserialize)]
    struct Told {
        now: Instant,
    }
    if !certificate.is_of_sandbox()
        || trusted.is_some_and(|trusted| issuer(certificate, trusted).is_none())
    {
        return None;
    }
    let city = on_this_machine(certificate.ocsp_urls().first()?)?;
    if !has_issued(&city, certificate, network) {
        return None;
    }
    let told = network
        .fetch(&format!("{city}/sandbox/clock"), LARGEST_TIME)
        .ok()?;
    let Told { now } = serde_json::from_slice(&told).ok()?;
    // A city's clock only ever goes ahead: one that shows the past is none.
    (now.unix() - here.unix() > TOLERANCE).then_some(CityTime { city, now })
}

/// Whether a city on this machine may have issued it, whose time nobody was asked for.
pub(crate) fn may_be_of_a_city(certificate: &Certificate) -> bool {
    certificate.is_of_sandbox()
        && certificate
            .ocsp_urls()
            .first()
            .is_some_and(|url| on_this_machine(url).is_some())
}

/// Whether the authority at this address has issued it, with its newest keys or with earlier ones.
fn has_issued(city: &str, certificate: &Certificate, network: &dyn StatusNetwork) -> bool {
    let kind = match certificate.kind() {
        Some(CertificateKind::Signature) => "sign",
        Some(CertificateKind::Authentication) => "auth",
        None => return false,
    };
    let shown = |name: String| {
        let der = network
            .fetch(&format!("{city}/ca/{name}.cer"), LARGEST_CERTIFICATE)
            .ok()?;
        Certificate::from_der(&der).ok()
    };
    std::iter::once(kind.to_owned())
        .chain((1..=GENERATIONS).map(|generation| format!("{kind}-{generation}")))
        // The first that is not there is behind the last.
        .map_while(shown)
        .any(|authority| issuer(certificate, &[authority]).is_some())
}

/// The origin of a URL, if it is plain HTTP to a loopback address.
fn on_this_machine(url: &str) -> Option<String> {
    let (authority, _) = url
        .strip_prefix("http://")?
        .split_once('/')?;
    let address: SocketAddr = authority.parse().ok()?;
    address
        .ip()
        .is_loopback()
        .then(|| format!("http://{address}"))
}
