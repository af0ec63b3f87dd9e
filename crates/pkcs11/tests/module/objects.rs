//! What is on the tokens, and who sees it.

use crate::{
    bench::{AUTH, Bench, SIGN},
    cards::{FIRST, PIN, town},
};
use cryptoki_sys::*;
use shirushi_pkcs11::Fault;

fn number(number: CK_ULONG) -> Vec<u8> {
    number.to_ne_bytes().to_vec()
}

#[test]
fn the_authentication_token_shows_all_but_its_key() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    assert_eq!(
        bench
            .find(session, CKO_CERTIFICATE)
            .len(),
        2
    );
    assert_eq!(
        bench
            .find(session, CKO_PUBLIC_KEY)
            .len(),
        1
    );
    assert!(
        bench
            .find(session, CKO_PRIVATE_KEY)
            .is_empty()
    );
    assert_eq!(bench.find_by(session, &[]).len(), 3);
    let session = bench.user(AUTH);
    assert_eq!(bench.find_by(session, &[]).len(), 4);
    bench.module.logout(session).unwrap();
    assert_eq!(bench.find_by(session, &[]).len(), 3);
}

#[test]
fn the_signature_token_shows_the_authority_alone_and_asks_nothing() {
    let bench = Bench::new();
    let session = bench.session(SIGN);
    let seen = bench.find_by(session, &[]);
    assert_eq!(seen.len(), 1);
    let category = bench
        .module
        .attribute(session, seen[0], CKA_CERTIFICATE_CATEGORY);
    assert_eq!(category, Ok(number(CK_CERTIFICATE_CATEGORY_AUTHORITY)));
    assert_eq!(bench.tray.verifications(), 0);

    let session = bench.user(SIGN);
    assert_eq!(bench.find_by(session, &[]).len(), 4);
    let private = bench.find_by(session, &[(CKA_PRIVATE, vec![CK_TRUE])]);
    assert_eq!(private.len(), 3, "key, public key and certificate");
    bench.module.logout(session).unwrap();
    assert_eq!(bench.find_by(session, &[]).len(), 1);
    for object in private {
        assert_eq!(
            bench
                .module
                .attribute(session, object, CKA_CLASS),
            Err(Fault::ObjectHandleInvalid)
        );
    }
}

#[test]
fn certificates_are_read_once() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    bench.find_by(session, &[]);
    bench.tray.log();
    let other = bench.session(AUTH);
    bench.find_by(other, &[]);
    bench.find_by(session, &[]);
    assert!(bench.tray.log().is_empty(), "the card was not asked again");
}

#[test]
fn a_certificate_has_the_attributes_of_its_bytes() {
    let bench = Bench::new();
    let der = town().certificate(FIRST, "auth");
    let session = bench.session(AUTH);
    let found = bench.find_by(
        session,
        &[(CKA_CLASS, number(CKO_CERTIFICATE)), (CKA_ID, vec![1])],
    );
    let [certificate] = found[..] else {
        panic!("one certificate");
    };
    let value = |attribute| {
        bench
            .module
            .attribute(session, certificate, attribute)
            .unwrap()
    };
    assert_eq!(value(CKA_VALUE), der);
    // DER of subject, issuer and serial number stand in the certificate's own.
    for attribute in [CKA_SUBJECT, CKA_ISSUER, CKA_SERIAL_NUMBER] {
        let part = value(attribute);
        assert!(
            der.windows(part.len())
                .any(|window| window == part),
            "{attribute:X}"
        );
    }
    assert_eq!(value(CKA_SERIAL_NUMBER)[0], 0x02);
    assert_ne!(value(CKA_SUBJECT), value(CKA_ISSUER));
    assert_eq!(value(CKA_CERTIFICATE_TYPE), number(CKC_X_509));
    assert_eq!(
        value(CKA_CERTIFICATE_CATEGORY),
        number(CK_CERTIFICATE_CATEGORY_TOKEN_USER)
    );
    assert_eq!(value(CKA_TRUSTED), [CK_FALSE]);
    assert_eq!(value(CKA_TOKEN), [CK_TRUE]);
    assert_eq!(value(CKA_LABEL), b"User Authentication Certificate");
    // A template of its own attributes finds it, and no other.
    let template = [
        (CKA_ISSUER, value(CKA_ISSUER)),
        (CKA_SERIAL_NUMBER, value(CKA_SERIAL_NUMBER)),
    ];
    assert_eq!(bench.find_by(session, &template), [certificate]);
    let mut other = template.to_vec();
    other[1].1[2] ^= 1;
    assert!(
        bench
            .find_by(session, &other)
            .is_empty()
    );
}

