//! How many commands a signature takes on a whole card, with its own certificates; and what a request for revocation is.

use crate::{
    home::{Home, INDIVIDUAL_NUMBER, SIGNATURE_PASSWORD, TEXT_PIN},
    pki::now,
};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_card::{Card, Credential, Pin, RegisteredSex, TextApplication, TextPin};
use shirushi_client::{Signing, ToEnd, sign_revocation, sign_with};
use shirushi_crypto::SystemRandom;
use shirushi_profile::RevocationReason;
use shirushi_signature::verify;
use shirushi_softcard::SoftCard;
use shirushi_wire::HolderRevocation;

/// Counts commands.
struct Counted<'a>(&'a mut SoftCard, usize);

impl Transmit for Counted<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
        self.1 += 1;
        assert!(command.len() <= 5 + 255 + 1, "a short command");
        self.0.transmit(command)
    }
}

fn password() -> Pin {
    Pin::signature(SIGNATURE_PASSWORD).unwrap()
}

#[test]
fn a_signature_is_cheap() {
    let mut home = Home::new();
    let known = home.signature.clone();
    let reads = known.der().len().div_ceil(256);
    let mut commands = |known| {
        let signing = Signing {
            credential: Credential::Signature,
            known,
            with_authority: false,
        };
        let mut card = Card::select(Counted(&mut home.card, 0)).unwrap();
        let tries = card
            .tries(Credential::Signature)
            .unwrap();
        assert_eq!(tries, 5);
        sign_with(&mut card, &signing, &password(), b"content", now()).unwrap();
        card.leave().unwrap().1
    };
    assert!(reads > 2);
    assert_eq!(commands(Some(known)), 7);
    assert_eq!(commands(None), 8 + reads);
}

#[test]
fn a_request_for_revocation_is_signed_with_the_signature_key() {
    let mut home = Home::new();
    for to_end in [
        ToEnd {
            signature: true,
            authentication: None,
        },
        ToEnd {
            signature: false,
            authentication: Some(*home.authentication.serial()),
        },
        ToEnd {
            signature: true,
            authentication: Some(*home.authentication.serial()),
        },
    ] {
        let mut card = Card::open(&mut home.card).unwrap();
        let reason = RevocationReason::KeyCompromise;
        let request = sign_revocation(
            &mut card,
            &password(),
            &to_end,
            reason,
            |_| now(),
            &SystemRandom,
        )
        .unwrap();
        card.leave().unwrap();
        assert_eq!(request.signer, home.signature);
        let payload = request.signed.payload().unwrap();
        let verified = verify(&request.signed.cms().unwrap(), &payload).unwrap();
        assert_eq!(verified.signer(), &home.signature);
        let said = HolderRevocation::from_signed(&payload).unwrap();
        assert_eq!((said.reason, said.at), (reason, now()));
        let mut wanted = Vec::new();
        wanted.extend(
            to_end
                .signature
                .then(|| *home.signature.serial()),
        );
        wanted.extend(to_end.authentication);
        assert_eq!(said.certificates, wanted);
    }
}

#[test]
fn what_is_printed_on_the_card_is_read_after_its_pin() {
    let mut home = Home::new();
    let mut card = TextApplication::open(&mut home.card).unwrap();
    assert!(card.information().unwrap().is_some());
    let verified = card
        .verify(&TextPin::new(TEXT_PIN).unwrap())
        .unwrap();
    let items = card.items(&verified).unwrap();
    assert_eq!(items.name, "印　花子");
    assert_eq!(
        (items.birth.as_str(), items.sex),
        ("19850301", RegisteredSex::Female)
    );
    let number = card
        .individual_number(&verified)
        .unwrap();
    assert_eq!(number.expose(), INDIVIDUAL_NUMBER.as_bytes());
    card.leave().unwrap();
    // Left, the card shows neither.
    let mut card = TextApplication::open(&mut home.card).unwrap();
    assert!(card.items(&verified).is_err());
    assert!(
        card.individual_number(&verified)
            .is_err()
    );
}
