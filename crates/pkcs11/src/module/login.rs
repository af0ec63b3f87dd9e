//! Log-in and logout (§5.6.8, §5.6.9).

use super::Module;
use crate::{
    Fault, LastTry, SignatureLogin,
    contents::{Contents, Wanted},
    learned::{Fingerprint, Stay},
    place::{Given, Known, Login, Remembered, TypedPin},
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
    /// [`Fault::PinIncorrect`], [`Fault::PinRefusedBefore`], [`Fault::UserAlreadyLoggedIn`], [`Fault::OperationNotInitialized`] for a context
    /// without an operation.
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
        let stay = self.stay(session)?;
        let pin = Arc::new(self.typed(&stay, pin)?);
        let kept = session
            .place
            .with(session.generation, |inserted| {
                inserted
                    .token(credential)
                    .contents
                    .clone()
            })?;
        let (full, contents) = self.with_card(&session.place, session.generation, |card| {
            let mut contents = match kept {
                Some(contents) => Contents::clone(&contents),
                None => Contents::read(card, credential, Wanted::default())?,
            };
            let (verified, full) = self.verified(card, session, &stay, &pin)?;
            // Of what a login is for, the certificate comes with the password.
            contents.read_rest(card, &verified)?;
            Ok((full, contents))
        })?;
        let accepted = pin.fingerprint.clone();
        let remembered = Remembered { pin, full };
        let is_remembered = !profile(credential).is_always_authenticated
            || self.settings.signature_login == SignatureLogin::SignOnce;
        session
            .place
            .with(session.generation, |inserted| {
                let token = inserted.token(credential);
                token.contents = Some(Arc::new(contents));
                token.login = Some(Login {
                    remembered: is_remembered.then_some(remembered),
                    accepted,
                    full,
                });
            })
    }

    /// The PIN is good for the operation that waits for it, and wiped with it.
    fn login_for_operation(&self, session: &Session, pin: &[u8]) -> Result<(), Fault> {
        let mut work = session.work();
        let Some(operation) = &mut work.sign else {
            return Err(Fault::OperationNotInitialized);
        };
        let stay = self.stay(session)?;
        let pin = Arc::new(self.typed(&stay, pin)?);
        if session.has_accepted(&pin.fingerprint)? {
            // The card verifies it with the signature. To have it verified twice would be the longer half of a signature.
            operation.given = Some(Given { pin, full: None });
            return Ok(());
        }
        let verified = self.with_card(&session.place, session.generation, |card| {
            let (_, full) = self.verified(card, session, &stay, &pin)?;
            Ok(full)
        });
        match verified {
            Ok(full) => {
                operation.given = Some(Given {
                    pin,
                    full: Some(full),
                });
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

    /// The token of a session, as [`Learned`](crate::Learned) names it.
    pub(super) fn stay(&self, session: &Session) -> Result<Stay, Fault> {
        let (changes, known) = session
            .place
            .with(session.generation, |inserted| {
                (inserted.changes, inserted.known.clone())
            })?;
        match known {
            Known::Jpki(card) => Ok(Stay {
                reader: session.place.reader.clone(),
                changes,
                card: *card,
                credential: session.credential,
            }),
            _ => Err(Fault::TokenNotRecognized),
        }
    }

    /// A PIN as a program gives it. One that cannot be right is told so once; a program that answers with the same again would do so
    /// for ever.
    pub(super) fn typed(&self, stay: &Stay, given: &[u8]) -> Result<TypedPin, Fault> {
        let fingerprint = Fingerprint::of(given);
        match known_pin(stay.credential, given) {
            Ok(pin) => Ok(TypedPin { pin, fingerprint }),
            Err(_)
                if self
                    .learned
                    .is_ill_formed_again(stay, fingerprint) =>
            {
                Err(Fault::PinRefusedBefore)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Verifies a PIN that a program has just given. The last try is not its to lose by a slip, and none is spent on what the card has
    /// refused already. With the proof comes the number of tries that the card counts now.
    pub(super) fn verified(
        &self,
        card: &mut Card<Connection>,
        session: &Session,
        stay: &Stay,
        pin: &TypedPin,
    ) -> Result<(PinVerified, u8), Fault> {
        let tries = card
            .tries(stay.credential)
            .map_err(|error| match error {
                // A child's card has no signature password.
                CardError::Status { .. } | CardError::NoCertificate { .. } => {
                    Fault::UserPinNotInitialized
                }
                error => error.into(),
            })?;
        // What a program asks for next, to tell its user, is how many there are.
        session.counted(tries)?;
        match tries {
            0 => Err(Fault::PinLocked),
            1 if self.settings.last_try == LastTry::Refused => Err(Fault::LastTry),
            tries => {
                let verified = self.verified_once(card, session, stay, pin, tries)?;
                // The right one gives all tries back. Where none was missing there is nothing to be asked.
                let full = match tries < stay.credential.most_tries() {
                    true => card.tries(stay.credential)?,
                    false => tries,
                };
                session.counted(full)?;
                Ok((verified, full))
            }
        }
    }

    /// Sends a PIN, unless the card has refused it, and learns what comes of it. `tries` were counted just before; whoever wants to know them
    /// after it, whatever came of it, counts anew.
    pub(super) fn verified_once(
        &self,
        card: &mut Card<Connection>,
        session: &Session,
        stay: &Stay,
        pin: &TypedPin,
        tries: u8,
    ) -> Result<PinVerified, Fault> {
        if self
            .learned
            .was_refused(stay, &pin.fingerprint, tries)
        {
            return Err(Fault::PinRefusedBefore);
        }
        session.is_to_be_counted()?;
        let verified = card
            .verify(stay.credential, &pin.pin)
            .map_err(Fault::from);
        match verified {
            Ok(_) => self.learned.accepted(stay),
            Err(Fault::PinIncorrect | Fault::PinLocked) => {
                self.learned
                    .refused(stay, pin.fingerprint.clone(), tries.saturating_sub(1));
            }
            Err(_) => (),
        }
        verified
    }
}

/// A PIN as the card knows it.
pub(super) fn known_pin(credential: Credential, pin: &[u8]) -> Result<Pin, Fault> {
    let text = std::str::from_utf8(pin).map_err(|_| Fault::PinOfWrongForm)?;
    Pin::new(credential, text).map_err(|_| Fault::PinOfWrongForm)
}
