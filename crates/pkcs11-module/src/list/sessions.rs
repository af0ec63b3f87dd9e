//! Sessions, log-in, PINs (§5.5.8, §5.6).

use crate::{
    entry::with_module,
    pointers::{MOST_PIN, clamped, pin, put, require},
};
use cryptoki_sys::*;
use shirushi_pkcs11::{Fault, User};
use std::ffi::c_void;

/// C_OpenSession (§5.6.1). Nobody is notified of anything.
pub(super) unsafe extern "C" fn open_session(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    _application: *mut c_void,
    _notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    with_module("C_OpenSession", |module| {
        require(session)?;
        let handle = module.open_session(slot, flags)?;
        // SAFETY: writable, as the specification asks of the caller.
        unsafe { put(session, handle) }
    })
}

/// C_CloseSession (§5.6.2).
pub(super) unsafe extern "C" fn close_session(session: CK_SESSION_HANDLE) -> CK_RV {
    with_module("C_CloseSession", |module| module.close_session(session))
}

/// C_CloseAllSessions (§5.6.3).
pub(super) unsafe extern "C" fn close_all_sessions(slot: CK_SLOT_ID) -> CK_RV {
    with_module("C_CloseAllSessions", |module| {
        module.close_all_sessions(slot)
    })
}

/// C_GetSessionInfo (§5.6.4).
pub(super) unsafe extern "C" fn get_session_info(
    session: CK_SESSION_HANDLE,
    info: *mut CK_SESSION_INFO,
) -> CK_RV {
    with_module("C_GetSessionInfo", |module| {
        require(info)?;
        let told = module.session_info(session)?;
        let filled = CK_SESSION_INFO {
            slotID: told.slot,
            state: told.state.number(),
            flags: told.state.flags(),
            ulDeviceError: 0,
        };
        // SAFETY: writable, as the specification asks of the caller.
        unsafe { put(info, filled) }
    })
}

/// C_Login (§5.6.7).
pub(super) unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    given: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    with_module("C_Login", |module| {
        module.require_session(session)?;
        let user = User::from_number(user)?;
        // SAFETY: NULL or readable, as the specification asks of the caller.
        let given = unsafe { pin(given, length) }?;
        module.login(session, user, given)
    })
}

/// C_Logout (§5.6.8).
pub(super) unsafe extern "C" fn logout(session: CK_SESSION_HANDLE) -> CK_RV {
    with_module("C_Logout", |module| module.logout(session))
}

/// C_SetPIN (§5.5.9).
pub(super) unsafe extern "C" fn set_pin(
    session: CK_SESSION_HANDLE,
    old: *mut CK_UTF8CHAR,
    old_length: CK_ULONG,
    new: *mut CK_UTF8CHAR,
    new_length: CK_ULONG,
) -> CK_RV {
    with_module("C_SetPIN", |module| {
        module.require_session(session)?;
        if clamped(new_length) > MOST_PIN && !new.is_null() {
            return Err(Fault::PinLenRange);
        }
        // SAFETY: NULL or readable, as the specification asks of the caller.
        let (old, new) = unsafe { (pin(old, old_length)?, pin(new, new_length)?) };
        module.set_pin(session, old, new)
    })
}
