//! What can be sent to a card for its report. docs/real-card.md has the same list, and a test compares it with the traffic.

use shirushi_apdu::{Command, select};

/// P2 of VERIFY that means the PIN of the current file; with a short identifier in its low bits, the one of that file.
const CURRENT: u8 = 0x80;
/// Bytes that are read behind the end of a certificate, with an extended Le.
const EXTENDED: u16 = 8;
/// Random bytes that are asked for.
const RANDOM: usize = 8;

/// A question to a card.
pub(super) enum Ask {
    /// SELECT of an application.
    Application(&'static [u8]),
    /// The same, with its file control information.
    ApplicationWithFci(&'static [u8]),
    /// SELECT of a file.
    File(u16),
    /// READ BINARY of the current file.
    Read {
        /// From where, below 32768.
        offset: u16,
        /// How many bytes.
        length: u8,
    },
    /// One byte of the file of a short identifier.
    ReadShort(u8),
    /// A few bytes with an extended Le.
    ReadExtended {
        /// From where, below 32768.
        offset: u16,
    },
    /// VERIFY without data, which counts the tries left and spends none.
    Tries,
    /// The same, with a short identifier.
    TriesShort(u8),
    /// GET CHALLENGE.
    Challenge,
    /// GET DATA.
    Object(Object),
}

/// A data object that tells of the product alone.
pub(super) enum Object {
    /// 5F51: the ATR of the contact interface.
    ContactAtr,
    /// 66: card recognition data of GlobalPlatform.
    CardRecognition,
}

impl Ask {
    /// The command.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Application(aid) => select::application(aid).to_bytes(),
            Self::ApplicationWithFci(aid) => Command::new(0x00, 0xA4, 0x04, 0x00)
                .data(*aid)
                .ne(256)
                .to_bytes(),
            Self::File(file) => select::file(*file).to_bytes(),
            Self::Read { offset, length } => {
                let [high, low] = offset.to_be_bytes();
                // Bit 8 of P1 would name a file.
                vec![0x00, 0xB0, high & 0x7F, low, (*length).max(1)]
            }
            Self::ReadShort(file) => vec![0x00, 0xB0, CURRENT | (file & 0x1F), 0x00, 0x01],
            Self::ReadExtended { offset } => {
                let [high, low] = offset.to_be_bytes();
                let [most, least] = EXTENDED.to_be_bytes();
                vec![0x00, 0xB0, high & 0x7F, low, 0x00, most, least]
            }
            Self::Tries => vec![0x00, 0x20, 0x00, CURRENT],
            Self::TriesShort(file) => vec![0x00, 0x20, 0x00, CURRENT | (file & 0x1F)],
            Self::Challenge => Command::new(0x00, 0x84, 0x00, 0x00)
                .ne(RANDOM)
                .to_bytes(),
            Self::Object(object) => {
                let [high, low] = object.tag();
                Command::new(0x00, 0xCA, high, low)
                    .ne(256)
                    .to_bytes()
            }
        }
    }

    /// INS.
    pub(super) fn instruction(&self) -> u8 {
        match self {
            Self::Application(_) | Self::ApplicationWithFci(_) | Self::File(_) => 0xA4,
            Self::Read { .. } | Self::ReadShort(_) | Self::ReadExtended { .. } => 0xB0,
            Self::Tries | Self::TriesShort(_) => 0x20,
            Self::Challenge => 0x84,
            Self::Object(_) => 0xCA,
        }
    }

    /// What the command is called.
    pub(super) fn word(&self) -> &'static str {
        match self.instruction() {
            0xA4 => "SELECT",
            0xB0 => "READ BINARY",
            0x20 => "VERIFY",
            0x84 => "GET CHALLENGE",
            _ => "GET DATA",
        }
    }
}

impl Object {
    fn tag(&self) -> [u8; 2] {
        match self {
            Self::ContactAtr => [0x5F, 0x51],
            Self::CardRecognition => [0x00, 0x66],
        }
    }
}
