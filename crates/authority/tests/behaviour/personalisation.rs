//! From an application to a card:
//!
//! * the card ends with the certificates of its own keys, from the right authorities, and all are told as good;
//! * the same application again gives the same token, the same relay again the same certificates;
//! * whatever is lost at whatever exchange, a new channel goes on where the card stands, and nothing is issued twice.

use crate::{
    audit::audit,
    bench::{Bench, Loss, personalise, walk, walk_until},
    people::{application, of_kind, renewal},
};
use shirushi_authority::{AuthorityError, CertificateState};
use shirushi_crypto::SystemRandom;
use shirushi_personalisation::Kind;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_wire::{IssuedCertificate, RelayRequest, RelayToken};

/// What was issued, in one order.
pub(crate) fn names(issued: &[IssuedCertificate]) -> Vec<(CertificateKind, String)> {
    let mut names: Vec<_> = issued
        .iter()
        .map(|c| (c.kind, c.serial.to_string()))
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_card_ends_with_the_certificates_of_its_own_keys() {
    let bench = Bench::new().await;
    let application = application(1);
    let token = bench
        .receive(&application)
        .await
        .unwrap();
    let mut card = bench.card_of(1);
    let issued = personalise(&bench.authority, &token, &mut card)
        .await
        .unwrap();

    let written = card.certificates();
    assert_eq!(written.len(), 2);
    assert_eq!(issued.len(), 2);
    for (kind, slot) in &card.chip.live {
        let kind = match kind {
            Kind::Signature => CertificateKind::Signature,
            Kind::Authentication => CertificateKind::Authentication,
        };
        let certificate = Certificate::from_der(&slot.certificate.bytes).unwrap();
        assert_eq!(certificate.kind(), Some(kind));
        let ca = bench.held.ceremony.certificate(kind);
        assert_eq!(slot.ca.bytes, ca.der());
        assert_eq!(certificate.issuer_der(), ca.subject_der());
        let told = issued
            .iter()
            .find(|c| c.kind == kind)
            .unwrap();
        assert_eq!(told.serial, *certificate.serial());
        assert_eq!(told.not_after, certificate.not_after());
        let status = bench
            .authority
            .status(kind, &told.serial)
            .await;
        assert_eq!(status.unwrap(), CertificateState::Good);
        // The same number at the other authority is another certificate, which there is not.
        let [signature, authentication] = CertificateKind::ALL;
        let other = if kind == signature {
            authentication
        } else {
            signature
        };
        let status = bench
            .authority
            .status(other, &told.serial)
            .await;
        assert_eq!(status.unwrap(), CertificateState::Unknown);
    }
    let found = audit(&bench).await;
    assert_eq!(found.live.len(), 2);
    assert!(found.revoked.is_empty());
}

#[tokio::test]
async fn the_same_application_again_gives_the_same_token_and_the_same_relay_the_same_certificates()
{
    let bench = Bench::new().await;
    let application = application(1);
    let token = bench
        .receive(&application)
        .await
        .unwrap();
    // ECDSA signs with a new number each time: the same words, another signature.
    assert_eq!(
        bench
            .receive(&application)
            .await
            .unwrap(),
        token
    );
    let mut card = bench.card_of(1);
    let issued = personalise(&bench.authority, &token, &mut card)
        .await
        .unwrap();
    let live = card.chip.live.clone();
    assert_eq!(
        bench
            .receive(&application)
            .await
            .unwrap(),
        token
    );
    for _ in 0..3 {
        let again = personalise(&bench.authority, &token, &mut card)
            .await
            .unwrap();
        assert_eq!(names(&again), names(&issued));
    }
    assert_eq!(card.chip.live, live);
    assert_eq!(audit(&bench).await.issued.len(), 2);
}

#[tokio::test]
async fn two_tokens_are_never_equal_and_a_made_up_one_opens_nothing() {
    let bench = Bench::new().await;
    let one = bench
        .receive(&application(1))
        .await
        .unwrap();
    let two = bench
        .receive(&application(1))
        .await
        .unwrap();
    assert_ne!(one, two);
    let made_up = RelayToken::random(&SystemRandom);
    let answer = bench
        .authority
        .relay(&made_up, &RelayRequest { responses: None })
        .await;
    assert!(matches!(answer, Err(AuthorityError::UnknownToken)));
}

#[tokio::test]
async fn whatever_is_lost_at_any_exchange_a_new_channel_goes_on() {
    let bench = Bench::new().await;
    let smooth = bench
        .receive(&application(1))
        .await
        .unwrap();
    let mut card = bench.card_of(1);
    let (_, exchanges) = walk(&bench.authority, &smooth, &mut card, None)
        .await
        .unwrap();
    assert!(exchanges >= 7, "two channels of a few exchanges each");
    let mut resident = 1;
    for at in 0..exchanges {
        for loss in [Loss::Request, Loss::Answer, Loss::Power] {
            resident += 1;
            let token = bench
                .receive(&application(resident))
                .await
                .unwrap();
            let mut card = bench.card_of(resident);
            let (issued, walked) = walk(&bench.authority, &token, &mut card, Some((at, loss)))
                .await
                .unwrap_or_else(|error| panic!("{loss:?} at {at}: {error}"));
            // The last answer's loss is repaired by one more channel, which must not be free of exchanges.
            assert!(walked > at, "{loss:?} at {at} was not met");
            let mut written: Vec<_> = card
                .certificates()
                .iter()
                .map(|c| (c.kind().unwrap(), c.serial().to_string()))
                .collect();
            written.sort();
            assert_eq!(written, names(&issued), "{loss:?} at {at}");
        }
    }
    let found = audit(&bench).await;
    assert_eq!(found.issued.len(), 2 * usize::try_from(resident).unwrap());
    assert!(found.revoked.is_empty());
}

#[tokio::test]
async fn a_restart_at_any_exchange_is_a_lost_channel_and_no_more() {
    let mut bench = Bench::new().await;
    for at in 0_u32..8 {
        let token = bench
            .receive(&application(at))
            .await
            .unwrap();
        let mut card = bench.card_of(at);
        walk_until(&bench.authority, &token, &mut card, at.try_into().unwrap()).await;
        bench = bench.restart().await;
        let issued = personalise(&bench.authority, &token, &mut card)
            .await
            .unwrap();
        assert_eq!(card.certificates().len(), issued.len());
    }
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.revoked.len()), (16, 0));
}

