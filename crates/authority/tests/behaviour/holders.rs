//! Holders ask online for the end of their certificates, with their card's signature alone.
//!
//! * either certificate, or both, end by the signature of the signature key, and the lists and the log say so;
//! * the same request again changes nothing, also when the certificate that signed it has ended by it;
//! * nothing ends by another key, another's certificate, a dead one, one of another authority, or changed words;
//! * nothing ends by a request that is old, of the future, for an officer's reasons, or for another's certificates.

use crate::{
    audit::audit,
    bench::{Bench, personalise, rule},
    card::key_of,
    people::application,
};
use shirushi_clock::{Clock as _, Instant};
use shirushi_crypto::{KeyKind, SigningKey, SoftwareKey, SystemRandom};
use shirushi_profile::{Certificate, CertificateKind, RevocationReason, SerialNumber};
use shirushi_rules::{HOLDER_SIGNED, NOT_REPEATED, OWN_CERTIFICATES, REQUEST_FRESH, WELL_FORMED};
use shirushi_signature::prepare;
use shirushi_wire::{ApplicationId, HolderRevocation, SignedByHolder};

const REASON: RevocationReason = RevocationReason::CessationOfOperation;

/// A holder's two certificates.
pub(crate) struct Holder {
    pub(crate) signature: Certificate,
    pub(crate) authentication: Certificate,
}

impl Holder {
    pub(crate) async fn issued(bench: &Bench, resident: u32) -> Self {
        let application = application(resident);
        let token = bench
            .receive(&application)
            .await
            .unwrap();
        let mut card = bench.card_of(resident).with_own_keys();
        personalise(&bench.authority, &token, &mut card)
            .await
            .unwrap();
        let of = |kind| {
            card.certificates()
                .into_iter()
                .find(|certificate| certificate.kind() == Some(kind))
                .unwrap()
        };
        Self {
            signature: of(CertificateKind::Signature),
            authentication: of(CertificateKind::Authentication),
        }
    }
}

pub(crate) fn request(serials: &[&Certificate], at: Instant) -> HolderRevocation {
    HolderRevocation {
        id: ApplicationId::random(&SystemRandom),
        certificates: serials
            .iter()
            .map(|c| *c.serial())
            .collect(),
        reason: REASON,
        at,
    }
}

pub(crate) fn signed(request: &HolderRevocation, by: &Certificate) -> SignedByHolder {
    signed_bytes(&request.to_be_signed().unwrap(), by, key_of(by).as_ref())
}

fn signed_bytes(payload: &[u8], by: &Certificate, key: &dyn SigningKey) -> SignedByHolder {
    let at = Instant::from_unix(1_900_000_000).unwrap();
    let prepared = prepare(payload, by, at).unwrap();
    let signature = key
        .sign(prepared.to_be_signed())
        .unwrap();
    SignedByHolder::new(
        payload,
        &prepared
            .assemble(&signature, &[])
            .unwrap(),
    )
}

async fn live(bench: &Bench) -> usize {
    audit(bench).await.live.len()
}

#[tokio::test]
async fn either_certificate_and_both_end_by_the_signature_key() {
    let bench = Bench::new().await;
    let now = bench.seams.now();
    let alone = Holder::issued(&bench, 1).await;
    let both = Holder::issued(&bench, 2).await;
    assert_eq!(live(&bench).await, 4);

    let end = async |request: &HolderRevocation, by: &Certificate| -> Vec<SerialNumber> {
        bench
            .authority
            .revoke_for_holder(&signed(request, by))
            .await
            .unwrap()
    };
    let first = request(&[&alone.authentication], now);
    assert_eq!(
        end(&first, &alone.signature).await,
        [*alone.authentication.serial()]
    );
    assert_eq!(live(&bench).await, 3);
    // What has ended already is named once more: nothing more ends.
    let again = request(&[&alone.authentication], now);
    assert!(
        end(&again, &alone.signature)
            .await
            .is_empty()
    );

    let last = request(&[&both.signature, &both.authentication], now);
    let serials = [*both.signature.serial(), *both.authentication.serial()];
    assert_eq!(end(&last, &both.signature).await, serials);
    // The answer was lost: the same request is answered, although its signer has ended by it.
    assert_eq!(end(&last, &both.signature).await, serials);
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.revoked.len()), (1, 3));
    assert!(
        found
            .revoked
            .values()
            .all(|(at, reason)| (*at, *reason) == (now, REASON))
    );

    // With the signature certificate dead, the card signs no second request.
    let later = request(&[&both.authentication], now);
    let refused = bench
        .authority
        .revoke_for_holder(&signed(&later, &both.signature))
        .await;
    assert_eq!(rule(refused), HOLDER_SIGNED.id);
}

