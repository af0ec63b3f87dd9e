//! Bodies that have not come whole yet: what they hold together is bounded, and whoever holds most goes first.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, futures::OwnedNotified};

/// The unfinished bodies of one route.
#[derive(Debug)]
pub(super) struct Unfinished {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    bytes: usize,
    uploads: HashMap<u64, (usize, Arc<Notify>)>,
}

/// One body that is coming. What it holds is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Upload {
    unfinished: Arc<Unfinished>,
    number: u64,
    end: Arc<Notify>,
}

impl Unfinished {
    /// At most `most` bytes together, besides what a frame adds.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            held: Mutex::default(),
        })
    }

    /// A body begins.
    pub(super) fn begin(self: &Arc<Self>) -> Upload {
        let end = Arc::new(Notify::new());
        let mut held = self.held();
        let number = held.next;
        held.next += 1;
        held.uploads
            .insert(number, (0, Arc::clone(&end)));
        Upload {
            unfinished: Arc::clone(self),
            number,
            end,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn forget(&mut self, number: u64) -> Option<Arc<Notify>> {
        let (bytes, end) = self.uploads.remove(&number)?;
        self.bytes -= bytes;
        Some(end)
    }
}

impl Upload {
    /// Holds so many bytes more. When all hold too much together, the one that holds most, the oldest among equals, has to end,
    /// be it this one.
    pub(super) fn grow(&self, bytes: usize) {
        let mut held = self.unfinished.held();
        let Some((own, _)) = held.uploads.get_mut(&self.number) else {
            return;
        };
        *own += bytes;
        held.bytes += bytes;
        while held.bytes > self.unfinished.most {
            let largest = held
                .uploads
                .iter()
                .max_by_key(|(number, (bytes, _))| (*bytes, std::cmp::Reverse(**number)))
                .map(|(number, _)| *number);
            match largest.and_then(|number| held.forget(number)) {
                Some(end) => end.notify_one(),
                None => return,
            }
        }
    }

    /// Resolves when it has to end.
    pub(super) async fn told_to_end(&self) {
        self.end.notified().await;
    }

    /// The same, for who keeps it.
    pub(super) fn end_owned(&self) -> OwnedNotified {
        Arc::clone(&self.end).notified_owned()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.unfinished
            .held()
            .forget(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    async fn must_end(upload: &Upload) -> bool {
        timeout(Duration::ZERO, upload.told_to_end())
            .await
            .is_ok()
    }

    #[tokio::test]
    async fn whoever_holds_most_goes_first_and_small_bodies_come_through() {
        let unfinished = Unfinished::new(1_000);
        let small = unfinished.begin();
        small.grow(10);
        let large = [300, 400, 200].map(|bytes| {
            let upload = unfinished.begin();
            upload.grow(bytes);
            upload
        });
        small.grow(90);
        assert!(!must_end(&large[1]).await);
        small.grow(1);
        assert!(must_end(&large[1]).await);
        let same = unfinished.begin();
        same.grow(300);
        same.grow(100);
        assert!(must_end(&same).await);
        for upload in [&small, &large[0], &large[2]] {
            assert!(!must_end(upload).await);
        }
        drop((small, large, same));
        assert_eq!(unfinished.held().bytes, 0);
        assert!(unfinished.held().uploads.is_empty());
    }
}
