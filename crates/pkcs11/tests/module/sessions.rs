//! Sessions.

use crate::bench::{AUTH, Bench, SIGN};
use cryptoki_sys::*;
use shirushi_pkcs11::Fault;

#[test]
fn sessions_are_counted_and_end() {
    let bench = Bench::new();
    let module = &bench.module;
    assert_eq!(
        module.open_session(AUTH, CKF_RW_SESSION),
        Err(Fault::SessionParallelNotSupported)
    );
    let (reading, writing) = (bench.session(AUTH), bench.writing_session(AUTH));
    let other = bench.session(SIGN);
    assert_ne!(reading, writing);
    let token = module.token_info(AUTH).unwrap();
    assert_eq!((token.sessions, token.read_write_sessions), (2, 1));
    let info = module.session_info(writing).unwrap();
    assert_eq!(
        (info.slot, info.state.number(), info.state.flags()),
        (
            AUTH,
            CKS_RW_PUBLIC_SESSION,
            CKF_SERIAL_SESSION | CKF_RW_SESSION
        )
    );
    module.close_session(reading).unwrap();
    let ended = Err(Fault::SessionHandleInvalid);
    assert_eq!(module.close_session(reading), ended);
    assert_eq!(module.find(reading, 1), Err(Fault::SessionHandleInvalid));
    module.close_all_sessions(AUTH).unwrap();
    assert_eq!(module.close_session(writing), ended);
    module.session_info(other).unwrap();
    assert_eq!(
        module
            .token_info(AUTH)
            .unwrap()
            .sessions,
        0
    );
    assert_eq!(module.close_all_sessions(9), Err(Fault::SlotIdInvalid));
}

#[test]
fn nothing_is_left_after_the_end() {
    let bench = Bench::new();
    let session = bench.user(AUTH);
    let key = bench.key(session);
    bench.module.finish();
    assert_eq!(
        bench
            .module
            .attribute(session, key, CKA_CLASS),
        Err(Fault::SessionHandleInvalid)
    );
    bench.tray.log();
    assert_eq!(
        bench.module.wait_for_slot_event(true),
        Err(Fault::CryptokiNotInitialized)
    );
}
