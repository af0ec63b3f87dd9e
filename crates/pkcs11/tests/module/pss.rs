//! RSA-PSS, which not every card may have: the first signature that a program wants is the trial.

use crate::{
    bench::{AUTH, Bench, SHA256, SIGN, bytes, plain, verifies},
    cards::{FIRST, PASSWORD, PIN},
    tray::{Fault as Cut, Tray},
};
use cryptoki_sys::*;
use shirushi_card::Credential;
use shirushi_crypto::sha256;
use shirushi_pkcs11::{Chosen, Fault, Parameter, Produced, Pss, Settings};
use shirushi_softcard::{CardKind, Schemes, Variant};
use std::sync::Arc;

const OF_THE_CARD: Parameter = Parameter::Pss {
    hash: CKM_SHA256,
    mask: CKG_MGF1_SHA256,
    salt: 32,
};
/// Of a digest.
const RAW: Chosen = Chosen {
    mechanism: CKM_RSA_PKCS_PSS,
    parameter: OF_THE_CARD,
};
/// Of a message.
const MESSAGE: Chosen = Chosen {
    mechanism: CKM_SHA256_RSA_PKCS_PSS,
    parameter: OF_THE_CARD,
};

/// A card that has PKCS#1 v1.5 alone.
fn padded() -> Tray {
    let variant = Variant {
        schemes: Schemes::Padded,
        ..Variant::default()
    };
    Tray::varied(FIRST, CardKind::IndividualNumberCard, variant)
}

fn set(pss: Pss) -> Settings {
    Settings {
        pss,
        ..Settings::default()
    }
}

fn sign(
    bench: &Bench,
    session: CK_SESSION_HANDLE,
    with: Chosen,
    data: &[u8],
) -> Result<Vec<u8>, Fault> {
    bench
        .module
        .sign_init(session, with, bench.key(session))?;
    bench.finish(session, data)
}

fn offers(bench: &Bench, mechanism: CK_MECHANISM_TYPE) -> bool {
    let listed = bench
        .module
        .mechanisms(AUTH)
        .unwrap()
        .contains(&mechanism);
    let described = bench
        .module
        .mechanism(AUTH, mechanism)
        .is_ok();
    assert_eq!(listed, described);
    let session = bench.session(AUTH);
    let login = bench.login(session, PIN);
    assert!(matches!(login, Ok(()) | Err(Fault::UserAlreadyLoggedIn)));
    let allowed = bench
        .module
        .attribute(session, bench.key(session), CKA_ALLOWED_MECHANISMS)
        .unwrap();
    assert_eq!(
        allowed
            .chunks(size_of::<CK_ULONG>())
            .any(|one| one == mechanism.to_ne_bytes()),
        listed
    );
    bench
        .module
        .close_session(session)
        .unwrap();
    listed
}

#[test]
fn both_keys_sign_digests_and_messages() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let public = bench.public_key(session);
    let digest = sha256(b"handshake");
    for (with, data) in [(RAW, &digest[..]), (MESSAGE, b"handshake")] {
        let signature = sign(&bench, session, with, data).unwrap();
        public
            .verify_pss_sha256(&digest, &signature)
            .unwrap();
        // By the module too, and in pieces.
        let object = bench.find(session, CKO_PUBLIC_KEY)[0];
        let module = &bench.module;
        module
            .verify_init(session, with, object)
            .unwrap();
        for piece in data.chunks(5) {
            module
                .verify_update(session, piece)
                .unwrap();
        }
        assert_eq!(module.verify_final(session, &signature), Ok(()));
        module
            .verify_init(session, with, object)
            .unwrap();
        let mut other = data.to_vec();
        other[0] ^= 1;
        assert_eq!(
            module.verify(session, &other, &signature),
            Err(Fault::SignatureInvalid)
        );
    }
    let signer = bench.user(SIGN);
    let public = bench.public_key(signer);
    bench
        .module
        .sign_init(signer, RAW, bench.key(signer))
        .unwrap();
    bench
        .login_for_this(signer, PASSWORD)
        .unwrap();
    let signature = bench.finish(signer, &digest).unwrap();
    public
        .verify_pss_sha256(&digest, &signature)
        .unwrap();
}

#[test]
fn pieces_are_signed_as_the_whole_and_a_digest_has_32_bytes() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let module = &bench.module;
    let key = bench.key(session);
    module
        .sign_init(session, MESSAGE, key)
        .unwrap();
    for piece in [&b"hand"[..], b"", b"shake"] {
        module
            .sign_update(session, piece)
            .unwrap();
    }
    assert_eq!(module.sign_final(session, None), Ok(Produced::Length(256)));
    let signature = bytes(
        module
            .sign_final(session, Some(256))
            .unwrap(),
    );
    bench
        .public_key(session)
        .verify_pss_sha256(&sha256(b"handshake"), &signature)
        .unwrap();
    bench.tray.log();
    for length in [0, 31, 33, 64] {
        assert_eq!(
            sign(&bench, session, RAW, &vec![7; length]),
            Err(Fault::DataLenRange)
        );
    }
    assert!(bench.tray.log().is_empty(), "nothing reaches the card");
}