#[tokio::test]
async fn nothing_ends_by_a_signature_that_is_not_the_holders() {
    let bench = Bench::new().await;
    let now = bench.seams.now();
    let holder = Holder::issued(&bench, 1).await;
    let other = Holder::issued(&bench, 2).await;
    let own = request(&[&holder.authentication], now);
    let payload = own.to_be_signed().unwrap();

    // The authentication key is no signature key.
    let by_authentication = signed(&own, &holder.authentication);
    // Changed after it was signed: another's serial in the same place.
    let elsewhere = request(&[&other.authentication], now)
        .to_be_signed()
        .unwrap();
    let cms = signed(&own, &holder.signature)
        .cms()
        .unwrap();
    let changed = SignedByHolder::new(&elsewhere, &cms);
    // A document that the holder has signed for another purpose.
    let document = signed_bytes(
        "転居届".as_bytes(),
        &holder.signature,
        key_of(&holder.signature).as_ref(),
    );
    // A certificate with the same words and another key, by nobody.
    let stranger = SoftwareKey::generate(KeyKind::Rsa2048).unwrap();
    let forged = forged(&holder.signature, &stranger);
    let by_forgery = signed_bytes(&payload, &forged, &stranger);
    for (signed, why) in [
        (by_authentication, "the other key"),
        (changed, "changed words"),
        (document, "another purpose"),
        (by_forgery, "a forged certificate"),
        (SignedByHolder::new(&payload, b"junk"), "no signature"),
    ] {
        let refused = bench
            .authority
            .revoke_for_holder(&signed)
            .await;
        assert_eq!(rule(refused), HOLDER_SIGNED.id, "{why}");
    }
    assert_eq!(live(&bench).await, 4);

    // Another's certificate, alone or beside an own one: none of them ends.
    for serials in [
        vec![&other.authentication],
        vec![&holder.authentication, &other.signature],
    ] {
        let request = request(&serials, now);
        let refused = bench
            .authority
            .revoke_for_holder(&signed(&request, &holder.signature))
            .await;
        assert_eq!(rule(refused), OWN_CERTIFICATES.id);
    }
    let unknown = HolderRevocation {
        certificates: vec!["12345678".parse().unwrap()],
        ..request(&[], now)
    };
    let refused = bench
        .authority
        .revoke_for_holder(&signed(&unknown, &holder.signature))
        .await;
    assert_eq!(rule(refused), OWN_CERTIFICATES.id);
    assert_eq!(live(&bench).await, 4);
}

#[tokio::test]
async fn a_request_is_of_now_and_of_a_holder() {
    let bench = Bench::new().await;
    let now = bench.seams.now();
    let holder = Holder::issued(&bench, 1).await;
    let own = |at: Instant| request(&[&holder.authentication], at);
    let twice = request(&[&holder.authentication, &holder.authentication], now);
    let of_reason = |reason| HolderRevocation { reason, ..own(now) };
    for (request, broken) in [
        (own(now.plus_seconds(-301)), &REQUEST_FRESH),
        (own(now.plus_seconds(301)), &REQUEST_FRESH),
        (of_reason(RevocationReason::CertificateHold), &WELL_FORMED),
        (
            of_reason(RevocationReason::PrivilegeWithdrawn),
            &WELL_FORMED,
        ),
        (request(&[], now), &WELL_FORMED),
        (twice, &WELL_FORMED),
    ] {
        let refused = bench
            .authority
            .revoke_for_holder(&signed(&request, &holder.signature))
            .await;
        assert_eq!(rule(refused), broken.id, "{request:?}");
    }
    assert_eq!(live(&bench).await, 2);

    // The id of one request for another.
    let kept = own(now.plus_seconds(-300));
    bench
        .authority
        .revoke_for_holder(&signed(&kept, &holder.signature))
        .await
        .unwrap();
    let reused = HolderRevocation {
        certificates: vec![*holder.signature.serial()],
        ..kept
    };
    let refused = bench
        .authority
        .revoke_for_holder(&signed(&reused, &holder.signature))
        .await;
    assert_eq!(rule(refused), NOT_REPEATED.id);
    assert_eq!(live(&bench).await, 1);
}

/// The certificate's words over another key, with its old signature.
fn forged(certificate: &Certificate, key: &SoftwareKey) -> Certificate {
    let old = certificate.public_key().spki_der();
    let new = key.public_key().spki_der();
    assert_eq!(old.len(), new.len());
    let der = certificate.der();
    let at = der
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    let forged = [&der[..at], new, &der[at + old.len()..]].concat();
    Certificate::from_der(&forged).unwrap()
}