#[test]
fn keys_say_what_they_are_for() {
    for (slot, always, id) in [(AUTH, CK_FALSE, 1), (SIGN, CK_TRUE, 2)] {
        let bench = Bench::new();
        let session = bench.user(slot);
        let key = bench.key(session);
        let value = |attribute| {
            bench
                .module
                .attribute(session, key, attribute)
        };
        for (attribute, truth) in [
            (CKA_TOKEN, CK_TRUE),
            (CKA_PRIVATE, CK_TRUE),
            (CKA_SIGN, CK_TRUE),
            (CKA_SENSITIVE, CK_TRUE),
            (CKA_ALWAYS_SENSITIVE, CK_TRUE),
            (CKA_NEVER_EXTRACTABLE, CK_TRUE),
            (CKA_LOCAL, CK_TRUE),
            (CKA_EXTRACTABLE, CK_FALSE),
            (CKA_DECRYPT, CK_FALSE),
            (CKA_SIGN_RECOVER, CK_FALSE),
            (CKA_UNWRAP, CK_FALSE),
            (CKA_DERIVE, CK_FALSE),
            (CKA_MODIFIABLE, CK_FALSE),
            (CKA_ALWAYS_AUTHENTICATE, always),
        ] {
            assert_eq!(value(attribute), Ok(vec![truth]), "{attribute:X}");
        }
        assert_eq!(value(CKA_KEY_TYPE), Ok(number(CKK_RSA)));
        assert_eq!(value(CKA_ID), Ok(vec![id]));
        assert_eq!(value(CKA_MODULUS).unwrap().len(), 256);
        assert_eq!(value(CKA_PUBLIC_EXPONENT), Ok(vec![1, 0, 1]));
        assert_eq!(
            value(CKA_ALLOWED_MECHANISMS)
                .unwrap()
                .len(),
            7 * size_of::<CK_ULONG>()
        );
        for secret in [
            CKA_PRIVATE_EXPONENT,
            CKA_PRIME_1,
            CKA_PRIME_2,
            CKA_EXPONENT_1,
            CKA_EXPONENT_2,
            CKA_COEFFICIENT,
        ] {
            assert_eq!(value(secret), Err(Fault::AttributeSensitive));
        }
        assert_eq!(value(CKA_VALUE), Err(Fault::AttributeTypeInvalid));
        assert_eq!(value(CKA_VERIFY), Err(Fault::AttributeTypeInvalid));

        // Key, public key and certificate belong together.
        let public = bench.find(session, CKO_PUBLIC_KEY)[0];
        let of_public = |attribute| {
            bench
                .module
                .attribute(session, public, attribute)
        };
        for attribute in [CKA_ID, CKA_MODULUS, CKA_SUBJECT, CKA_PUBLIC_KEY_INFO] {
            assert_eq!(value(attribute), of_public(attribute));
        }
        assert_eq!(of_public(CKA_MODULUS_BITS), Ok(number(2048)));
        assert_eq!(of_public(CKA_VERIFY), Ok(vec![CK_TRUE]));
        assert_eq!(of_public(CKA_ENCRYPT), Ok(vec![CK_FALSE]));
        assert_eq!(
            bench
                .find_by(session, &[(CKA_ID, vec![id])])
                .len(),
            3
        );
    }
}

#[test]
fn a_search_gives_what_it_found_in_pieces() {
    let bench = Bench::new();
    let session = bench.session(AUTH);
    let module = &bench.module;
    let not_started = Err(Fault::OperationNotInitialized);
    assert_eq!(module.find(session, 1), not_started);
    module
        .find_init(session, &Vec::new())
        .unwrap();
    assert_eq!(
        module.find_init(session, &Vec::new()),
        Err(Fault::OperationActive)
    );
    let first = module.find(session, 2).unwrap();
    let rest = module.find(session, 2).unwrap();
    assert_eq!((first.len(), rest.len()), (2, 1));
    assert!(!first.contains(&rest[0]));
    assert!(
        module
            .find(session, 2)
            .unwrap()
            .is_empty()
    );
    module.find_final(session).unwrap();
    assert_eq!(
        module.find_final(session),
        Err(Fault::OperationNotInitialized)
    );
    assert_eq!(module.find(session, 1), not_started);
}

#[test]
fn another_tokens_objects_are_not_seen() {
    let bench = Bench::new();
    let auth = bench.user(AUTH);
    let sign = bench.user(SIGN);
    let key = bench.key(auth);
    assert_eq!(
        bench
            .module
            .attribute(sign, key, CKA_CLASS),
        Err(Fault::ObjectHandleInvalid)
    );
    assert_eq!(
        bench
            .module
            .sign_init(sign, crate::bench::SHA256, key),
        Err(Fault::KeyHandleInvalid)
    );
}

/// Reads of a file among the commands that went to the card since the last look.
fn reads(bench: &Bench) -> usize {
    let log = bench.tray.log();
    log.iter()
        .filter(|command| command[1] == 0xB0 && command[2] != 0x86)
        .count()
}

#[test]
fn for_a_signature_no_more_of_the_certificate_is_read_than_its_key() {
    let bench = Bench::new();
    let whole = town().certificate(FIRST, "auth");
    let all = whole.len().div_ceil(256);
    let session = bench.user(AUTH);
    bench.sign(session, b"content").unwrap();
    let first = reads(&bench);
    assert!(first < all, "{first} of {all}");
    // Whoever wants the rest has it, byte for byte, and nothing is read twice.
    let certificate = bench.find_by(
        session,
        &[(CKA_CLASS, number(CKO_CERTIFICATE)), (CKA_ID, vec![1])],
    )[0];
    let value = bench
        .module
        .attribute(session, certificate, CKA_VALUE);
    assert_eq!(value, Ok(whole));
    assert_eq!(first + reads(&bench), all);
    bench.find_by(session, &[(CKA_CLASS, number(CKO_PUBLIC_KEY))]);
    assert_eq!(reads(&bench), 0);
}

#[test]
fn whoever_looks_for_the_certificate_has_it_read_in_one_go() {
    let bench = Bench::new();
    let all = town()
        .certificate(FIRST, "auth")
        .len()
        .div_ceil(256);
    let session = bench.session(AUTH);
    bench.tray.log();
    let own = [(CKA_CLASS, number(CKO_CERTIFICATE)), (CKA_ID, vec![1])];
    assert_eq!(bench.find_by(session, &own).len(), 1);
    assert_eq!(reads(&bench), all);
    bench.login(session, PIN).unwrap();
    bench.sign(session, b"content").unwrap();
    assert_eq!(reads(&bench), 0);
}
