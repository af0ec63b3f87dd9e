//! The municipal counter (市区町村の窓口).

use crate::{
    Endpoint, Operation,
    responder::{RECORDS_AFTER, Remember, Remembered},
};

/// Largest message of the authority, in bytes: a thousand records are told at once, of some three hundred each.
const LARGEST: usize = 4 * 1024 * 1024;

/// The authority has remembered what has ended, as at the responder.
pub static REMEMBER: Remember = Endpoint::post(
    "/counter/remembered",
    "Remembers certificates that have ended (失効), as the third who does; durable when it is answered.",
    LARGEST,
)
.for_roles(&["authority"])
.answering(204);

/// What is remembered.
pub static REMEMBERED: Remembered = Endpoint::get(
    "/counter/remembered",
    "What is remembered: some thousand in the order of their serial numbers; none when there are no more.",
)
.for_roles(&["authority"])
.with(RECORDS_AFTER);

/// What is defined here so far.
pub static OPERATIONS: &[&dyn Operation] = &[&REMEMBER, &REMEMBERED];
