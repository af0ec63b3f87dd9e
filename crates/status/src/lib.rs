//! How the status of a certificate (有効性確認) is asked for: OCSP first, then a list, each told with what came of it.
//!
//! Without a network: an [`Asking`] says what to ask next and is told what was answered, so that whoever waits in a thread and whoever
//! waits in a task ask the same. What the answers are worth is for the path to judge ([`shirushi_path`]).
#![forbid(unsafe_code)]

mod asking;
mod subject;

pub use asking::{Asked, Asking, Inquiry, Question};
pub use subject::{Subject, issuer};
