//! The story of Shirushi in one run: from the resident register to an accepted filing, through every refusal on the way
//! (DESIGN.md §2). It speaks to a city as anybody would, over HTTP, and to cards in APDUs; it knows nothing of how the city is
//! built, and brings its own invented people, so it can be told again against the same city.
#![forbid(unsafe_code)]

mod acts;
mod city;
mod desk;
mod failure;
mod people;
mod ready;
mod relying;
mod step;
mod teller;

pub use failure::Failure;
pub use ready::{OrderedCard, READY_PASSWORD, READY_PIN, make_ready, order_card};
pub use step::{Kind, Step};
pub use teller::{Artefacts, Listener, Story, TourError, tell};
