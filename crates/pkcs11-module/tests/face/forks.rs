//! A forked child is another program.

use crate::{
    api::{alone, call, mechanism},
    cards::PIN,
};
use cryptoki_sys::*;
use nix::{
    sys::wait::{WaitStatus, waitpid},
    unistd::{ForkResult, fork},
};
use std::ptr;

/// What `child` answers in a forked child.
fn in_a_child(child: impl FnOnce() -> u8) -> u8 {
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            let answer = child();
            // Without what the parent would do at its end.
            unsafe { nix::libc::_exit(i32::from(answer)) }
        }
        ForkResult::Parent { child } => match waitpid(child, None).unwrap() {
            WaitStatus::Exited(_, answer) => u8::try_from(answer).unwrap(),
            other => panic!("{other:?}"),
        },
    }
}

#[test]
fn a_child_has_no_login_of_its_parents() {
    alone("forks::a_child_has_no_login_of_its_parents", |api| {
        api.initialize();
        let (session, key) = api.user();
        let answer = in_a_child(|| {
            let mut sha = mechanism(CKM_SHA256_RSA_PKCS);
            let before = call!(api, C_SignInit, session, &raw mut sha, key);
            if before != CKR_CRYPTOKI_NOT_INITIALIZED {
                return 1;
            }
            if call!(api, C_Finalize, ptr::null_mut()) != CKR_CRYPTOKI_NOT_INITIALIZED {
                return 2;
            }
            if call!(api, C_Initialize, ptr::null_mut()) != CKR_OK {
                return 3;
            }
            if call!(api, C_SignInit, session, &raw mut sha, key) != CKR_SESSION_HANDLE_INVALID {
                return 4;
            }
            let own = api.session(0);
            if !api
                .find(own, CKO_PRIVATE_KEY)
                .is_empty()
            {
                return 5;
            }
            // It logs in itself, and signs.
            if api.login(own, PIN) != CKR_OK {
                return 6;
            }
            let key = api.find(own, CKO_PRIVATE_KEY)[0];
            api.sign_init(own, key);
            if api.sign(own).0 != CKR_OK {
                return 7;
            }
            call!(api, C_Finalize, ptr::null_mut());
            0
        });
        assert_eq!(answer, 0);
        // The parent has lost nothing by it.
        api.sign_init(session, key);
        assert_eq!(api.sign(session).0, CKR_OK);
    });
}

#[test]
fn a_child_of_a_thread_that_waits_is_not_locked_out() {
    alone(
        "forks::a_child_of_a_thread_that_waits_is_not_locked_out",
        |api| {
            api.initialize();
            std::thread::scope(|scope| {
                let waiting = scope.spawn(|| {
                    let mut slot = 0;
                    call!(api, C_WaitForSlotEvent, 0, &raw mut slot, ptr::null_mut())
                });
                for _ in 0..20 {
                    let answer = in_a_child(|| {
                        if call!(api, C_Initialize, ptr::null_mut()) != CKR_OK {
                            return 1;
                        }
                        let mut count = 0;
                        let list =
                            call!(api, C_GetSlotList, CK_TRUE, ptr::null_mut(), &raw mut count);
                        u8::from(list != CKR_OK || count != 2)
                    });
                    assert_eq!(answer, 0);
                }
                assert_eq!(call!(api, C_Finalize, ptr::null_mut()), CKR_OK);
                assert_eq!(waiting.join().unwrap(), CKR_CRYPTOKI_NOT_INITIALIZED);
            });
        },
    );
}
