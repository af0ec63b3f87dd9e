//! Everything a card remembers without power.

mod format;
mod holder;

use crate::{
    CardKind, Disk, Manufacture, SoftCardError, Variant, manufacture::is_card_number, pin::Pin,
    pin::PinName, unknowns::TEXT_LIMIT,
};
pub(crate) use holder::Holder;
use serde::{Deserialize, Serialize};
use shirushi_crypto::{Random, Secret};
use shirushi_personalisation::{CardKeys, Kind, Stage, TransactionId};
use std::{collections::BTreeMap, sync::Arc};

/// A card's memory.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) kind: CardKind,
    pub(crate) card_number: String,
    #[serde(with = "format::card_keys")]
    pub(crate) channel_keys: CardKeys,
    pub(crate) variant: Variant,
    pub(crate) holder: Option<Holder>,
    /// The PINs that are set.
    pub(crate) pins: BTreeMap<PinName, Pin>,
    /// What the JPKI application works with.
    pub(crate) live: Both<Option<Credential>>,
    /// What a personalisation has prepared and not yet activated.
    pub(crate) pending: Option<Pending>,
    /// The personalisation activated last.
    pub(crate) completed: Option<TransactionId>,
}

/// The signature's and the authentication's one of something.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Both<T> {
    pub(crate) signature: T,
    pub(crate) authentication: T,
}

impl<T> Both<T> {
    pub(crate) fn of(&self, kind: Kind) -> &T {
        match kind {
            Kind::Signature => &self.signature,
            Kind::Authentication => &self.authentication,
        }
    }

    pub(crate) fn of_mut(&mut self, kind: Kind) -> &mut T {
        match kind {
            Kind::Signature => &mut self.signature,
            Kind::Authentication => &mut self.authentication,
        }
    }
}

/// A key with its certificate and the certificate of the authority that issued it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credential {
    /// PKCS#8.
    #[serde(with = "format::secret")]
    pub(crate) key: Secret,
    #[serde(with = "hex")]
    pub(crate) certificate: Vec<u8>,
    #[serde(with = "hex")]
    pub(crate) authority: Vec<u8>,
}

/// A personalisation under way.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    pub(crate) transaction: TransactionId,
    /// Whether the issuer has closed the making of keys, and the PINs are to be set.
    pub(crate) keys_closed: bool,
    /// What is being made; none for a kind that stays as it is.
    pub(crate) drafts: Both<Option<Draft>>,
}

impl Pending {
    /// The kinds that are being made.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL
            .into_iter()
            .filter(|kind| self.drafts.of(*kind).is_some())
    }

    /// How far it has come.
    pub(crate) fn stage(&self) -> Stage {
        if !self.keys_closed {
            Stage::Idle
        } else if !self.all(|draft| draft.pin.is_some()) {
            Stage::KeysMade
        } else if !self.all(|draft| draft.credential().is_some()) {
            Stage::PinsSet
        } else {
            Stage::CertificatesWritten
        }
    }

    /// Whether `has` holds of all drafts.
    pub(crate) fn all(&self, has: impl Fn(&Draft) -> bool) -> bool {
        self.kinds().all(|kind| {
            self.drafts
                .of(kind)
                .as_ref()
                .is_some_and(&has)
        })
    }
}

/// A credential and its PIN in the making.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    #[serde(with = "format::optional_secret")]
    pub(crate) key: Option<Secret>,
    pub(crate) pin: Option<Pin>,
    pub(crate) certificate: Part,
    pub(crate) authority: Part,
}

impl Draft {
    /// The credential, when nothing of it is missing.
    pub(crate) fn credential(&self) -> Option<Credential> {
        Some(Credential {
            key: self.key.clone()?,
            certificate: self.certificate.whole()?.to_vec(),
            authority: self.authority.whole()?.to_vec(),
        })
    }
}

/// A certificate that arrives in pieces.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// Length it will have, in bytes; zero before the first piece.
    pub(crate) total: usize,
    #[serde(with = "hex")]
    pub(crate) bytes: Vec<u8>,
}

impl Part {
    /// The bytes, when they are all there.
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        (self.total > 0 && self.bytes.len() == self.total).then_some(self.bytes.as_slice())
    }
}

/// The memory of a card and the disk it rests on. What is in memory is never ahead of what is on the disk.
pub(crate) struct Memory {
    disk: Arc<dyn Disk>,
    state: State,
    /// What the disk says, while another card is played.
    made_as: Option<(CardKind, Variant)>,
}

/// The disk did not take the new state; the old one stands.
pub(crate) struct MemoryFailure;

impl Memory {
    /// Makes the memory of a new card.
    pub(crate) fn make(
        disk: Arc<dyn Disk>,
        manufacture: &Manufacture,
        random: &dyn Random,
    ) -> Result<Self, SoftCardError> {
        manufacture.check()?;
        if disk
            .read()
            .map_err(SoftCardError::read)?
            .is_some()
        {
            return Err(SoftCardError::Exists);
        }
        let state = State::new(manufacture, random);
        let bytes = format::encode(&state).map_err(|e| SoftCardError::write(e.into()))?;
        disk.replace(&bytes)
            .map_err(SoftCardError::write)?;
        Ok(Self::with(disk, state))
    }