#[test]
fn parameters_that_the_card_has_not_are_refused_at_once() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let key = bench.key(session);
    for (hash, mask, salt) in [
        (CKM_SHA_1, CKG_MGF1_SHA1, 20),
        (CKM_SHA384, CKG_MGF1_SHA384, 48),
        (CKM_SHA256, CKG_MGF1_SHA1, 32),
        (CKM_SHA256, CKG_MGF1_SHA256, 0),
        (CKM_SHA256, CKG_MGF1_SHA256, 20),
        (CKM_SHA256, CKG_MGF1_SHA256, 222),
        (CKM_SHA256, CKG_MGF1_SHA256, CK_ULONG::MAX),
    ] {
        let parameter = Parameter::Pss { hash, mask, salt };
        for with in [RAW, MESSAGE] {
            assert_eq!(
                bench
                    .module
                    .sign_init(session, Chosen { parameter, ..with }, key),
                Err(Fault::MechanismParamInvalid),
                "{parameter:?}"
            );
        }
    }
    for parameter in [Parameter::None, Parameter::Other] {
        assert_eq!(
            bench
                .module
                .sign_init(session, Chosen { parameter, ..RAW }, key),
            Err(Fault::MechanismParamInvalid)
        );
    }
    let with_parameter = Chosen {
        parameter: OF_THE_CARD,
        ..SHA256
    };
    assert_eq!(
        bench
            .module
            .sign_init(session, with_parameter, key),
        Err(Fault::MechanismParamInvalid)
    );
}

#[test]
fn a_card_that_refuses_loses_the_mechanism_and_no_try() {
    let learned = Arc::default();
    let bench = Bench::again(padded(), Settings::default(), Arc::clone(&learned));
    let digest = sha256(b"handshake");
    assert!(offers(&bench, CKM_RSA_PKCS_PSS));
    let session = bench.user(AUTH);
    bench.tray.log();
    assert!(offers(&bench, CKM_SHA256_RSA_PKCS_PSS));
    let asked = bench.tray.log();
    assert!(
        asked
            .iter()
            .all(|command| command[1] != 0x2A),
        "nothing is signed that nobody wants"
    );
    assert_eq!(sign(&bench, session, RAW, &digest), Err(Fault::PssRefused));
    assert_eq!(
        bench
            .tray
            .tries(Credential::Authentication),
        3
    );
    // The program goes on with what the card has, and is still logged in.
    let signature = bench.sign(session, b"x").unwrap();
    assert!(verifies(&bench.public_key(session), b"x", &signature));
    assert_eq!(
        bench
            .module
            .sign_init(session, RAW, bench.key(session)),
        Err(Fault::MechanismInvalid)
    );
    assert!(!offers(&bench, CKM_RSA_PKCS_PSS));
    // In all of the process: after C_Finalize, and when the card is put in again.
    let again = Bench::again(bench.tray.clone(), Settings::default(), learned);
    assert!(!offers(&again, CKM_RSA_PKCS_PSS));
    again.tray.eject();
    again.tray.insert(FIRST);
    assert!(!offers(&again, CKM_RSA_PKCS_PSS));
}

#[test]
fn an_answer_that_is_no_pss_signature_of_the_key_counts_as_a_refusal() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    bench
        .module
        .sign_init(session, RAW, bench.key(session))
        .unwrap();
    bench.tray.at(0x2A, Cut::Garbage);
    assert_eq!(bench.finish(session, &sha256(b"x")), Err(Fault::PssRefused));
    assert!(!offers(&bench, CKM_RSA_PKCS_PSS));
    bench.sign(session, b"x").unwrap();
    // A card that is pulled has refused nothing.
    let bench = Bench::new();
    let session = bench.user(AUTH);
    bench
        .module
        .sign_init(session, RAW, bench.key(session))
        .unwrap();
    bench.tray.at(0x2A, Cut::Pull);
    assert_eq!(
        bench.finish(session, &sha256(b"x")),
        Err(Fault::DeviceRemoved)
    );
    bench.tray.insert(FIRST);
    assert!(offers(&bench, CKM_RSA_PKCS_PSS));
}

#[test]
fn settings_force_and_forbid_it() {
    let bench = Bench::over(Tray::with(FIRST), set(Pss::Off));
    assert!(!offers(&bench, CKM_RSA_PKCS_PSS));
    let session = bench.user(AUTH);
    for mechanism in [RAW, MESSAGE, plain(CKM_RSA_PKCS_PSS)] {
        assert_eq!(
            bench
                .module
                .sign_init(session, mechanism, bench.key(session)),
            Err(Fault::MechanismInvalid)
        );
    }
    let bench = Bench::over(padded(), set(Pss::On));
    let session = bench.user(AUTH);
    for _ in 0..2 {
        assert_eq!(
            sign(&bench, session, RAW, &sha256(b"x")),
            Err(Fault::PssRefused)
        );
        assert!(offers(&bench, CKM_RSA_PKCS_PSS));
    }
    assert_eq!(
        bench
            .tray
            .tries(Credential::Authentication),
        3
    );
}
