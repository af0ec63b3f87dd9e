//! The examination, from the reader to the network.

use crate::{Report, Surroundings, look, notes::Notes};

/// Looks at everything. Takes a minute at most, when nobody answers.
#[must_use]
pub fn examine(surroundings: &Surroundings) -> Report {
    let mut notes = Notes::default();
    look::card::look(surroundings, &mut notes);
    look::status::look_at_proxies(surroundings, &mut notes);
    look::browsers::look(surroundings, &mut notes);
    look::agent::look(surroundings, &mut notes);
    look::modules::look(surroundings, &mut notes);
    look::machine::look(surroundings, &mut notes);
    look::city::look(surroundings, &mut notes);
    notes.report()
}
