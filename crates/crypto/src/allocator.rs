//! An allocator that leaves nothing behind.
#![allow(unsafe_code)]

use crate::wipe::wipe;
use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, which overwrites every block with zeros before it is freed: for programs through whose buffers (of
/// an HTTP server, of a parser, of a formatter) a PIN passes on its way.
///
/// A net, not a licence: what is known to be a secret is a [`Secret`](crate::Secret), for a block that is never freed is never
/// wiped either. A block that grows always moves, since the system's `realloc` might leave the old one as it was. The price
/// is a `memset` for each block freed and a copy for each that grows: measured, 4 ns more for 256 bytes, 40 ns for a page, 0.7 µs for
/// 64 KiB, and 3 µs instead of 0.1 for a vector that grows to 64 KiB by doubling.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: shirushi_crypto::WipingAllocator = shirushi_crypto::WipingAllocator;
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct WipingAllocator;

// SAFETY: allocation is the system's; `dealloc` writes within the block before it is freed. `realloc` is the trait's own:
// allocate, copy, `dealloc`.
unsafe impl GlobalAlloc for WipingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the trait's contract, which is the system allocator's too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller gives back a block of this layout that nobody uses any more; it is valid until it is freed.
        unsafe {
            wipe(block, layout.size());
            System.dealloc(block, layout);
        }
    }
}

/// From so many bytes a block is the system's, and back with it as soon as it is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 256 * 1024;

/// Has every large block go back to the system when it is freed, from now on: for services.
///
/// glibc by itself takes the largest block that was ever freed, up to 32 MiB, as the measure of what it keeps for later, in each of
/// several arenas (mallopt(3), M_MMAP_THRESHOLD): after some large documents at once, hundreds of megabytes stay with the process for
/// good. Other systems' allocators are left as they are.
pub fn give_large_blocks_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: a setting of the allocator, which takes its own lock. Where it is refused, more memory is held, and no more.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}
