//! Verifying (§5.13).

use super::sign::chosen;
use crate::{entry::with_module, pointers::input};
use cryptoki_sys::*;

/// C_VerifyInit (§5.13.1).
pub(super) unsafe extern "C" fn verify_init(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    with_module("C_VerifyInit", |module| {
        // SAFETY: as the specification asks of the caller.
        let mechanism = unsafe { chosen(mechanism) }?;
        module.verify_init(session, mechanism, key)
    })
}

/// C_Verify (§5.13.2).
pub(super) unsafe extern "C" fn verify(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    with_module("C_Verify", |module| {
        // SAFETY: as the specification asks of the caller.
        let (data, signature) = unsafe { (input(data, data_length)?, input(signature, length)?) };
        module.verify(session, data, signature)
    })
}

/// C_VerifyUpdate (§5.13.3).
pub(super) unsafe extern "C" fn verify_update(
    session: CK_SESSION_HANDLE,
    piece: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    with_module("C_VerifyUpdate", |module| {
        // SAFETY: as the specification asks of the caller.
        let piece = unsafe { input(piece, length) }?;
        module.verify_update(session, piece)
    })
}

/// C_VerifyFinal (§5.13.4).
pub(super) unsafe extern "C" fn verify_final(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    with_module("C_VerifyFinal", |module| {
        // SAFETY: as the specification asks of the caller.
        let signature = unsafe { input(signature, length) }?;
        module.verify_final(session, signature)
    })
}
