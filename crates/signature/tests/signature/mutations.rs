//! Containers mutilated by chance: refused, and nobody goes down.

use crate::citizen::{CONTENT, Citizen};
use shirushi_asn1::tlv;
use shirushi_signature::{SignatureError, verify};

/// A generator of chances that are the same on every run (xorshift, Marsaglia 2003).
struct Chances(u64);

impl Chances {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() % limit.max(1)
    }
}

/// Whether the outer parse passes: ContentInfo, its type and SignedData's frame.
fn outer_parse_passes(bytes: &[u8]) -> bool {
    let frame = || {
        let mut info = tlv::only("x", bytes, tlv::SEQUENCE)
            .ok()?
            .walk("x");
        info.tagged(tlv::OBJECT_IDENTIFIER)
            .ok()?;
        let content = info.tagged(0xa0).ok()?;
        tlv::only("x", content.content, tlv::SEQUENCE).ok()
    };
    frame().is_some()
}

/// Changes, inside the frame, up to three places: a bit, a byte, two places swapped.
fn mutilate(cms: &[u8], chances: &mut Chances) -> Vec<u8> {
    let mut changed = cms.to_vec();
    for _ in 0..=chances.below(3) {
        let place = chances.below(changed.len());
        match chances.below(4) {
            0 => changed[place] ^= 1 << chances.below(8),
            1 => changed[place] = u8::try_from(chances.below(256)).unwrap(),
            2 => {
                let other = chances.below(changed.len());
                changed.swap(place, other);
            }
            _ => {
                let length = chances
                    .below(40)
                    .min(changed.len() - place);
                let from = chances.below(changed.len() - length);
                changed.copy_within(from..from + length, place);
            }
        }
    }
    if chances.below(20) == 0 {
        changed.truncate(chances.below(changed.len()));
    }
    changed
}

#[test]
fn ten_thousand_mutilated_containers_are_judged_without_a_panic() {
    let citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    let mut chances = Chances(0x5eed_4711);
    let (mut outer, mut accepted) = (0, 0);
    for _ in 0..10_000 {
        let changed = mutilate(&cms, &mut chances);
        if changed == cms {
            continue;
        }
        outer += usize::from(outer_parse_passes(&changed));
        if let Ok(verified) = verify(&changed, CONTENT) {
            // Only what the signature does not cover may have changed: the chain sent along, versions, the list of digests.
            assert_eq!(verified.signer(), &citizen.certificate);
            accepted += 1;
        }
    }
    assert!(
        outer >= 3_000,
        "only {outer} of 10000 passed the outer parse"
    );
    assert!(
        accepted < 5_000,
        "{accepted} accepted: nothing was mutilated"
    );
}

/// Places whose bytes the signature does not cover and that change no meaning.
fn uncovered(cms: &[u8], place: usize) -> bool {
    let info = tlv::only("x", cms, tlv::SEQUENCE).unwrap();
    let mut parts = info.walk("x");
    parts.any().unwrap();
    let data = parts.any().unwrap();
    let mut data = data.walk("x");
    let mut fields = data.any().unwrap().walk("x");
    let version = fields.any().unwrap();
    let digests = fields.any().unwrap();
    fields.any().unwrap();
    fields.any().unwrap();
    let signers = fields.any().unwrap();
    let mut signer = signers
        .walk("x")
        .any()
        .unwrap()
        .walk("x");
    let signer_version = signer.any().unwrap();
    signer.any().unwrap();
    let digest = signer.any().unwrap();
    [version, digests, signer_version, digest]
        .iter()
        .any(|e| (e.content_offset..e.content_offset + e.content.len()).contains(&place))
}

#[test]
fn no_bit_of_a_signature_can_be_changed() {
    let citizen = Citizen::new();
    let prepared =
        shirushi_signature::prepare(CONTENT, &citizen.certificate, crate::pki::now()).unwrap();
    let signature = citizen.card_signs(&prepared.digest_info());
    // Without the authority's certificate, which is a hint that nobody signs.
    let cms = prepared
        .assemble(&signature, &[])
        .unwrap();
    let name = citizen.certificate.issuer_der();
    let issuer = cms
        .windows(name.len())
        .rposition(|window| window == name)
        .map(|start| start..start + name.len())
        .unwrap();
    let (mut changed_signature, mut tried) = (0, 0);
    for place in 0..cms.len() {
        if uncovered(&cms, place) {
            continue;
        }
        for bit in 0..8 {
            let mut changed = cms.clone();
            changed[place] ^= 1 << bit;
            let refused = match verify(&changed, CONTENT) {
                // A letter's case, the type of a string: the name is still the issuer's (RFC 5280 §7.1).
                Ok(verified) if issuer.contains(&place) => {
                    assert_eq!(verified.signer(), &citizen.certificate);
                    continue;
                }
                Ok(_) => panic!("bit {bit} of byte {place} can be changed"),
                Err(refused) => refused,
            };
            tried += 1;
            changed_signature += usize::from(refused == SignatureError::SignatureInvalid);
        }
    }
    assert!(tried > 8_000, "{tried}");
    // The 256 bytes of the signature itself, at the least.
    assert!(changed_signature >= 2_048, "{changed_signature}");
}
