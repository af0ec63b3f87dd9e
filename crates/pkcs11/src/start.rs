//! The beginning of a certificate: whose key it is stands in its first half, and who signs or logs in wants no more.

use shirushi_apdu::ber;
use shirushi_crypto::PublicKey;

/// Identifier octet of the version (RFC 5280 §4.1).
const VERSION: u8 = 0xA0;
/// What stands between the version and the subject: serialNumber, signature, issuer, validity.
const BEFORE_SUBJECT: usize = 4;

/// What the first bytes of a certificate say.
#[derive(Clone)]
pub(crate) struct Start {
    /// Those bytes, to go on from.
    pub(crate) bytes: Vec<u8>,
    /// The subject, a DER Name.
    pub(crate) subject: Vec<u8>,
    /// The key.
    pub(crate) key: PublicKey,
}

impl Start {
    /// None while subject and key are not there as a whole, and for what is no certificate: then all of it is read, and judged.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        // Certificate, TBSCertificate.
        let mut rest = inside(inside(bytes)?)?;
        if rest.first() == Some(&VERSION) {
            take(&mut rest)?;
        }
        for _ in 0..BEFORE_SUBJECT {
            take(&mut rest)?;
        }
        let subject = take(&mut rest)?.to_vec();
        let key = PublicKey::from_spki_der(take(&mut rest)?).ok()?;
        Some(Self {
            bytes: bytes.to_vec(),
            subject,
            key,
        })
    }
}

/// What is there of the content of a constructed element.
fn inside(bytes: &[u8]) -> Option<&[u8]> {
    let length_octets = match bytes.get(1)? {
        0x00..0x80 => 0,
        long => usize::from(long & 0x7F),
    };
    bytes.get(2 + length_octets..)
}

/// The next element, which must be there as a whole.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = ber::first_object_length(rest)?;
    let element = rest.get(..length)?;
    *rest = &rest[length..];
    Some(element)
}

#[cfg(test)]
mod tests {
    use super::Start;
    use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey};

    fn sequence(tag: u8, content: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(content.len())
            .unwrap()
            .to_be_bytes();
        [&[tag, 0x82, high, low], content].concat()
    }

    /// A certificate with a subject of this length; where its key ends.
    fn certificate(version: &[u8], subject: usize, key: &[u8]) -> (Vec<u8>, usize) {
        let subject = sequence(0x30, &vec![0x5A; subject]);
        let before = [
            version,
            &[0x02, 1, 7],
            &sequence(0x30, &[0x05, 0]),
            &sequence(0x30, &[0x31; 40]),
            &sequence(0x30, &[0x17; 30]),
            &subject,
            key,
        ]
        .concat();
        let end = 4 + 4 + before.len();
        let extensions = sequence(0xA3, &[0x04; 300]);
        let tbs = sequence(0x30, &[before, extensions].concat());
        let signature = sequence(0x03, &[0; 257]);
        (sequence(0x30, &[tbs, signature].concat()), end)
    }

    #[test]
    fn the_key_is_told_as_soon_as_all_of_it_is_there() {
        let key = SoftwareKey::generate(KeyKind::P256).unwrap();
        let spki = key.public_key().spki_der();
        for (version, subject) in [(&[0xA0, 3, 2, 1, 2][..], 90), (&[], 90), (&[], 700)] {
            let (der, end) = certificate(version, subject, spki);
            for length in 0..der.len() {
                let start = Start::parse(&der[..length]);
                assert_eq!(start.is_some(), length >= end, "{length} of {end}");
                let Some(start) = start else {
                    continue;
                };
                assert_eq!(start.key.spki_der(), spki);
                assert_eq!(start.subject.len(), 4 + subject);
                assert_eq!(start.bytes.len(), length);
            }
        }
    }

    #[test]
    fn what_is_no_certificate_tells_nothing() {
        let (der, _) = certificate(&[], 90, &[0x30, 3, 1, 2, 3]);
        assert!(Start::parse(&der).is_none());
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0xFF],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x30, 0x84, 0xFF],
            &[0xFF; 300],
            &[0x30; 300],
        ] {
            assert!(Start::parse(bytes).is_none(), "{bytes:02X?}");
        }
    }
}
