//! The library: loaded at run time, and each of its functions as a safe one. All of this crate's `unsafe` is here.
//!
//! What makes them safe: contexts and card handles are numbers that the library looks up, so a stale one is an error and no
//! more; every pointer comes from a reference or a slice that lives as long as the call, and every length is that slice's.

use super::abi::{self, Code, Dword, IoRequest, Long, ReaderState};
use crate::ReaderError;
use libloading::Library;
use std::{
    ffi::{CStr, CString, OsStr},
    ptr,
};

/// Where the library is looked for, in this order.
const NAMES: &[&str] = if cfg!(target_os = "macos") {
    &["/System/Library/Frameworks/PCSC.framework/PCSC"]
} else {
    &["libpcsclite.so.1", "libpcsclite_real.so.1"]
};

/// A reader's name, and its state as it is known and as it has become.
pub(super) struct Watched {
    pub(super) reader: CString,
    pub(super) current: Dword,
    pub(super) event: Dword,
    /// The answer to reset of the card in it.
    pub(super) atr: Vec<u8>,
}

/// The functions that we use.
pub(super) struct Api {
    establish_context: abi::EstablishContext,
    release_context: abi::ReleaseContext,
    list_readers: abi::ListReaders,
    get_status_change: abi::GetStatusChange,
    connect: abi::Connect,
    reconnect: abi::Reconnect,
    disconnect: abi::Disconnect,
    begin_transaction: abi::BeginTransaction,
    end_transaction: abi::EndTransaction,
    transmit: abi::Transmit,
    // Stays loaded as long as any of them can be called.
    _library: Library,
}

impl Api {
    pub(super) fn load() -> Result<Self, ReaderError> {
        let mut failure = "no PC/SC library is known for this system".into();
        for name in NAMES {
            match Self::open(name.as_ref()) {
                Ok(api) => return Ok(api),
                Err(error) => failure = error.into(),
            }
        }
        Err(ReaderError::NoLibrary { source: failure })
    }

    pub(super) fn load_from(path: &OsStr) -> Result<Self, ReaderError> {
        Self::open(path).map_err(|error| ReaderError::NoLibrary {
            source: error.into(),
        })
    }

    fn open(path: &OsStr) -> Result<Self, libloading::Error> {
        // SAFETY: the PC/SC library has no initialiser that would need anything of us. What else is at a path that someone gives
        // is theirs to answer for, as with any program that they start.
        let library = unsafe { Library::new(path) }?;
        macro_rules! function {
            ($name:literal) => {
                // SAFETY: each field's type is the function's prototype in winscard.h; `_library` outlives the pointer.
                *unsafe { library.get($name) }?
            };
        }
        Ok(Self {
            establish_context: function!(b"SCardEstablishContext"),
            release_context: function!(b"SCardReleaseContext"),
            list_readers: function!(b"SCardListReaders"),
            get_status_change: function!(b"SCardGetStatusChange"),
            connect: function!(b"SCardConnect"),
            reconnect: function!(b"SCardReconnect"),
            disconnect: function!(b"SCardDisconnect"),
            begin_transaction: function!(b"SCardBeginTransaction"),
            end_transaction: function!(b"SCardEndTransaction"),
            transmit: function!(b"SCardTransmit"),
            _library: library,
        })
    }

    /// A new context.
    pub(super) fn establish_context(&self) -> Result<Long, Code> {
        let mut context = 0;
        // SAFETY: the reserved pointers are null, as they must be; `context` is there for the call.
        let code = unsafe {
            (self.establish_context)(abi::SCOPE_SYSTEM, ptr::null(), ptr::null(), &mut context)
        };
        done(code).map(|()| context)
    }

    pub(super) fn release_context(&self, context: Long) -> Result<(), Code> {
        // SAFETY: a number.
        done(unsafe { (self.release_context)(context) })
    }

    /// Writes the readers' names, each with its NUL, and one NUL more, into `buffer`; answers how many bytes that takes.
    pub(super) fn list_readers(&self, context: Long, buffer: &mut [u8]) -> Result<usize, Code> {
        let mut length = length(buffer.len());
        // SAFETY: at most `length` bytes are written, which is the buffer's; no groups are named.
        let code = unsafe {
            (self.list_readers)(
                context,
                ptr::null(),
                buffer.as_mut_ptr().cast(),
                &mut length,
            )
        };
        done(code).map(|()| size(length))
    }