    /// Reads the memory of a card. What cards of an earlier version lack is made in memory, and is on the disk with the next change.
    pub(crate) fn open(disk: Arc<dyn Disk>, random: &dyn Random) -> Result<Self, SoftCardError> {
        let bytes = disk
            .read()
            .map_err(SoftCardError::read)?
            .ok_or(SoftCardError::Missing)?;
        let mut state = format::decode(&Secret::new(bytes))?;
        state.complete(random);
        Ok(Self::with(disk, state))
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Changes the state: on the disk first.
    pub(crate) fn change(&mut self, edit: impl FnOnce(&mut State)) -> Result<(), MemoryFailure> {
        let mut next = self.state.clone();
        edit(&mut next);
        let played = self
            .made_as
            .clone()
            .map(|(kind, variant)| next.becomes(kind, variant));
        let bytes = format::encode(&next).map_err(|_| MemoryFailure)?;
        if let Some((kind, variant)) = played {
            next.becomes(kind, variant);
        }
        self.disk
            .replace(&bytes)
            .map_err(|_| MemoryFailure)?;
        self.state = next;
        Ok(())
    }

    /// Plays another card than the one that was made; the disk keeps that.
    pub(crate) fn vary(&mut self, kind: CardKind, variant: Variant) {
        let before = self.state.becomes(kind, variant);
        self.made_as.get_or_insert(before);
    }

    /// Makes another card of it, on the disk.
    pub(crate) fn settle(&mut self, kind: CardKind, variant: Variant) -> Result<(), MemoryFailure> {
        let made_as = self.made_as.take();
        let settled = self.change(|state| {
            state.becomes(kind, variant);
        });
        if settled.is_err() {
            self.made_as = made_as;
        }
        settled
    }

    fn with(disk: Arc<dyn Disk>, state: State) -> Self {
        Self {
            disk,
            state,
            made_as: None,
        }
    }
}

impl State {
    /// Whether the values that the card relies on are within their bounds, which the types do not say.
    fn is_sound(&self) -> bool {
        is_card_number(&self.card_number)
            && self.variant.filler <= TEXT_LIMIT
            && self
                .holder
                .as_ref()
                .is_none_or(Holder::is_sound)
    }

    /// Takes kind and variant, and gives those it had.
    fn becomes(&mut self, kind: CardKind, variant: Variant) -> (CardKind, Variant) {
        (
            std::mem::replace(&mut self.kind, kind),
            std::mem::replace(&mut self.variant, variant),
        )
    }

    /// Sets the tries left of a PIN that is set.
    pub(crate) fn set_tries(&mut self, name: PinName, tries: u8) {
        if let Some(pin) = self.pins.get_mut(&name) {
            pin.tries = tries;
        }
    }

    /// What the pending personalisation is making of this kind.
    pub(crate) fn draft_mut(&mut self, kind: Kind) -> Option<&mut Draft> {
        self.pending
            .as_mut()?
            .drafts
            .of_mut(kind)
            .as_mut()
    }

    fn new(manufacture: &Manufacture, random: &dyn Random) -> Self {
        let mut pins = BTreeMap::new();
        if let Some(text) = &manufacture.text {
            let number_b = text.number_b();
            for (name, value) in [
                (PinName::Text, &text.pin),
                (PinName::Common, &text.pin),
                (PinName::BasicRegister, &text.pin),
                (PinName::NumberA, &text.individual_number),
                (PinName::NumberB, &number_b),
                (PinName::FaceA, &text.individual_number),
                (PinName::FaceB, &number_b),
            ] {
                pins.insert(name, Pin::new(name, value.expose(), random));
            }
        }
        Self {
            kind: manufacture.kind,
            card_number: manufacture.card_number.clone(),
            channel_keys: manufacture.keys.clone(),
            variant: manufacture.variant.clone(),
            holder: manufacture
                .text
                .as_ref()
                .map(Holder::new),
            pins,
            live: Both::default(),
            pending: None,
            completed: None,
        }
        .completed(random)
    }

    fn completed(mut self, random: &dyn Random) -> Self {
        self.complete(random);
        self
    }

    /// Sets the references of the surface application that are not set: the values are those of the text application and the holder's
    /// birth date.
    fn complete(&mut self, random: &dyn Random) {
        for (own, name) in [
            (PinName::NumberA, PinName::FaceA),
            (PinName::NumberB, PinName::FaceB),
        ] {
            if !self.pins.contains_key(&name)
                && let Some(pin) = self.pins.get(&own)
            {
                let pin = pin.also_for(name);
                self.pins.insert(name, pin);
            }
        }
        let birth = self
            .holder
            .as_ref()
            .and_then(Holder::birth_in_era);
        if let Some(birth) = birth
            && !self
                .pins
                .contains_key(&PinName::BirthDate)
        {
            let pin = Pin::new(PinName::BirthDate, birth.as_bytes(), random);
            self.pins
                .insert(PinName::BirthDate, pin);
        }
    }
}
