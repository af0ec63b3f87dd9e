//! Answers that are none.

use super::chance::numbers;
use std::str::FromStr;

/// What arrives in place of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Garbage {
    /// No byte at all.
    Empty,
    /// One byte, half a status word.
    OneByte,
    /// 2–257 random bytes.
    Random,
    /// The right status word, after a byte of data too few; or after five that do not belong there, where there are no data.
    WrongLength,
    /// 61xx, and 61xx again to each GET RESPONSE, without end.
    MoreData,
    /// 6Cxx, and 6Cxx with another length to each repetition, without end.
    WrongLe,
}

impl Garbage {
    /// The bytes in place of `answer`.
    pub(super) fn instead_of(self, mut answer: Vec<u8>, seed: u64, count: u64) -> Vec<u8> {
        match self {
            Self::Empty => Vec::new(),
            Self::OneByte => vec![0x90],
            Self::Random => random(seed, count),
            Self::WrongLength => {
                let data = answer.len().saturating_sub(2);
                match data.checked_sub(1) {
                    Some(last) => drop(answer.remove(last)),
                    None => drop(answer.splice(0..0, [0; 5])),
                }
                answer
            }
            // Chains are answered by their traps.
            Self::MoreData | Self::WrongLe => answer,
        }
    }
}

impl FromStr for Garbage {
    type Err = super::NotAScript;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "empty" => Ok(Self::Empty),
            "one" => Ok(Self::OneByte),
            "random" => Ok(Self::Random),
            "length" => Ok(Self::WrongLength),
            "more" => Ok(Self::MoreData),
            "le" => Ok(Self::WrongLe),
            _ => Err(super::NotAScript),
        }
    }
}

fn random(seed: u64, count: u64) -> Vec<u8> {
    let [length, ..] = numbers(b"length", seed, count);
    let length = 2 + (length % 256) as usize;
    let mut bytes = Vec::with_capacity(length + 32);
    for block in 0.. {
        if bytes.len() >= length {
            break;
        }
        for number in numbers(&[b'b', block], seed, count) {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
    }
    bytes.truncate(length);
    bytes
}

/// A chain without end.
#[derive(Debug)]
pub(super) enum Trap {
    MoreData,
    WrongLe { header: [u8; 4], length: u8 },
}

/// INS of GET RESPONSE (ISO/IEC 7816-4 §11.7.1).
const GET_RESPONSE: u8 = 0xC0;

impl Trap {
    /// The trap, and the answer that leads into it.
    pub(super) fn more_data() -> (Self, Vec<u8>) {
        (Self::MoreData, vec![0x61, 0x01])
    }

    /// See [`Trap::more_data`].
    pub(super) fn wrong_le(command: &[u8]) -> (Self, Vec<u8>) {
        let trap = Self::WrongLe {
            header: header(command),
            length: 1,
        };
        (trap, vec![0x6C, 0x01])
    }

    /// The answer to a command that follows the chain.
    pub(super) fn answer(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::MoreData => {
                (command.get(1) == Some(&GET_RESPONSE)).then(|| vec![0x00, 0x61, 0x01])
            }
            Self::WrongLe { header: of, length } => (header(command) == *of).then(|| {
                *length = length.wrapping_add(1);
                vec![0x6C, *length]
            }),
        }
    }
}

fn header(command: &[u8]) -> [u8; 4] {
    let mut header = [0; 4];
    for (to, from) in header.iter_mut().zip(command) {
        *to = *from;
    }
    header
}
