//! Slots and tokens (§5.5).

use super::{Module, generation, lock};
use crate::{
    Fault, MechanismInfo, Pss, mechanism_info, mechanisms,
    place::{Generation, Known, Place},
    token::profile,
};
use cryptoki_sys::*;
use shirushi_card::Credential;
use std::sync::Arc;

/// The order in which a place's slots are listed.
const TOKENS: [Credential; 2] = [Credential::Authentication, Credential::Signature];

/// What C_GetSlotInfo says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotInfo {
    /// The reader's name.
    pub description: String,
    /// CKF_…
    pub flags: CK_FLAGS,
}

/// What C_GetTokenInfo says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// The token's label.
    pub label: String,
    /// Who made the card, as the card says.
    pub manufacturer: String,
    /// Its model, as the card says.
    pub model: String,
    /// Its serial number, as the card says.
    pub serial: String,
    /// CKF_…
    pub flags: CK_FLAGS,
    /// Sessions that this process has with it.
    pub sessions: usize,
    /// Those of them that are read/write.
    pub read_write_sessions: usize,
    /// Fewest and most characters of its PIN.
    pub pin_length: (usize, usize),
    /// Version of the card's hardware, major and minor, as the card says.
    pub hardware: (u8, u8),
    /// Version of its software.
    pub firmware: (u8, u8),
}

impl Module {
    /// C_GetSlotList. Readers are looked for when the caller asks how many slots there are; a list of their numbers that follows
    /// is of the same ones.
    #[must_use]
    pub fn slots(&self, is_new_list: bool, with_token: bool) -> Vec<CK_SLOT_ID> {
        self.refresh();
        let slots = {
            let mut listed = lock(&self.listed);
            if is_new_list || listed.is_none() {
                *listed = Some(self.all_slots());
            }
            listed.clone().unwrap_or_default()
        };
        slots
            .into_iter()
            .filter(|slot| !with_token || self.has_token(*slot))
            .collect()
    }

    fn all_slots(&self) -> Vec<CK_SLOT_ID> {
        let places = self.places();
        let connected = places
            .iter()
            .filter(|place| place.is_connected());
        connected
            .flat_map(|place| self.slots_at(place))
            .collect()
    }

    /// The slots of a reader.
    pub(super) fn slots_at(&self, place: &Place) -> Vec<CK_SLOT_ID> {
        TOKENS
            .into_iter()
            .filter(|credential| {
                self.settings
                    .tokens
                    .include(*credential)
            })
            .map(|credential| place.slot(credential))
            .collect()
    }

    fn has_token(&self, slot: CK_SLOT_ID) -> bool {
        self.slot(slot)
            .is_ok_and(|(place, _)| self.has_card_of_ours(&place))
    }

    /// A card that cannot be asked now is taken for one of ours, for what it is will be seen; but not beside one that is: many programs take
    /// the first token, and another program may hold another kind of card all day. One that is mute is nobody's.
    fn has_card_of_ours(&self, place: &Place) -> bool {
        match self.seen(place) {
            Ok((_, known)) => known != Known::Foreign,
            Err(Fault::Mute) => false,
            Err(_) => {
                place.generation().is_some()
                    && !self
                        .places()
                        .iter()
                        .any(|place| matches!(self.seen(place), Ok((_, Known::Jpki(_)))))
            }
        }
    }

    /// C_GetSlotInfo.
    ///
    /// # Errors
    /// [`Fault::SlotIdInvalid`].
    pub fn slot_info(&self, slot: CK_SLOT_ID) -> Result<SlotInfo, Fault> {
        self.refresh();
        let (place, _) = self.slot(slot)?;
        let mut flags = CKF_REMOVABLE_DEVICE;
        if self.settings.card.is_none() {
            flags |= CKF_HW_SLOT;
        }
        if self.has_card_of_ours(&place) {
            flags |= CKF_TOKEN_PRESENT;
        }
        Ok(SlotInfo {
            description: place.name.clone(),
            flags,
        })
    }

