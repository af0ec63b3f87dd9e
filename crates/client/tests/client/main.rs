//! A citizen at home, with a card in software.
//!
//! * a document signed with the card is accepted by the relying party's check;
//! * signed with the authentication certificate it is refused for its kind;
//! * a wrong password costs one try and is told with the tries left; the right one afterwards works;
//! * a card whose certificate is not its key's, or of the wrong kind, gives out no signature, and is sent no PIN where that is seen before;
//! * a certificate of a policy that nobody has listed signs, and is looked at, as what it is not shown not to be;
//! * the next card, as it is assumed to be, and a telephone sign as well;
//! * after leaving the card nobody signs without the password;
//! * what is on the card is shown without any PIN and without spending a try;
//! * the card is found whatever lies in the other readers.
#![allow(missing_docs, clippy::unwrap_used)]

use shirushi_kit::pki;
use shirushi_kit_card::home;

mod city;
mod economy;
mod find;
mod kinds;
mod pins;
mod status;

use const_oid::ObjectIdentifier;
use home::{AUTHENTICATION_PIN, Home, SIGNATURE_PASSWORD};
use pki::{Authority, Draft, now, policies, sandbox};
use shirushi_apdu::{Transmit, TransmitError};
use shirushi_card::{Card, CardError, Credential, Pin, TokenKind};
use shirushi_client::{
    ClientError, Signing, Standing, certificate_before_pin, show, sign_and_leave, sign_detached,
    sign_with, sign_with_authentication_key, standing,
};
use shirushi_crypto::PublicKey;
use shirushi_path::{PathError, Requirements, TrustAnchors};
use shirushi_profile::CertificateKind;
use shirushi_rules as rules;
use shirushi_signature::{SignatureError, report::check};
use shirushi_softcard::SoftCard;

const CONTENT: &[u8] = "転居届".as_bytes();

fn password() -> Pin {
    Pin::signature(SIGNATURE_PASSWORD).unwrap()
}

fn requirements() -> Requirements {
    Requirements::new(CertificateKind::Signature, now())
}

#[test]
fn a_document_signed_with_the_card_is_accepted() {
    let mut home = Home::new();
    let mut card = Card::open(&mut home.card).unwrap();
    let signed = sign_detached(&mut card, &password(), CONTENT, now()).unwrap();
    card.leave().unwrap();
    assert_eq!(signed.certificate, home.signature);
    let anchors = TrustAnchors::new(vec![home.authority.certificate.clone()]);
    let evidence = home.evidence();
    let (_, outcome) = check(&signed.cms, CONTENT, &anchors, &evidence, &requirements());
    let (verified, valid) = outcome.unwrap();
    assert_eq!(verified.signing_time(), now());
    assert_eq!(valid.leaf(), &home.signature);
    let sent = verified.certificates();
    assert!(
        sent.contains(&home.authority.certificate),
        "the CA's certificate is sent along"
    );
}

#[test]
fn a_document_signed_with_the_authentication_key_is_refused_for_its_kind() {
    let mut home = Home::new();
    let mut card = Card::open(&mut home.card).unwrap();
    let pin = Pin::authentication(AUTHENTICATION_PIN).unwrap();
    let signed = sign_with_authentication_key(&mut card, &pin, CONTENT, now()).unwrap();
    card.leave().unwrap();
    assert_eq!(signed.certificate, home.authentication);
    let anchors = TrustAnchors::new(vec![home.authority.certificate.clone()]);
    let evidence = home.evidence();
    let (_, outcome) = check(&signed.cms, CONTENT, &anchors, &evidence, &requirements());
    let refusal = outcome.unwrap_err();
    assert_eq!(refusal.rule().id, rules::SIGNATURE_CERTIFICATE.id);
}

#[test]
fn a_wrong_password_costs_one_try_and_the_right_one_then_works() {
    let mut home = Home::new();
    let mut card = Card::open(&mut home.card).unwrap();
    let wrong = Pin::signature("SHIRUSHI8Q").unwrap();
    let error = sign_detached(&mut card, &wrong, CONTENT, now()).unwrap_err();
    let ClientError::Card(CardError::Refused(refusal)) = error else {
        panic!("{error}");
    };
    assert_eq!(refusal.rule().id, rules::PIN_RIGHT.id);
    assert_eq!(refusal.report().facts["tries"], rules::Fact::Number(4));
    sign_detached(&mut card, &password(), CONTENT, now()).unwrap();
    assert_eq!(
        card.tries(Credential::Signature)
            .unwrap(),
        5
    );
}

