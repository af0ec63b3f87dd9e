//! PC/SC as winscard.h has it: types, constants and functions, of pcsc-lite and of macOS.
//!
//! The names of the C types are kept. `DWORD` is `unsigned long` in pcsc-lite, and 32 bits wide everywhere else.

use std::ffi::{c_char, c_void};

#[cfg(not(target_os = "macos"))]
pub(super) type Dword = std::ffi::c_ulong;
#[cfg(target_os = "macos")]
pub(super) type Dword = u32;
#[cfg(not(target_os = "macos"))]
pub(super) type Long = std::ffi::c_long;
#[cfg(target_os = "macos")]
pub(super) type Long = i32;

/// MAX_ATR_SIZE.
const ATR: usize = 33;

/// SCARD_READERSTATE. macOS packs it.
#[cfg_attr(not(target_os = "macos"), repr(C))]
#[cfg_attr(target_os = "macos", repr(C, packed))]
pub(super) struct ReaderState {
    pub(super) reader: *const c_char,
    pub(super) user_data: *mut c_void,
    pub(super) current: Dword,
    pub(super) event: Dword,
    pub(super) atr_length: Dword,
    pub(super) atr: [u8; ATR],
}

impl ReaderState {
    pub(super) fn new(reader: *const c_char, current: Dword) -> Self {
        Self {
            reader,
            user_data: std::ptr::null_mut(),
            current,
            event: 0,
            atr_length: 0,
            atr: [0; ATR],
        }
    }
}

/// SCARD_IO_REQUEST.
#[repr(C)]
pub(super) struct IoRequest {
    pub(super) protocol: Dword,
    pub(super) length: Dword,
}

pub(super) type EstablishContext =
    unsafe extern "C" fn(Dword, *const c_void, *const c_void, *mut Long) -> Long;
pub(super) type ReleaseContext = unsafe extern "C" fn(Long) -> Long;
pub(super) type ListReaders =
    unsafe extern "C" fn(Long, *const c_char, *mut c_char, *mut Dword) -> Long;
pub(super) type GetStatusChange =
    unsafe extern "C" fn(Long, Dword, *mut ReaderState, Dword) -> Long;
pub(super) type Connect =
    unsafe extern "C" fn(Long, *const c_char, Dword, Dword, *mut Long, *mut Dword) -> Long;
pub(super) type Reconnect = unsafe extern "C" fn(Long, Dword, Dword, Dword, *mut Dword) -> Long;
pub(super) type Disconnect = unsafe extern "C" fn(Long, Dword) -> Long;
pub(super) type BeginTransaction = unsafe extern "C" fn(Long) -> Long;
pub(super) type EndTransaction = unsafe extern "C" fn(Long, Dword) -> Long;
pub(super) type Transmit = unsafe extern "C" fn(
    Long,
    *const IoRequest,
    *const u8,
    Dword,
    *mut IoRequest,
    *mut u8,
    *mut Dword,
) -> Long;

/// SCARD_SCOPE_SYSTEM.
pub(super) const SCOPE_SYSTEM: Dword = 2;
/// SCARD_SHARE_SHARED.
pub(super) const SHARE_SHARED: Dword = 2;
/// SCARD_PROTOCOL_T0.
pub(super) const PROTOCOL_T0: Dword = 1;
/// SCARD_PROTOCOL_T1.
pub(super) const PROTOCOL_T1: Dword = 2;
/// SCARD_LEAVE_CARD.
pub(super) const LEAVE_CARD: Dword = 0;
/// SCARD_RESET_CARD.
pub(super) const RESET_CARD: Dword = 1;
/// SCARD_UNPOWER_CARD.
pub(super) const UNPOWER_CARD: Dword = 2;

/// SCARD_STATE_CHANGED.
pub(super) const STATE_CHANGED: Dword = 0x02;
/// SCARD_STATE_UNKNOWN.
pub(super) const STATE_UNKNOWN: Dword = 0x04;
/// SCARD_STATE_PRESENT.
pub(super) const STATE_PRESENT: Dword = 0x20;

/// The name that stands for "a reader has come or gone".
pub(super) const HOT_PLUG: &std::ffi::CStr = c"\\\\?PnP?\\Notification";

/// What a function returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(pub(super) u32);

impl Code {
    pub(super) const SUCCESS: Self = Self(0);
    pub(super) const INVALID_HANDLE: Self = Self(0x8010_0003);
    pub(super) const INSUFFICIENT_BUFFER: Self = Self(0x8010_0008);
    pub(super) const UNKNOWN_READER: Self = Self(0x8010_0009);
    pub(super) const TIMEOUT: Self = Self(0x8010_000A);
    pub(super) const SHARING_VIOLATION: Self = Self(0x8010_000B);
    pub(super) const NO_SMARTCARD: Self = Self(0x8010_000C);
    pub(super) const PROTO_MISMATCH: Self = Self(0x8010_000F);
    pub(super) const COMM_ERROR: Self = Self(0x8010_0013);
    pub(super) const READER_UNAVAILABLE: Self = Self(0x8010_0017);
    pub(super) const NO_SERVICE: Self = Self(0x8010_001D);
    pub(super) const SERVICE_STOPPED: Self = Self(0x8010_001E);
    pub(super) const NO_READERS_AVAILABLE: Self = Self(0x8010_002E);
    pub(super) const UNSUPPORTED_CARD: Self = Self(0x8010_0065);
    pub(super) const UNRESPONSIVE_CARD: Self = Self(0x8010_0066);
    pub(super) const UNPOWERED_CARD: Self = Self(0x8010_0067);
    pub(super) const RESET_CARD: Self = Self(0x8010_0068);
    pub(super) const REMOVED_CARD: Self = Self(0x8010_0069);
    pub(super) const SECURITY_VIOLATION: Self = Self(0x8010_006A);

    /// Whether it says that the context is of no use any more, as when the service has been started anew.
    pub(super) fn is_of_a_dead_context(self) -> bool {
        matches!(
            self,
            Self::INVALID_HANDLE | Self::COMM_ERROR | Self::NO_SERVICE | Self::SERVICE_STOPPED
        )
    }

    /// Whether it says that the card a handle is of is not there, or not as it was when the handle was made.
    pub(super) fn is_of_a_card_gone(self) -> bool {
        matches!(
            self,
            Self::NO_SMARTCARD
                | Self::READER_UNAVAILABLE
                | Self::UNKNOWN_READER
                | Self::UNPOWERED_CARD
                | Self::RESET_CARD
                | Self::REMOVED_CARD
        )
    }
}
