//! General-purpose functions (§5.4) and those that 2.40 keeps for old programs (§5.16).

use super::VERSION;
use crate::{
    entry::{enter, with_module},
    instance,
    pointers::{padded, put},
};
use cryptoki_sys::*;
use shirushi_pkcs11::Fault;
use std::ffi::c_void;

/// C_Initialize (§5.4.1). The module needs locks and uses the system's; a program that allows only its own is refused. What is reserved
/// must be NULL: where it points to something, nobody says to what. CKF_LIBRARY_CANT_CREATE_OS_THREADS, which p11-kit always sets, is
/// no reason to refuse: a thread is made only to wait for a card that another program holds, and runs nothing of the caller's.
pub(super) unsafe extern "C" fn initialize(arguments: *mut c_void) -> CK_RV {
    enter("C_Initialize", || {
        let arguments = arguments.cast::<CK_C_INITIALIZE_ARGS>();
        if !arguments.is_null() {
            // SAFETY: not null; then it points to this structure.
            let arguments = unsafe { arguments.read_unaligned() };
            let mutexes = [
                arguments.CreateMutex.is_some(),
                arguments.DestroyMutex.is_some(),
                arguments.LockMutex.is_some(),
                arguments.UnlockMutex.is_some(),
            ];
            if !arguments.pReserved.is_null()
                || mutexes
                    .iter()
                    .any(|given| *given != mutexes[0])
            {
                return Err(Fault::ArgumentsBad);
            }
            if mutexes[0] && arguments.flags & CKF_OS_LOCKING_OK == 0 {
                return Err(Fault::CantLock);
            }
        }
        instance::initialize()
    })
}

/// C_Finalize (§5.4.2).
pub(super) unsafe extern "C" fn finalize(reserved: *mut c_void) -> CK_RV {
    enter("C_Finalize", || {
        if !reserved.is_null() {
            return Err(Fault::ArgumentsBad);
        }
        instance::finalize()
    })
}

/// C_GetInfo (§5.4.3).
pub(super) unsafe extern "C" fn get_info(info: *mut CK_INFO) -> CK_RV {
    with_module("C_GetInfo", |_| {
        let part = |text: &str| text.parse().unwrap_or_default();
        let filled = CK_INFO {
            cryptokiVersion: VERSION,
            manufacturerID: padded("Shirushi"),
            flags: 0,
            libraryDescription: padded("Shirushi JPKI"),
            libraryVersion: CK_VERSION {
                major: part(env!("CARGO_PKG_VERSION_MAJOR")),
                minor: part(env!("CARGO_PKG_VERSION_MINOR")),
            },
        };
        // SAFETY: NULL or writable, as the specification asks of the caller.
        unsafe { put(info, filled) }
    })
}

/// C_GetFunctionStatus (§5.16.1).
pub(super) unsafe extern "C" fn get_function_status(_: CK_SESSION_HANDLE) -> CK_RV {
    with_module("C_GetFunctionStatus", |_| Err(Fault::FunctionNotParallel))
}

/// C_CancelFunction (§5.16.2).
pub(super) unsafe extern "C" fn cancel_function(_: CK_SESSION_HANDLE) -> CK_RV {
    with_module("C_CancelFunction", |_| Err(Fault::FunctionNotParallel))
}
