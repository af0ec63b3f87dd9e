//! What a My Number Card does not do: keys are not made, imported or changed by programs, and nothing is encrypted.

use crate::entry::with_module;
use cryptoki_sys::*;
use shirushi_pkcs11::Fault;

macro_rules! unsupported {
    ($($function:ident, $name:literal, ($($argument:ty),*);)*) => {$(
        #[doc = $name]
        pub(super) unsafe extern "C" fn $function($(_: $argument),*) -> CK_RV {
            with_module($name, |_| Err(Fault::FunctionNotSupported))
        }
    )*};
}

type Session = CK_SESSION_HANDLE;
type Object = CK_OBJECT_HANDLE;
type Bytes = *mut CK_BYTE;
type Length = CK_ULONG;
type Room = *mut CK_ULONG;
type Mechanism = *mut CK_MECHANISM;
type Attributes = *mut CK_ATTRIBUTE;
type NewObject = *mut CK_OBJECT_HANDLE;

unsupported! {
    init_token, "C_InitToken", (CK_SLOT_ID, Bytes, Length, Bytes);
    init_pin, "C_InitPIN", (Session, Bytes, Length);
    get_operation_state, "C_GetOperationState", (Session, Bytes, Room);
    set_operation_state, "C_SetOperationState", (Session, Bytes, Length, Object, Object);
    create_object, "C_CreateObject", (Session, Attributes, Length, NewObject);
    copy_object, "C_CopyObject", (Session, Object, Attributes, Length, NewObject);
    destroy_object, "C_DestroyObject", (Session, Object);
    get_object_size, "C_GetObjectSize", (Session, Object, Room);
    set_attribute_value, "C_SetAttributeValue", (Session, Object, Attributes, Length);
    encrypt_init, "C_EncryptInit", (Session, Mechanism, Object);
    encrypt, "C_Encrypt", (Session, Bytes, Length, Bytes, Room);
    encrypt_update, "C_EncryptUpdate", (Session, Bytes, Length, Bytes, Room);
    encrypt_final, "C_EncryptFinal", (Session, Bytes, Room);
    decrypt_init, "C_DecryptInit", (Session, Mechanism, Object);
    decrypt, "C_Decrypt", (Session, Bytes, Length, Bytes, Room);
    decrypt_update, "C_DecryptUpdate", (Session, Bytes, Length, Bytes, Room);
    decrypt_final, "C_DecryptFinal", (Session, Bytes, Room);
    digest_key, "C_DigestKey", (Session, Object);
    sign_recover_init, "C_SignRecoverInit", (Session, Mechanism, Object);
    sign_recover, "C_SignRecover", (Session, Bytes, Length, Bytes, Room);
    verify_recover_init, "C_VerifyRecoverInit", (Session, Mechanism, Object);
    verify_recover, "C_VerifyRecover", (Session, Bytes, Length, Bytes, Room);
    digest_encrypt_update, "C_DigestEncryptUpdate", (Session, Bytes, Length, Bytes, Room);
    decrypt_digest_update, "C_DecryptDigestUpdate", (Session, Bytes, Length, Bytes, Room);
    sign_encrypt_update, "C_SignEncryptUpdate", (Session, Bytes, Length, Bytes, Room);
    decrypt_verify_update, "C_DecryptVerifyUpdate", (Session, Bytes, Length, Bytes, Room);
    generate_key, "C_GenerateKey", (Session, Mechanism, Attributes, Length, NewObject);
    generate_key_pair, "C_GenerateKeyPair", (Session, Mechanism, Attributes, Length, Attributes, Length, NewObject, NewObject);
    wrap_key, "C_WrapKey", (Session, Mechanism, Object, Object, Bytes, Room);
    unwrap_key, "C_UnwrapKey", (Session, Mechanism, Object, Bytes, Length, Attributes, Length, NewObject);
    derive_key, "C_DeriveKey", (Session, Mechanism, Object, Attributes, Length, NewObject);
}
