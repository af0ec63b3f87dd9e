//! Many threads.

use crate::{
    bench::{AUTH, Bench, verifies},
    cards::{FIRST, PIN},
};
use cryptoki_sys::CKF_SERIAL_SESSION;
use shirushi_pkcs11::Fault;
use std::thread;

#[test]
fn many_threads_sign_with_one_login() {
    let bench = Bench::new();
    let first = bench.user(AUTH);
    let public = bench.public_key(first);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (bench, public) = (&bench, &public);
            scope.spawn(move || {
                for round in 0..5 {
                    let message = format!("{thread} {round}");
                    let session = bench.session(AUTH);
                    let signature = bench
                        .sign(session, message.as_bytes())
                        .unwrap();
                    assert!(verifies(public, message.as_bytes(), &signature));
                    bench.module.token_info(AUTH).unwrap();
                    bench
                        .module
                        .close_session(session)
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(
        bench
            .tray
            .tries(shirushi_card::Credential::Authentication),
        3
    );
}

#[test]
fn logins_and_cards_that_come_and_go_leave_no_thread_hanging_and_no_try_spent() {
    let bench = Bench::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            let bench = &bench;
            scope.spawn(move || {
                for _ in 0..30 {
                    let Ok(session) = bench
                        .module
                        .open_session(AUTH, CKF_SERIAL_SESSION)
                    else {
                        continue;
                    };
                    match bench.login(session, PIN) {
                        Ok(())
                        | Err(
                            Fault::UserAlreadyLoggedIn
                            | Fault::DeviceRemoved
                            | Fault::SessionHandleInvalid
                            // The test's own reader is held by whoever swaps its card.
                            | Fault::DeviceError,
                        ) => (),
                        Err(fault) => panic!("{fault}"),
                    }
                    let found = bench
                        .module
                        .find_init(session, &Vec::new())
                        .and_then(|()| bench.module.find(session, 4));
                    if let Ok(objects) = found
                        && let Some(key) = objects.first()
                    {
                        let _ = bench
                            .module
                            .sign_init(session, crate::bench::SHA256, *key)
                            .and_then(|()| bench.finish(session, b"x"));
                    }
                    let _ = bench.module.logout(session);
                    let _ = bench.module.close_session(session);
                }
            });
        }
        for _ in 0..20 {
            bench.tray.eject();
            bench.tray.insert(FIRST);
            thread::yield_now();
        }
    });
    assert_eq!(
        bench
            .tray
            .tries(shirushi_card::Credential::Authentication),
        3
    );
}