#[test]
fn the_pin_of_the_other_key_is_refused_before_it_costs_a_try() {
    let mut home = Home::new();
    let mut card = Card::open(&mut home.card).unwrap();
    let pin = Pin::authentication(AUTHENTICATION_PIN).unwrap();
    let error = sign_detached(&mut card, &pin, CONTENT, now()).unwrap_err();
    assert!(matches!(
        error,
        ClientError::Card(CardError::Refused(refusal)) if refusal.rule().id == rules::PIN_FORM.id
    ));
    assert_eq!(
        card.tries(Credential::Signature)
            .unwrap(),
        5
    );
}

#[test]
fn after_leaving_nobody_signs_without_the_password() {
    let mut home = Home::new();
    assert!(home.signs_unasked().is_empty());

    let mut card = Card::open(&mut home.card).unwrap();
    sign_detached(&mut card, &password(), CONTENT, now()).unwrap();
    // Still selected: the password stays verified in the card.
    drop(card);
    assert_eq!(home.signs_unasked().len(), 256);

    let card = Card::open(&mut home.card).unwrap();
    let (signed, _) = sign_and_leave(card, &password(), CONTENT, now()).unwrap();
    assert!(!signed.cms.is_empty());
    assert!(home.signs_unasked().is_empty());
}

#[test]
fn after_a_failure_the_card_is_left_as_well() {
    let mut home = Home::with(Authority::authentication_draft);
    let card = Card::open(&mut home.card).unwrap();
    let error = sign_and_leave(card, &password(), CONTENT, now()).unwrap_err();
    assert!(matches!(error, ClientError::WrongKind { .. }), "{error}");
    assert!(home.signs_unasked().is_empty());
}

#[test]
fn a_certificate_of_another_key_gives_out_no_signature() {
    let mut home = Home::with(|authority, _| authority.signature_draft(&pki::rsa()));
    let mut card = Card::open(&mut home.card).unwrap();
    let error = sign_detached(&mut card, &password(), CONTENT, now()).unwrap_err();
    assert!(matches!(
        error,
        ClientError::Signature(SignatureError::SignatureInvalid)
    ));
}

#[test]
fn a_certificate_of_the_wrong_kind_is_not_signed_with() {
    let mut home = Home::with(Authority::authentication_draft);
    let mut card = Card::open(&mut home.card).unwrap();
    let error = sign_detached(&mut card, &password(), CONTENT, now()).unwrap_err();
    assert!(matches!(
        error,
        ClientError::WrongKind {
            credential: Credential::Signature,
            found: Some(CertificateKind::Authentication),
        }
    ));
}

/// A policy that is on no list, as a telephone's or a later card's may be.
const UNLISTED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.392.200149.8.5.1.1.40");

fn unlisted_signature(authority: &Authority, key: &PublicKey) -> Draft {
    authority
        .signature_draft(key)
        .with(policies(&[UNLISTED]))
}

fn unlisted_authentication(authority: &Authority, key: &PublicKey) -> Draft {
    authority
        .authentication_draft(key)
        .with(policies(&[UNLISTED]))
}

#[test]
fn a_certificate_of_an_unlisted_policy_signs_and_is_looked_at() {
    let mut home = Home::with_both(unlisted_signature, unlisted_authentication);
    let mut card = Card::open(&mut home.card).unwrap();
    let signed = sign_detached(&mut card, &password(), CONTENT, now()).unwrap();
    assert_eq!(signed.certificate.kind(), None, "who signs can be told");
    let pin = Pin::authentication(AUTHENTICATION_PIN).unwrap();
    let known = certificate_before_pin(&mut card, Credential::Authentication).unwrap();
    assert_eq!(known.as_ref(), Some(&home.authentication));
    let signing = Signing {
        credential: Credential::Authentication,
        known,
        with_authority: false,
    };
    sign_with(&mut card, &signing, &pin, CONTENT, now()).unwrap();
    drop(card);

    let anchors = TrustAnchors::new(vec![home.authority.certificate.clone()]);
    let evidence = home.evidence();
    let stands = |certificate, kind| standing(certificate, kind, &anchors, &evidence, now());
    let (sign, auth) = (CertificateKind::Signature, CertificateKind::Authentication);
    assert!(matches!(
        stands(&home.signature, sign),
        Standing::Good { .. }
    ));
    assert!(matches!(
        stands(&home.authentication, auth),
        Standing::Good { .. }
    ));
    // What its key is for says that it is of the other kind.
    for (certificate, kind, other) in [
        (&home.signature, auth, sign),
        (&home.authentication, sign, auth),
    ] {
        let Standing::Untrusted { why } = stands(certificate, kind) else {
            panic!("{kind}");
        };
        let found = Some(other);
        assert_eq!(
            why,
            PathError::WrongKind {
                expected: kind,
                found
            }
        );
    }
    // A relying party goes by what it has listed.
    let (_, outcome) = check(&signed.cms, CONTENT, &anchors, &evidence, &requirements());
    assert_eq!(
        outcome.unwrap_err().rule().id,
        rules::SIGNATURE_CERTIFICATE.id
    );
}