    /// How many bytes the readers' names take.
    pub(super) fn size_of_readers(&self, context: Long) -> Result<usize, Code> {
        let mut length = 0;
        // SAFETY: without a buffer only the length is written.
        let code =
            unsafe { (self.list_readers)(context, ptr::null(), ptr::null_mut(), &mut length) };
        done(code).map(|()| size(length))
    }

    /// Waits until a state is no longer as it is known, for so many milliseconds at most.
    pub(super) fn status_change(
        &self,
        context: Long,
        milliseconds: u32,
        watched: &mut [Watched],
    ) -> Result<(), Code> {
        let mut states: Vec<ReaderState> = watched
            .iter()
            .map(|one| ReaderState::new(one.reader.as_ptr(), one.current))
            .collect();
        // SAFETY: so many states are there as is said; the names, which `watched` owns, outlive the call and end with NUL.
        let code = unsafe {
            (self.get_status_change)(
                context,
                milliseconds as Dword,
                states.as_mut_ptr(),
                length(states.len()),
            )
        };
        for (one, state) in watched.iter_mut().zip(&states) {
            one.event = state.event;
            let length = size(state.atr_length).min(state.atr.len());
            one.atr = state.atr[..length].to_vec();
        }
        done(code)
    }

    /// A handle to the card in a reader, shared, and the protocol that it speaks.
    pub(super) fn connect(&self, context: Long, reader: &CStr) -> Result<(Long, Dword), Code> {
        let (mut card, mut protocol) = (0, 0);
        // SAFETY: the name ends with NUL, and all three are there for the call.
        let code = unsafe {
            (self.connect)(
                context,
                reader.as_ptr(),
                abi::SHARE_SHARED,
                abi::PROTOCOL_T0 | abi::PROTOCOL_T1,
                &mut card,
                &mut protocol,
            )
        };
        done(code).map(|()| (card, protocol))
    }

    /// Makes a handle good again after a reset, and answers the protocol.
    pub(super) fn reconnect(&self, card: Long) -> Result<Dword, Code> {
        let mut protocol = 0;
        // SAFETY: numbers, and `protocol`, which is there for the call.
        let code = unsafe {
            (self.reconnect)(
                card,
                abi::SHARE_SHARED,
                abi::PROTOCOL_T0 | abi::PROTOCOL_T1,
                abi::LEAVE_CARD,
                &mut protocol,
            )
        };
        done(code).map(|()| protocol)
    }

    pub(super) fn disconnect(&self, card: Long, disposition: Dword) -> Result<(), Code> {
        // SAFETY: numbers.
        done(unsafe { (self.disconnect)(card, disposition) })
    }

    /// Blocks while another handle has a transaction.
    pub(super) fn begin_transaction(&self, card: Long) -> Result<(), Code> {
        // SAFETY: a number.
        done(unsafe { (self.begin_transaction)(card) })
    }

    pub(super) fn end_transaction(&self, card: Long, disposition: Dword) -> Result<(), Code> {
        // SAFETY: numbers.
        done(unsafe { (self.end_transaction)(card, disposition) })
    }

    /// Sends a command and writes the answer into `answer`; tells the answer's length.
    pub(super) fn transmit(
        &self,
        card: Long,
        protocol: Dword,
        command: &[u8],
        answer: &mut [u8],
    ) -> Result<usize, Code> {
        let request = IoRequest {
            protocol,
            length: length(size_of::<IoRequest>()),
        };
        let room = answer.len();
        let mut received = length(room);
        // SAFETY: `request` and both buffers are there for the call with the lengths that are said; of the answer's protocol
        // structure, which may be null, we want nothing.
        let code = unsafe {
            (self.transmit)(
                card,
                &request,
                command.as_ptr(),
                length(command.len()),
                ptr::null_mut(),
                answer.as_mut_ptr(),
                &mut received,
            )
        };
        done(code).map(|()| size(received).min(room))
    }
}

/// LONG is as wide as DWORD; the codes have 32 bits, and the topmost of them is set.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the lower 32 bits are the code"
)]
fn done(code: Long) -> Result<(), Code> {
    match Code(code as u32) {
        Code::SUCCESS => Ok(()),
        code => Err(code),
    }
}

/// Of a buffer that is longer than a DWORD can say, as much is offered as it can say.
fn length(of: usize) -> Dword {
    Dword::try_from(of).unwrap_or(Dword::MAX)
}

fn size(length: Dword) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
