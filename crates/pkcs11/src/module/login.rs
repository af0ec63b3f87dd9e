//! Log-in and logout (§5.6.8, §5.6.9).

use super::Module;
use crate::{
    Fault, LastTry, SignatureLogin,
    contents::Contents,
    place::{Login, Remembered},
    session::Session,
    token::profile,
};
use cryptoki_sys::*;
use shirushi_card::{Card, CardError, Credential, Pin, PinVerified};
use shirushi_reader::Connection;
use std::sync::Arc;

/// Who logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// CKU_USER: to see and use what is private, until logout.
    Normal,
    /// CKU_CONTEXT_SPECIFIC: for the one operation that is active in the session.
    ContextSpecific,
}

impl User {
    /// The user of this number. There is no security officer: nothing on the card is theirs.
    ///
    /// # Errors
    /// [`Fault::UserTypeInvalid`].
    pub fn from_number(number: CK_USER_TYPE) -> Result<Self, Fault> {
        match number {
            CKU_USER => Ok(Self::Normal),
            CKU_CONTEXT_SPECIFIC => Ok(Self::ContextSpecific),
            _ => Err(Fault::UserTypeInvalid),
        }
    }
}

impl Module {
    /// C_Login: the PIN is verified on the card, which is left at once. That of the authentication token is remembered; the
    /// signature password is not, but its certificate is read while it is verified.
    ///
    /// # Errors
    /// [`Fault::PinOfWrongForm`] before anything is sent, [`Fault::LastTry`] and [`Fault::PinLocked`] before a try is spent,
    /// [`Fault::PinIncorrect`], [`Fault::UserAlreadyLoggedIn`], [`Fault::OperationNotInitialized`] for a context without an operation.
    pub fn login(&self, handle: CK_SESSION_HANDLE, user: User, pin: &[u8]) -> Result<(), Fault> {
        let session = self.session_now(handle)?;
        match user {
            User::Normal => self.login_user(&session, pin),
            User::ContextSpecific => self.login_for_operation(&session, pin),
        }
    }

    fn login_user(&self, session: &Session, pin: &[u8]) -> Result<(), Fault> {
        if session.is_logged_in()? {
            return Err(Fault::UserAlreadyLoggedIn);
        }
        let credential = session.credential;
        let pin = Arc::new(known_pin(credential, pin)?);
        let contents = self.contents_of(session)?;
        let (full, contents) = self.with_card(&session.place, session.generation, |card| {
            let verified = self.verified(card, session, &pin)?;
            // Of what a login is for, the certificate comes with the password.
            let mut contents = Contents::clone(&contents);
            contents.read_rest(card, &verified)?;
            Ok((card.tries(credential)?, contents))
        })?;
        let remembered = Remembered { pin, full };
        let is_remembered = !profile(credential).is_always_authenticated
            || self.settings.signature_login == SignatureLogin::SignOnce;
        session
            .place
            .with(session.generation, |inserted| {
                let token = inserted.token(credential);
                token.contents = Some(Arc::new(contents));
                token.tries = Some(full);
                token.login = Some(Login {
                    remembered: is_remembered.then_some(remembered),
                });
            })
    }

    /// The PIN is good for the operation that waits for it, and wiped with it.
    fn login_for_operation(&self, session: &Session, pin: &[u8]) -> Result<(), Fault> {
        let mut work = session.work();
        let Some(operation) = &mut work.sign else {
            return Err(Fault::OperationNotInitialized);
        };
        let credential = session.credential;
        let pin = Arc::new(known_pin(credential, pin)?);
        let verified = self.with_card(&session.place, session.generation, |card| {
            self.verified(card, session, &pin)?;
            Ok(card.tries(credential)?)
        });
        match verified {
            Ok(full) => {
                operation.given = Some(Remembered { pin, full });
                Ok(())
            }
            Err(fault @ (Fault::PinLocked | Fault::LastTry)) => {
                // Nothing can become of the operation, nor of others.
                work.sign = None;
                drop(work);
                self.forget_login(session);
                Err(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    /// C_Logout: the PIN is wiped, and what is private is out of sight in all sessions with the token.
    ///
    /// # Errors
    /// [`Fault::UserNotLoggedIn`], [`Fault::SessionHandleInvalid`].
    pub fn logout(&self, handle: CK_SESSION_HANDLE) -> Result<(), Fault> {
        let session = self.session(handle)?;
        if !session.log_out()? {
            return Err(Fault::UserNotLoggedIn);
        }
        self.forget_login(&session);
        Ok(())
    }

    /// Verifies a PIN that a person has just given. The last try is not theirs to lose by a slip.
    pub(super) fn verified(
        &self,
        card: &mut Card<Connection>,
        session: &Session,
        pin: &Pin,
    ) -> Result<PinVerified, Fault> {
        let tries = card
            .tries(session.credential)
            .map_err(|error| match error {
                // A child's card has no signature password.
                CardError::Status { .. } => Fault::UserPinNotInitialized,
                error => error.into(),
            })?;
        match tries {
            0 => Err(Fault::PinLocked),
            1 if self.settings.last_try == LastTry::Refused => Err(Fault::LastTry),
            _ => Ok(card.verify(session.credential, pin)?),
        }
    }
}

/// A PIN as a program gives it. Small letters are not folded: whoever types them learns so without losing a try.
pub(super) fn known_pin(credential: Credential, pin: &[u8]) -> Result<Pin, Fault> {
    let text = std::str::from_utf8(pin).map_err(|_| Fault::PinOfWrongForm)?;
    Pin::new(credential, text).map_err(|_| Fault::PinOfWrongForm)
}
