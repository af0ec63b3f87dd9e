//! Slots and tokens (§5.5).

use crate::{
    entry::with_module,
    pointers::{count, list, padded, put, require},
};
use cryptoki_sys::*;
use shirushi_pkcs11::Fault;
use std::ffi::c_void;

/// C_GetSlotList (§5.5.1).
pub(super) unsafe extern "C" fn get_slot_list(
    with_token: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    length: *mut CK_ULONG,
) -> CK_RV {
    with_module("C_GetSlotList", |module| {
        require(length)?;
        let found = module.slots(slots.is_null(), with_token != CK_FALSE);
        // SAFETY: as the specification asks of the caller.
        unsafe { list(slots, length, &found) }
    })
}

/// C_GetSlotInfo (§5.5.2).
pub(super) unsafe extern "C" fn get_slot_info(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
    with_module("C_GetSlotInfo", |module| {
        require(info)?;
        let told = module.slot_info(slot)?;
        let filled = CK_SLOT_INFO {
            slotDescription: padded(&told.description),
            manufacturerID: padded("Shirushi"),
            flags: told.flags,
            hardwareVersion: CK_VERSION::default(),
            firmwareVersion: CK_VERSION::default(),
        };
        // SAFETY: writable, as the specification asks of the caller.
        unsafe { put(info, filled) }
    })
}

/// C_GetTokenInfo (§5.5.3).
pub(super) unsafe extern "C" fn get_token_info(
    slot: CK_SLOT_ID,
    info: *mut CK_TOKEN_INFO,
) -> CK_RV {
    with_module("C_GetTokenInfo", |module| {
        require(info)?;
        let told = module.token_info(slot)?;
        let (fewest, most) = told.pin_length;
        let filled = CK_TOKEN_INFO {
            label: padded(&told.label),
            manufacturerID: padded(&told.manufacturer),
            model: padded(&told.model),
            serialNumber: padded(&told.serial),
            flags: told.flags,
            ulMaxSessionCount: CK_EFFECTIVELY_INFINITE,
            ulSessionCount: count(told.sessions),
            ulMaxRwSessionCount: CK_EFFECTIVELY_INFINITE,
            ulRwSessionCount: count(told.read_write_sessions),
            ulMaxPinLen: count(most),
            ulMinPinLen: count(fewest),
            ulTotalPublicMemory: CK_UNAVAILABLE_INFORMATION,
            ulFreePublicMemory: CK_UNAVAILABLE_INFORMATION,
            ulTotalPrivateMemory: CK_UNAVAILABLE_INFORMATION,
            ulFreePrivateMemory: CK_UNAVAILABLE_INFORMATION,
            hardwareVersion: version(told.hardware),
            firmwareVersion: version(told.firmware),
            utcTime: [b' '; 16],
        };
        // SAFETY: writable, as the specification asks of the caller.
        unsafe { put(info, filled) }
    })
}

/// C_WaitForSlotEvent (§5.5.4).
pub(super) unsafe extern "C" fn wait_for_slot_event(
    flags: CK_FLAGS,
    slot: *mut CK_SLOT_ID,
    reserved: *mut c_void,
) -> CK_RV {
    with_module("C_WaitForSlotEvent", |module| {
        require(slot)?;
        if !reserved.is_null() {
            return Err(Fault::ArgumentsBad);
        }
        let event = module.wait_for_slot_event(flags & CKF_DONT_BLOCK == 0)?;
        // SAFETY: writable, as the specification asks of the caller.
        unsafe { put(slot, event) }
    })
}

/// C_GetMechanismList (§5.5.5).
pub(super) unsafe extern "C" fn get_mechanism_list(
    slot: CK_SLOT_ID,
    mechanisms: *mut CK_MECHANISM_TYPE,
    length: *mut CK_ULONG,
) -> CK_RV {
    with_module("C_GetMechanismList", |module| {
        require(length)?;
        let found = module.mechanisms(slot)?;
        // SAFETY: as the specification asks of the caller.
        unsafe { list(mechanisms, length, &found) }
    })
}

/// C_GetMechanismInfo (§5.5.6).
pub(super) unsafe extern "C" fn get_mechanism_info(
    slot: CK_SLOT_ID,
    mechanism: CK_MECHANISM_TYPE,
    info: *mut CK_MECHANISM_INFO,
) -> CK_RV {
    with_module("C_GetMechanismInfo", |module| {
        require(info)?;
        let told = module.mechanism(slot, mechanism)?;
        let filled = CK_MECHANISM_INFO {
            ulMinKeySize: told.min_key_size,
            ulMaxKeySize: told.max_key_size,
            flags: told.flags,
        };
        // SAFETY: writable, as the specification asks of the caller.
        unsafe { put(info, filled) }
    })
}

fn version((major, minor): (u8, u8)) -> CK_VERSION {
    CK_VERSION { major, minor }
}
