//! Command APDUs (ISO/IEC 7816-3 §12.1, 7816-4 §5.2).

/// Most data bytes of a short command.
const SHORT_DATA: usize = 0xFF;
/// Most answer bytes a short command can ask for.
const SHORT_EXPECTED: usize = 0x100;
/// Most answer bytes an extended command can ask for.
const EXTENDED_EXPECTED: usize = 0x1_0000;

/// A command to a card. `Debug` shows header and lengths only, for the data may hold a PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    /// CLA.
    pub class: u8,
    /// INS.
    pub instruction: u8,
    /// P1.
    pub p1: u8,
    /// P2.
    pub p2: u8,
    /// The command data; Nc is its length, at most 65535 bytes.
    pub data: Vec<u8>,
    /// Ne, the most answer bytes wanted: none without Le, 256 for a short Le of 00, up to 65536.
    pub expected: Option<usize>,
}

/// Bytes that are no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed command at byte {offset}: {fault}")]
pub struct MalformedCommand {
    /// Where the fault is, in bytes from the start.
    pub offset: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with bytes that are no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The command ends within its header of four bytes.
    #[error("the header has four bytes")]
    HeaderCut,
    /// The command ends before its data does.
    #[error("Lc announces {announced} bytes of data, {present} follow")]
    DataCut {
        /// Nc as Lc gives it.
        announced: usize,
        /// Bytes that follow Lc.
        present: usize,
    },
    /// An extended length field is cut, or an extended Lc is zero.
    #[error("the length field is neither short nor extended")]
    LengthField,
    /// After data and Le, bytes are left over.
    #[error("{surplus} bytes follow the end of the command")]
    Surplus {
        /// Number of bytes left over.
        surplus: usize,
    },
}

impl Command {
    /// A command of case 1: a header without data or Le.
    #[must_use]
    pub fn new(class: u8, instruction: u8, p1: u8, p2: u8) -> Self {
        Self {
            class,
            instruction,
            p1,
            p2,
            data: Vec::new(),
            expected: None,
        }
    }

    /// Sets the command data.
    #[must_use]
    pub fn data(mut self, data: impl Into<Vec<u8>>) -> Self {
        self.data = data.into();
        self
    }

    /// Sets Ne, the most answer bytes wanted (1 to 65536).
    #[must_use]
    pub fn ne(mut self, bytes: usize) -> Self {
        self.expected = Some(bytes);
        self
    }

    /// Reads a command of any of the seven cases (1, 2S, 3S, 4S, 2E, 3E, 4E of ISO/IEC 7816-3 §12.1.3).
    ///
    /// # Errors
    /// [`MalformedCommand`] with the offset, when the bytes fit no case.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedCommand> {
        let malformed = |offset, fault| Err(MalformedCommand { offset, fault });
        let [class, instruction, p1, p2, body @ ..] = bytes else {
            return malformed(bytes.len(), Fault::HeaderCut);
        };
        let header = Self::new(*class, *instruction, *p1, *p2);
        match *body {
            [] => Ok(header),
            [le] => Ok(header.ne(short_expected(le))),
            [0, high, low] => Ok(header.ne(extended_expected(high, low))),
            [0, 0, 0, ..] | [0, _] => malformed(4, Fault::LengthField),
            [0, high, low, ref rest @ ..] => {
                header.with_body(7, usize::from(u16::from_be_bytes([high, low])), rest, true)
            }
            [lc, ref rest @ ..] => header.with_body(5, usize::from(lc), rest, false),
        }
    }

    /// The bytes to send: short when data and Ne allow it, else extended (ISO/IEC 7816-4 §5.2).
    ///
    /// More data than 65535 bytes has no encoding; its Lc then says 65535, so that a card refuses the command and nothing is
    /// cut silently.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let expected = self
            .expected
            .filter(|ne| *ne > 0)
            .map(|ne| ne.min(EXTENDED_EXPECTED));
        let short = self.data.len() <= SHORT_DATA && expected.is_none_or(|ne| ne <= SHORT_EXPECTED);
        let mut bytes = Vec::with_capacity(self.data.len() + 9);
        bytes.extend_from_slice(&[self.class, self.instruction, self.p1, self.p2]);
        if !short {
            bytes.push(0);
        }
        if !self.data.is_empty() {
            push_length(&mut bytes, self.data.len().min(0xFFFF), short);
            bytes.extend_from_slice(&self.data);
        }
        if let Some(ne) = expected {
            push_length(&mut bytes, ne, short);
        }
        bytes
    }

    /// Completes a header with `rest`, which follows an Lc of `announced` at byte `offset`.
    fn with_body(
        self,
        offset: usize,
        announced: usize,
        rest: &[u8],
        extended: bool,
    ) -> Result<Self, MalformedCommand> {
        let Some((data, le)) = rest.split_at_checked(announced) else {
            let fault = Fault::DataCut {
                announced,
                present: rest.len(),
            };
            return Err(MalformedCommand { offset, fault });
        };
        let command = self.data(data);
        match (extended, le) {
            (_, []) => Ok(command),
            (false, [le]) => Ok(command.ne(short_expected(*le))),
            (true, [high, low]) => Ok(command.ne(extended_expected(*high, *low))),
            (true, [_]) => Err(MalformedCommand {
                offset: offset + announced,
                fault: Fault::LengthField,
            }),
            (_, le) => {
                let width = if extended { 2 } else { 1 };
                Err(MalformedCommand {
                    offset: offset + announced + width,
                    fault: Fault::Surplus {
                        surplus: le.len() - width,
                    },
                })
            }
        }
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Command({:02X} {:02X} {:02X} {:02X}, {} bytes of data",
            self.class,
            self.instruction,
            self.p1,
            self.p2,
            self.data.len()
        )?;
        match self.expected {
            Some(ne) => write!(f, ", Ne {ne})"),
            None => write!(f, ")"),
        }
    }
}

/// A length field with its 256 or 65536 written as zero.
fn push_length(bytes: &mut Vec<u8>, length: usize, short: bool) {
    let [.., high, low] = length.to_be_bytes();
    if !short {
        bytes.push(high);
    }
    bytes.push(low);
}

fn short_expected(le: u8) -> usize {
    match le {
        0 => SHORT_EXPECTED,
        le => usize::from(le),
    }
}

fn extended_expected(high: u8, low: u8) -> usize {
    match u16::from_be_bytes([high, low]) {
        0 => EXTENDED_EXPECTED,
        le => usize::from(le),
    }
}
