//! Whole pages from the system.

use std::ptr::NonNull;

/// Pages of zeros. Given back when dropped; their owner wipes them first.
pub(super) struct Pages {
    start: NonNull<u8>,
    length: usize,
    is_locked: bool,
}

impl Pages {
    /// At least `length` bytes: left out of core dumps and of forked children, and kept out of swap when they `hold_secrets`,
    /// if the system does that. It may have a limit on locked memory (`ulimit -l`); beyond it pages are as good as others.
    pub(super) fn map(length: usize, hold_secrets: bool) -> Self {
        let length = length.next_multiple_of(system::PAGE);
        let start = system::map(length);
        Self {
            start,
            length,
            is_locked: hold_secrets && system::lock(start, length),
        }
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    pub(super) fn is_locked(&self) -> bool {
        self.is_locked
    }

    pub(super) fn range(&self) -> super::Range {
        super::Range {
            start: self.start,
            length: self.length,
        }
    }

    /// Keeps them for the life of the process.
    pub(super) fn leak(self) -> (NonNull<u8>, bool) {
        let leaked = (self.start, self.is_locked);
        std::mem::forget(self);
        leaked
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        system::unmap(self.start, self.length);
    }
}

/// Puts pages of zeros in the place of what is mapped there, under whoever has references into it.
pub(super) fn replace(start: NonNull<u8>, length: usize) {
    system::replace(start, length);
}

// SAFETY: pages are owned, and belong to no thread.
unsafe impl Send for Pages {}
// SAFETY: a shared reference only tells where they are.
unsafe impl Sync for Pages {}

#[cfg(unix)]
mod system {
    use rustix::mm::{MapFlags, ProtFlags, mlock, mmap_anonymous, munmap};
    use std::{
        alloc::{Layout, handle_alloc_error},
        ptr::{self, NonNull},
    };

    /// The smallest page there is; the system rounds up.
    pub(super) const PAGE: usize = 4096;

    pub(super) fn map(length: usize) -> NonNull<u8> {
        let read_write = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address of the system's choice disturbs nobody's memory.
        let mapped =
            unsafe { mmap_anonymous(ptr::null_mut(), length, read_write, MapFlags::PRIVATE) };
        let start = mapped
            .ok()
            .and_then(|start| NonNull::new(start.cast::<u8>()))
            .unwrap_or_else(|| {
                // A failed mapping is memory that is used up, and treated as `Vec` treats it.
                handle_alloc_error(Layout::new::<[u8; PAGE]>())
            });
        advise(start, length);
        start
    }

    #[cfg(target_os = "linux")]
    fn advise(start: NonNull<u8>, length: usize) {
        use rustix::mm::{Advice, madvise};
        for advice in [Advice::LinuxDontDump, Advice::LinuxWipeOnFork] {
            // A kernel older than the advice refuses it; the pages are as good as others then.
            // SAFETY: the pages are ours and new; neither advice changes what they hold in this process.
            let _ = unsafe { madvise(start.as_ptr().cast(), length, advice) };
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn advise(_: NonNull<u8>, _: usize) {}

    pub(super) fn lock(start: NonNull<u8>, length: usize) -> bool {
        // SAFETY: the pages are ours; locking does not change what they hold.
        unsafe { mlock(start.as_ptr().cast(), length) }.is_ok()
    }

    pub(super) fn replace(start: NonNull<u8>, length: usize) {
        let read_write = ProtFlags::READ | ProtFlags::WRITE;
        let fixed = MapFlags::PRIVATE | MapFlags::FIXED;
        // A system without memory for zeros leaves the secrets to the end of the process.
        // SAFETY: exactly pages that `map` gave out and nobody has unmapped are replaced, at once and by the system. Whoever has a
        // reference into them finds other bytes, each of them a valid one, as the owner of a secret does in a forked child.
        let _ = unsafe { mmap_anonymous(start.as_ptr().cast(), length, read_write, fixed) };
    }

    pub(super) fn unmap(start: NonNull<u8>, length: usize) {
        // SAFETY: mapped by `map` with this length, and owned by the value that is dropped.
        let unmapped = unsafe { munmap(start.as_ptr().cast(), length) };
        debug_assert!(unmapped.is_ok(), "{unmapped:?}");
    }
}

/// Where there is no `mlock`: ordinary memory, still wiped.
#[cfg(not(unix))]
mod system {
    use std::{
        alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error},
        ptr::NonNull,
    };

    pub(super) const PAGE: usize = 4096;

    fn layout(length: usize) -> Layout {
        Layout::array::<u8>(length).unwrap_or_else(|_| handle_alloc_error(Layout::new::<u8>()))
    }

    pub(super) fn map(length: usize) -> NonNull<u8> {
        // SAFETY: `length` is at least a page, so the layout is not empty.
        let block = unsafe { alloc_zeroed(layout(length)) };
        NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout(length)))
    }

    pub(super) fn lock(_: NonNull<u8>, _: usize) -> bool {
        false
    }

    /// Nothing can be put in place of allocated memory; the process ends and gives it back.
    pub(super) fn replace(_: NonNull<u8>, _: usize) {}

    pub(super) fn unmap(start: NonNull<u8>, length: usize) {
        // SAFETY: allocated by `map` with this layout, and owned by the value that is dropped.
        unsafe { dealloc(start.as_ptr(), layout(length)) }
    }
}
