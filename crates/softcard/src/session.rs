//! What a card remembers as long as it has power (`facts/card.md` §11).

use crate::{files::Application, pin::PinName, state::State};
use std::collections::BTreeSet;

/// The volatile half of a card.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) application: Application,
    /// Identifier of the current EF of the application.
    pub(crate) current: Option<u16>,
    /// PINs of the application that were verified.
    verified: BTreeSet<PinName>,
    /// Whether the next command is the victim of [`crate::Variant::first_command_6f00`].
    swallow: bool,
}

impl Session {
    /// A session as power-on begins it.
    pub(crate) fn start(state: &State) -> Self {
        Self {
            application: Application::Issuer,
            current: None,
            verified: BTreeSet::new(),
            swallow: state.variant.first_command_6f00,
        }
    }

    /// Makes `application` the selected one. The one that was selected already keeps what was verified unless the card is of
    /// the other kind: that was measured, though OpenSC from 0.24 takes it for a logout.
    pub(crate) fn enter(&mut self, application: Application, state: &State) {
        if application != self.application || state.variant.reselect_clears {
            self.verified.clear();
        }
        self.application = application;
        self.current = None;
    }

    pub(crate) fn has(&self, pin: PinName) -> bool {
        self.verified.contains(&pin)
    }

    pub(crate) fn grant(&mut self, pin: PinName) {
        self.verified.insert(pin);
    }

    pub(crate) fn withdraw(&mut self, pin: PinName) {
        self.verified.remove(&pin);
    }

    /// Whether this command is swallowed; the next is not.
    pub(crate) fn swallows(&mut self) -> bool {
        std::mem::take(&mut self.swallow)
    }
}
