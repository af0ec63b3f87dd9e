//! Answers in parts, as a card speaks them whose transport cannot send data in both directions (T = 0): 61xx and GET RESPONSE,
//! 6Cxx and the command again (ISO/IEC 7816-3 §12.2, 7816-4 §5.3.4). No My Number Card was seen to do it (`facts/card.md` §9);
//! readers that hide nothing, and cards of other makes, do.

use super::Script;
use shirushi_apdu::Command;
use zeroize::Zeroize as _;

/// CLA and INS of GET RESPONSE.
const GET_RESPONSE: [u8; 2] = [0x00, 0xC0];
/// Data in one part.
const MOST: usize = 256;

/// The rest of an answer that is to be fetched.
#[derive(Debug, Default)]
pub(super) struct Chaining {
    /// Data and status word.
    rest: Option<Vec<u8>>,
}

impl Chaining {
    /// Has `command` carried out by `card`, in the manner that the script wants.
    pub(super) fn exchange<E>(
        &mut self,
        script: &Script,
        command: &[u8],
        mut card: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let rest = self.rest.take();
        let wanted = Wanted::by(command);
        if let (Some(rest), true) = (rest, command.starts_with(&GET_RESPONSE)) {
            return Ok(self.part(rest, wanted.length.unwrap_or(MOST)));
        }
        let answer = card(command)?;
        let Some(data) = answer
            .len()
            .checked_sub(2)
            .filter(|data| *data > 0)
        else {
            return Ok(answer);
        };
        if script.response_chaining && (wanted.has_data || data > MOST) {
            return Ok(self.announce(answer));
        }
        if let (true, false, Some(length), Ok(exact)) = (
            script.exact_le,
            wanted.has_data,
            wanted.length,
            u8::try_from(data % MOST),
        ) && length != data
            && data <= MOST
        {
            // To be asked for again, exactly.
            return Ok(vec![0x6C, exact]);
        }
        Ok(answer)
    }

    /// 61xx; the answer is kept.
    fn announce(&mut self, answer: Vec<u8>) -> Vec<u8> {
        let status = waiting(answer.len() - 2);
        self.rest = Some(answer);
        status.to_vec()
    }

    /// So many bytes of the rest.
    fn part(&mut self, mut rest: Vec<u8>, length: usize) -> Vec<u8> {
        let data = rest.len() - 2;
        let length = length.min(MOST);
        if data <= length {
            return rest;
        }
        let mut part: Vec<u8> = rest.drain(..length).collect();
        part.extend_from_slice(&waiting(rest.len() - 2));
        self.rest = Some(rest);
        part
    }
}

/// 61xx for so many bytes of data, 00 standing for 256 and more.
fn waiting(data: usize) -> [u8; 2] {
    [0x61, u8::try_from(data).unwrap_or(0)]
}

/// What a command says about lengths.
struct Wanted {
    has_data: bool,
    length: Option<usize>,
}

impl Wanted {
    fn by(command: &[u8]) -> Self {
        let Ok(mut command) = Command::parse(command) else {
            return Self {
                has_data: false,
                length: None,
            };
        };
        let has_data = !command.data.is_empty();
        // It may have been a PIN.
        command.data.zeroize();
        Self {
            has_data,
            length: command.expected,
        }
    }
}
