//! The agent before a site, an authority and a card that are real, but for the browser, which is played.
#![allow(clippy::unwrap_used, reason = "a test")]

mod cards;
mod documents;
mod entrance;
mod foreign;
mod forms;
mod machine;
mod own_card;
mod own_files;
mod personalisation;
mod pins;
mod sessions;
mod support;
mod threshold;
mod unlisted;
mod ways_back;
