//! The card in a virtual reader, over a real connection: this end speaks as vpcd's driver does (`facts/card.md` §18).

mod driver;
mod faults;
mod serving;
