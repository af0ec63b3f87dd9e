//! Every function, with NULL for every pointer.

use crate::api::{Api, alone, call};
use cryptoki_sys::*;
use std::ptr::null_mut as null;

/// Calls all functions but C_Initialize, C_Finalize and those that end sessions; all numbers zero but the session and the slot, all
/// lengths `length`.
fn all(
    api: &Api,
    s: CK_SESSION_HANDLE,
    slot: CK_SLOT_ID,
    length: CK_ULONG,
) -> Vec<(&'static str, CK_RV)> {
    macro_rules! calls {
        ($($function:ident($($argument:expr),*);)*) => {
            vec![$((stringify!($function), call!(api, $function, $($argument),*))),*]
        };
    }
    let n = length;
    calls! {
        C_GetInfo(null());
        C_GetSlotList(0, null(), null());
        C_GetSlotInfo(slot, null());
        C_GetTokenInfo(slot, null());
        C_GetMechanismList(slot, null(), null());
        C_GetMechanismInfo(slot, CKM_RSA_PKCS, null());
        C_InitToken(slot, null(), n, null());
        C_InitPIN(s, null(), n);
        C_SetPIN(s, null(), n, null(), n);
        C_OpenSession(slot, CKF_SERIAL_SESSION, null(), None, null());
        C_GetSessionInfo(s, null());
        C_GetOperationState(s, null(), null());
        C_SetOperationState(s, null(), n, 0, 0);
        C_Login(s, CKU_USER, null(), n);
        C_CreateObject(s, null(), n, null());
        C_CopyObject(s, 0, null(), n, null());
        C_DestroyObject(s, 0);
        C_GetObjectSize(s, 0, null());
        C_GetAttributeValue(s, 0, null(), n);
        C_SetAttributeValue(s, 0, null(), n);
        C_FindObjectsInit(s, null(), n);
        C_FindObjects(s, null(), n, null());
        C_FindObjectsFinal(s);
        C_EncryptInit(s, null(), 0);
        C_Encrypt(s, null(), n, null(), null());
        C_EncryptUpdate(s, null(), n, null(), null());
        C_EncryptFinal(s, null(), null());
        C_DecryptInit(s, null(), 0);
        C_Decrypt(s, null(), n, null(), null());
        C_DecryptUpdate(s, null(), n, null(), null());
        C_DecryptFinal(s, null(), null());
        C_DigestInit(s, null());
        C_Digest(s, null(), n, null(), null());
        C_DigestUpdate(s, null(), n);
        C_DigestKey(s, 0);
        C_DigestFinal(s, null(), null());
        C_SignInit(s, null(), 0);
        C_Sign(s, null(), n, null(), null());
        C_SignUpdate(s, null(), n);
        C_SignFinal(s, null(), null());
        C_SignRecoverInit(s, null(), 0);
        C_SignRecover(s, null(), n, null(), null());
        C_VerifyInit(s, null(), 0);
        C_Verify(s, null(), n, null(), n);
        C_VerifyUpdate(s, null(), n);
        C_VerifyFinal(s, null(), n);
        C_VerifyRecoverInit(s, null(), 0);
        C_VerifyRecover(s, null(), n, null(), null());
        C_DigestEncryptUpdate(s, null(), n, null(), null());
        C_DecryptDigestUpdate(s, null(), n, null(), null());
        C_SignEncryptUpdate(s, null(), n, null(), null());
        C_DecryptVerifyUpdate(s, null(), n, null(), null());
        C_GenerateKey(s, null(), null(), n, null());
        C_GenerateKeyPair(s, null(), null(), n, null(), n, null(), null());
        C_WrapKey(s, null(), 0, 0, null(), null());
        C_UnwrapKey(s, null(), 0, null(), n, null(), n, null());
        C_DeriveKey(s, null(), 0, null(), n, null());
        C_SeedRandom(s, null(), n);
        C_GenerateRandom(s, null(), n);
        C_GetFunctionStatus(s);
        C_CancelFunction(s);
        C_WaitForSlotEvent(CKF_DONT_BLOCK, null(), null());
        C_Logout(s);
        C_CloseAllSessions(slot);
        C_CloseSession(s);
    }
}

