//! What only a sandbox has: a card factory, a clock that is moved, changes at anybody's wish, and a desk for them, in two ways. For a city in
//! one process there are [`Sandbox`], which works on its parties, and [`page_routes`] for people. [`routes`] is the desk that is one more
//! process beside the parties and uses nothing but their own doors.
#![forbid(unsafe_code)]

mod clock;
mod desk;
mod factory;
mod near;
mod pages;
mod passed;
mod practice;
mod start;

pub use clock::{FakedClock, UnmovedClock};
pub use desk::{DeskConfig, Places, routes};
pub use factory::{Factory, NotMade, card_number};
pub use near::{Reach, Sandbox};
pub use pages::{PagesConfig, page_routes};
pub use practice::practice_routes;
pub use start::start_routes;
