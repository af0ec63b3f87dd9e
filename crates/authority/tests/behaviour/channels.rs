//! The channel to the card, carried by a counter that nobody trusts: another card, a changed response, responses out of
//! step and a key outside the profile each end it, and nothing is issued.

use crate::{
    bench::{Bench, personalise, rule},
    people::{application, card_number},
};
use shirushi_authority::AuthorityError;
use shirushi_crypto::{KeyKind, SigningKey as _, SoftwareKey};
use shirushi_rules::CARD_KEYS;
use shirushi_wire::{RelayAnswer, RelayRequest};
use std::process::Command;

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
async fn a_key_that_the_law_does_not_allow_is_not_certified() {
    let bench = Bench::new().await;
    let token = bench
        .receive(&application(1))
        .await
        .unwrap();
    let weak = weak_key();
    let elliptic = SoftwareKey::generate(KeyKind::P256).unwrap();
    for key in [weak.as_slice(), elliptic.public_key().spki_der()] {
        let mut card = bench.card_of(1).with_key(key);
        let refused = personalise(&bench.authority, &token, &mut card).await;
        assert_eq!(rule(refused), CARD_KEYS.id);
    }
    let mut card = bench
        .card_of(1)
        .with_key(&[0x30, 0x03, 0x02, 0x01, 0x05]);
    let refused = personalise(&bench.authority, &token, &mut card).await;
    assert!(
        matches!(refused, Err(AuthorityError::Crypto(_))),
        "{refused:?}"
    );
    assert_eq!(
        bench
            .count("SELECT count(*) AS n FROM intents")
            .await,
        0
    );
}
