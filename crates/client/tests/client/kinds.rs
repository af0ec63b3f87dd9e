//! Other cards than today's: the next one and a telephone, both as they are assumed to be.

use crate::{
    CONTENT,
    home::{AUTHENTICATION_PIN, Home},
    password,
    pki::now,
    requirements,
};
use shirushi_card::{Card, CardError, Credential, Pin, TokenKind};
use shirushi_client::{certificate_before_pin, sign_detached, sign_with_authentication_key};
use shirushi_path::TrustAnchors;
use shirushi_profile::CertificateKind;
use shirushi_signature::{report::check, verify};

#[test]
fn the_next_card_signs_documents() {
    let mut home = Home::with_the_next_card();
    let mut card = Card::open(&mut home.card).unwrap();
    let signed = sign_detached(&mut card, &password(), CONTENT, now()).unwrap();
    let pin = Pin::authentication(AUTHENTICATION_PIN).unwrap();
    let logged_in = sign_with_authentication_key(&mut card, &pin, CONTENT, now()).unwrap();
    card.leave().unwrap();
    assert_eq!(signed.certificate, home.signature);
    assert!(
        home.signature
            .public_key()
            .p384_point()
            .is_some()
    );
    let verified = verify(&logged_in.cms, CONTENT).unwrap();
    assert_eq!(verified.signer(), &home.authentication);
    // A relying party that knows the authority accepts it.
    let anchors = TrustAnchors::new(vec![home.authority.certificate.clone()]);
    let evidence = home.evidence();
    let (_, outcome) = check(&signed.cms, CONTENT, &anchors, &evidence, &requirements());
    let (verified, valid) = outcome.unwrap();
    assert_eq!(verified.signing_time(), now());
    assert_eq!(valid.leaf(), &home.signature);
    let (_, outcome) = check(&signed.cms, b"x", &anchors, &evidence, &requirements());
    outcome.unwrap_err();
}

#[test]
fn a_telephone_signs_with_certificates_of_policies_that_nobody_has_listed() {
    let mut home = Home::with_a_telephone();
    let mut card = Card::open(&mut home.card).unwrap();
    assert_eq!(card.token().kind, TokenKind::AndroidToken);
    // It gives out no certificate before a PIN.
    let before = certificate_before_pin(&mut card, Credential::Authentication).unwrap();
    assert_eq!(before, None);
    assert!(matches!(
        card.certificate(Credential::Authentication, None),
        Err(CardError::NotVerified { .. })
    ));
    let pin = Pin::authentication(AUTHENTICATION_PIN).unwrap();
    let logged_in = sign_with_authentication_key(&mut card, &pin, CONTENT, now()).unwrap();
    let signed = sign_detached(&mut card, &password(), CONTENT, now()).unwrap();
    card.leave().unwrap();
    for (signed, kind) in [
        (&signed, CertificateKind::Signature),
        (&logged_in, CertificateKind::Authentication),
    ] {
        assert_eq!(signed.certificate.kind(), None, "to be said to its owner");
        assert_eq!(signed.certificate.apparent_kind(), Some(kind));
        verify(&signed.cms, CONTENT).unwrap();
    }
    // A relying party goes by what it has listed.
    let anchors = TrustAnchors::new(vec![home.authority.certificate.clone()]);
    let evidence = home.evidence();
    let (_, outcome) = check(&signed.cms, CONTENT, &anchors, &evidence, &requirements());
    outcome.unwrap_err();
}
