//! The client's view of a card (`shirushi_card`), on this one: two rooms that know the same facts and not each other.

use crate::{openssl, support::*};
use shirushi_card::{Card, CardError, Credential, Pin};
use shirushi_softcard::{Atr, Blocked, EmptyVerify, Variant};

fn pin(credential: Credential) -> Pin {
    let text = match credential {
        Credential::Signature => SIGNATURE_PASSWORD,
        Credential::Authentication => AUTHENTICATION_PIN,
    };
    Pin::new(credential, text).unwrap()
}

#[test]
fn a_client_reads_verifies_and_signs_on_cards_of_every_kind() {
    let variants = [
        Variant::default(),
        Variant {
            atr: Atr::Contactless,
            first_command_6f00: true,
            filler: 0,
            ..Variant::default()
        },
        Variant {
            empty_verify: EmptyVerify::SuccessWhenVerified,
            filler: 4096,
            ..Variant::default()
        },
    ];
    for variant in variants {
        let mut soft = personalised_as(variant);
        let mut card = Card::open(&mut soft).unwrap();
        for credential in Credential::ALL {
            assert_eq!(card.tries(credential).unwrap(), credential.most_tries());
            let verified = card
                .verify(credential, &pin(credential))
                .unwrap();
            let certificate = card
                .certificate(credential, Some(&verified))
                .unwrap();
            let authority = card.ca_certificate(credential).unwrap();
            assert_eq!(authority, openssl::authority().certificate);
            let mut info = bytes("3031300D060960864801650304020105000420");
            info.extend_from_slice(&shirushi_crypto::sha256(b"filing"));
            let signature = card
                .sign_digest_info(credential, &verified, &info)
                .unwrap();
            assert!(openssl::verifies(&certificate, b"filing", &signature, &[]));
        }
        // Leaving logs out.
        card.leave().unwrap();
        assert_eq!(send(&mut soft, SELECT_JPKI), "9000");
        assert_eq!(send(&mut soft, "802A0097 01 5A 00"), "6982");
    }
}

#[test]
fn a_client_understands_either_status_of_a_blocked_pin() {
    for blocked_status in [Blocked::Status6984, Blocked::Status6983] {
        for empty_verify in [EmptyVerify::Tries, EmptyVerify::BlockedWhenBlocked] {
            let mut soft = personalised_as(Variant {
                blocked_status,
                empty_verify,
                ..Variant::default()
            });
            let mut card = Card::open(&mut soft).unwrap();
            let wrong = Pin::new(Credential::Authentication, "9999").unwrap();
            for rule in [
                "card/pin-right",
                "card/pin-right",
                "card/pin-tries",
                "card/pin-tries",
            ] {
                let refused = card
                    .verify(Credential::Authentication, &wrong)
                    .unwrap_err();
                assert_eq!(rule_of(&refused), rule);
            }
            assert_eq!(
                card.tries(Credential::Authentication)
                    .unwrap(),
                0
            );
        }
    }
}

#[test]
fn a_client_changes_a_pin() {
    let (mut soft, disk) = personalised();
    let mut card = Card::open(&mut soft).unwrap();
    let credential = Credential::Authentication;
    let verified = card
        .verify(credential, &pin(credential))
        .unwrap();
    let new = Pin::new(credential, "1357").unwrap();
    card.change_pin(credential, &verified, &new)
        .unwrap();
    let mut soft = open(&disk);
    let mut card = Card::open(&mut soft).unwrap();
    assert!(card.verify(credential, &new).is_ok());
}

fn rule_of(error: &CardError) -> &'static str {
    match error {
        CardError::Refused(refusal) => refusal.rule().id,
        other => panic!("{other}"),
    }
}