/// What the card does not do.
const UNSUPPORTED: [&str; 31] = [
    "C_InitToken",
    "C_InitPIN",
    "C_GetOperationState",
    "C_SetOperationState",
    "C_CreateObject",
    "C_CopyObject",
    "C_DestroyObject",
    "C_GetObjectSize",
    "C_SetAttributeValue",
    "C_EncryptInit",
    "C_Encrypt",
    "C_EncryptUpdate",
    "C_EncryptFinal",
    "C_DecryptInit",
    "C_Decrypt",
    "C_DecryptUpdate",
    "C_DecryptFinal",
    "C_DigestKey",
    "C_SignRecoverInit",
    "C_SignRecover",
    "C_VerifyRecoverInit",
    "C_VerifyRecover",
    "C_DigestEncryptUpdate",
    "C_DecryptDigestUpdate",
    "C_SignEncryptUpdate",
    "C_DecryptVerifyUpdate",
    "C_GenerateKey",
    "C_GenerateKeyPair",
    "C_WrapKey",
    "C_UnwrapKey",
    "C_DeriveKey",
];

#[test]
fn nothing_is_done_before_the_module_is_initialised() {
    alone(
        "calls::nothing_is_done_before_the_module_is_initialised",
        |api| {
            for length in [0, 1] {
                for (name, rv) in all(api, 1, 0, length) {
                    assert_eq!(rv, CKR_CRYPTOKI_NOT_INITIALIZED, "{name}");
                }
            }
        },
    );
}

#[test]
fn null_is_refused_by_every_function() {
    alone("calls::null_is_refused_by_every_function", |api| {
        api.initialize();
        for length in [1, 4, CK_ULONG::MAX] {
            let session = api.session(0);
            for (name, rv) in all(api, session, 0, length) {
                let expected = match name {
                    name if UNSUPPORTED.contains(&name) => CKR_FUNCTION_NOT_SUPPORTED,
                    "C_GetFunctionStatus" | "C_CancelFunction" => CKR_FUNCTION_NOT_PARALLEL,
                    "C_SeedRandom" => CKR_RANDOM_SEED_NOT_SUPPORTED,
                    "C_Logout" => CKR_USER_NOT_LOGGED_IN,
                    "C_FindObjectsFinal" => CKR_OPERATION_NOT_INITIALIZED,
                    // An object that is not there is said first.
                    "C_GetAttributeValue" => CKR_OBJECT_HANDLE_INVALID,
                    "C_CloseAllSessions" => CKR_OK,
                    "C_CloseSession" => CKR_SESSION_HANDLE_INVALID,
                    _ => CKR_ARGUMENTS_BAD,
                };
                assert_eq!(rv, expected, "{name}, {length}");
            }
        }
    });
}

#[test]
fn handles_of_nothing_are_refused() {
    alone("calls::handles_of_nothing_are_refused", |api| {
        api.initialize();
        api.session(0);
        for (session, slot) in [(0, 7), (999, CK_ULONG::MAX), (CK_ULONG::MAX, 2)] {
            for (name, rv) in all(api, session, slot, 0) {
                assert_ne!(rv, CKR_OK, "{name}");
                assert_ne!(rv, CKR_GENERAL_ERROR, "{name}");
            }
        }
    });
}

#[test]
fn no_function_is_missing() {
    alone("calls::no_function_is_missing", |api| {
        // After the version there are nothing but functions; NULL would be a none.
        let words = size_of::<CK_FUNCTION_LIST>() / size_of::<usize>();
        let list = (&raw const api.list).cast::<usize>();
        let missing = (1..words).filter(|word| unsafe { *list.add(*word) } == 0);
        assert_eq!(missing.count(), 0);
    });
}
