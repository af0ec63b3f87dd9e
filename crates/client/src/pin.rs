//! The three PINs of a card, told apart by name: their tries, and changing them.

use shirushi_apdu::{Transmit, TransmitError};
use shirushi_card::{Card, CardError, Credential, Pin, TextApplication, TextPin, TokenInformation};
use shirushi_rules::{Bilingual, Facts, PIN_FORM, PIN_RIGHT, Refusal};

/// Which PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PinName {
    /// 利用者証明用暗証番号: 4 digits, 3 tries.
    Authentication,
    /// 署名用パスワード: 6–16 characters, 5 tries.
    Signature,
    /// 券面事項入力補助用暗証番号: 4 digits, 3 tries.
    Text,
}

/// A PIN of the right form, for one of the three. Wiped when dropped; `Debug` does not show it.
#[derive(Debug)]
pub struct TypedPin(Typed);

#[derive(Debug)]
enum Typed {
    Key(Pin),
    Text(TextPin),
}

/// A card with the application of one PIN selected.
#[derive(Debug)]
pub struct PinAccess<T: Transmit>(Access<T>);

#[derive(Debug)]
enum Access<T: Transmit> {
    Key(Card<T>, Credential),
    Text(TextApplication<T>),
}

/// The tries left of each PIN.
#[derive(Clone, Debug)]
pub struct PinStatus {
    /// The token information.
    pub token: TokenInformation,
    /// Of each PIN in the order of [`PinName::ALL`]; none where the card has no such PIN.
    pub tries: [Option<u8>; 3],
}

/// Why a PIN was not changed, or not certainly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinChangeError {
    /// The old PIN is set as before.
    #[error(transparent)]
    Unchanged(CardError),
    /// No proper answer came to the command that changes it: the old one is set, or the new one, and only the card knows.
    /// [`find_pin`] asks it.
    #[error("it is not known whether the PIN was changed: {0}")]
    Unknown(CardError),
}

/// Which of two PINs is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetPin {
    /// The new one.
    New,
    /// The old one.
    Old,
    /// Neither: somebody else has changed it, or this is another card.
    Neither {
        /// Tries left.
        tries: u8,
    },
    /// So few tries are left that none was spent on finding out.
    NotAsked {
        /// Tries left.
        tries: u8,
    },
}

impl PinName {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Authentication, Self::Signature, Self::Text];

    /// The PIN of a key.
    #[must_use]
    pub fn of(credential: Credential) -> Self {
        match credential {
            Credential::Authentication => Self::Authentication,
            Credential::Signature => Self::Signature,
        }
    }

    /// The key that it opens; none for the text PIN.
    #[must_use]
    pub fn credential(self) -> Option<Credential> {
        match self {
            Self::Authentication => Some(Credential::Authentication),
            Self::Signature => Some(Credential::Signature),
            Self::Text => None,
        }
    }

    /// Tries of a PIN that has not been entered wrongly.
    #[must_use]
    pub fn most_tries(self) -> u8 {
        self.credential().map_or(
            TextApplication::<&mut dyn Transmit>::MOST_TRIES,
            Credential::most_tries,
        )
    }

    /// Whether small letters typed for it are taken for capitals: for the signature password alone, which has no small ones.
    #[must_use]
    pub fn has_letters(self) -> bool {
        self == Self::Signature
    }
}

impl TypedPin {
    /// A PIN as it was typed.
    ///
    /// # Errors
    /// A [`Refusal`] by `card/pin-form`; no try was spent.
    pub fn new(name: PinName, text: &str) -> Result<Self, Refusal> {
        match name.credential() {
            Some(credential) => Pin::new(credential, text).map(|pin| Self(Typed::Key(pin))),
            None => TextPin::new(text).map(|pin| Self(Typed::Text(pin))),
        }
    }

    /// As the PIN of a key; none for the text PIN.
    #[must_use]
    pub fn key(&self) -> Option<&Pin> {
        match &self.0 {
            Typed::Key(pin) => Some(pin),
            Typed::Text(_) => None,
        }
    }

    /// As the text PIN.
    #[must_use]
    pub fn text(&self) -> Option<&TextPin> {
        match &self.0 {
            Typed::Key(_) => None,
            Typed::Text(pin) => Some(pin),
        }
    }
}

impl<T: Transmit> PinAccess<T> {
    /// Selects the application that has this PIN.
    ///
    /// # Errors
    /// [`CardError`] of a card without it.
    pub fn open(transport: T, name: PinName) -> Result<Self, CardError> {
        Ok(Self(match name.credential() {
            Some(credential) => Access::Key(Card::select(transport)?, credential),
            None => Access::Text(TextApplication::open(transport)?),
        }))
    }

    /// The JPKI application, when it is that which has the PIN.
    pub fn card(&mut self) -> Option<&mut Card<T>> {
        match &mut self.0 {
            Access::Key(card, _) => Some(card),
            Access::Text(_) => None,
        }
    }

    /// The text application, when it is that which has the PIN.
    pub fn text_application(&mut self) -> Option<&mut TextApplication<T>> {
        match &mut self.0 {
            Access::Key(..) => None,
            Access::Text(card) => Some(card),
        }
    }

