//! The sandbox's own keys for what a real card's manufacturer and municipality sign: an authority, the records' key that it certifies, and
//! the key with which the 券面 applications sign challenges.
//!
//! **They are worth nothing, and are meant to be:** anybody can sign with them, so nobody can take a signature by them for a real one.
//! Their identifiers say whose they are. They are the same on every software card.

use shirushi_apdu::ber;
use shirushi_crypto::{CardKey, Secret, sha256};
use std::sync::LazyLock;

/// DER of a SHA-256 DigestInfo up to the digest (RFC 8017 §9.2, note 1).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
/// The same for the three digests of the card's face, 96 bytes (`facts/card.md` §14; measured so by myna-card).
const DIGESTS_INFO: [u8; 19] = [
    0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x60,
];

/// The identifier of a key: seven digits, `08 05`, three digits, and filler (as myna-card has read them). Those in use begin with 5, those of
/// the test hierarchy with 6; with 9 none was seen.
const fn identifier(last: u8) -> [u8; 16] {
    let mut bytes = *b"9999900\x08\x05001\x00\x00\x00\x00";
    bytes[6] = last;
    bytes
}

/// Identifiers of keys: of none that is here, of the root of the chain at the MF's level, of the authority below it, and of the records'
/// key.
pub(crate) const NO_ID: [u8; 16] = identifier(b'0');
/// See [`NO_ID`].
pub(crate) const ROOT_ID: [u8; 16] = identifier(b'1');
/// See [`NO_ID`].
pub(crate) const AUTHORITY_ID: [u8; 16] = identifier(b'2');
/// See [`NO_ID`].
pub(crate) const RECORDS_ID: [u8; 16] = identifier(b'3');

static AUTHORITY: LazyLock<Option<CardKey>> =
    LazyLock::new(|| key(include_bytes!("sandbox/authority.pk8")));
static RECORDS: LazyLock<Option<CardKey>> =
    LazyLock::new(|| key(include_bytes!("sandbox/records.pk8")));
static CARD: LazyLock<Option<CardKey>> = LazyLock::new(|| key(include_bytes!("sandbox/card.pk8")));
/// The certificate of the records' key, which is the same on every card.
static RECORDS_CERTIFICATE: LazyLock<Option<Vec<u8>>> =
    LazyLock::new(|| certificate(&AUTHORITY_ID, &RECORDS_ID, &RECORDS));

fn key(pkcs8: &[u8]) -> Option<CardKey> {
    CardKey::from_pkcs8(Secret::from(pkcs8)).ok()
}

/// The key with which the 券面 applications sign challenges.
pub(crate) fn card_key() -> Option<&'static CardKey> {
    CARD.as_ref()
}

/// Its public half: the exponent under 90 and the modulus under 91, 265 bytes.
pub(super) fn card_public_key() -> Option<Vec<u8>> {
    public_key(CARD.as_ref()?)
}

/// A signature by the records' key, PKCS#1 v1.5 with SHA-256.
pub(super) fn signed(data: &[u8]) -> Option<Vec<u8>> {
    sign(&RECORDS, &DIGEST_INFO, &sha256(data))
}

/// A signature by the records' key over the digests of three groups, one after the other in one DigestInfo.
pub(super) fn signed_groups(groups: [&[u8]; 3]) -> Option<Vec<u8>> {
    let digests = groups.map(sha256).concat();
    sign(&RECORDS, &DIGESTS_INFO, &digests)
}

/// EF 0004 of both applications: the card-verifiable certificate of the records' key, 568 bytes.
pub(super) fn records_certificate() -> Option<Vec<u8>> {
    let body = RECORDS_CERTIFICATE.as_ref()?;
    Some(ber::encode(0x7F21, body))
}

/// A certificate of the chain at the MF's level, as GET DATA gives one (`facts/card.md` §15): a list of what is in it, and its body without
/// the template 7F21 around it; 575 bytes.
pub(crate) fn chain_certificate(is_upper: bool) -> Option<Vec<u8>> {
    /// Extended header list: the two identifiers and the key, with their lengths.
    const LIST: [u8; 12] = [
        0x4D, 0x0A, 0x42, 0x10, 0x5F, 0x20, 0x10, 0x5F, 0x49, 0x82, 0x01, 0x09,
    ];
    let body = match is_upper {
        true => certificate(&ROOT_ID, &AUTHORITY_ID, &AUTHORITY)?,
        false => RECORDS_CERTIFICATE.clone()?,
    };
    Some([LIST.as_slice(), &body].concat())
}

/// 5F4E: both identifiers and the key, 297 bytes; 5F37: the signature over these. The root signs with the authority's key: it is the
/// sandbox's too.
fn certificate(
    issuer: &[u8; 16],
    subject: &[u8; 16],
    certified: &Option<CardKey>,
) -> Option<Vec<u8>> {
    let body = [
        issuer.as_slice(),
        subject,
        &public_key(certified.as_ref()?)?,
    ]
    .concat();
    let signature = sign(&AUTHORITY, &DIGEST_INFO, &sha256(&body))?;
    Some([ber::encode(0x5F4E, &body), ber::encode(0x5F37, &signature)].concat())
}

fn sign(key: &Option<CardKey>, info: &[u8], digest: &[u8]) -> Option<Vec<u8>> {
    key.as_ref()?
        .sign_padded(&[info, digest].concat())
        .ok()
}

fn public_key(key: &CardKey) -> Option<Vec<u8>> {
    let numbers = key.public_key().rsa_numbers()?;
    Some(
        [
            ber::encode(0x90, &numbers.public_exponent),
            ber::encode(0x91, &numbers.modulus),
        ]
        .concat(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_have_the_lengths_that_were_seen() {
        assert_eq!(records_certificate().unwrap().len(), 568);
        assert_eq!(card_public_key().unwrap().len(), 265);
        for is_upper in [true, false] {
            assert_eq!(
                chain_certificate(is_upper)
                    .unwrap()
                    .len(),
                575
            );
        }
    }
}
