//! What fuzzing holds of an input: for each target one function, called by libFuzzer (`fuzz/fuzz_targets`) and by the replay of the
//! corpora among this crate's tests. Each panics when what it holds does not hold.
#![forbid(unsafe_code)]
#![allow(
    clippy::missing_panics_doc,
    reason = "to panic is how a check says that something is wrong"
)]

pub mod card_answers;
pub mod card_file;
pub mod card_session;
pub mod certificate;
pub mod checkpoint;
pub mod city;
pub mod command;
pub mod filing;
pub mod list;
pub mod message;
pub mod residents;
pub mod signature;
pub mod status_request;
pub mod status_response;
pub mod tlv;