    /// Tries left, without spending one. 0 when it is blocked.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn tries(&mut self) -> Result<u8, CardError> {
        match &mut self.0 {
            Access::Key(card, credential) => card.tries(*credential),
            Access::Text(card) => card.tries(),
        }
    }

    /// Replaces `old` by `new`.
    ///
    /// # Errors
    /// [`PinChangeError::Unchanged`] for everything that happened before the new one was sent, or that the card itself refused;
    /// [`PinChangeError::Unknown`] for what happened to the sending.
    pub fn change(&mut self, old: &TypedPin, new: &TypedPin) -> Result<(), PinChangeError> {
        let changed = match &mut self.0 {
            Access::Key(card, credential) => {
                let (old, new) = (key(old, *credential), key(new, *credential));
                let (old, new) = (old.map_err(unchanged)?, new.map_err(unchanged)?);
                let verified = card
                    .verify(*credential, old)
                    .map_err(PinChangeError::Unchanged)?;
                card.change_pin(*credential, &verified, new)
            }
            Access::Text(card) => {
                let (old, new) = (text(old), text(new));
                let (old, new) = (old.map_err(unchanged)?, new.map_err(unchanged)?);
                let verified = card
                    .verify(old)
                    .map_err(PinChangeError::Unchanged)?;
                card.change_pin(&verified, new)
            }
        };
        changed.map_err(|error| match error {
            CardError::Refused(_) | CardError::NotVerified { .. } | CardError::TextNotVerified => {
                PinChangeError::Unchanged(error)
            }
            error => PinChangeError::Unknown(error),
        })
    }

    /// Whether `pin` is the one that is set; a wrong one costs a try.
    fn is_set(&mut self, pin: &TypedPin) -> Result<bool, CardError> {
        let verified = match &mut self.0 {
            Access::Key(card, credential) => card
                .verify(*credential, key(pin, *credential)?)
                .map(drop),
            Access::Text(card) => card.verify(text(pin)?).map(drop),
        };
        match verified {
            Ok(()) => Ok(true),
            Err(CardError::Refused(refusal)) if refusal.rule().id == PIN_RIGHT.id => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Selects another application, which clears the PIN state.
    ///
    /// # Errors
    /// [`CardError::Status`] when the card selects none: cut its power then.
    pub fn leave(self) -> Result<T, CardError> {
        match self.0 {
            Access::Key(card, _) => card.leave(),
            Access::Text(card) => card.leave(),
        }
    }
}

/// Finds out which PIN is set after [`PinChangeError::Unknown`]: tries the new one, then the old one, and never makes the last try.
///
/// # Errors
/// [`CardError`] when the card does not answer this time either.
pub fn find_pin<T: Transmit>(
    access: &mut PinAccess<T>,
    old: &TypedPin,
    new: &TypedPin,
) -> Result<SetPin, CardError> {
    for (pin, found) in [(new, SetPin::New), (old, SetPin::Old)] {
        let tries = access.tries()?;
        if tries < 2 {
            return Ok(SetPin::NotAsked { tries });
        }
        if access.is_set(pin)? {
            return Ok(found);
        }
    }
    Ok(SetPin::Neither {
        tries: access.tries()?,
    })
}

/// The tries left of every PIN of a card. Nothing is spent.
///
/// # Errors
/// [`CardError::Transmit`] when the card does not answer, [`CardError::NoJpkiApplication`] for another kind of card.
pub fn pin_status<T: Transmit>(transport: T) -> Result<(PinStatus, T), CardError> {
    let mut card = Card::open(transport)?;
    let token = card.token().clone();
    let mut tries = [None; 3];
    for (name, tries) in PinName::ALL.into_iter().zip(&mut tries) {
        if let Some(credential) = name.credential() {
            *tries = absent_or(card.tries(credential))?;
        }
    }
    let mut transport = card.into_inner();
    let [.., text] = &mut tries;
    *text = absent_or(TextApplication::open(&mut transport).and_then(|mut card| card.tries()))?;
    Ok((PinStatus { token, tries }, transport))
}

/// A PIN that the card does not count is none of its PINs.
fn absent_or(tries: Result<u8, CardError>) -> Result<Option<u8>, CardError> {
    match tries {
        Ok(tries) => Ok(Some(tries)),
        Err(error @ CardError::Transmit(_)) => Err(error),
        Err(_) => Ok(None),
    }
}

fn key(pin: &TypedPin, credential: Credential) -> Result<&Pin, Refusal> {
    pin.key()
        .filter(|pin| pin.credential() == credential)
        .ok_or_else(other_pin)
}

fn text(pin: &TypedPin) -> Result<&TextPin, Refusal> {
    pin.text().ok_or_else(other_pin)
}

/// A PIN is never sent to another PIN's counter.
fn other_pin() -> Refusal {
    PIN_FORM.refusal(
        Facts::new()
            .and("pin", Bilingual::new("暗証番号", "PIN"))
            .and(
                "wanted",
                Bilingual::new("別の暗証番号です", "it is that of something else"),
            ),
    )
}

fn unchanged(refusal: Refusal) -> PinChangeError {
    PinChangeError::Unchanged(refusal.into())
}

impl PinChangeError {
    /// Whether the card was taken out.
    #[must_use]
    pub fn is_card_gone(&self) -> bool {
        let (Self::Unchanged(error) | Self::Unknown(error)) = self;
        matches!(error, CardError::Transmit(TransmitError::CardGone))
    }
}
