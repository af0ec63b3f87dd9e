//! Digests (§5.10) and random bytes (§5.15).

use super::sign::chosen;
use crate::{
    entry::with_module,
    pointers::{clamped, input, produce, require},
};
use cryptoki_sys::*;
use shirushi_pkcs11::Fault;
use std::slice;

/// Random bytes are written in pieces of this many.
const PIECE: usize = 4096;
/// More random bytes than anybody draws at once: 16 MiB.
const MOST_RANDOM: usize = 0x100_0000;

/// C_DigestInit (§5.10.1).
pub(super) unsafe extern "C" fn digest_init(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
) -> CK_RV {
    with_module("C_DigestInit", |module| {
        // SAFETY: as the specification asks of the caller.
        let mechanism = unsafe { chosen(mechanism) }?;
        module.digest_init(session, mechanism)
    })
}

/// C_Digest (§5.10.2).
pub(super) unsafe extern "C" fn digest(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    digest: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    with_module("C_Digest", |module| {
        // SAFETY: as the specification asks of the caller.
        unsafe {
            let data = input(data, data_length)?;
            produce(digest, length, |room| module.digest(session, data, room))
        }
    })
}

/// C_DigestUpdate (§5.10.3).
pub(super) unsafe extern "C" fn digest_update(
    session: CK_SESSION_HANDLE,
    piece: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    with_module("C_DigestUpdate", |module| {
        // SAFETY: as the specification asks of the caller.
        let piece = unsafe { input(piece, length) }?;
        module.digest_update(session, piece)
    })
}

/// C_DigestFinal (§5.10.5).
pub(super) unsafe extern "C" fn digest_final(
    session: CK_SESSION_HANDLE,
    digest: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    with_module("C_DigestFinal", |module| {
        // SAFETY: as the specification asks of the caller.
        unsafe { produce(digest, length, |room| module.digest_final(session, room)) }
    })
}

/// C_SeedRandom (§5.15.1).
pub(super) unsafe extern "C" fn seed_random(
    session: CK_SESSION_HANDLE,
    _seed: *mut CK_BYTE,
    _length: CK_ULONG,
) -> CK_RV {
    with_module("C_SeedRandom", |module| {
        module.require_session(session)?;
        Err(Fault::RandomSeedNotSupported)
    })
}

/// C_GenerateRandom (§5.15.2).
pub(super) unsafe extern "C" fn generate_random(
    session: CK_SESSION_HANDLE,
    random: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    with_module("C_GenerateRandom", |module| {
        module.require_session(session)?;
        let length = clamped(length);
        if length > MOST_RANDOM {
            return Err(Fault::ArgumentsBad);
        }
        if length == 0 {
            return Ok(());
        }
        require(random)?;
        // SAFETY: writable for `length` bytes, as the specification asks of the caller; zeros make it initialised.
        let out = unsafe {
            random.write_bytes(0, length);
            slice::from_raw_parts_mut(random, length)
        };
        out.chunks_mut(PIECE)
            .try_for_each(|piece| module.generate_random(session, piece))
    })
}
