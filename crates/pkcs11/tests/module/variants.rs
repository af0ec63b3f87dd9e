//! Cards that are not as the usual one.

use crate::{
    bench::{AUTH, Bench, SHA256, SIGN, plain, verifies},
    cards::{FIRST, NEXT, PASSWORD, PIN, openssl},
    tray::Tray,
};
use cryptoki_sys::*;
use shirushi_card::Credential;
use shirushi_crypto::{DigestAlgorithm, p384_signature};
use shirushi_pkcs11::{Fault, Keys, Settings, mechanisms};
use shirushi_softcard::{Atr, Blocked, CardKind, EmptyVerify, Variant};

fn bench(kind: CardKind, variant: Variant) -> Bench {
    Bench::over(Tray::varied(FIRST, kind, variant), Settings::default())
}

/// Both keys sign; a wrong PIN costs one try; a blocked one is said to be so.
fn everything_works(bench: &Bench) {
    let session = bench.user(AUTH);
    let public = bench.public_key(session);
    for message in [&b"one"[..], b"two"] {
        let signature = bench.sign(session, message).unwrap();
        assert!(verifies(&public, message, &signature));
    }
    let signer = bench.user(SIGN);
    let public = bench.public_key(signer);
    bench
        .module
        .sign_init(signer, SHA256, bench.key(signer))
        .unwrap();
    bench
        .login_for_this(signer, PASSWORD)
        .unwrap();
    let signature = bench.finish(signer, b"three").unwrap();
    assert!(verifies(&public, b"three", &signature));

    bench.module.logout(session).unwrap();
    assert_eq!(bench.login(session, "0000"), Err(Fault::PinIncorrect));
    assert_eq!(
        bench
            .tray
            .tries(Credential::Authentication),
        2
    );
    for _ in 0..2 {
        bench
            .tray
            .try_elsewhere(Credential::Authentication, "0000");
    }
    assert_eq!(bench.login(session, PIN), Err(Fault::PinLocked));
    let flags = bench
        .module
        .token_info(AUTH)
        .unwrap()
        .flags;
    assert_ne!(flags & CKF_USER_PIN_LOCKED, 0);
}

#[test]
fn whatever_a_card_answers_where_sources_disagree_it_works() {
    for variant in [
        Variant {
            blocked_status: Blocked::Status6983,
            empty_verify: EmptyVerify::BlockedWhenBlocked,
            ..Variant::default()
        },
        Variant {
            empty_verify: EmptyVerify::SuccessWhenVerified,
            ..Variant::default()
        },
        Variant {
            reset_clears: true,
            reselect_clears: true,
            filler: 0,
            ..Variant::default()
        },
        Variant {
            atr: Atr::Contactless,
            filler: 4096,
            ..Variant::default()
        },
    ] {
        everything_works(&bench(CardKind::IndividualNumberCard, variant));
    }
}

#[test]
fn a_telephones_certificate_is_seen_after_the_pin() {
    let bench = bench(CardKind::AndroidToken, Variant::default());
    let session = bench.session(AUTH);
    let seen = bench.find_by(session, &[]);
    assert_eq!(seen.len(), 1, "the authority's certificate");
    bench.login(session, PIN).unwrap();
    assert_eq!(bench.find_by(session, &[]).len(), 4);
    let signature = bench.sign(session, b"x").unwrap();
    assert!(verifies(&bench.public_key(session), b"x", &signature));
}

/// Signs with the key of a session, where each signature takes the password with that.
fn sign_by(
    bench: &Bench,
    (slot, session): (CK_SLOT_ID, CK_SESSION_HANDLE),
    mechanism: CK_MECHANISM_TYPE,
    data: &[u8],
) -> Result<Vec<u8>, Fault> {
    bench
        .module
        .sign_init(session, plain(mechanism), bench.key(session))?;
    if slot == SIGN {
        bench
            .login_for_this(session, PASSWORD)
            .unwrap();
    }
    bench.finish(session, data)
}

