//! Functions that give bytes: the length first, then the bytes, and never more than there is room for (§5.2).

use crate::{
    api::{alone, call, mechanism},
    cards::{FIRST, openssl, town},
};
use cryptoki_sys::*;
use std::{fs, ptr};

#[test]
fn a_signature_is_announced_and_given_once() {
    alone("lengths::a_signature_is_announced_and_given_once", |api| {
        api.initialize();
        let (session, key) = api.user();
        api.sign_init(session, key);
        let mut data = *b"hello";
        let mut signature = [0xEE; 260];
        let mut sign = |buffer: *mut u8, length: &mut CK_ULONG| {
            call!(
                api,
                C_Sign,
                session,
                data.as_mut_ptr(),
                5,
                buffer,
                &raw mut *length
            )
        };
        let mut length = 0;
        assert_eq!(sign(ptr::null_mut(), &mut length), CKR_OK);
        assert_eq!(length, 256);
        for room in [0, 255] {
            length = room;
            assert_eq!(
                sign(signature.as_mut_ptr(), &mut length),
                CKR_BUFFER_TOO_SMALL
            );
            assert_eq!(length, 256);
        }
        assert_eq!(signature, [0xEE; 260], "nothing was written");
        length = 260;
        assert_eq!(sign(signature.as_mut_ptr(), &mut length), CKR_OK);
        assert_eq!((length, &signature[256..]), (256, &[0xEE; 4][..]));
        assert_eq!(
            sign(signature.as_mut_ptr(), &mut length),
            CKR_OPERATION_NOT_INITIALIZED
        );
    });
}

#[test]
fn openssl_verifies_what_the_library_signs() {
    let test = "lengths::openssl_verifies_what_the_library_signs";
    alone(test, |api| {
        api.initialize();
        let (session, key) = api.user();
        api.sign_init(session, key);
        let (rv, signature) = api.sign(session);
        assert_eq!(rv, CKR_OK);
        let mut certificate = vec![0; 4096];
        let mut attribute = CK_ATTRIBUTE {
            type_: CKA_VALUE,
            pValue: certificate.as_mut_ptr().cast(),
            ulValueLen: 4096,
        };
        let object = api.find(session, CKO_CERTIFICATE)[0];
        assert_eq!(
            call!(
                api,
                C_GetAttributeValue,
                session,
                object,
                &raw mut attribute,
                1
            ),
            CKR_OK
        );
        certificate.truncate(attribute.ulValueLen as usize);
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| {
            folder
                .path()
                .join(name)
                .to_str()
                .unwrap()
                .to_owned()
        };
        fs::write(at("c.der"), &certificate).unwrap();
        fs::write(at("s"), &signature).unwrap();
        fs::write(at("d"), "hello").unwrap();
        let key = openssl(&[
            "x509",
            "-inform",
            "DER",
            "-in",
            &at("c.der"),
            "-pubkey",
            "-noout",
        ]);
        fs::write(at("k.pem"), key).unwrap();
        openssl(&[
            "dgst",
            "-sha256",
            "-verify",
            &at("k.pem"),
            "-signature",
            &at("s"),
            &at("d"),
        ]);
    });
    assert!(
        !town()
            .certificate(FIRST, "auth")
            .is_empty()
    );
}

#[test]
fn lists_are_no_longer_than_their_room() {
    alone("lengths::lists_are_no_longer_than_their_room", |api| {
        api.initialize();
        let mut count = 0;
        let list = |slots: *mut CK_SLOT_ID, count: &mut CK_ULONG| {
            call!(api, C_GetSlotList, CK_TRUE, slots, &raw mut *count)
        };
        assert_eq!(list(ptr::null_mut(), &mut count), CKR_OK);
        assert_eq!(count, 2);
        let mut slots = [9; 3];
        count = 1;
        assert_eq!(list(slots.as_mut_ptr(), &mut count), CKR_BUFFER_TOO_SMALL);
        assert_eq!((count, slots), (2, [9; 3]));
        count = 3;
        assert_eq!(list(slots.as_mut_ptr(), &mut count), CKR_OK);
        assert_eq!((count, slots), (2, [0, 1, 9]));

        let mut mechanisms = [0; 32];
        count = 32;
        assert_eq!(
            call!(
                api,
                C_GetMechanismList,
                0,
                mechanisms.as_mut_ptr(),
                &raw mut count
            ),
            CKR_OK
        );
        assert_eq!((count, mechanisms[0]), (11, CKM_RSA_PKCS));
    });
}

#[test]
fn digests_and_random_bytes_fill_their_room() {
    alone("lengths::digests_and_random_bytes_fill_their_room", |api| {
        api.initialize();
        let session = api.session(0);
        let mut sha = mechanism(CKM_SHA256);
        assert_eq!(call!(api, C_DigestInit, session, &raw mut sha), CKR_OK);
        let (mut digest, mut length) = ([0; 32], 32);
        // NULL with no bytes is the empty message.
        assert_eq!(
            call!(
                api,
                C_Digest,
                session,
                ptr::null_mut(),
                0,
                digest.as_mut_ptr(),
                &raw mut length
            ),
            CKR_OK
        );
        assert_eq!(digest[..4], [0xE3, 0xB0, 0xC4, 0x42]);
        let mut random = vec![0; 10_000];
        assert_eq!(
            call!(api, C_GenerateRandom, session, random.as_mut_ptr(), 9_990),
            CKR_OK
        );
        assert_eq!(random[9_990..], [0; 10]);
        let zeros = random
            .iter()
            .filter(|byte| **byte == 0)
            .count();
        assert!(zeros < 200, "{zeros} zeros");
    });
}
