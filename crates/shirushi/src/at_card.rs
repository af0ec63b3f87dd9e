//! What is done on a card with a PIN: the tries told, the PIN asked for, and then one connection from its verification to the end.

use crate::{
    arguments::{PinOptions, WhichCard},
    attended::{AtCard, say},
    failure::Failure,
    language::Language,
    pin_entry::PinEntry,
    readers::connect,
    told::{code, of_card, of_client, told},
};
use shirushi_card::{Card, CardError};
use shirushi_client::{PinAccess, PinName, TypedPin, certificate_before_pin};
use shirushi_profile::Certificate;
use shirushi_reader::{CardSource, Connection};
use std::sync::Arc;

/// Where, and with which PIN.
pub(crate) struct WithPin {
    pub(crate) source: Arc<dyn CardSource>,
    pub(crate) which: WhichCard,
    pub(crate) options: PinOptions,
    pub(crate) name: PinName,
    pub(crate) language: Language,
}

impl WithPin {
    /// Does `work`, and leaves the card with nothing verified.
    ///
    /// While a person types, the card is free for others; when it is another one afterwards, or its tries have changed, nothing is sent.
    /// Where nobody types, one connection serves for all, without a command that is not needed.
    ///
    /// # Errors
    /// [`Failure::Told`].
    pub(crate) fn run<T>(
        &self,
        work: impl FnOnce(&mut PinAccess<Connection>, &TypedPin) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.run_after(|_| Ok(()), |access, pin, ()| work(access, pin))
    }

    /// [`WithPin::run`], with a look at the card before the PIN is asked for: what is wrong with it then costs nobody a PIN.
    ///
    /// # Errors
    /// [`Failure::Told`].
    pub(crate) fn run_after<P, T>(
        &self,
        before: impl FnOnce(&mut PinAccess<Connection>) -> Result<P, Failure>,
        work: impl FnOnce(&mut PinAccess<Connection>, &TypedPin, P) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let before = |access: &mut _| {
            let _busy = AtCard::begin();
            before(access)
        };
        let mut entry = PinEntry::open(&self.options, self.language)?;
        if !entry.asks_a_person() {
            let mut access = self.reach(|connection| PinAccess::open(connection, self.name))?;
            let seen = before(&mut access)?;
            entry.tell_tries(self.name, self.tries(&mut access)?)?;
            let pin = entry.pin(self.name)?;
            return self.finish(access, &pin, |access, pin| work(access, pin, seen));
        }
        let (mut access, serial) = self.reach(|connection| open(connection, self.name))?;
        let seen = before(&mut access)?;
        let tries = self.tries(&mut access)?;
        drop(access);
        entry.tell_tries(self.name, tries)?;
        let pin = entry.pin(self.name)?;
        let (mut access, now) = self.reach(|connection| open(connection, self.name))?;
        if now != serial || self.tries(&mut access)? != tries {
            return Err(another(self.language));
        }
        self.finish(access, &pin, |access, pin| work(access, pin, seen))
    }

    /// The certificate with which is to be signed, where the card gives it out before the PIN is there.
    ///
    /// # Errors
    /// [`Failure::Told`] when it is one of the other kind.
    pub(crate) fn certificate_before_pin(
        &self,
        access: &mut PinAccess<Connection>,
    ) -> Result<Option<Certificate>, Failure> {
        let (Some(card), Some(credential)) = (access.card(), self.name.credential()) else {
            return Ok(None);
        };
        let certificate = certificate_before_pin(card, credential)
            .map_err(|error| of_client(&error, self.language))?;
        if let Some(certificate) = &certificate {
            say_if_unlisted(certificate, self.language);
        }
        Ok(certificate)
    }

    fn reach<T>(
        &self,
        open: impl FnOnce(Connection) -> Result<T, CardError>,
    ) -> Result<T, Failure> {
        let connection = connect(&*self.source, &self.which, self.language)?;
        let _busy = AtCard::begin();
        open(connection).map_err(|error| of_card(&error, self.language))
    }

    fn tries(&self, access: &mut PinAccess<Connection>) -> Result<u8, Failure> {
        let _busy = AtCard::begin();
        access
            .tries()
            .map_err(|error| of_card(&error, self.language))
    }

    fn finish<T>(
        &self,
        mut access: PinAccess<Connection>,
        pin: &TypedPin,
        work: impl FnOnce(&mut PinAccess<Connection>, &TypedPin) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _busy = AtCard::begin();
        let done = work(&mut access, pin);
        // A card that is gone has lost its power, and what was verified with it; of any other it is said.
        let left = access.leave();
        let done = done?;
        if let Err(error) = left {
            say(&format!(
                "{} ({error})",
                self.language.pick(
                    "カードの照合状態を消せませんでした。カードを抜いてください。",
                    "The card could not be left as it should: take it out.",
                )
            ));
        }
        Ok(done)
    }
}

/// Tells that nobody knows the policy of a certificate, where that is so.
pub(crate) fn say_if_unlisted(certificate: &Certificate, language: Language) {
    if certificate.kind().is_none() {
        say(language.pick(
            "注意: この電子証明書のポリシーは、知られているもの（マイナンバーカードのもの）ではありません。スマートフォンや新しいカードのものかもしれません。続けますが、受け取る側に断られることがあります。",
            "Note: the policy of this certificate is none that is known (a My Number Card's). It may be a telephone's or a newer card's. This goes on; whoever receives it may refuse.",
        ));
    }
}

/// Selects the application that has the PIN; the token's number tells the card from others.
///
/// # Errors
/// [`CardError`].
pub(crate) fn open(
    connection: Connection,
    name: PinName,
) -> Result<(PinAccess<Connection>, String), CardError> {
    let card = Card::open(connection)?;
    let serial = card.token().serial.clone();
    Ok((PinAccess::open(card.into_inner(), name)?, serial))
}

/// Nothing is sent to a card that was not shown.
pub(crate) fn another(language: Language) -> Failure {
    told(
        code::FAILED,
        language,
        "入力の間に、カードが取り替えられたか、残りの回数が変わりました。カードには何も送っていません。\n  もう一度実行してください。",
        "While you typed, the card was exchanged or its tries have changed. Nothing was sent to it.\n  Run this again.",
    )
}

/// What cannot be: the access is to another application than its PIN's.
pub(crate) fn wrong_application(language: Language) -> Failure {
    told(
        code::FAILED,
        language,
        "このプログラムの内部で障害が起きました。",
        "A fault happened inside this program.",
    )
}
