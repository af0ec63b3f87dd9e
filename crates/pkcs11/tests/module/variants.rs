//! Cards that are not as the usual one.

use crate::{
    bench::{AUTH, Bench, SHA256, SIGN, verifies},
    cards::{FIRST, NEXT, PASSWORD, PIN},
    tray::Tray,
};
use cryptoki_sys::*;
use shirushi_card::Credential;
use shirushi_pkcs11::{Fault, Settings};
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

#[test]
fn a_key_that_is_not_rsa_is_not_offered() {
    let bench = Bench::over(Tray::with(NEXT), Settings::default());
    let session = bench.user(AUTH);
    assert_eq!(
        bench
            .find(session, CKO_CERTIFICATE)
            .len(),
        2
    );
    assert!(
        bench
            .find(session, CKO_PRIVATE_KEY)
            .is_empty()
    );
    assert!(
        bench
            .find(session, CKO_PUBLIC_KEY)
            .is_empty()
    );
}
