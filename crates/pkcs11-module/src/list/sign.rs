//! Signing (§5.11).

use crate::{
    entry::with_module,
    pointers::{clamped, input, produce},
};
use cryptoki_sys::*;
use shirushi_pkcs11::{Chosen, Fault, Parameter};

/// The mechanism that the caller names.
///
/// # Safety
/// `mechanism` is NULL or readable, and so is its parameter for its length.
pub(super) unsafe fn chosen(mechanism: *const CK_MECHANISM) -> Result<Chosen, Fault> {
    if mechanism.is_null() {
        return Err(Fault::ArgumentsBad);
    }
    // SAFETY: readable, as the caller says.
    let mechanism = unsafe { mechanism.read_unaligned() };
    Ok(Chosen {
        mechanism: mechanism.mechanism,
        // SAFETY: as the caller says.
        parameter: unsafe { parameter(&mechanism) },
    })
}

/// # Safety
/// The mechanism's parameter is NULL or readable for its length.
unsafe fn parameter(mechanism: &CK_MECHANISM) -> Parameter {
    match mechanism.mechanism {
        _ if mechanism.ulParameterLen == 0 => Parameter::None,
        CKM_RSA_PKCS_PSS | CKM_SHA256_RSA_PKCS_PSS
            if clamped(mechanism.ulParameterLen) == size_of::<CK_RSA_PKCS_PSS_PARAMS>()
                && !mechanism.pParameter.is_null() =>
        {
            let pss = mechanism
                .pParameter
                .cast::<CK_RSA_PKCS_PSS_PARAMS>();
            // SAFETY: not null, and readable for the structure's length, as the caller says; it need not be aligned.
            let pss = unsafe { pss.read_unaligned() };
            Parameter::Pss {
                hash: pss.hashAlg,
                mask: pss.mgf,
                salt: pss.sLen,
            }
        }
        _ => Parameter::Other,
    }
}

/// C_SignInit (§5.11.1).
pub(super) unsafe extern "C" fn sign_init(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    with_module("C_SignInit", |module| {
        // SAFETY: as the specification asks of the caller.
        let mechanism = unsafe { chosen(mechanism) }?;
        module.sign_init(session, mechanism, key)
    })
}

/// C_Sign (§5.11.2).
pub(super) unsafe extern "C" fn sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    with_module("C_Sign", |module| {
        // SAFETY: as the specification asks of the caller.
        unsafe {
            let data = input(data, data_length)?;
            produce(signature, length, |room| module.sign(session, data, room))
        }
    })
}

/// C_SignUpdate (§5.11.3).
pub(super) unsafe extern "C" fn sign_update(
    session: CK_SESSION_HANDLE,
    piece: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    with_module("C_SignUpdate", |module| {
        // SAFETY: as the specification asks of the caller.
        let piece = unsafe { input(piece, length) }?;
        module.sign_update(session, piece)
    })
}

/// C_SignFinal (§5.11.4).
pub(super) unsafe extern "C" fn sign_final(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    with_module("C_SignFinal", |module| {
        // SAFETY: as the specification asks of the caller.
        unsafe { produce(signature, length, |room| module.sign_final(session, room)) }
    })
}
