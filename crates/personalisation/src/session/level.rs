//! How much of the messages is protected (Amendment D §7.1.2.3, table 7-4).

/// The security level of a session: P1 of EXTERNAL AUTHENTICATE. Every level here has a C-MAC; level 00, which has nothing, is
/// none for a channel through strangers' hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SecurityLevel(u8);

impl SecurityLevel {
    /// C-MAC, C-DECRYPTION, R-MAC, R-ENCRYPTION.
    pub(crate) const FULL: Self = Self(0x33);

    /// C-MAC · with C-DECRYPTION · with R-MAC · with both · with everything.
    const ALL: [Self; 5] = [Self(0x01), Self(0x03), Self(0x11), Self(0x13), Self::FULL];

    /// The level that P1 names; none when there is no such level.
    pub(crate) fn from_p1(p1: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|level| level.0 == p1)
    }

    pub(crate) fn p1(self) -> u8 {
        self.0
    }

    pub(crate) fn enciphers_commands(self) -> bool {
        self.0 & 0x02 != 0
    }

    pub(crate) fn authenticates_responses(self) -> bool {
        self.0 & 0x10 != 0
    }

    pub(crate) fn enciphers_responses(self) -> bool {
        self.0 & 0x20 != 0
    }
}
