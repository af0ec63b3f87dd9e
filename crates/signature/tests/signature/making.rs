//! Preparing, signing in a card, assembling.

use crate::{
    citizen::{CONTENT, Citizen},
    pki::{Authority, now, p256},
};
use shirushi_clock::Instant;
use shirushi_crypto::{
    CardKey, DigestAlgorithm, KeyKind, SignatureAlgorithm, SigningKey, SoftwareKey, sha256,
};
use shirushi_signature::{
    ContentDigests, ContentHasher, MAX_CONTENT_LEN, SignatureError, prepare, verify,
};
use std::{process::Command, sync::Arc};

#[test]
fn what_a_card_signs_verifies() {
    let citizen = Citizen::new();
    let cms = citizen.signs(CONTENT);
    let verified = verify(&cms, CONTENT).unwrap();
    assert_eq!(verified.signer(), &citizen.certificate);
    assert_eq!(verified.signing_time(), now());
    assert_eq!(verified.content_digest(), sha256(CONTENT));
    assert_eq!(verified.cms_sha256(), sha256(&cms));
    assert_eq!(verified.certificates().len(), 2);
    assert!(
        verified
            .certificates()
            .contains(&citizen.authority.certificate)
    );
}

#[test]
fn the_digest_info_is_that_of_the_attributes() {
    let citizen = Citizen::new();
    let prepared = prepare(CONTENT, &citizen.certificate, now()).unwrap();
    let info = prepared.digest_info();
    assert_eq!(info[19..], sha256(prepared.to_be_signed()));
    let by_card = citizen.card_signs(&info);
    let by_key = citizen
        .key
        .sign(prepared.to_be_signed())
        .unwrap();
    assert_eq!(by_card, by_key);
}

#[test]
fn an_empty_content_can_be_signed() {
    let citizen = Citizen::new();
    assert!(verify(&citizen.signs(b""), b"").is_ok());
}

#[test]
fn a_signature_by_another_card_is_not_assembled() {
    let (citizen, other) = (Citizen::new(), Citizen::new());
    let prepared = prepare(CONTENT, &citizen.certificate, now()).unwrap();
    let signature = other.card_signs(&prepared.digest_info());
    let refused = prepared.assemble(&signature, &[]);
    assert_eq!(refused, Err(SignatureError::SignatureInvalid));
}

#[test]
fn a_signature_on_p256_verifies() {
    let authority = Authority::root("Root");
    let key = p256();
    let certificate = authority
        .signature_draft(&key)
        .sign(&authority.key);
    let prepared = prepare(CONTENT, &certificate, now()).unwrap();
    assert_eq!(prepared.algorithm(), key.algorithm());
    let signature = key
        .sign(prepared.to_be_signed())
        .unwrap();
    let cms = prepared
        .assemble(&signature, &[])
        .unwrap();
    assert_eq!(verify(&cms, CONTENT).unwrap().signer(), &certificate);
}

#[test]
fn a_key_that_no_card_has_is_refused_beforehand() {
    let authority = Authority::root("Root");
    let key = Arc::new(SoftwareKey::generate(KeyKind::Ed25519).unwrap());
    let certificate = authority
        .signature_draft(&key)
        .sign(&authority.key);
    let refused = prepare(CONTENT, &certificate, now());
    assert!(
        matches!(refused, Err(SignatureError::Algorithm { .. })),
        "{refused:?}"
    );
}

/// The next card's, as it is expected: SHA-384 for the content and for the attributes, and OpenSSL agrees.
#[test]
fn a_signature_on_p384_has_sha_384_throughout() {
    let authority = Authority::root("Root");
    let key = CardKey::generate_p384().unwrap();
    let certificate = authority
        .signature_draft(key.public_key())
        .sign(&authority.key);
    let prepared = prepare(CONTENT, &certificate, now()).unwrap();
    assert_eq!(prepared.algorithm(), SignatureAlgorithm::EcdsaP384Sha384);
    let digest = prepared.to_card().try_into().unwrap();
    let signature = key.sign_sha384(&digest).unwrap();
    let cms = prepared
        .assemble(&signature, &[])
        .unwrap();
    let verified = verify(&cms, CONTENT).unwrap();
    assert_eq!(verified.signer(), &certificate);
    assert!(verify(&cms, b"another content").is_err());

    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("cms", &cms[..]), ("content", CONTENT)] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let openssl = |arguments: &[&str]| {
        Command::new("openssl")
            .current_dir(folder.path())
            .args(["cms", "-inform", "DER", "-in", "cms"])
            .args(arguments)
            .output()
            .unwrap()
    };
    let checked = openssl(&["-verify", "-content", "content", "-noverify", "-out", "out"]);
    let told = String::from_utf8_lossy(&checked.stderr);
    assert!(told.contains("CMS Verification successful"), "{told}");
    let printed = openssl(&["-cmsout", "-print", "-noout"]);
    let printed = String::from_utf8_lossy(&printed.stdout);
    let (_, signer) = printed
        .split_once("signerInfos")
        .unwrap();
    assert!(signer.contains("sha384"), "{signer}");
    assert!(signer.contains("ecdsa-with-SHA384"), "{signer}");
    assert!(!signer.contains("sha256WithRSA"), "{signer}");
    std::fs::write(folder.path().join("content"), b"another content").unwrap();
    let checked = openssl(&["-verify", "-content", "content", "-noverify", "-out", "out"]);
    assert!(!checked.status.success());
}

#[test]
fn a_content_in_pieces_is_signed_as_the_whole() {
    let mut hasher = ContentHasher::default();
    for piece in CONTENT.chunks(7) {
        hasher.update(piece);
    }
    let digests = hasher.finish();
    assert_eq!(digests, ContentDigests::of(CONTENT));
    assert_eq!(digests.sha256, sha256(CONTENT));
    assert_eq!(digests.sha384[..], DigestAlgorithm::Sha384.digest(CONTENT));
}

#[test]
fn a_time_of_2050_is_written_as_generalized_time() {
    let citizen = Citizen::new();
    for seconds in [2_524_607_999, 2_524_608_000] {
        let time = Instant::from_unix(seconds).unwrap();
        let prepared = prepare(CONTENT, &citizen.certificate, time).unwrap();
        let signature = citizen.card_signs(&prepared.digest_info());
        let cms = prepared
            .assemble(&signature, &[])
            .unwrap();
        assert_eq!(
            verify(&cms, CONTENT)
                .unwrap()
                .signing_time(),
            time
        );
    }
    let before = Instant::from_unix(-1).unwrap();
    assert!(matches!(
        prepare(CONTENT, &citizen.certificate, before),
        Err(SignatureError::NotRead { .. })
    ));
}

#[test]
fn a_content_beyond_the_limit_is_not_signed() {
    let citizen = Citizen::new();
    let content = vec![0; MAX_CONTENT_LEN + 1];
    let too_large = SignatureError::TooLarge {
        limit: MAX_CONTENT_LEN,
        size: MAX_CONTENT_LEN + 1,
    };
    let refused = prepare(&content, &citizen.certificate, now());
    assert_eq!(refused.unwrap_err(), too_large);
}
