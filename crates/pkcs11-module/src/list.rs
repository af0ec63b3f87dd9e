//! The list of functions, and the one symbol through which programs get it.

mod digest;
mod general;
mod objects;
mod sessions;
mod sign;
mod slots;
mod unsupported;
mod verify;

use crate::{entry::enter, pointers::put};
use cryptoki_sys::*;

/// PKCS #11 2.40: in the version structure, minor 40 is two digits after the point.
pub(crate) const VERSION: CK_VERSION = CK_VERSION {
    major: 2,
    minor: 40,
};

/// Every function of 2.40. What a card cannot do is a function that says so, not NULL: some programs do not look.
static FUNCTIONS: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
    version: VERSION,
    C_Initialize: Some(general::initialize),
    C_Finalize: Some(general::finalize),
    C_GetInfo: Some(general::get_info),
    C_GetFunctionList: Some(C_GetFunctionList),
    C_GetSlotList: Some(slots::get_slot_list),
    C_GetSlotInfo: Some(slots::get_slot_info),
    C_GetTokenInfo: Some(slots::get_token_info),
    C_GetMechanismList: Some(slots::get_mechanism_list),
    C_GetMechanismInfo: Some(slots::get_mechanism_info),
    C_InitToken: Some(unsupported::init_token),
    C_InitPIN: Some(unsupported::init_pin),
    C_SetPIN: Some(sessions::set_pin),
    C_OpenSession: Some(sessions::open_session),
    C_CloseSession: Some(sessions::close_session),
    C_CloseAllSessions: Some(sessions::close_all_sessions),
    C_GetSessionInfo: Some(sessions::get_session_info),
    C_GetOperationState: Some(unsupported::get_operation_state),
    C_SetOperationState: Some(unsupported::set_operation_state),
    C_Login: Some(sessions::login),
    C_Logout: Some(sessions::logout),
    C_CreateObject: Some(unsupported::create_object),
    C_CopyObject: Some(unsupported::copy_object),
    C_DestroyObject: Some(unsupported::destroy_object),
    C_GetObjectSize: Some(unsupported::get_object_size),
    C_GetAttributeValue: Some(objects::get_attribute_value),
    C_SetAttributeValue: Some(unsupported::set_attribute_value),
    C_FindObjectsInit: Some(objects::find_objects_init),
    C_FindObjects: Some(objects::find_objects),
    C_FindObjectsFinal: Some(objects::find_objects_final),
    C_EncryptInit: Some(unsupported::encrypt_init),
    C_Encrypt: Some(unsupported::encrypt),
    C_EncryptUpdate: Some(unsupported::encrypt_update),
    C_EncryptFinal: Some(unsupported::encrypt_final),
    C_DecryptInit: Some(unsupported::decrypt_init),
    C_Decrypt: Some(unsupported::decrypt),
    C_DecryptUpdate: Some(unsupported::decrypt_update),
    C_DecryptFinal: Some(unsupported::decrypt_final),
    C_DigestInit: Some(digest::digest_init),
    C_Digest: Some(digest::digest),
    C_DigestUpdate: Some(digest::digest_update),
    C_DigestKey: Some(unsupported::digest_key),
    C_DigestFinal: Some(digest::digest_final),
    C_SignInit: Some(sign::sign_init),
    C_Sign: Some(sign::sign),
    C_SignUpdate: Some(sign::sign_update),
    C_SignFinal: Some(sign::sign_final),
    C_SignRecoverInit: Some(unsupported::sign_recover_init),
    C_SignRecover: Some(unsupported::sign_recover),
    C_VerifyInit: Some(verify::verify_init),
    C_Verify: Some(verify::verify),
    C_VerifyUpdate: Some(verify::verify_update),
    C_VerifyFinal: Some(verify::verify_final),
    C_VerifyRecoverInit: Some(unsupported::verify_recover_init),
    C_VerifyRecover: Some(unsupported::verify_recover),
    C_DigestEncryptUpdate: Some(unsupported::digest_encrypt_update),
    C_DecryptDigestUpdate: Some(unsupported::decrypt_digest_update),
    C_SignEncryptUpdate: Some(unsupported::sign_encrypt_update),
    C_DecryptVerifyUpdate: Some(unsupported::decrypt_verify_update),
    C_GenerateKey: Some(unsupported::generate_key),
    C_GenerateKeyPair: Some(unsupported::generate_key_pair),
    C_WrapKey: Some(unsupported::wrap_key),
    C_UnwrapKey: Some(unsupported::unwrap_key),
    C_DeriveKey: Some(unsupported::derive_key),
    C_SeedRandom: Some(digest::seed_random),
    C_GenerateRandom: Some(digest::generate_random),
    C_GetFunctionStatus: Some(general::get_function_status),
    C_CancelFunction: Some(general::cancel_function),
    C_WaitForSlotEvent: Some(slots::wait_for_slot_event),
};

/// C_GetFunctionList (§5.4.4).
///
/// # Safety
/// `list` is NULL or writable.
#[allow(non_snake_case, reason = "the name is the specification's")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    enter("C_GetFunctionList", || {
        // SAFETY: NULL or writable, as the caller says.
        unsafe { put(list, (&raw const FUNCTIONS).cast_mut()) }
    })
}
