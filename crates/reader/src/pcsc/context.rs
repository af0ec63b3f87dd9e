//! A context of the service, and what it tells of readers.

use super::{
    abi::{Code, Dword, HOT_PLUG, Long, STATE_CHANGED, STATE_PRESENT, STATE_UNKNOWN},
    api::{Api, Watched},
};
use std::{
    ffi::{CStr, CString},
    process,
    sync::Arc,
    time::{Duration, Instant},
};

/// More than this the readers' names together do not take.
const MOST_NAMES: usize = 0x1_0000;
/// PCSCLITE_MAX_READERS_CONTEXTS: of more readers at once no change can be awaited.
const MOST_WATCHED: usize = 16;
/// How often the list is asked for once more when a reader went while its state was asked.
const LOOKS: usize = 5;

/// A context, released when it is dropped. Each has a way to the service of its own, so that none waits for another.
pub(super) struct Context {
    pub(super) api: Arc<Api>,
    raw: Long,
    /// The process that it was established in. A child that was forked shares the parent's way to the service, and what it sends
    /// there is taken for the parent's.
    process: u32,
}

/// A reader's name, and its state: the lower 16 bits are SCARD_STATE_…, the others count its card's comings and goings.
pub(super) type Seen = (CString, Dword);

impl Context {
    pub(super) fn establish(api: &Arc<Api>) -> Result<Self, Code> {
        Ok(Self {
            raw: api.establish_context()?,
            api: Arc::clone(api),
            process: process::id(),
        })
    }

    pub(super) fn raw(&self) -> Long {
        self.raw
    }

    /// Whether it is of this process, not of one that this is a fork of.
    pub(super) fn is_ours(&self) -> bool {
        self.process == process::id()
    }

    /// The readers and their states.
    pub(super) fn look(&self) -> Result<Vec<Seen>, Code> {
        let mut looks = LOOKS;
        loop {
            looks -= 1;
            let mut watched: Vec<Watched> = self
                .names()?
                .into_iter()
                .map(|name| watch(name, 0))
                .collect();
            if watched.is_empty() {
                return Ok(Vec::new());
            }
            match self.status_change(Duration::ZERO, &mut watched) {
                Ok(()) | Err(Code::TIMEOUT) => {
                    return Ok(watched
                        .into_iter()
                        .filter(|one| one.event & STATE_UNKNOWN == 0)
                        .map(|one| (one.reader, one.event & !STATE_CHANGED))
                        .collect());
                }
                // One of them has just gone.
                Err(Code::UNKNOWN_READER | Code::READER_UNAVAILABLE) if looks > 0 => (),
                Err(code) => return Err(code),
            }
        }
    }

    /// Waits until one of the readers is no longer as it was seen, or another comes; for `patience` at most. May return early.
    pub(super) fn wait(&self, seen: &[Seen], patience: Duration) -> Result<(), Code> {
        // Of the name for hot plug nothing is known: some versions take what stands in its upper half for a count of their own.
        let known = seen
            .iter()
            .map(|(name, state)| watch(name.clone(), *state));
        let mut watched: Vec<Watched> = std::iter::once(watch(HOT_PLUG.to_owned(), 0))
            .chain(known)
            .take(MOST_WATCHED)
            .collect();
        match self.status_change(patience, &mut watched) {
            Ok(()) | Err(Code::TIMEOUT | Code::UNKNOWN_READER | Code::READER_UNAVAILABLE) => Ok(()),
            Err(code) => Err(code),
        }
    }

    /// Waits a moment, or until a reader is no longer as it is.
    pub(super) fn pause(&self, reader: &CStr, moment: Duration) {
        let mut watched = [watch(reader.to_owned(), 0)];
        if self
            .status_change(Duration::ZERO, &mut watched)
            .is_ok()
        {
            watched[0].current = watched[0].event & !STATE_CHANGED;
            // Whatever comes of it, the reader is tried again.
            let _ = self.status_change(moment, &mut watched);
        }
    }

    /// Waits until the card that is in a reader is out, for `patience` at most; answers whether it is.
    pub(super) fn is_pulled_within(&self, reader: &CStr, patience: Duration) -> bool {
        let mut watched = [watch(reader.to_owned(), 0)];
        let mut current = 0;
        let until = Instant::now() + patience;
        loop {
            watched[0].current = current;
            let left = until.saturating_duration_since(Instant::now());
            match self.status_change(left, &mut watched) {
                Ok(()) => (),
                Err(Code::TIMEOUT) => return false,
                Err(code) => return code.is_of_a_card_gone(),
            }
            current = watched[0].event & !STATE_CHANGED;
            if current & STATE_PRESENT == 0 {
                return true;
            }
            if left.is_zero() {
                return false;
            }
        }
    }

    /// The answer to reset of the card in a reader.
    pub(super) fn answer_to_reset(&self, reader: CString) -> Option<Vec<u8>> {
        let mut watched = [watch(reader, 0)];
        self.status_change(Duration::ZERO, &mut watched)
            .ok()?;
        let [seen] = watched;
        (seen.event & STATE_PRESENT != 0 && !seen.atr.is_empty()).then_some(seen.atr)
    }

    fn status_change(&self, patience: Duration, watched: &mut [Watched]) -> Result<(), Code> {
        // All ones would mean for ever.
        let milliseconds = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
        self.api
            .status_change(self.raw, milliseconds.min(u32::MAX - 1), watched)
    }

    fn names(&self) -> Result<Vec<CString>, Code> {
        let mut looks = LOOKS;
        loop {
            looks -= 1;
            let room = match self.api.size_of_readers(self.raw) {
                Ok(room) => room.min(MOST_NAMES),
                Err(Code::NO_READERS_AVAILABLE) => return Ok(Vec::new()),
                Err(code) => return Err(code),
            };
            let mut buffer = vec![0; room];
            match self
                .api
                .list_readers(self.raw, &mut buffer)
            {
                Ok(length) => return Ok(names(&buffer[..length.min(room)])),
                Err(Code::NO_READERS_AVAILABLE) => return Ok(Vec::new()),
                // One more has just come.
                Err(Code::INSUFFICIENT_BUFFER) if looks > 0 => (),
                Err(code) => return Err(code),
            }
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if self.is_ours() {
            // One that is dead already is gone all the same.
            let _ = self.api.release_context(self.raw);
        }
    }
}

fn watch(reader: CString, current: Dword) -> Watched {
    Watched {
        reader,
        current,
        event: 0,
        atr: Vec::new(),
    }
}

/// The names of a multi-string.
fn names(bytes: &[u8]) -> Vec<CString> {
    bytes
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
        .filter_map(|name| CString::new(name).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_of_a_multi_string() {
        let of = |bytes: &[u8]| -> Vec<String> {
            names(bytes)
                .into_iter()
                .map(|name| name.into_string().unwrap())
                .collect()
        };
        assert!(of(b"").is_empty());
        assert!(of(b"\0\0").is_empty());
        assert_eq!(of(b"One 00\0Two 01\0\0"), ["One 00", "Two 01"]);
        assert_eq!(of(b"cut"), ["cut"]);
    }
}