#[test]
fn the_other_kind_is_known_by_more_than_its_policy() {
    let by_purpose =
        |authority: &Authority, key: &PublicKey| unlisted_authentication(authority, key);
    let by_issuer = |authority: &Authority, key: &PublicKey| Draft {
        issuer: sandbox("JPKI for user authentication"),
        ..unlisted_signature(authority, key)
    };
    for mut home in [Home::with(by_purpose), Home::with(by_issuer)] {
        let mut card = Card::open(&mut home.card).unwrap();
        let error = sign_detached(&mut card, &password(), CONTENT, now()).unwrap_err();
        let found = Some(CertificateKind::Authentication);
        assert!(
            matches!(error, ClientError::WrongKind { found: seen, .. } if seen == found),
            "{error}"
        );
    }
}

#[test]
fn no_pin_is_sent_for_a_certificate_of_the_other_kind() {
    struct Watched<'a>(&'a mut SoftCard);
    impl Transmit for Watched<'_> {
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransmitError> {
            let is_pin = command[1] == 0x20 && command.len() > 5;
            assert!(!is_pin, "a PIN was sent");
            self.0.transmit(command)
        }
    }
    let mut home = Home::with_both(Authority::signature_draft, Authority::signature_draft);
    let mut card = Card::open(Watched(&mut home.card)).unwrap();
    let credential = Credential::Authentication;
    let before = certificate_before_pin(&mut card, credential);
    assert!(matches!(before, Err(ClientError::WrongKind { .. })));
    let signing = Signing {
        credential,
        known: Some(home.authentication.clone()),
        with_authority: false,
    };
    let pin = Pin::authentication(AUTHENTICATION_PIN).unwrap();
    let signed = sign_with(&mut card, &signing, &pin, CONTENT, now());
    assert!(matches!(signed, Err(ClientError::WrongKind { .. })));
    // The signature certificate is behind its password.
    let before = certificate_before_pin(&mut card, Credential::Signature).unwrap();
    assert_eq!(before, None);
}

#[test]
fn what_is_on_the_card_is_shown_without_a_pin() {
    let mut home = Home::new();
    let mut card = Card::open(&mut home.card).unwrap();
    let overview = show(&mut card).unwrap();
    assert_eq!(overview.token.kind, TokenKind::IndividualNumberCard);
    assert_eq!(overview.signature.tries, Some(5));
    assert_eq!(overview.authentication.tries, Some(3));
    // The signature certificate bears a name and an address.
    assert!(overview.signature.certificate.is_none());
    let authority = Some(&home.authority.certificate);
    assert_eq!(overview.signature.authority.as_ref(), authority);
    assert_eq!(
        overview
            .authentication
            .authority
            .as_ref(),
        authority
    );
    assert_eq!(
        overview
            .authentication
            .certificate
            .as_ref(),
        Some(&home.authentication)
    );
}

#[test]
fn a_card_without_certificates_is_shown_as_such() {
    let mut card = Card::open(home::blank()).unwrap();
    let overview = show(&mut card).unwrap();
    assert!(
        overview
            .authentication
            .certificate
            .is_none()
    );
    assert!(overview.signature.authority.is_none());
    assert_eq!(overview.signature.tries, None);
    assert_eq!(overview.authentication.tries, None);
    let error = sign_detached(&mut card, &password(), CONTENT, now()).unwrap_err();
    assert!(matches!(error, ClientError::Card(_)), "{error}");
}
