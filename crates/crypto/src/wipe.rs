//! The one place where bytes are overwritten before their memory is given back.
#![allow(unsafe_code)]

use std::slice;

/// Writes zeros over `length` bytes; the compiler may not leave it out, although nobody reads them again.
///
/// Never inlined: secrets and freed memory of the whole program go through this one function, so that a test can take it out
/// of a running program and see that the search for traces then finds some.
///
/// # Safety
/// The bytes are valid for writes, and nobody else uses them meanwhile.
#[inline(never)]
pub(crate) unsafe fn wipe(start: *mut u8, length: usize) {
    // SAFETY: the caller vouches for the bytes; afterwards all of them are initialised, by zeros.
    let bytes = unsafe {
        start.write_bytes(0, length);
        slice::from_raw_parts(start, length)
    };
    zeroize::optimization_barrier(bytes);
}

/// [`wipe`] for bytes that are there.
pub(crate) fn wipe_slice(bytes: &mut [u8]) {
    // SAFETY: an exclusive borrow is valid for writes and used by nobody else.
    unsafe { wipe(bytes.as_mut_ptr(), bytes.len()) }
}
