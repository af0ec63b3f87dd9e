//! C_GetAttributeValue: lengths first, too little room, what is not told (§5.7.5).

use crate::api::{Api, alone, call};
use cryptoki_sys::*;
use std::ptr;

fn attribute(type_: CK_ATTRIBUTE_TYPE, room: &mut [u8]) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE {
        type_,
        pValue: match room.is_empty() {
            true => ptr::null_mut(),
            false => room.as_mut_ptr().cast(),
        },
        ulValueLen: room.len() as CK_ULONG,
    }
}

fn get(
    api: &Api,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: &mut [CK_ATTRIBUTE],
) -> CK_RV {
    let count = template.len() as CK_ULONG;
    call!(
        api,
        C_GetAttributeValue,
        session,
        object,
        template.as_mut_ptr(),
        count
    )
}

#[test]
fn lengths_are_told_then_values() {
    alone("attributes::lengths_are_told_then_values", |api| {
        api.initialize();
        let (session, key) = api.user();
        let mut template = [attribute(CKA_MODULUS, &mut []), attribute(CKA_ID, &mut [])];
        assert_eq!(get(api, session, key, &mut template), CKR_OK);
        assert_eq!(template.map(|told| told.ulValueLen), [256, 1]);
        // Room to spare is told as what was written.
        let (mut modulus, mut id) = ([0; 300], [0; 4]);
        let mut template = [
            attribute(CKA_MODULUS, &mut modulus),
            attribute(CKA_ID, &mut id),
        ];
        assert_eq!(get(api, session, key, &mut template), CKR_OK);
        assert_eq!(template.map(|told| told.ulValueLen), [256, 1]);
        assert_eq!(id, [1, 0, 0, 0]);
        assert_eq!((modulus[255] & 1, &modulus[256..]), (1, &[0; 44][..]));
    });
}

#[test]
fn what_is_not_told_is_marked_and_the_rest_is_told() {
    alone(
        "attributes::what_is_not_told_is_marked_and_the_rest_is_told",
        |api| {
            api.initialize();
            let (session, key) = api.user();
            let missing = CK_UNAVAILABLE_INFORMATION;
            for (type_, expected) in [
                (CKA_PRIVATE_EXPONENT, CKR_ATTRIBUTE_SENSITIVE),
                (CKA_VALUE, CKR_ATTRIBUTE_TYPE_INVALID),
                (CKA_MODULUS, CKR_BUFFER_TOO_SMALL),
            ] {
                let (mut room, mut id) = ([0; 255], [0; 1]);
                let mut template = [attribute(type_, &mut room), attribute(CKA_ID, &mut id)];
                assert_eq!(get(api, session, key, &mut template), expected);
                assert_eq!(template.map(|told| told.ulValueLen), [missing, 1]);
                assert_eq!((room, id), ([0; 255], [1]), "nothing is half written");
            }
            assert_eq!(get(api, session, key, &mut []), CKR_OK);
            let many = call!(
                api,
                C_GetAttributeValue,
                session,
                key,
                ptr::NonNull::dangling().as_ptr(),
                CK_ULONG::MAX
            );
            assert_eq!(many, CKR_ARGUMENTS_BAD);
        },
    );
}

#[test]
fn a_template_with_a_value_of_impossible_length_finds_nothing() {
    alone(
        "attributes::a_template_with_a_value_of_impossible_length_finds_nothing",
        |api| {
            api.initialize();
            let session = api.session(0);
            let find = |mut attribute: CK_ATTRIBUTE| {
                call!(api, C_FindObjectsInit, session, &raw mut attribute, 1)
            };
            let mut byte = [0];
            let mut of_null = attribute(CKA_ID, &mut []);
            of_null.ulValueLen = 1;
            assert_eq!(find(of_null), CKR_ARGUMENTS_BAD);
            let mut huge = attribute(CKA_ID, &mut byte);
            huge.ulValueLen = CK_ULONG::MAX;
            assert_eq!(find(huge), CKR_ARGUMENTS_BAD);
            assert_eq!(find(attribute(CKA_ID, &mut byte)), CKR_OK);
            assert_eq!(call!(api, C_FindObjectsFinal, session), CKR_OK);
        },
    );
}
