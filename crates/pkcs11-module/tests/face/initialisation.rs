//! C_Initialize, C_Finalize, C_GetInfo.

use crate::api::{alone, call};
use cryptoki_sys::*;
use std::{ffi::c_void, ptr};

unsafe extern "C" fn create(_: *mut *mut c_void) -> CK_RV {
    CKR_OK
}
unsafe extern "C" fn use_mutex(_: *mut c_void) -> CK_RV {
    CKR_OK
}

fn arguments(flags: CK_FLAGS, has_mutexes: bool) -> CK_C_INITIALIZE_ARGS {
    let mut arguments = CK_C_INITIALIZE_ARGS {
        flags,
        ..CK_C_INITIALIZE_ARGS::default()
    };
    if has_mutexes {
        arguments.CreateMutex = Some(create);
        arguments.DestroyMutex = Some(use_mutex);
        arguments.LockMutex = Some(use_mutex);
        arguments.UnlockMutex = Some(use_mutex);
    }
    arguments
}

#[test]
fn the_module_is_initialised_as_the_caller_may_ask() {
    alone(
        "initialisation::the_module_is_initialised_as_the_caller_may_ask",
        |api| {
            let initialize = |mut arguments: CK_C_INITIALIZE_ARGS| {
                call!(api, C_Initialize, (&raw mut arguments).cast())
            };
            let finalize = || call!(api, C_Finalize, ptr::null_mut());
            assert_eq!(finalize(), CKR_CRYPTOKI_NOT_INITIALIZED);
            assert_eq!(initialize(arguments(0, true)), CKR_CANT_LOCK);
            let mut half = arguments(CKF_OS_LOCKING_OK, true);
            half.LockMutex = None;
            assert_eq!(initialize(half), CKR_ARGUMENTS_BAD);
            let mut byte = 0_u8;
            let mut reserved = arguments(CKF_OS_LOCKING_OK, false);
            reserved.pReserved = (&raw mut byte).cast();
            assert_eq!(initialize(reserved), CKR_ARGUMENTS_BAD);
            for good in [
                arguments(CKF_OS_LOCKING_OK, false),
                arguments(CKF_OS_LOCKING_OK, true),
                arguments(0, false),
                arguments(
                    CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS,
                    false,
                ),
            ] {
                assert_eq!(initialize(good), CKR_OK);
                assert_eq!(initialize(good), CKR_CRYPTOKI_ALREADY_INITIALIZED);
                let reserved = call!(api, C_Finalize, (&raw mut byte).cast());
                assert_eq!(reserved, CKR_ARGUMENTS_BAD);
                assert_eq!(finalize(), CKR_OK);
            }
        },
    );
}

#[test]
fn versions_are_those_of_the_specification_and_the_package() {
    alone(
        "initialisation::versions_are_those_of_the_specification_and_the_package",
        |api| {
            api.initialize();
            assert_eq!((api.list.version.major, api.list.version.minor), (2, 40));
            let mut info = CK_INFO::default();
            assert_eq!(call!(api, C_GetInfo, &raw mut info), CKR_OK);
            assert_eq!(
                (info.cryptokiVersion.major, info.cryptokiVersion.minor),
                (2, 40)
            );
            assert_eq!(&info.manufacturerID, b"Shirushi                        ");
            let package = env!("CARGO_PKG_VERSION");
            let told = format!(
                "{}.{}.",
                info.libraryVersion.major, info.libraryVersion.minor
            );
            assert!(package.starts_with(&told), "{package} {told}");
        },
    );
}

#[test]
fn a_login_ends_with_c_finalize() {
    alone("initialisation::a_login_ends_with_c_finalize", |api| {
        api.initialize();
        let (session, key) = api.user();
        assert_eq!(call!(api, C_Finalize, ptr::null_mut()), CKR_OK);
        api.initialize();
        let mut mechanism = crate::api::mechanism(CKM_SHA256_RSA_PKCS);
        assert_eq!(
            call!(api, C_SignInit, session, &raw mut mechanism, key),
            CKR_SESSION_HANDLE_INVALID
        );
        let session = api.session(0);
        assert!(
            api.find(session, CKO_PRIVATE_KEY)
                .is_empty()
        );
    });
}