/// The next card as it is assumed to be: OpenSSL agrees to what its keys sign.
#[test]
fn the_next_cards_keys_sign_by_ecdsa() {
    let bench = Bench::over(Tray::with(NEXT), Settings::default());
    assert_eq!(
        bench.module.mechanisms(AUTH),
        Ok(mechanisms(Keys::P384, true))
    );
    let info = bench
        .module
        .mechanism(SIGN, CKM_ECDSA)
        .unwrap();
    assert_eq!((info.min_key_size, info.max_key_size), (384, 384));
    assert_eq!(
        bench
            .module
            .mechanism(AUTH, CKM_RSA_PKCS),
        Err(Fault::MechanismInvalid)
    );
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.into_os_string()
            .into_string()
            .unwrap()
    };
    for slot in [AUTH, SIGN] {
        let session = bench.user(slot);
        let public = bench.public_key(session);
        let key = put("key", public.spki_der());
        let [private, of_public] = [CKO_PRIVATE_KEY, CKO_PUBLIC_KEY].map(|class| {
            let found = bench.find(session, class);
            assert_eq!(found.len(), 1);
            found[0]
        });
        let value = |object, attribute| {
            bench
                .module
                .attribute(session, object, attribute)
        };
        assert_eq!(
            value(private, CKA_KEY_TYPE),
            Ok(CKK_EC.to_ne_bytes().to_vec())
        );
        // secp384r1 (RFC 5480 §2.1.1.1).
        assert_eq!(
            value(private, CKA_EC_PARAMS),
            Ok(vec![6, 5, 0x2B, 0x81, 4, 0, 0x22])
        );
        let point = [&[4, 97][..], public.key_bits()].concat();
        assert_eq!(value(of_public, CKA_EC_POINT), Ok(point));
        assert_eq!(value(private, CKA_VALUE), Err(Fault::AttributeSensitive));
        assert_eq!(
            value(of_public, CKA_MODULUS),
            Err(Fault::AttributeTypeInvalid)
        );

        let message = b"filing";
        for algorithm in [
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha384,
            DigestAlgorithm::Sha512,
        ] {
            let digest = algorithm.digest(message);
            let numbers = sign_by(&bench, (slot, session), CKM_ECDSA, &digest).unwrap();
            assert_eq!(numbers.len(), 96);
            let signature = put("signature", &p384_signature(&numbers).unwrap());
            let digest = put("digest", &digest);
            let order = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey"];
            let files = [&key, "-in", &digest, "-sigfile", &signature];
            let told = openssl(&[&order[..], &files].concat());
            assert!(told.starts_with(b"Signature Verified Successfully"));
        }
        let numbers = sign_by(&bench, (slot, session), CKM_ECDSA_SHA384, message).unwrap();
        let der = p384_signature(&numbers).unwrap();
        let (message_file, signature) = (put("message", message), put("signature", &der));
        let order = ["dgst", "-sha384", "-keyform", "DER", "-verify", &key];
        let told = openssl(&[&order[..], &["-signature", &signature, &message_file]].concat());
        assert_eq!(told, b"Verified OK\n");

        let verify = |signature: &[u8]| {
            let by = plain(CKM_ECDSA_SHA384);
            bench
                .module
                .verify_init(session, by, of_public)
                .unwrap();
            bench
                .module
                .verify(session, message, signature)
        };
        assert_eq!(verify(&numbers), Ok(()));
        let mut changed = numbers.clone();
        changed[95] ^= 1;
        assert_eq!(verify(&changed), Err(Fault::SignatureInvalid));
        assert_eq!(verify(&der), Err(Fault::SignatureLenRange));

        for data in [&[][..], &[1; 65]] {
            assert_eq!(
                sign_by(&bench, (slot, session), CKM_ECDSA, data),
                Err(Fault::DataLenRange)
            );
        }
        assert_eq!(
            sign_by(&bench, (slot, session), CKM_SHA256_RSA_PKCS, message),
            Err(Fault::MechanismInvalid)
        );
    }
}