    /// C_GetTokenInfo. The tries left are counted on the card, which spends none; for who asks several times within a second, once,
    /// unless a PIN was sent meanwhile.
    ///
    /// # Errors
    /// [`Fault::TokenNotPresent`], [`Fault::TokenNotRecognized`] and those of the card.
    pub fn token_info(&self, slot: CK_SLOT_ID) -> Result<TokenInfo, Fault> {
        self.refresh();
        let (place, credential) = self.slot(slot)?;
        let (generation, card) = self.information(&place)?;
        let profile = profile(credential);
        let tries = self.told_tries(&place, generation, credential)?;
        let (sessions, read_write_sessions) = lock(&self.sessions).count(&place, credential);
        Ok(TokenInfo {
            label: profile.label.to_owned(),
            manufacturer: card.manufacturer,
            model: card.model,
            serial: card.serial,
            flags: CKF_RNG
                | CKF_WRITE_PROTECTED
                | CKF_LOGIN_REQUIRED
                | CKF_TOKEN_INITIALIZED
                | pin_flags(tries, credential.most_tries()),
            sessions,
            read_write_sessions,
            pin_length: profile.pin_length,
            hardware: card.hardware,
            firmware: card.firmware,
        })
    }

    /// The tries left of a token's PIN, for its flags; none where the card does not count them. Before a PIN is sent they are counted anew.
    fn told_tries(
        &self,
        place: &Place,
        generation: Generation,
        credential: Credential,
    ) -> Result<Option<u8>, Fault> {
        let told = place.with(generation, |inserted| {
            inserted
                .token(credential)
                .tries_within(self.count_age)
        })?;
        if told.is_some() {
            return Ok(told);
        }
        // It is kept while the card is held: nobody has sent a PIN between.
        let _ = self.with_card(place, generation, |card| {
            let tries = card.tries(credential)?;
            place.with(generation, |inserted| {
                inserted
                    .token(credential)
                    .counted(tries);
            })
        });
        place.with(generation, |inserted| inserted.token(credential).tries())
    }

    /// C_GetMechanismList: the same for both tokens.
    ///
    /// # Errors
    /// [`Fault::SlotIdInvalid`], [`Fault::TokenNotPresent`].
    pub fn mechanisms(&self, slot: CK_SLOT_ID) -> Result<Vec<CK_MECHANISM_TYPE>, Fault> {
        let place = self.place_with_card(slot)?;
        Ok(mechanisms(self.keys(&place), self.has_pss(&place)))
    }

    /// C_GetMechanismInfo.
    ///
    /// # Errors
    /// As [`Module::mechanisms`], and [`Fault::MechanismInvalid`].
    pub fn mechanism(
        &self,
        slot: CK_SLOT_ID,
        mechanism: CK_MECHANISM_TYPE,
    ) -> Result<MechanismInfo, Fault> {
        let place = self.place_with_card(slot)?;
        mechanism_info(mechanism, self.keys(&place), self.has_pss(&place))
    }

    fn place_with_card(&self, slot: CK_SLOT_ID) -> Result<Arc<Place>, Fault> {
        self.refresh();
        let (place, _) = self.slot(slot)?;
        generation(&place)?;
        Ok(place)
    }

    /// Whether RSA-PSS is offered of the card in a place. The card is not asked whether it has it: to sign is the only question
    /// there is.
    pub(super) fn has_pss(&self, place: &Place) -> bool {
        match self.settings.pss {
            Pss::On => true,
            Pss::Off => false,
            Pss::Auto => match self.known(place) {
                Ok((_, Known::Jpki(card))) => self.learned.may_have_pss(&card),
                _ => true,
            },
        }
    }

    /// Whether there is such a slot, for functions that do nothing with it.
    ///
    /// # Errors
    /// [`Fault::SlotIdInvalid`].
    pub fn require_slot(&self, slot: CK_SLOT_ID) -> Result<(), Fault> {
        self.slot(slot).map(|_| ())
    }

    /// The place and the token of a slot.
    pub(super) fn slot(&self, slot: CK_SLOT_ID) -> Result<(Arc<Place>, Credential), Fault> {
        let places = match self.places() {
            places if places.is_empty() => {
                // Some programs know their slot's number and ask for no list.
                self.refresh();
                self.places()
            }
            places => places,
        };
        for place in places {
            for credential in TOKENS {
                if place.slot(credential) == slot && self.settings.tokens.include(credential) {
                    return Ok((place, credential));
                }
            }
        }
        Err(Fault::SlotIdInvalid)
    }
}

/// What the tries left of the user's PIN mean for the token's flags.
fn pin_flags(tries: Option<u8>, most: u8) -> CK_FLAGS {
    match tries {
        None => 0,
        Some(0) => CKF_USER_PIN_INITIALIZED | CKF_USER_PIN_LOCKED,
        Some(1) => CKF_USER_PIN_INITIALIZED | CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
        Some(tries) if tries < most => CKF_USER_PIN_INITIALIZED | CKF_USER_PIN_COUNT_LOW,
        Some(_) => CKF_USER_PIN_INITIALIZED,
    }
}
