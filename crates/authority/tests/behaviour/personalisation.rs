//! From an application to a card:
//!
//! * the card ends with the certificates of its own keys, from the right authorities, and all are told as good;
//! * the same application again gives the same token, the same relay again the same certificates;
//! * whatever is lost at whatever exchange, a new channel goes on where the card stands, and nothing is issued twice;
//! * a token never undoes a newer application, and never puts certificates over keys that they do not name.

use crate::{
    audit::audit,
    bench::{Bench, Loss, personalise, prepare, rule, walk, walk_until},
    card::LightCard,
    people::{application, card_number, of_kind, renewal, request},
};
use shirushi_authority::{AuthorityError, CertificateState};
use shirushi_crypto::SystemRandom;
use shirushi_personalisation::Kind;
use shirushi_profile::{Certificate, CertificateKind};
use shirushi_rules::{CARD_KEYS, NOT_REPEATED, ONE_LIVE};
use shirushi_wire::{IssuedCertificate, RelayAnswer, RelayRequest, RelayToken, Signed};
use std::process::Command;

/// The live certificates of a card, if each of them bears the key beside which it stands.
fn certificates(card: &LightCard) -> Vec<Certificate> {
    card.chip
        .live
        .values()
        .map(|slot| {
            let certificate = Certificate::from_der(&slot.certificate.bytes).unwrap();
            let key = slot.key.as_deref().unwrap();
            assert_eq!(certificate.public_key().spki_der(), key, "another's key");
            certificate
        })
        .collect()
}

fn names(issued: &[IssuedCertificate]) -> Vec<(CertificateKind, String)> {
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

    let written = certificates(&card);
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
            let mut written: Vec<_> = certificates(&card)
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
        assert_eq!(certificates(&card).len(), issued.len());
    }
    let found = audit(&bench).await;
    assert_eq!((found.live.len(), found.revoked.len()), (16, 0));
}

