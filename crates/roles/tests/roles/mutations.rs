//! Certificates and handshakes of which a byte is another.

use crate::kit::{City, shake, shake_at, stranger};
use rustls::{
    ClientConfig, SignatureScheme,
    client::ResolvesClientCert,
    pki_types::{CertificateDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use shirushi_crypto::{Random as _, SystemRandom};
use shirushi_roles::{CERTIFICATE_FILE, Role};
use std::sync::Arc;

const MUTATIONS: usize = 100;

/// A place in `length` bytes, and what its bits become.
fn place(length: usize) -> (usize, u8) {
    let [a, b, c, flips] = SystemRandom.bytes::<4>();
    let number = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
    (number % length, 1 << (flips % 8))
}

#[test]
fn a_hundred_mutated_certificates_get_nobody_in() {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    city.issue(Role::Counter, "counter-1");
    let folder = city.path("counter-1");
    let right = CertificateDer::from_pem_file(folder.join(CERTIFICATE_FILE)).unwrap();
    for _ in 0..MUTATIONS {
        let mut der = right.to_vec();
        let (at, flips) = place(der.len());
        der[at] ^= flips;
        let mut client = stranger(&city, Some(&folder));
        client.client_auth_cert_resolver = Arc::new(Shows::another(&client, der));
        let answers = authority
            .server(&[Role::Counter])
            .unwrap();
        let host = "authority.roles.shirushi.internal";
        let (client, server) = shake_at(host, client, answers, |_| {});
        assert!(!server.is_through(), "bit {flips:08b} at {at}");
        assert!(client.error.is_some(), "bit {flips:08b} at {at}");
    }
}

/// Shows a certificate that nobody has looked at.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl Shows {
    /// With the key that a client has.
    fn another(client: &ClientConfig, certificate: Vec<u8>) -> Self {
        let scheme = SignatureScheme::ECDSA_NISTP256_SHA256;
        let own = client
            .client_auth_cert_resolver
            .resolve(&[], &[scheme])
            .unwrap();
        let chain = vec![CertificateDer::from(certificate)];
        Self(Arc::new(CertifiedKey::new(chain, own.key.clone())))
    }
}

impl ResolvesClientCert for Shows {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[test]
fn a_hundred_mutated_handshakes_get_nobody_in() {
    let city = City::new();
    let authority = city.identity(Role::Authority, "authority-1");
    let counter = city.identity(Role::Counter, "counter-1");
    // The bytes of each flight: of the records' headers, the version says nothing (RFC 8446 §5.1).
    let mut flights = Vec::new();
    let asks = || counter.client(Role::Authority).unwrap();
    let answers = || {
        authority
            .server(&[Role::Counter])
            .unwrap()
    };
    shake(asks(), answers(), |bytes| flights.push(bytes.len()));
    for number in 0..MUTATIONS {
        // Client hello, the server's flight, the client's.
        let (flight, mut passed) = (number % 3, 0);
        let (at, flips) = place(flights[flight]);
        let (_, server) = shake(asks(), answers(), |bytes| {
            if passed == flight {
                let at = at % bytes.len();
                let at = if is_version(bytes, at) { 0 } else { at };
                bytes[at] ^= flips;
            }
            passed += 1;
        });
        assert!(
            !server.is_through(),
            "bit {flips:08b} at {at} of flight {flight}"
        );
    }
}

/// Whether the byte belongs to the version in a record's header.
fn is_version(bytes: &[u8], at: usize) -> bool {
    let mut begin = 0;
    while let Some([_, _, _, high, low]) = bytes.get(begin..begin + 5) {
        if (begin + 1..begin + 3).contains(&at) {
            return true;
        }
        begin += 5 + (usize::from(*high) << 8 | usize::from(*low));
    }
    false
}
