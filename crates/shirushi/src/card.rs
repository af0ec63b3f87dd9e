//! `shirushi card`: software cards and what is done with them.

mod serve;

use crate::{arguments, failure::Failure, language::Language};
use shirushi_softcard::SoftCardError;
use std::{path::Path, process::ExitCode};

/// Does what was ordered.
pub(crate) async fn run(order: arguments::Card, language: Language) -> Result<ExitCode, Failure> {
    match order {
        arguments::Card::Serve(order) => serve::run(order, language).await,
    }
}

/// What is wrong with the card in a file.
fn failed(path: &Path) -> impl FnOnce(SoftCardError) -> Failure {
    let path = path.to_owned();
    move |source| Failure::Card { path, source }
}