#[tokio::test]
async fn another_card_than_the_one_presented_is_refused_and_nothing_is_issued() {
    let bench = Bench::new().await;
    let token = bench
        .receive(&application(1))
        .await
        .unwrap();
    let own = card_number(1);
    for mut card in [
        bench.card_of(2),
        // It has the keys of another card, and says that it is this one.
        bench.card_of(2).lying(&own),
        // It has the keys of this card, and says that it is another one.
        bench.card_of(1).lying(&card_number(2)),
    ] {
        let refused = personalise(&bench.authority, &token, &mut card).await;
        assert_eq!(rule(refused), CARD_KEYS.id);
        assert_eq!(card.chip.pending, None);
        assert_eq!(
            bench
                .count("SELECT count(*) AS n FROM intents")
                .await,
            0
        );
    }
    let mut right = bench.card_of(1);
    personalise(&bench.authority, &token, &mut right)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_changed_response_ends_the_channel_wherever_it_stands() {
    let bench = Bench::new().await;
    let (token, prepared) = bench.prepare(&application(1)).await;
    for disturbed in 0..3 {
        let mut card = prepared.clone();
        let mut powered = card.power_on();
        let mut responses = None;
        let mut exchange = 0;
        let error = loop {
            let request = RelayRequest { responses };
            let answer = match bench
                .authority
                .relay(&token, &request)
                .await
            {
                Ok(answer) => answer,
                Err(error) => break error,
            };
            let RelayAnswer::Transmit { commands } = answer else {
                panic!("nobody noticed");
            };
            let mut answers: Vec<Vec<u8>> = commands
                .iter()
                .map(|command| powered.answer(&hex::decode(command).unwrap()))
                .collect();
            if exchange == disturbed {
                // The byte before the status word: of a cryptogram or an R-MAC.
                let last = answers.last_mut().unwrap();
                let at = last.len() - 3;
                last[at] ^= 1;
            }
            exchange += 1;
            responses = Some(
                answers
                    .iter()
                    .map(hex::encode)
                    .collect(),
            );
        };
        assert_eq!(rule::<()>(Err(error)), CARD_KEYS.id, "exchange {disturbed}");
        assert_eq!(exchange, disturbed + 1);
        assert_eq!(
            bench
                .count("SELECT count(*) AS n FROM intents")
                .await,
            0
        );
    }
}

#[tokio::test]
async fn responses_that_nobody_asked_for_are_out_of_step() {
    let bench = Bench::new().await;
    let token = bench
        .receive(&application(1))
        .await
        .unwrap();
    let relay = async |responses: Option<Vec<String>>| {
        let request = RelayRequest { responses };
        bench
            .authority
            .relay(&token, &request)
            .await
    };
    let without_channel = relay(Some(vec!["9000".to_owned()])).await;
    assert!(matches!(without_channel, Err(AuthorityError::OutOfStep)));
    relay(None).await.unwrap();
    let not_hexadecimal = relay(Some(vec!["90 00".to_owned()])).await;
    assert!(matches!(not_hexadecimal, Err(AuthorityError::OutOfStep)));
    relay(None).await.unwrap();
    let too_few = relay(Some(vec!["9000".to_owned()])).await;
    assert_eq!(rule(too_few), CARD_KEYS.id);
    let mut card = bench.card_of(1);
    personalise(&bench.authority, &token, &mut card)
        .await
        .unwrap();
}

/// An RSA key of 1024 bits (SubjectPublicKeyInfo), made by OpenSSL because the house cannot.
fn weak_key() -> Vec<u8> {
    let pipe = "openssl genrsa 1024 2>/dev/null | openssl rsa -pubout -outform DER 2>/dev/null";
    let made = Command::new("sh")
        .args(["-c", pipe])
        .output()
        .unwrap();
    assert!(made.stdout.len() > 100, "openssl is needed for this test");
    made.stdout
}

#[tokio::test]
async fn a_key_that_the_profile_does_not_know_is_not_certified() {
    let bench = Bench::new().await;
    let token = bench
        .receive(&application(1))
        .await
        .unwrap();
    let weak = weak_key();
    for key in [weak.as_slice(), &[0x30, 0x03, 0x02, 0x01, 0x05]] {
        let mut card = bench.card_of(1).with_key(key);
        let refused = personalise(&bench.authority, &token, &mut card).await;
        assert!(
            matches!(
                refused,
                Err(AuthorityError::Profile(_) | AuthorityError::Crypto(_))
            ),
            "{refused:?}"
        );
    }
    assert_eq!(
        bench
            .count("SELECT count(*) AS n FROM intents")
            .await,
        0
    );
}

#[tokio::test]
async fn a_finished_application_does_not_undo_the_newer_one_on_its_card() {
    let bench = Bench::new().await;
    let old = bench
        .receive(&application(1))
        .await
        .unwrap();
    let mut card = bench.card_of(1);
    personalise(&bench.authority, &old, &mut card)
        .await
        .unwrap();
    let new = bench
        .receive(&renewal(1))
        .await
        .unwrap();
    personalise(&bench.authority, &new, &mut card)
        .await
        .unwrap();
    let live = card.chip.live.clone();

    // A stale page at the counter sends the old token once more.
    let refused = personalise(&bench.authority, &old, &mut card).await;
    assert_eq!(rule(refused), ONE_LIVE.id);
    assert_eq!(card.chip.live, live, "the renewed certificates are gone");
    assert_eq!(card.chip.pending, None);
    for certificate in certificates(&card) {
        let status = bench
            .authority
            .status(certificate.kind().unwrap(), certificate.serial())
            .await;
        assert_eq!(status.unwrap(), CertificateState::Good);
    }
}

#[tokio::test]
async fn certificates_are_never_written_over_keys_that_they_do_not_name() {
    let bench = Bench::new().await;
    let (token, card) = bench.prepare(&application(1)).await;
    // Another card of the same number and keys, prepared at the same time: a chip replaced, or copied.
    let mut second = card.clone();
    let others = bench.prepare(&application(2)).await.1;
    second.adopt_keys(&others);
    // Issued, and the answer lost: the certificates are on record for keys that only the first card has.
    let mut first = card;
    walk_until(&bench.authority, &token, &mut first, 3).await;
    assert!(first.chip.live.is_empty());
    assert_eq!(
        bench
            .authority
            .totals()
            .await
            .unwrap()
            .live,
        2
    );

    let refused = personalise(&bench.authority, &token, &mut second).await;
    assert_eq!(rule(refused), ONE_LIVE.id);
    assert!(second.chip.live.is_empty());
    // And one that has lost its keys: new ones would never be certified under the same application.
    let mut blank = bench.card_of(1);
    let refused = personalise(&bench.authority, &token, &mut blank).await;
    assert_eq!(rule(refused), ONE_LIVE.id);
    assert_eq!(blank.chip.pending, None, "keys were made for nothing");
    // The card that has the keys is finished.
    personalise(&bench.authority, &token, &mut first)
        .await
        .unwrap();
    assert_eq!(certificates(&first).len(), 2);
    // What has ended meanwhile is no reason to issue from the same application again.
    bench.revoke(&request(1)).await.unwrap();
    let refused = personalise(&bench.authority, &token, &mut blank).await;
    assert_eq!(rule(refused), NOT_REPEATED.id);
    assert_eq!(blank.chip.pending, None);
    assert_eq!(audit(&bench).await.issued.len(), 2);
}

#[tokio::test]
async fn an_application_that_cannot_be_issued_from_does_not_disturb_what_waits_in_the_card() {
    let bench = Bench::new().await;
    let late = bench
        .receive(&application(1))
        .await
        .unwrap();
    // The second application is issued from, and the card loses power while it is written.
    let token = bench
        .receive(&application(1))
        .await
        .unwrap();
    let mut card = bench.card_of(1);
    prepare(&bench.authority, &token, &mut card).await;
    let waiting = card.chip.pending.clone();
    assert!(waiting.is_some());
    let mut copy = card.clone();
    personalise(&bench.authority, &token, &mut copy)
        .await
        .unwrap();

    let refused = personalise(&bench.authority, &late, &mut card).await;
    assert_eq!(rule(refused), ONE_LIVE.id);
    assert_eq!(card.chip.pending, waiting, "what waited was dropped");
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
    let written = certificates(&card);
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

#[tokio::test]
async fn two_relays_of_one_token_at_once_issue_once() {
    let bench = Bench::new().await;
    let application = application(1);
    let signed = Signed::sign(&application, bench.officer(0)).unwrap();
    let token = bench
        .authority
        .receive(&signed)
        .await
        .unwrap();
    let card = bench.prepare(&application).await.1;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let authority = bench.authority.clone();
        let mut card = card.clone();
        tasks.spawn(async move {
            // Each takes the channel from the others: whoever is out of step begins anew.
            for _ in 0..200 {
                match personalise(&authority, &token, &mut card).await {
                    Ok(issued) => return issued,
                    Err(AuthorityError::OutOfStep) => tokio::task::yield_now().await,
                    Err(AuthorityError::Refused(refusal)) => {
                        assert_eq!(refusal.rule().id, CARD_KEYS.id);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            Vec::new()
        });
    }
    let all = tasks.join_all().await;
    let finished: Vec<_> = all
        .iter()
        .filter(|issued| !issued.is_empty())
        .collect();
    assert!(!finished.is_empty());
    assert!(
        finished
            .iter()
            .all(|issued| names(issued) == names(finished[0]))
    );
    assert_eq!(audit(&bench).await.issued.len(), 2);
}