#[tokio::test]
async fn one_kind_is_issued_beside_the_other() {
    let bench = Bench::new().await;
    let [signature, authentication] = CertificateKind::ALL;
    let mut card = bench.card_of(1);
    let token = bench
        .receive(&of_kind(application(1), authentication))
        .await
        .unwrap();
    personalise(&bench.authority, &token, &mut card)
        .await
        .unwrap();
    let token = bench
        .receive(&of_kind(application(1), signature))
        .await
        .unwrap();
    personalise(&bench.authority, &token, &mut card)
        .await
        .unwrap();
    let written = card.certificates();
    assert_eq!(written.len(), 2);
    // Reg 13: the signature certificate ends no later than the authentication certificate.
    assert_eq!(written[0].not_after(), written[1].not_after());
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.revoked.len()), (2, 0));
}

#[tokio::test]
async fn a_renewal_ends_the_old_ones_in_the_moment_in_which_the_new_ones_live() {
    let bench = Bench::new().await;
    let old = bench
        .issue(&application(1))
        .await
        .unwrap();
    let new = bench.issue(&renewal(1)).await.unwrap();
    for certificate in &old {
        let status = bench
            .authority
            .status(certificate.kind, &certificate.serial)
            .await
            .unwrap();
        assert!(matches!(status, CertificateState::Revoked { .. }));
    }
    let found = audit(&bench).await;
    let live: Vec<_> = found.live.values().copied().collect();
    assert_eq!(live.len(), 2);
    assert!(
        new.iter()
            .all(|c| live.contains(&c.serial))
    );
}
