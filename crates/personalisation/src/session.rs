//! What both ends compute in a session: keys, cryptograms, message authentication codes and ciphertexts (Amendment D §6.2).
//!
//! A response is bound to its command by the chaining value and by the number of the command, so that several commands may be
//! under way: [`Session::protect`] and [`Session::verify`] give what their response needs.

mod level;
mod response;
#[cfg(test)]
mod transcripts;

use crate::keys::{CardKeys, derive, derive_key};
pub(crate) use level::SecurityLevel;
pub(crate) use response::{Answered, NotAuthentic};
use shirushi_apdu::Command;
use shirushi_crypto::{
    CryptoError, Secret, aes_block, aes_cbc_decrypt, aes_cbc_encrypt, aes_cmac, constant_time_eq,
};

/// Length of a challenge and of a cryptogram (S8 mode, the only one of v1.1.2).
pub(crate) const CHALLENGE_LEN: usize = 8;
/// Length of a C-MAC or R-MAC on the wire: the leftmost half of the CMAC.
pub(crate) const MAC_LEN: usize = 8;
/// Length of a block of AES.
const BLOCK: usize = 16;
/// Most data bytes of a command before it is protected, so that it stays short: whole blocks beside the MAC, one byte of filling.
pub(crate) const MOST_DATA: usize = (0xFF - MAC_LEN) / BLOCK * BLOCK - 1;
/// Most data bytes of a response before it is protected, so that a short Le fetches it.
pub(crate) const MOST_ANSWER: usize = (0x100 - MAC_LEN) / BLOCK * BLOCK - 1;

/// Data derivation constants (Amendment D, table 4-1).
const CARD_CRYPTOGRAM: u8 = 0x00;
const HOST_CRYPTOGRAM: u8 = 0x01;
const SESSION_ENC: u8 = 0x04;
const SESSION_MAC: u8 = 0x06;
const SESSION_RESPONSE_MAC: u8 = 0x07;

/// The most significant byte of the counter block of a command (Amendment D §6.2.6).
const COMMAND: u8 = 0x00;
/// The byte that begins the filling of the last block (Amendment D §4.1.4, ISO/IEC 9797-1 padding method 2).
const FILLING: u8 = 0x80;

/// The MAC chaining value: the whole CMAC of the last command (Amendment D §6.2.3), sixteen zeros at the start.
type Chaining = [u8; 16];

/// One session's keys, chain and count.
pub(crate) struct Session {
    enc: Secret,
    mac: Secret,
    response_mac: Secret,
    chaining: Chaining,
    level: SecurityLevel,
    /// Commands since EXTERNAL AUTHENTICATE, with and without data.
    counter: u64,
}

/// What each end shows the other to prove that it derived the same session.
pub(crate) struct Cryptograms {
    pub(crate) card: [u8; CHALLENGE_LEN],
    pub(crate) host: [u8; CHALLENGE_LEN],
}

/// A command whose MAC does not verify, or whose data do not decipher.
pub(crate) struct NotFromHost;

impl Session {
    /// Derives the session of these two challenges.
    pub(crate) fn derive(
        keys: &CardKeys,
        host_challenge: [u8; CHALLENGE_LEN],
        card_challenge: [u8; CHALLENGE_LEN],
    ) -> Result<(Self, Cryptograms), CryptoError> {
        let context: [&[u8]; 2] = [&host_challenge, &card_challenge];
        let length = keys.mac().len();
        let enc = derive_key(keys.enc(), &label(SESSION_ENC), length, &context)?;
        let mac = derive_key(keys.mac(), &label(SESSION_MAC), length, &context)?;
        let response_label = label(SESSION_RESPONSE_MAC);
        let response_mac = derive_key(keys.mac(), &response_label, length, &context)?;
        let cryptogram = |constant| {
            let mut cryptogram = [0; CHALLENGE_LEN];
            derive(&mac, &label(constant), &context, &mut cryptogram)?;
            Ok::<_, CryptoError>(cryptogram)
        };
        let cryptograms = Cryptograms {
            card: cryptogram(CARD_CRYPTOGRAM)?,
            host: cryptogram(HOST_CRYPTOGRAM)?,
        };
        let session = Self {
            enc,
            mac,
            response_mac,
            chaining: [0; 16],
            level: SecurityLevel::FULL,
            counter: 0,
        };
        Ok((session, cryptograms))
    }

    /// Adds the C-MAC to EXTERNAL AUTHENTICATE, which is never enciphered, and enters the level that it names.
    pub(crate) fn protect_authentication(
        &mut self,
        command: Command,
        level: SecurityLevel,
    ) -> Result<Command, CryptoError> {
        self.level = level;
        self.add_mac(command)
    }

