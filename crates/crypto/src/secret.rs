//! Bytes that must not be seen: wiped when dropped, never shown.

use crate::{memory::Slot, wipe::wipe_slice};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Secret bytes. `Debug` shows their length only; equality takes constant time.
///
/// They lie in memory that is overwritten when they are dropped, is left out of core dumps, and is not swapped out as long as
/// the system allows that much locked memory ([`Secret::is_locked`]). A forked child sees every secret of its parent as
/// empty.
#[derive(Default)]
pub struct Secret {
    /// None when there are no bytes.
    slot: Option<Slot>,
    length: usize,
}

impl Secret {
    /// Moves `bytes` into guarded memory; their own allocation is wiped.
    #[must_use]
    pub fn new(mut bytes: Vec<u8>) -> Self {
        let secret = Self::from(bytes.as_slice());
        // All of it: what was removed from the end may be as secret as the rest.
        let capacity = bytes.capacity();
        bytes.resize(capacity, 0);
        wipe_slice(&mut bytes);
        secret
    }

    /// `length` bytes that `fill` writes where they stay, over zeros: for a secret that is read from somewhere.
    pub fn filled(length: usize, fill: impl FnOnce(&mut [u8])) -> Self {
        let mut secret = Self {
            slot: (length > 0).then(|| Slot::new(length)),
            length,
        };
        if let Some(slot) = &mut secret.slot {
            fill(slot.bytes_mut(length));
        }
        secret
    }

    /// The bytes, for the one operation that needs them. None in a forked child.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.slot
            .as_ref()
            .map_or(&[], |slot| slot.bytes(self.length))
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.expose().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Whether the bytes cannot be swapped out. Where they can, the system's limit on locked memory is used up (`ulimit -l`),
    /// or the system knows no locked memory; everything else holds all the same.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.slot
            .as_ref()
            .is_none_or(Slot::is_locked)
    }
}

impl Clone for Secret {
    fn clone(&self) -> Self {
        Self::from(self.expose())
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self::filled(bytes.len(), |to| to.copy_from_slice(bytes))
    }
}

impl Zeroize for Secret {
    fn zeroize(&mut self) {
        *self = Self::default();
    }
}

// The slot is wiped when it is dropped.
impl ZeroizeOnDrop for Secret {}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        crate::constant_time_eq(self.expose(), other.expose())
    }
}

impl Eq for Secret {}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({} bytes)", self.len())
    }
}
