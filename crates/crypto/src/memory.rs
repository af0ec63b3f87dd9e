//! Memory for secrets: not written to swap, not in core dumps, not in a forked child, overwritten when given back; as far as
//! the machine allows.
//!
//! Most secrets are a few bytes and a page is thousands, so small ones share pages: slots of three sizes are cut from regions,
//! which are kept for the life of the process and used again. A long secret has pages of its own.
//!
//! A forked child is another program: it must not find its parent's PINs. The pages are wiped in it (`MADV_WIPEONFORK`), and
//! each slot starts with a mark, so that the child sees its parent's secrets as empty and not as zeros that might be
//! sent to a card. *Rejected:* `MADV_DONTFORK`, with which a child that merely drops a secret dies of a fault.
#![allow(unsafe_code)]

mod pages;

use crate::wipe::wipe;
use pages::Pages;
use std::{
    ptr::{self, NonNull},
    slice,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicPtr, Ordering},
    },
};

/// Sizes of slots, in bytes, their mark included: a PIN or a key; a command; a private key (RSA-2048 in PKCS#8 has some 1,220).
const SIZES: [usize; 3] = [64, 512, 2048];
/// A region's length: all three fit into 64 KiB, which is all that old systems let a user lock.
const REGION: usize = 16 * 1024;
/// Before a slot's bytes. Zero in a child, and in a slot that is free.
const MARK: u8 = 0xA5;

/// Ends the program at once, as [`std::process::exit`] does: no destructors run, and other threads are stopped wherever they are. Of
/// the secrets that they hold nothing is left in memory.
///
/// For whoever gives a program up in the middle. A thread that reads a secret at this instant sees it become zeros; the caller sees
/// to it that none is just being sent to a card.
pub fn exit(code: i32) -> ! {
    let arena = Arena::of_this_process();
    let mapped = arena.mapped();
    for range in &*mapped {
        pages::replace(range.start, range.length);
    }
    // The guard is held: nothing is mapped any more until the end.
    std::process::exit(code)
}

/// Bytes of a secret, alone in their slot.
pub(crate) struct Slot {
    /// The mark; the bytes follow.
    start: NonNull<u8>,
    /// Bytes of the slot, the mark included.
    size: usize,
    is_locked: bool,
    /// The pages, when the slot does not come from a region.
    own: Option<Pages>,
}

// SAFETY: a slot is the only owner of its bytes, and gives them out by the rules of borrowing.
unsafe impl Send for Slot {}
// SAFETY: as above; a shared slot is only read.
unsafe impl Sync for Slot {}

impl Slot {
    /// A slot for `length` bytes, all zero.
    pub(crate) fn new(length: usize) -> Self {
        let size = length + 1;
        let slot = match SIZES
            .iter()
            .position(|most| size <= *most)
        {
            Some(class) => Arena::of_this_process().take(class),
            None => {
                let pages = Pages::map(size, true);
                Arena::of_this_process().note(&pages);
                Self {
                    start: pages.start(),
                    size,
                    is_locked: pages.is_locked(),
                    own: Some(pages),
                }
            }
        };
        // SAFETY: the slot has at least one byte and is ours alone.
        unsafe { slot.start.write(MARK) };
        slot
    }

    /// Its first `length` bytes; none in a forked child.
    pub(crate) fn bytes(&self, length: usize) -> &[u8] {
        if !self.is_marked() || length >= self.size {
            return &[];
        }
        // SAFETY: `length` bytes lie behind the mark; all of a slot is initialised, and this borrow keeps it from changing.
        unsafe { slice::from_raw_parts(self.start.add(1).as_ptr(), length) }
    }

    /// The same, to be written.
    pub(crate) fn bytes_mut(&mut self, length: usize) -> &mut [u8] {
        if !self.is_marked() || length >= self.size {
            return &mut [];
        }
        // SAFETY: as in `bytes`; this borrow is the only one.
        unsafe { slice::from_raw_parts_mut(self.start.add(1).as_ptr(), length) }
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.is_locked
    }

