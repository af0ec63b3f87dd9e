//! Objects (§5.7).

use crate::{
    entry::with_module,
    pointers::{clamped, count, fill, list, require, template},
};
use cryptoki_sys::*;

/// C_GetAttributeValue (§5.7.5).
pub(super) unsafe extern "C" fn get_attribute_value(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    attributes: *mut CK_ATTRIBUTE,
    length: CK_ULONG,
) -> CK_RV {
    with_module("C_GetAttributeValue", |module| {
        module.require_object(session, object)?;
        // SAFETY: as the specification asks of the caller.
        unsafe {
            fill(attributes, length, |attribute| {
                module.attribute(session, object, attribute)
            })
        }
    })
}

/// C_FindObjectsInit (§5.7.7).
pub(super) unsafe extern "C" fn find_objects_init(
    session: CK_SESSION_HANDLE,
    attributes: *mut CK_ATTRIBUTE,
    length: CK_ULONG,
) -> CK_RV {
    with_module("C_FindObjectsInit", |module| {
        module.require_session(session)?;
        // SAFETY: as the specification asks of the caller.
        let template = unsafe { template(attributes, length) }?;
        module.find_init(session, &template)
    })
}

/// C_FindObjects (§5.7.8).
pub(super) unsafe extern "C" fn find_objects(
    session: CK_SESSION_HANDLE,
    objects: *mut CK_OBJECT_HANDLE,
    most: CK_ULONG,
    found: *mut CK_ULONG,
) -> CK_RV {
    with_module("C_FindObjects", |module| {
        require(objects)?;
        require(found)?;
        let handles = module.find(session, clamped(most))?;
        let mut room = count(handles.len());
        // SAFETY: writable for `most` handles, as the specification asks of the caller, and no more were found.
        unsafe { list(objects, &raw mut room, &handles) }?;
        // SAFETY: writable, as the specification asks of the caller.
        unsafe { crate::pointers::put(found, room) }
    })
}

/// C_FindObjectsFinal (§5.7.9).
pub(super) unsafe extern "C" fn find_objects_final(session: CK_SESSION_HANDLE) -> CK_RV {
    with_module("C_FindObjectsFinal", |module| module.find_final(session))
}
