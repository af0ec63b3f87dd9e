//! Signing, verifying and digests: lengths, pieces, and what ends an operation.

use crate::{
    bench::{AUTH, Bench, SHA256, bytes, plain, verifies},
    tray::Fault as Cut,
};
use cryptoki_sys::*;
use shirushi_crypto::DigestAlgorithm;
use shirushi_pkcs11::{Chosen, Fault, Parameter, Produced};

#[test]
fn asking_for_the_length_ends_nothing() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let key = bench.key(session);
    let module = &bench.module;
    module
        .sign_init(session, SHA256, key)
        .unwrap();
    bench.tray.log();
    assert_eq!(module.sign(session, b"x", None), Ok(Produced::Length(256)));
    assert_eq!(
        module.sign(session, b"x", Some(255)),
        Err(Fault::BufferTooSmall { needed: 256 })
    );
    assert!(bench.tray.log().is_empty(), "nothing was signed for it");
    let signature = bytes(
        module
            .sign(session, b"x", Some(256))
            .unwrap(),
    );
    assert!(verifies(&bench.public_key(session), b"x", &signature));
    assert_eq!(
        module.sign(session, b"x", Some(256)),
        Err(Fault::OperationNotInitialized)
    );
}

#[test]
fn pieces_are_signed_as_the_whole() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let key = bench.key(session);
    let module = &bench.module;
    for mechanism in [
        CKM_RSA_PKCS,
        CKM_SHA1_RSA_PKCS,
        CKM_SHA256_RSA_PKCS,
        CKM_SHA384_RSA_PKCS,
        CKM_SHA512_RSA_PKCS,
    ] {
        module
            .sign_init(session, plain(mechanism), key)
            .unwrap();
        for piece in [&b"one "[..], b"", b"whole"] {
            module
                .sign_update(session, piece)
                .unwrap();
        }
        assert_eq!(module.sign_final(session, None), Ok(Produced::Length(256)));
        let in_pieces = bytes(
            module
                .sign_final(session, Some(300))
                .unwrap(),
        );
        module
            .sign_init(session, plain(mechanism), key)
            .unwrap();
        let at_once = bytes(
            module
                .sign(session, b"one whole", Some(256))
                .unwrap(),
        );
        assert_eq!(in_pieces, at_once, "the padding has no chance in it");
    }
}

#[test]
fn raw_data_are_what_fits_the_padding() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let key = bench.key(session);
    let public = bench.public_key(session);
    let module = &bench.module;
    let sign = |data: &[u8]| {
        module
            .sign_init(session, plain(CKM_RSA_PKCS), key)
            .unwrap();
        module.sign(session, data, Some(256))
    };
    let most = [7; 245];
    let signature = bytes(sign(&most).unwrap());
    assert_eq!(
        public
            .recover_padded(&signature)
            .unwrap(),
        most
    );
    assert_eq!(sign(&[7; 246]), Err(Fault::DataLenRange));
    module
        .sign_init(session, plain(CKM_RSA_PKCS), key)
        .unwrap();
    module
        .sign_update(session, &[7; 200])
        .unwrap();
    assert_eq!(
        module.sign_update(session, &[7; 46]),
        Err(Fault::DataLenRange)
    );
    assert_eq!(
        module.sign_final(session, Some(256)),
        Err(Fault::OperationNotInitialized),
        "it ended with the fault"
    );
}

#[test]
fn what_the_card_cannot_do_is_refused_before_it_is_relied_on() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let key = bench.key(session);
    let certificate = bench.find(session, CKO_CERTIFICATE)[0];
    let module = &bench.module;
    for mechanism in [
        CKM_SHA384_RSA_PKCS_PSS,
        CKM_RSA_PKCS_OAEP,
        CKM_RSA_X_509,
        CKM_ECDSA,
    ] {
        assert_eq!(
            module.sign_init(session, plain(mechanism), key),
            Err(Fault::MechanismInvalid)
        );
    }
    let with_parameter = Chosen {
        parameter: Parameter::Other,
        ..SHA256
    };
    assert_eq!(
        module.sign_init(session, with_parameter, key),
        Err(Fault::MechanismParamInvalid)
    );
    assert_eq!(
        module.sign_init(session, SHA256, 0),
        Err(Fault::KeyHandleInvalid)
    );
    assert_eq!(
        module.sign_init(session, SHA256, certificate),
        Err(Fault::KeyFunctionNotPermitted)
    );
    module
        .sign_init(session, SHA256, key)
        .unwrap();
    assert_eq!(
        module.sign_init(session, SHA256, key),
        Err(Fault::OperationActive)
    );
}

