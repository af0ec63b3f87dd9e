//! One operation with a card: connect, see that it is the card that is meant, do it, leave.

use super::{Module, lock};
use crate::{
    Fault, Keys,
    contents::{Contents, Wanted},
    place::{Generation, Known, Place},
};
use shirushi_card::{Card, CardError, Credential, TokenInformation};
use shirushi_reader::Connection;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a card that another program holds is waited for by who only wants to know whether there is a token.
const BRIEFLY: Duration = Duration::from_secs(1);
/// How long such a card is not asked again for that.
const PAUSE: Duration = Duration::from_secs(5);

impl Module {
    /// Does something with the card of this stay, held against all other programs. No PIN is verified before, and none stays
    /// verified.
    pub(super) fn with_card<T>(
        &self,
        place: &Place,
        generation: Generation,
        work: impl FnOnce(&mut Card<Connection>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let done = self.held(place, generation, None, |connection| {
            let (known, is_selected) = place.with(generation, |inserted| {
                let is_selected = std::mem::take(&mut inserted.is_selected);
                (inserted.known.clone(), is_selected)
            })?;
            let card = match &known {
                Known::Jpki(token) if is_selected => Card::resume(connection, token),
                _ => Card::open(connection),
            };
            let mut card = card?.with_short_identifiers();
            if matches!(&known, Known::Jpki(known) if **known != *card.token()) {
                place.is_another(generation, &self.generations);
                return Err(Fault::DeviceRemoved);
            }
            let done = work(&mut card);
            // Where a PIN was sent, the connection's end cuts the card's power, which is surer than to select another application, and a
            // command less. Otherwise the card stays as it is, for us too.
            let is_selected = !card.may_be_verified();
            // Of a card that has gone meanwhile there is nothing to be noted.
            let _ = place.with(generation, |inserted| inserted.is_selected = is_selected);
            done
        });
        if done
            .as_ref()
            .is_err_and(|fault| *fault == Fault::DeviceRemoved)
        {
            self.refresh();
        }
        done
    }

    fn held<T>(
        &self,
        place: &Place,
        generation: Generation,
        patience: Option<Duration>,
        work: impl FnOnce(Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let _card = lock(&place.card);
        let connection = match patience {
            None => self.source.connect(&place.reader)?,
            Some(patience) => self
                .source
                .connect_within(&place.reader, patience)?,
        };
        // A card that is changed from now on ends the connection. One that was changed before is seen here.
        self.refresh();
        place.with(generation, |_| ())?;
        work(connection)
    }

    /// Whether the card in a place is one of ours; asked of it once.
    pub(super) fn known(&self, place: &Place) -> Result<(Generation, Known), Fault> {
        self.known_within(place, None)
    }

    /// [`Module::known`], for who only wants to know whether there is a token: programs ask that of every reader again and again, and in
    /// one of them a card may lie that another program holds all day, or that does not answer.
    pub(super) fn seen(&self, place: &Place) -> Result<(Generation, Known), Fault> {
        if let Some(fault) = place.unasked_within(PAUSE) {
            return Err(fault);
        }
        let generation = place
            .generation()
            .ok_or(Fault::TokenNotPresent)?;
        let seen = self.known_within(place, Some(BRIEFLY));
        if let Err(fault @ (Fault::Busy | Fault::Mute)) = seen {
            // Of another card that has come meanwhile there is nothing to be noted.
            let _ = place.with(generation, |inserted| {
                inserted.unasked = Some((Instant::now(), fault));
            });
        }
        seen
    }

    fn known_within(
        &self,
        place: &Place,
        patience: Option<Duration>,
    ) -> Result<(Generation, Known), Fault> {
        let (generation, known) = place
            .known()
            .ok_or(Fault::TokenNotPresent)?;
        if known != Known::Nothing {
            return Ok((generation, known));
        }
        let known = self.held(place, generation, patience, |connection| {
            let (known, counts) = match Card::open(connection) {
                Ok(card) => {
                    let token = Box::new(card.token().clone());
                    // No PIN is sent: its application stays selected.
                    let counts = self.counts(&mut card.with_short_identifiers());
                    (Known::Jpki(token), counts)
                }
                Err(CardError::NoJpkiApplication { .. }) => (Known::Foreign, Vec::new()),
                Err(error) => return Err(error.into()),
            };
            // While the card is held: nobody has sent a PIN since they were counted.
            place.with(generation, |inserted| {
                inserted.known = known.clone();
                inserted.is_selected = matches!(known, Known::Jpki(_));
                for (credential, tries) in counts {
                    inserted
                        .token(credential)
                        .counted(tries);
                }
            })?;
            Ok(known)
        })?;
        Ok((generation, known))
    }

    /// The tries left of the tokens there are: who looks at a card asks for them next.
    fn counts(&self, card: &mut Card<Connection>) -> Vec<(Credential, u8)> {
        Credential::ALL
            .into_iter()
            .filter(|credential| {
                self.settings
                    .tokens
                    .include(*credential)
            })
            .filter_map(|credential| {
                let tries = card.tries(credential).ok()?;
                Some((credential, tries))
            })
            .collect()
    }

    /// What the token says about itself.
    pub(super) fn information(
        &self,
        place: &Place,
    ) -> Result<(Generation, Box<TokenInformation>), Fault> {
        match self.known(place)? {
            (generation, Known::Jpki(information)) => Ok((generation, information)),
            _ => Err(Fault::TokenNotRecognized),
        }
    }

    /// What is wanted of a token's certificates, as far as it can be read; read once.
    pub(super) fn contents(
        &self,
        place: &Place,
        generation: Generation,
        credential: Credential,
        wanted: Wanted,
    ) -> Result<Arc<Contents>, Fault> {
        let kept = kept(place, generation, credential)?;
        if let Some(contents) = kept
            .as_ref()
            .filter(|contents| contents.has(wanted))
        {
            return Ok(Arc::clone(contents));
        }
        let read = self.with_card(place, generation, |card| {
            let mut contents = match kept {
                Some(contents) => Contents::clone(&contents),
                None => Contents::read(card, credential, wanted)?,
            };
            contents.read_more(card, credential, wanted)?;
            Ok(contents)
        })?;
        self.keep(place, generation, credential, read)
    }

    /// What a card's keys are: as a certificate says that has been read, or else the one that is free to read.
    pub(super) fn keys(&self, place: &Place) -> Keys {
        let Ok((generation, Known::Jpki(_))) = self.known(place) else {
            return Keys::Rsa;
        };
        let known = Credential::ALL
            .into_iter()
            .find_map(|credential| {
                kept(place, generation, credential)
                    .ok()??
                    .keys()
            });
        let read = || {
            let wanted = Wanted::default();
            self.contents(place, generation, Credential::Authentication, wanted)
                .ok()?
                .keys()
        };
        known.or_else(read).unwrap_or(Keys::Rsa)
    }

    /// Keeps what was read, unless more was read meanwhile.
    fn keep(
        &self,
        place: &Place,
        generation: Generation,
        credential: Credential,
        read: Contents,
    ) -> Result<Arc<Contents>, Fault> {
        place.with(generation, |inserted| {
            let token = inserted.token(credential);
            let kept = token.contents.take();
            let contents = match kept {
                Some(kept) => Arc::new(kept.with(read)),
                None => Arc::new(read),
            };
            Arc::clone(token.contents.insert(contents))
        })
    }
}

/// What was read of a token of this card, if anything was.
fn kept(
    place: &Place,
    generation: Generation,
    credential: Credential,
) -> Result<Option<Arc<Contents>>, Fault> {
    place.with(generation, |inserted| {
        inserted
            .token(credential)
            .contents
            .clone()
    })
}