    fn is_marked(&self) -> bool {
        // Volatile: the compiler knows of no write that takes the mark away, but a fork does.
        // SAFETY: the slot's first byte is mapped and initialised as long as the slot lives.
        unsafe { self.start.read_volatile() == MARK }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let is_child = !self.is_marked();
        // SAFETY: the slot's bytes are mapped, and nobody else uses them.
        unsafe { wipe(self.start.as_ptr(), self.size) };
        if is_child {
            // Its parent's: not locked here, and not used again.
            return;
        }
        if let Some(pages) = &self.own {
            Arena::of_this_process().strike(pages);
        } else if let Some(class) = SIZES
            .iter()
            .position(|size| *size == self.size)
        {
            Arena::of_this_process().give_back(class, self.start, self.is_locked);
        }
    }
}

/// The free slots of one process.
struct Arena {
    /// One byte that is zero in a forked child: its parent's arena may be locked there by a thread that it does not have.
    alive: Pages,
    free: Mutex<[Free; SIZES.len()]>,
    /// Everything that holds or has held secrets, and is still mapped.
    mapped: Mutex<Vec<Range>>,
}

/// Pages that are mapped.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Range {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: it only tells where pages are.
unsafe impl Send for Range {}

/// Free slots of one size; the locked ones are given out first.
#[derive(Default)]
struct Free {
    locked: Vec<NonNull<u8>>,
    unlocked: Vec<NonNull<u8>>,
}

// SAFETY: a free slot is owned by the list that it is in.
unsafe impl Send for Free {}

static ARENA: AtomicPtr<Arena> = AtomicPtr::new(ptr::null_mut());

impl Arena {
    fn of_this_process() -> &'static Self {
        let found = ARENA.load(Ordering::Acquire);
        // SAFETY: what stands there was leaked by the lines below, and never freed.
        if let Some(arena) = unsafe { found.as_ref() }
            && arena.is_of_this_process()
        {
            return arena;
        }
        let arena = Box::into_raw(Box::new(Self {
            alive: Pages::map(1, false),
            free: Mutex::default(),
            mapped: Mutex::default(),
        }));
        // SAFETY: just made, and nobody else knows of it yet.
        unsafe { (*arena).alive.start().write(MARK) };
        match ARENA.compare_exchange(found, arena, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: leaked from here on.
            Ok(_) => unsafe { &*arena },
            Err(other) => {
                // SAFETY: ours was not published; the other thread's was, and is never freed.
                unsafe {
                    drop(Box::from_raw(arena));
                    &*other
                }
            }
        }
    }

    fn is_of_this_process(&self) -> bool {
        // SAFETY: one byte is mapped and initialised; volatile because of forks.
        unsafe { self.alive.start().read_volatile() == MARK }
    }

    fn take(&self, class: usize) -> Slot {
        let size = SIZES[class];
        let mut free = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let free = &mut free[class];
        if free.locked.is_empty() && free.unlocked.is_empty() {
            let pages = Pages::map(REGION, true);
            self.note(&pages);
            let (region, is_locked) = pages.leak();
            let list = if is_locked {
                &mut free.locked
            } else {
                &mut free.unlocked
            };
            // SAFETY: each offset is within the region.
            list.extend((0..REGION / size).map(|n| unsafe { region.add(n * size) }));
        }
        let (start, is_locked) = match free.locked.pop() {
            Some(start) => (start, true),
            None => {
                let start = free.unlocked.pop();
                (
                    start.unwrap_or_else(|| unreachable!("a region has slots")),
                    false,
                )
            }
        };
        Slot {
            start,
            size,
            is_locked,
            own: None,
        }
    }

    fn note(&self, pages: &Pages) {
        self.mapped().push(pages.range());
    }

    fn strike(&self, pages: &Pages) {
        let gone = pages.range();
        self.mapped()
            .retain(|range| *range != gone);
    }

    fn mapped(&self) -> MutexGuard<'_, Vec<Range>> {
        self.mapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, class: usize, start: NonNull<u8>, is_locked: bool) {
        let mut free = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let free = &mut free[class];
        if is_locked {
            free.locked.push(start);
        } else {
            free.unlocked.push(start);
        }
    }
}