#[test]
fn an_answer_that_is_no_signature_of_the_key_is_not_given_out() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    bench.begin(session);
    bench.tray.at(0x2A, Cut::Garbage);
    assert_eq!(bench.finish(session, b"x"), Err(Fault::DeviceError));
    bench.sign(session, b"x").unwrap();
}

#[test]
fn signatures_are_verified_with_the_public_key() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let public = bench.find(session, CKO_PUBLIC_KEY)[0];
    let signature = bench.sign(session, b"message").unwrap();
    let module = &bench.module;
    bench.tray.log();
    let verify = |message: &[u8], signature: &[u8]| {
        module
            .verify_init(session, SHA256, public)
            .unwrap();
        module.verify(session, message, signature)
    };
    assert_eq!(verify(b"message", &signature), Ok(()));
    assert_eq!(verify(b"massage", &signature), Err(Fault::SignatureInvalid));
    let mut changed = signature.clone();
    changed[7] ^= 1;
    assert_eq!(verify(b"message", &changed), Err(Fault::SignatureInvalid));
    assert_eq!(
        verify(b"message", &signature[1..]),
        Err(Fault::SignatureLenRange)
    );
    module
        .verify_init(session, SHA256, public)
        .unwrap();
    module
        .verify_update(session, b"mess")
        .unwrap();
    module
        .verify_update(session, b"age")
        .unwrap();
    assert_eq!(module.verify_final(session, &signature), Ok(()));
    assert_eq!(
        module.verify_final(session, &signature),
        Err(Fault::OperationNotInitialized)
    );
    // A signature of another digest is none of this mechanism.
    module
        .verify_init(session, plain(CKM_SHA512_RSA_PKCS), public)
        .unwrap();
    assert_eq!(
        module.verify(session, b"message", &signature),
        Err(Fault::SignatureInvalid)
    );
    assert!(bench.tray.log().is_empty(), "the card has no part in it");
}

#[test]
fn digests_are_made_without_the_card() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    let module = &bench.module;
    bench.tray.log();
    for (mechanism, algorithm) in [
        (CKM_SHA_1, DigestAlgorithm::Sha1),
        (CKM_SHA256, DigestAlgorithm::Sha256),
        (CKM_SHA384, DigestAlgorithm::Sha384),
        (CKM_SHA512, DigestAlgorithm::Sha512),
    ] {
        let expected = algorithm.digest(b"one whole");
        module
            .digest_init(session, plain(mechanism))
            .unwrap();
        assert_eq!(
            module.digest(session, b"one whole", None),
            Ok(Produced::Length(expected.len()))
        );
        let digest = module.digest(session, b"one whole", Some(64));
        assert_eq!(digest, Ok(Produced::Bytes(expected.clone())));
        module
            .digest_init(session, plain(mechanism))
            .unwrap();
        for piece in [&b"one "[..], b"whole"] {
            module
                .digest_update(session, piece)
                .unwrap();
        }
        assert_eq!(
            module.digest_final(session, Some(3)),
            Err(Fault::BufferTooSmall {
                needed: expected.len()
            })
        );
        let digest = module.digest_final(session, Some(64));
        assert_eq!(digest, Ok(Produced::Bytes(expected)));
    }
    assert_eq!(
        module.digest_init(session, SHA256),
        Err(Fault::MechanismInvalid)
    );
    assert!(bench.tray.log().is_empty());
}

#[test]
fn random_bytes_are_random() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    let mut drawn = [[0; 32]; 2];
    for bytes in &mut drawn {
        bench
            .module
            .generate_random(session, bytes)
            .unwrap();
    }
    assert_ne!(drawn[0], drawn[1]);
    assert_ne!(drawn[0], [0; 32]);
}
