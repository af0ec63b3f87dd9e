//! What only a sandbox has: a card factory, and a desk that is one more process beside the parties and uses nothing but their own doors.
#![forbid(unsafe_code)]

mod clock;
mod desk;
mod factory;
mod passed;

pub use clock::{FakedClock, UnmovedClock};
pub use desk::{DeskConfig, Places, routes};
pub use factory::{Factory, NotMade, card_number};
