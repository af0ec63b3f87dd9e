//! Status words (ISO/IEC 7816-4 §5.6; `facts/card.md` §10 says when a My Number Card answers which).

/// SW1 and SW2, as one number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusWord(
    /// SW1 is the upper byte.
    pub u16,
);

impl StatusWord {
    /// 9000: done.
    pub const OK: Self = Self(0x9000);
    /// 6300: wrong, and the counter has no limit.
    pub const WRONG_UNLIMITED: Self = Self(0x6300);
    /// 6581: the memory failed.
    pub const MEMORY: Self = Self(0x6581);
    /// 6700: wrong Lc or Le.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// 6881: logical channels are not offered.
    pub const CHANNEL: Self = Self(0x6881);
    /// 6882: secure messaging is not offered.
    pub const SECURE_MESSAGING: Self = Self(0x6882);
    /// 6981: the command does not fit the kind of file.
    pub const INCOMPATIBLE_FILE: Self = Self(0x6981);
    /// 6982: the security status does not suffice (PIN not presented).
    pub const SECURITY_STATUS: Self = Self(0x6982);
    /// 6983: blocked, as ISO says it.
    pub const BLOCKED_ISO: Self = Self(0x6983);
    /// 6984: blocked, as a My Number Card says it (`facts/card.md` §24).
    pub const BLOCKED: Self = Self(0x6984);
    /// 6985: conditions of use not satisfied.
    pub const CONDITIONS: Self = Self(0x6985);
    /// 6986: no file is current.
    pub const NO_CURRENT_FILE: Self = Self(0x6986);
    /// 6988: wrong secure messaging objects (a broken MAC).
    pub const SM_OBJECTS: Self = Self(0x6988);
    /// 6A80: wrong values in the data.
    pub const WRONG_DATA: Self = Self(0x6A80);
    /// 6A82: no such file or application.
    pub const FILE_NOT_FOUND: Self = Self(0x6A82);
    /// 6A83: no such record.
    pub const RECORD_NOT_FOUND: Self = Self(0x6A83);
    /// 6A84: no room left in the file.
    pub const NOT_ENOUGH_MEMORY: Self = Self(0x6A84);
    /// 6A86: wrong P1 or P2.
    pub const WRONG_PARAMETERS: Self = Self(0x6A86);
    /// 6A88: referenced data not found.
    pub const REFERENCED_DATA_NOT_FOUND: Self = Self(0x6A88);
    /// 6B00: the offset is outside the file.
    pub const OFFSET: Self = Self(0x6B00);
    /// 6D00: unknown INS.
    pub const INSTRUCTION: Self = Self(0x6D00);
    /// 6E00: unknown CLA.
    pub const CLASS: Self = Self(0x6E00);
    /// 6F00: the card's own fault.
    pub const DIAGNOSIS: Self = Self(0x6F00);

    /// 63Cx with x tries left; a number above 15 is said as 15.
    #[must_use]
    pub fn tries_left(tries: u8) -> Self {
        Self(0x63C0 | u16::from(tries.min(0x0F)))
    }

    /// The tries left in a 63Cx.
    #[must_use]
    pub fn tries(self) -> Option<u8> {
        let [upper, lower] = self.0.to_be_bytes();
        (upper == 0x63 && lower & 0xF0 == 0xC0).then_some(lower & 0x0F)
    }

    /// Whether this is 9000.
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Self::OK
    }

    /// Bytes that GET RESPONSE can fetch, of a 61xx (256 for 6100).
    #[must_use]
    pub fn more_available(self) -> Option<usize> {
        self.count_after(0x61)
    }

    /// The Le to repeat the command with, of a 6Cxx (256 for 6C00).
    #[must_use]
    pub fn exact_length(self) -> Option<usize> {
        self.count_after(0x6C)
    }

    fn count_after(self, first: u8) -> Option<usize> {
        let [upper, lower] = self.0.to_be_bytes();
        let count = if lower == 0 { 256 } else { usize::from(lower) };
        (upper == first).then_some(count)
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::OK => "done",
            Self::WRONG_UNLIMITED => "wrong, without a limit of tries",
            Self::MEMORY => "memory failure",
            Self::WRONG_LENGTH => "wrong length",
            Self::CHANNEL => "logical channel not supported",
            Self::SECURE_MESSAGING => "secure messaging not supported",
            Self::INCOMPATIBLE_FILE => "command incompatible with the file",
            Self::SECURITY_STATUS => "security status not satisfied",
            Self::BLOCKED_ISO | Self::BLOCKED => "PIN blocked",
            Self::CONDITIONS => "conditions of use not satisfied",
            Self::NO_CURRENT_FILE => "no current file",
            Self::SM_OBJECTS => "secure messaging objects wrong",
            Self::WRONG_DATA => "wrong data",
            Self::FILE_NOT_FOUND => "file or application not found",
            Self::RECORD_NOT_FOUND => "record not found",
            Self::NOT_ENOUGH_MEMORY => "not enough memory in the file",
            Self::WRONG_PARAMETERS => "wrong P1 or P2",
            Self::REFERENCED_DATA_NOT_FOUND => "referenced data not found",
            Self::OFFSET => "offset outside the file",
            Self::INSTRUCTION => "instruction not supported",
            Self::CLASS => "class not supported",
            Self::DIAGNOSIS => "no precise diagnosis",
            _ if self.more_available().is_some() => "more data available",
            _ if self.exact_length().is_some() => "wrong Le",
            _ => "not in the table",
        }
    }
}

impl std::fmt::Display for StatusWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.tries() {
            Some(tries) => write!(f, "{:04X} (wrong, {tries} tries left)", self.0),
            None => write!(f, "{:04X} ({})", self.0, self.meaning()),
        }
    }
}

impl std::fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
