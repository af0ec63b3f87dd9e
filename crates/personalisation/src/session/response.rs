//! Responses in a session (Amendment D §6.2.5 and §6.2.7). Only those with 9000 are protected; an error has neither data nor R-MAC.

use super::{Chaining, MAC_LEN, Session, counter_block, fill_up, filling};
use shirushi_apdu::StatusWord;
use shirushi_crypto::{
    CryptoError, aes_block, aes_cbc_decrypt, aes_cbc_encrypt, aes_cmac, constant_time_eq,
};

/// The most significant byte of the counter block of a response (Amendment D §6.2.7).
const RESPONSE: u8 = 0x80;

/// The command that a response answers: its CMAC, which the R-MAC covers, and its number, from which the initial vector comes.
/// A response to another command does not verify.
#[derive(Clone, Copy)]
pub(crate) struct Answered {
    pub(super) chaining: Chaining,
    pub(super) counter: u64,
}

/// A response whose R-MAC does not verify, or whose data do not decipher.
pub(crate) struct NotAuthentic;

impl Session {
    /// The data field of a response with 9000: enciphered when there are any, then followed by the R-MAC, as the level says.
    pub(crate) fn protect_response(
        &self,
        answered: Answered,
        mut data: Vec<u8>,
    ) -> Result<Vec<u8>, CryptoError> {
        if self.level.enciphers_responses() && !data.is_empty() {
            fill_up(&mut data);
            let iv = self.response_iv(answered)?;
            aes_cbc_encrypt(self.enc.expose(), &iv, &mut data)?;
        }
        if self.level.authenticates_responses() {
            let mac = self.response_mac(answered, &data)?;
            data.extend_from_slice(&mac);
        }
        Ok(data)
    }

    /// Checks and takes off what [`Session::protect_response`] put on.
    pub(crate) fn verify_response(
        &self,
        answered: Answered,
        field: &[u8],
    ) -> Result<Vec<u8>, NotAuthentic> {
        if !self.level.authenticates_responses() {
            return Ok(field.to_vec());
        }
        let (data, mac) = field
            .split_last_chunk::<MAC_LEN>()
            .ok_or(NotAuthentic)?;
        let expected = self
            .response_mac(answered, data)
            .map_err(|_| NotAuthentic)?;
        if !constant_time_eq(&expected, mac) {
            return Err(NotAuthentic);
        }
        let mut data = data.to_vec();
        if self.level.enciphers_responses() && !data.is_empty() {
            let iv = self
                .response_iv(answered)
                .map_err(|_| NotAuthentic)?;
            aes_cbc_decrypt(self.enc.expose(), &iv, &mut data).map_err(|_| NotAuthentic)?;
            let length = filling(&data).ok_or(NotAuthentic)?;
            data.truncate(length);
        }
        Ok(data)
    }

    /// CMAC over the command's chaining value, the data as they travel and the status word.
    fn response_mac(&self, answered: Answered, data: &[u8]) -> Result<[u8; MAC_LEN], CryptoError> {
        let status = StatusWord::OK.0.to_be_bytes();
        let parts: [&[u8]; 3] = [&answered.chaining, data, &status];
        let full = aes_cmac(self.response_mac.expose(), &parts)?;
        let mut mac = [0; MAC_LEN];
        mac.copy_from_slice(&full[..MAC_LEN]);
        Ok(mac)
    }

    fn response_iv(&self, answered: Answered) -> Result<[u8; 16], CryptoError> {
        aes_block(self.enc.expose(), counter_block(RESPONSE, answered.counter))
    }
}
