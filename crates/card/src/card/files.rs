//! Reading the card's files.

use super::{Card, READ_BINARY, success};
use crate::{CardError, Credential, TokenInformation};
use shirushi_apdu::{Command, StatusWord, Transmit, ber, select};

const TOKEN_FILE: u16 = 0x0006;

/// Most bytes that one short command gives.
pub(super) const CHUNK: usize = 256;
/// The end of what a READ BINARY with a 15-bit offset reaches.
const MOST_FILE: usize = 0x8000;
/// Tag of a certificate: SEQUENCE.
const SEQUENCE: u8 = 0x30;

impl<T: Transmit> Card<T> {
    /// EF 0006 by its short identifier, which saves a command; by SELECT where that is not offered. A token without the file
    /// is still a token.
    pub(super) fn read_token(&mut self) -> Result<Vec<u8>, CardError> {
        let read = |p1| Command::new(0x00, READ_BINARY, p1, 0x00).expect(TokenInformation::LENGTH);
        let [_, short] = TOKEN_FILE.to_be_bytes();
        let response = self.send(&read(0x80 | short))?;
        if response.status.is_ok() {
            // The card makes a file current that is read this way; which one, later commands need not know.
            return Ok(response.data);
        }
        let selected = self
            .send(&select::file(TOKEN_FILE))?
            .status;
        if !selected.is_ok() {
            return Ok(Vec::new());
        }
        Ok(success(READ_BINARY, self.send(&read(0x00))?).unwrap_or_default())
    }

    /// The DER object that a certificate file starts with; filler follows it (`facts/card.md` §7.1).
    pub(super) fn read_certificate(
        &mut self,
        credential: Credential,
        file: u16,
    ) -> Result<Vec<u8>, CardError> {
        let absent = || CardError::NoCertificate { credential };
        let malformed = || CardError::Malformed {
            instruction: READ_BINARY,
        };
        let start = self
            .select_file(file)
            .and_then(|()| self.read_binary(0, CHUNK));
        let mut bytes = start.map_err(|error| match error {
            CardError::Status {
                status: StatusWord::FILE_NOT_FOUND | StatusWord::OFFSET,
                ..
            } => absent(),
            error => error,
        })?;
        if bytes.first() != Some(&SEQUENCE) {
            return Err(absent());
        }
        let length = ber::first_object_length(&bytes)
            .filter(|length| *length <= MOST_FILE)
            .ok_or_else(malformed)?;
        while bytes.len() < length {
            let missing = length - bytes.len();
            let chunk = self.read_binary(bytes.len(), missing.min(CHUNK))?;
            if chunk.is_empty() {
                return Err(malformed());
            }
            bytes.extend_from_slice(&chunk);
        }
        bytes.truncate(length);
        Ok(bytes)
    }

    /// READ BINARY of the current file at an offset below 32768.
    fn read_binary(&mut self, offset: usize, length: usize) -> Result<Vec<u8>, CardError> {
        let [.., high, low] = offset.to_be_bytes();
        let command = Command::new(0x00, READ_BINARY, high, low).expect(length);
        let response = self.send(&command)?;
        success(READ_BINARY, response)
    }
}