    /// Checks and takes off the C-MAC of EXTERNAL AUTHENTICATE, and enters the level that it names.
    pub(crate) fn verify_authentication(
        &mut self,
        command: &Command,
        level: SecurityLevel,
    ) -> Result<Command, NotFromHost> {
        let command = self.take_mac(command)?;
        self.level = level;
        Ok(command)
    }

    /// Enciphers the data of a command of at most [`MOST_DATA`] bytes, if there are any and the level says so, and adds the C-MAC.
    pub(crate) fn protect(
        &mut self,
        mut command: Command,
    ) -> Result<(Command, Answered), CryptoError> {
        if command.data.len() > MOST_DATA {
            return Err(CryptoError::TooLong {
                length: command.data.len(),
                most: MOST_DATA,
            });
        }
        self.counter += 1;
        if self.level.enciphers_commands() && !command.data.is_empty() {
            fill_up(&mut command.data);
            let iv = self.command_iv()?;
            aes_cbc_encrypt(self.enc.expose(), &iv, &mut command.data)?;
        }
        let command = self.add_mac(command)?;
        Ok((command, self.answered()))
    }

    /// Checks and takes off what [`Session::protect`] put on; chain and count move on only when the MAC is right.
    pub(crate) fn verify(&mut self, command: &Command) -> Result<(Command, Answered), NotFromHost> {
        let mut command = self.take_mac(command)?;
        self.counter += 1;
        if self.level.enciphers_commands() && !command.data.is_empty() {
            let iv = self
                .command_iv()
                .map_err(|_| NotFromHost)?;
            aes_cbc_decrypt(self.enc.expose(), &iv, &mut command.data).map_err(|_| NotFromHost)?;
            let length = filling(&command.data).ok_or(NotFromHost)?;
            command.data.truncate(length);
        }
        Ok((command, self.answered()))
    }

    /// What binds the response to the last command.
    fn answered(&self) -> Answered {
        Answered {
            chaining: self.chaining,
            counter: self.counter,
        }
    }

    fn add_mac(&mut self, mut command: Command) -> Result<Command, CryptoError> {
        self.chaining = self.command_mac(&command, &command.data)?;
        command
            .data
            .extend_from_slice(&self.chaining[..MAC_LEN]);
        Ok(command)
    }

    fn take_mac(&mut self, command: &Command) -> Result<Command, NotFromHost> {
        let (data, mac) = command
            .data
            .split_last_chunk::<MAC_LEN>()
            .ok_or(NotFromHost)?;
        let chaining = self
            .command_mac(command, data)
            .map_err(|_| NotFromHost)?;
        if !constant_time_eq(&chaining[..MAC_LEN], mac) {
            return Err(NotFromHost);
        }
        self.chaining = chaining;
        Ok(command.clone().data(data))
    }

    /// CMAC over the chaining value, the header with the Lc that the protected command has, and the data as they travel
    /// (Amendment D §6.2.4).
    fn command_mac(&self, command: &Command, data: &[u8]) -> Result<Chaining, CryptoError> {
        let length = u8::try_from(data.len() + MAC_LEN).map_err(|_| CryptoError::TooLong {
            length: data.len(),
            most: MOST_DATA,
        })?;
        let header = [
            command.class,
            command.instruction,
            command.p1,
            command.p2,
            length,
        ];
        aes_cmac(self.mac.expose(), &[&self.chaining, &header, data])
    }

    /// The initial vector of the command that was counted last.
    fn command_iv(&self) -> Result<[u8; BLOCK], CryptoError> {
        aes_block(self.enc.expose(), counter_block(COMMAND, self.counter))
    }
}

/// The number of a command as a block, big-endian; its first byte says whether command or response.
fn counter_block(first: u8, counter: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[0] = first;
    block[BLOCK - 8..].copy_from_slice(&counter.to_be_bytes());
    block
}

/// Fills the last block up; a whole block is added to data that fill theirs.
fn fill_up(data: &mut Vec<u8>) {
    data.push(FILLING);
    data.resize(data.len().next_multiple_of(BLOCK), 0);
}

/// The length of the data before they were filled up; none when there is no filling. More of it than a block needs is taken, as
/// cards in the field send it: the MAC has been checked, so that nobody learns anything from trying.
fn filling(data: &[u8]) -> Option<usize> {
    let length = data
        .iter()
        .rposition(|byte| *byte != 0)?;
    (data[length] == FILLING).then_some(length)
}

/// A label: eleven zeros and the constant (Amendment D §4.1.5).
fn label(constant: u8) -> [u8; 12] {
    let mut label = [0; 12];
    label[11] = constant;
    label
}
