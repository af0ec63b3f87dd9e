//! What both ends compute in a session: keys, cryptograms, and the two message authentication codes (Amendment D §6.2).

use crate::keys::{CardKeys, derive, derive_key};
use shirushi_apdu::{Command, StatusWord};
use shirushi_crypto::{CryptoError, Secret, aes_cmac, constant_time_eq};

/// Length of a challenge and of a cryptogram.
pub(crate) const CHALLENGE_LEN: usize = 8;
/// Length of a C-MAC or R-MAC on the wire: the leftmost half of the CMAC.
pub(crate) const MAC_LEN: usize = 8;
/// Most data bytes of a command before its MAC is added, so that it stays short.
pub(crate) const MOST_DATA: usize = 0xFF - MAC_LEN;
/// Most data bytes of a response before its MAC is added, so that a short Le fetches it.
pub(crate) const MOST_ANSWER: usize = 0x100 - MAC_LEN;

/// Data derivation constants (Amendment D, table 4-1).
const CARD_CRYPTOGRAM: u8 = 0x00;
const HOST_CRYPTOGRAM: u8 = 0x01;
const SESSION_MAC: u8 = 0x06;
const SESSION_RESPONSE_MAC: u8 = 0x07;

/// The MAC chaining value: the whole CMAC of the last command (Amendment D §6.2.3), sixteen zeros at the start.
pub(crate) type Chaining = [u8; 16];

/// One session's keys and chain.
pub(crate) struct Session {
    mac: Secret,
    response_mac: Secret,
    chaining: Chaining,
}

/// What each end shows the other to prove that it derived the same session.
pub(crate) struct Cryptograms {
    pub(crate) card: [u8; CHALLENGE_LEN],
    pub(crate) host: [u8; CHALLENGE_LEN],
}

/// A command whose MAC does not verify.
pub(crate) struct MacMismatch;

impl Session {
    /// Derives the session of these two challenges.
    pub(crate) fn derive(
        keys: &CardKeys,
        host_challenge: [u8; CHALLENGE_LEN],
        card_challenge: [u8; CHALLENGE_LEN],
    ) -> Result<(Self, Cryptograms), CryptoError> {
        let context: [&[u8]; 2] = [&host_challenge, &card_challenge];
        let mac = derive_key(keys.mac(), &label(SESSION_MAC), &context)?;
        let response_mac = derive_key(keys.mac(), &label(SESSION_RESPONSE_MAC), &context)?;
        let cryptogram = |constant| {
            let block = derive(&mac, &label(constant), 64, &context)?;
            let mut cryptogram = [0; CHALLENGE_LEN];
            cryptogram.copy_from_slice(&block[..CHALLENGE_LEN]);
            Ok::<_, CryptoError>(cryptogram)
        };
        let cryptograms = Cryptograms {
            card: cryptogram(CARD_CRYPTOGRAM)?,
            host: cryptogram(HOST_CRYPTOGRAM)?,
        };
        let session = Self {
            mac,
            response_mac,
            chaining: [0; 16],
        };
        Ok((session, cryptograms))
    }

    /// The chaining value of the last command, which the R-MAC of its response covers.
    pub(crate) fn chaining(&self) -> Chaining {
        self.chaining
    }

    /// Adds the C-MAC to a command of at most [`MOST_DATA`] bytes and moves the chain on.
    pub(crate) fn protect(&mut self, mut command: Command) -> Result<Command, CryptoError> {
        self.chaining = self.command_mac(&command, &command.data)?;
        command
            .data
            .extend_from_slice(&self.chaining[..MAC_LEN]);
        Ok(command)
    }

    /// Checks and takes off the C-MAC; the chain moves on only when it is right.
    pub(crate) fn verify(&mut self, command: &Command) -> Result<Command, MacMismatch> {
        let (data, mac) = command
            .data
            .split_last_chunk::<MAC_LEN>()
            .ok_or(MacMismatch)?;
        let chaining = self
            .command_mac(command, data)
            .map_err(|_| MacMismatch)?;
        if !constant_time_eq(&chaining[..MAC_LEN], mac) {
            return Err(MacMismatch);
        }
        self.chaining = chaining;
        Ok(command.clone().data(data))
    }

