//! Signing (§5.11).

use super::{Module, Produced};
use crate::{
    Chosen, Fault,
    gather::Gather,
    object::Kind,
    place::{Given, Remembered},
    session::{Session, SignOperation},
    token::profile,
};
use cryptoki_sys::*;

impl Module {
    /// C_SignInit. What the card cannot do is refused here, before a program relies on it.
    ///
    /// # Errors
    /// [`Fault::OperationActive`], [`Fault::MechanismInvalid`], [`Fault::MechanismParamInvalid`], [`Fault::KeyHandleInvalid`],
    /// [`Fault::KeyFunctionNotPermitted`].
    pub fn sign_init(
        &self,
        handle: CK_SESSION_HANDLE,
        mechanism: Chosen,
        key: CK_OBJECT_HANDLE,
    ) -> Result<(), Fault> {
        let session = self.session_now(handle)?;
        let mut work = session.work();
        if work.sign.is_some() {
            return Err(Fault::OperationActive);
        }
        let scheme = mechanism.scheme(self.has_pss(&session.place))?;
        let (kind, contents) = self
            .object(&session, key)
            .map_err(key_fault)?;
        if kind != Kind::PrivateKey {
            return Err(Fault::KeyFunctionNotPermitted);
        }
        let length = contents
            .signature_len()
            .ok_or(Fault::KeyTypeInconsistent)?;
        if contents.keys() != Some(scheme.keys()) {
            return Err(Fault::MechanismInvalid);
        }
        work.sign = Some(SignOperation {
            gather: Gather::new(scheme),
            is_multipart: false,
            length,
            given: None,
        });
        Ok(())
    }

    /// C_Sign; `room` is the length of the caller's buffer, none when it asks for the signature's length.
    ///
    /// # Errors
    /// [`Fault::BufferTooSmall`], which ends nothing; every other ends the operation: [`Fault::DataLenRange`], [`Fault::UserNotLoggedIn`]
    /// and those of the card.
    pub fn sign(
        &self,
        handle: CK_SESSION_HANDLE,
        data: &[u8],
        room: Option<usize>,
    ) -> Result<Produced, Fault> {
        let session = self.session(handle)?;
        let mut work = session.work();
        let mut operation = work
            .sign
            .take()
            .ok_or(Fault::OperationNotInitialized)?;
        if operation.is_multipart {
            return Err(Fault::OperationActive);
        }
        match answer_first(operation.length, room) {
            Some(answer) => {
                work.sign = Some(operation);
                answer
            }
            None => {
                operation.gather.update(data)?;
                self.signature(&session, operation)
            }
        }
    }

    /// C_SignUpdate.
    ///
    /// # Errors
    /// [`Fault::OperationNotInitialized`], [`Fault::DataLenRange`], which ends the operation.
    pub fn sign_update(&self, handle: CK_SESSION_HANDLE, piece: &[u8]) -> Result<(), Fault> {
        let session = self.session(handle)?;
        let mut work = session.work();
        let mut operation = work
            .sign
            .take()
            .ok_or(Fault::OperationNotInitialized)?;
        operation.gather.update(piece)?;
        operation.is_multipart = true;
        work.sign = Some(operation);
        Ok(())
    }

    /// C_SignFinal.
    ///
    /// # Errors
    /// As [`Module::sign`].
    pub fn sign_final(
        &self,
        handle: CK_SESSION_HANDLE,
        room: Option<usize>,
    ) -> Result<Produced, Fault> {
        let session = self.session(handle)?;
        let mut work = session.work();
        let operation = work
            .sign
            .take()
            .ok_or(Fault::OperationNotInitialized)?;
        match answer_first(operation.length, room) {
            Some(answer) => {
                work.sign = Some(operation);
                answer
            }
            None => self.signature(&session, operation),
        }
    }

    /// The card verifies the PIN and signs, in one connection.
    fn signature(&self, session: &Session, operation: SignOperation) -> Result<Produced, Fault> {
        let credential = session.credential;
        let signed = operation.gather.finish()?;
        if !session.is_logged_in()? {
            return Err(Fault::UserNotLoggedIn);
        }
        let pin = match operation.given {
            Some(given) => given,
            None => self
                .remembered(session)?
                .map(|Remembered { pin, full }| Given {
                    pin,
                    full: Some(full),
                })
                .ok_or(Fault::UserNotLoggedIn)?,
        };
        let stay = self.stay(session)?;
        let signature = self.with_card(&session.place, session.generation, |card| {
            let verified = match pin.full {
                None => {
                    self.verified(card, session, &stay, &pin.pin)?
                        .0
                }
                // Fewer than the card counted when it accepted this PIN: somebody has tried a wrong one since, and it may be
                // this one that is wrong now.
                Some(full) => {
                    let tries = card.tries(credential)?;
                    if tries < full || full < 2 {
                        return Err(Fault::UserNotLoggedIn);
                    }
                    self.verified_once(card, session, &stay, &pin.pin, tries)?
                }
            };
            signed.sign(card, credential, &verified)
        });
        let signature = match signature {
            Ok(signature) => {
                let contents = self.contents_of(session)?;
                let is_right = contents
                    .public_key()
                    .is_some_and(|key| signed.is_signed_by(key, &signature));
                // Nothing that the certificate's key did not sign is given out.
                match is_right {
                    true => Ok(Produced::Bytes(signature)),
                    false => Err(signed.fault()),
                }
            }
            Err(
                Fault::UserNotLoggedIn
                | Fault::PinIncorrect
                | Fault::PinLocked
                | Fault::LastTry
                | Fault::PinRefusedBefore,
            ) => {
                self.forget_login(session);
                Err(Fault::UserNotLoggedIn)
            }
            Err(fault) => Err(fault),
        };
        if matches!(signature, Err(Fault::PssRefused))
            && let Ok((_, card)) = self.information(&session.place)
        {
            self.learned.has_no_pss(&card);
        }
        signature
    }

    /// The PIN of the login. Where each signature takes its own, it is good for one, whatever becomes of that.
    fn remembered(&self, session: &Session) -> Result<Option<Remembered>, Fault> {
        let credential = session.credential;
        session
            .place
            .with(session.generation, |inserted| {
                let login = inserted
                    .token(credential)
                    .login
                    .as_mut()?;
                match profile(credential).is_always_authenticated {
                    true => login.remembered.take(),
                    false => login.remembered.clone(),
                }
            })
    }
}

/// An object that is not there is a key that is not there.
pub(super) fn key_fault(fault: Fault) -> Fault {
    match fault {
        Fault::ObjectHandleInvalid => Fault::KeyHandleInvalid,
        fault => fault,
    }
}

/// What is said before anything is done: how long the result is, or that the buffer is too short for it.
pub(super) fn answer_first(length: usize, room: Option<usize>) -> Option<Result<Produced, Fault>> {
    match room {
        None => Some(Ok(Produced::Length(length))),
        Some(room) if room < length => Some(Err(Fault::BufferTooSmall { needed: length })),
        Some(_) => None,
    }
}
