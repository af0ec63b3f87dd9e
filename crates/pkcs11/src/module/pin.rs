//! Changing a PIN (§5.5.8).

use super::{Module, login::known_pin};
use crate::{
    Fault,
    learned::Fingerprint,
    place::{Remembered, TypedPin},
    token::profile,
};
use cryptoki_sys::CK_SESSION_HANDLE;
use shirushi_card::{Credential, Pin};
use std::sync::Arc;

impl Module {
    /// C_SetPIN: the old PIN is verified and the new one set in one connection. Whoever is logged in stays so.
    ///
    /// # Errors
    /// [`Fault::PinLenRange`], [`Fault::PinInvalid`] (the new one) and [`Fault::PinOfWrongForm`] (the old one) before anything is sent;
    /// those of [`Module::login`]; [`Fault::SessionReadOnly`].
    pub fn set_pin(&self, handle: CK_SESSION_HANDLE, old: &[u8], new: &[u8]) -> Result<(), Fault> {
        let session = self.session_now(handle)?;
        if !session.is_read_write {
            return Err(Fault::SessionReadOnly);
        }
        let credential = session.credential;
        let new = TypedPin {
            fingerprint: Fingerprint::of(new),
            pin: new_pin(credential, new)?,
        };
        let stay = self.stay(&session)?;
        let old = self.typed(&stay, old)?;
        let full = self.with_card(&session.place, session.generation, |card| {
            let (verified, full) = self.verified(card, &session, &stay, &old)?;
            card.change_pin(credential, &verified, &new.pin)?;
            Ok(full)
        })?;
        session
            .place
            .with(session.generation, |inserted| {
                let Some(login) = &mut inserted.token(credential).login else {
                    return;
                };
                login.accepted = new.fingerprint.clone();
                if let Some(remembered) = &mut login.remembered {
                    *remembered = Remembered {
                        pin: Arc::new(new),
                        full,
                    };
                }
            })
    }
}

/// A PIN that is to be set: what is wrong with it is said as closely as the specification lets us.
fn new_pin(credential: Credential, pin: &[u8]) -> Result<Pin, Fault> {
    let (fewest, most) = profile(credential).pin_length;
    if !(fewest..=most).contains(&pin.len()) {
        return Err(Fault::PinLenRange);
    }
    known_pin(credential, pin).map_err(|_| Fault::PinInvalid)
}