    /// The R-MAC of a response to the command that left the chain at `chaining` (Amendment D §6.2.5).
    pub(crate) fn response_mac(
        &self,
        chaining: &Chaining,
        data: &[u8],
        status: StatusWord,
    ) -> Result<[u8; MAC_LEN], CryptoError> {
        let status = status.0.to_be_bytes();
        let full = aes_cmac(self.response_mac.expose(), &[chaining, data, &status])?;
        let mut mac = [0; MAC_LEN];
        mac.copy_from_slice(&full[..MAC_LEN]);
        Ok(mac)
    }

    /// CMAC over the chaining value, the header with the Lc that the protected command has, and the data without MAC
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
}

/// A label: eleven zeros and the constant (Amendment D §4.1.5).
fn label(constant: u8) -> [u8; 12] {
    let mut label = [0; 12];
    label[11] = constant;
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a card in the field exchanged at security level 11 with AES-128 test keys; the transcript is published with the
    /// tests of pySim (osmocom), which took it from that card.
    const ENC: &str = "000102030405060708090a0b0c0d0e0f";
    const MAC: &str = "101112131415161718191a1b1c1d1e1f";
    const HOST_CHALLENGE: &str = "b13e5f938fc108c4";
    const CARD_CHALLENGE: &str = "3eb51047495b249f";
    const CARD_SAID: &str = "66c484c1d2ef1948";
    const AUTHENTICATE: &str = "84821100107d5f5826a993ebc89eea24957fa0b3ce";
    const ASK: &str = "84e291000ebf3e035c015a558d036518a2829700";
    const ANSWER: &str = "bf3e125a1089882119900000000000000000000005";
    const ANSWER_MAC: &str = "971be68992dbbdfa";

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text)
            .unwrap()
            .try_into()
            .unwrap()
    }

    fn session() -> (Session, Cryptograms) {
        let keys = Secret::new(hex::decode([ENC, MAC].concat()).unwrap());
        let keys = CardKeys::from_secret(&keys).unwrap();
        Session::derive(&keys, bytes(HOST_CHALLENGE), bytes(CARD_CHALLENGE)).unwrap()
    }

    #[test]
    fn keys_and_codes_are_those_of_a_card_in_the_field() {
        let (mut session, cryptograms) = session();
        assert_eq!(hex::encode(cryptograms.card), CARD_SAID);

        let authenticate = Command::new(0x84, 0x82, 0x11, 0x00).data(cryptograms.host);
        let authenticate = session.protect(authenticate).unwrap();
        assert_eq!(hex::encode(authenticate.to_bytes()), AUTHENTICATE);

        let ask = Command::new(0x84, 0xE2, 0x91, 0x00)
            .data(bytes::<6>("bf3e035c015a"))
            .expect(256);
        let ask = session.protect(ask).unwrap();
        assert_eq!(hex::encode(ask.to_bytes()), ASK);

        let answer = hex::decode(ANSWER).unwrap();
        let mac = session
            .response_mac(&session.chaining(), &answer, StatusWord::OK)
            .unwrap();
        assert_eq!(hex::encode(mac), ANSWER_MAC);
    }

    #[test]
    fn a_refused_code_leaves_the_chain_where_it_was() {
        let (mut session, cryptograms) = session();
        let authenticate = Command::parse(&hex::decode(AUTHENTICATE).unwrap()).unwrap();
        let mut tampered = authenticate.clone();
        tampered.data[0] ^= 1;
        assert!(session.verify(&tampered).is_err());
        assert_eq!(session.chaining(), [0; 16]);
        let Ok(plain) = session.verify(&authenticate) else {
            panic!("the right code was refused");
        };
        assert_eq!(plain.data, cryptograms.host);
    }
}
