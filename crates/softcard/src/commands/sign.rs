//! COMPUTE SIGNATURE and INTERNAL AUTHENTICATE (`facts/card.md` §9, §12).

use super::Answer;
use crate::{
    Schemes, SoftCard,
    files::{Application, File, sandbox},
    pin::PinName,
    unknowns::{
        KEY_ABSENT, NEXT_DIGEST_LEN, NEXT_SIGNATURE_MOST, SIGN_LENGTHS, WRONG_KIND_OF_FILE,
    },
};
use shirushi_apdu::{Command, Response, StatusWord};
use shirushi_crypto::{CardKey, CryptoError, sha256};
use shirushi_personalisation::Kind;
use shirushi_rules::SIGNATURE_NEEDS_PASSWORD;

/// Length of a signature, in bytes.
const SIGNATURE_LEN: usize = 256;
/// DER of a SHA-256 DigestInfo up to the digest (RFC 8017 §9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
/// The key that 内部認証 of the 券面 applications uses (P2 = 00): here the sandbox's, the same on every card.
const DEFAULT_KEY: u8 = 0x00;

/// P1 of COMPUTE SIGNATURE: what the data is and what the card does to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// 00: any 1–245 bytes, padded by PKCS#1 v1.5. For a key on P-384, a digest.
    Padded,
    /// 01: a message; its bare SHA-256, padded.
    BareDigestOfMessage,
    /// 02: a SHA-256 digest; its DigestInfo, padded.
    Digest,
    /// 03: a message; the DigestInfo of its SHA-256, padded.
    Message,
    /// 04: a SHA-256 digest; RSASSA-PSS.
    PssDigest,
    /// 05: a message; RSASSA-PSS.
    PssMessage,
}

impl Scheme {
    fn of(p1: u8) -> Option<Self> {
        match p1 {
            0x00 => Some(Self::Padded),
            0x01 => Some(Self::BareDigestOfMessage),
            0x02 => Some(Self::Digest),
            0x03 => Some(Self::Message),
            0x04 => Some(Self::PssDigest),
            0x05 => Some(Self::PssMessage),
            _ => None,
        }
    }

    /// Signs, having checked the length of the data.
    fn sign(self, key: &CardKey, data: &[u8]) -> Result<Vec<u8>, StatusWord> {
        /// Messages travel in one short command.
        const MESSAGE: std::ops::RangeInclusive<usize> = 1..=255;
        let info = |digest: [u8; 32]| [&SHA256_DIGEST_INFO[..], &digest].concat();
        let digest = || <[u8; 32]>::try_from(data).map_err(|_| StatusWord::CONDITIONS);
        let message = || match MESSAGE.contains(&data.len()) {
            true => Ok(sha256(data)),
            false => Err(StatusWord::CONDITIONS),
        };
        let signed = match self {
            Self::Padded => key.sign_padded(data),
            Self::BareDigestOfMessage => key.sign_padded(&message()?),
            Self::Digest => key.sign_padded(&info(digest()?)),
            Self::Message => key.sign_padded(&info(message()?)),
            Self::PssDigest => key.sign_pss_sha256(&digest()?),
            Self::PssMessage => key.sign_pss_sha256(&message()?),
        };
        signed.map_err(|e| match e {
            CryptoError::TooLong { .. } => StatusWord::CONDITIONS,
            _ => StatusWord::DIAGNOSIS,
        })
    }

    /// Signs as the next card is assumed to.
    fn sign_next(self, key: &CardKey, data: &[u8]) -> Result<Vec<u8>, StatusWord> {
        if self != Self::Padded {
            return Err(StatusWord::WRONG_PARAMETERS);
        }
        let digest = <[u8; NEXT_DIGEST_LEN]>::try_from(data).map_err(|_| StatusWord::CONDITIONS)?;
        key.sign_sha384(&digest)
            .map_err(|_| StatusWord::DIAGNOSIS)
    }
}

/// 内部認証: signs a DigestInfo with the key of the 券面 applications, without any PIN.
fn challenged(command: &Command) -> Answer {
    if command.p1 != 0x00 {
        return Err(StatusWord::WRONG_PARAMETERS);
    }
    if command.data.is_empty() || command.expected.unwrap_or(0) < SIGNATURE_LEN {
        return Err(SIGN_LENGTHS);
    }
    let key = sandbox::card_key().ok_or(KEY_ABSENT)?;
    Scheme::Padded
        .sign(key, &command.data)
        .map(Response::ok)
}

impl SoftCard {
    pub(super) fn compute_signature(&mut self, command: &Command) -> Answer {
        let application = self.session.application;
        let is_of_face = matches!(application, Application::Text | Application::Surface);
        if is_of_face && command.p2 == DEFAULT_KEY {
            return challenged(command);
        }
        let has = self.memory.state().variant.schemes;
        let scheme = Scheme::of(command.p1)
            .filter(|scheme| has == Schemes::All || *scheme == Scheme::Padded)
            .ok_or(StatusWord::WRONG_PARAMETERS)?;
        let identifier = self.designated(command.p2)?;
        let File::Key(kind) = self.file(identifier)? else {
            return Err(WRONG_KIND_OF_FILE);
        };
        if !self.may_sign(kind) {
            return Err(StatusWord::SECURITY_STATUS);
        }
        let live = self.memory.state().live.of(kind);
        let credential = live.as_ref().ok_or(KEY_ABSENT)?;
        let key = CardKey::from_pkcs8(credential.key.clone()).map_err(|_| StatusWord::DIAGNOSIS)?;
        let room = match key.is_p384() {
            true => NEXT_SIGNATURE_MOST,
            false => SIGNATURE_LEN,
        };
        if command.data.is_empty() || command.expected.unwrap_or(0) < room {
            return Err(SIGN_LENGTHS);
        }
        match key.is_p384() {
            true => scheme.sign_next(&key, &command.data),
            false => scheme.sign(&key, &command.data),
        }
        .map(Response::ok)
    }

    /// The only key it works with is of the common application and was put there by the manufacturer; here it is not set.
    pub(super) fn internal_authenticate(&mut self, command: &Command) -> Answer {
        match (self.session.application, command.p1, command.p2) {
            (Application::Common, 0x00, 0x99) => Err(KEY_ABSENT),
            _ => Err(StatusWord::CONDITIONS),
        }
    }

    fn may_sign(&self, kind: Kind) -> bool {
        match kind {
            Kind::Authentication => self
                .session
                .has(PinName::Authentication),
            Kind::Signature => {
                self.session.has(PinName::Signature) || !SIGNATURE_NEEDS_PASSWORD.is_on()
            }
        }
    }
}
