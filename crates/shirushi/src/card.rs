//! `shirushi card`: software cards and what is done with them.

mod new;
mod serve;
mod wallet;

use crate::{arguments, failure::Failure, language::Language};
use shirushi_softcard::{CardKind, SoftCardError};
use std::{path::Path, process::ExitCode};

/// Does what was ordered.
pub(crate) async fn run(order: arguments::Card, language: Language) -> Result<ExitCode, Failure> {
    match order {
        arguments::Card::New(order) => new::run(order, language).await,
        arguments::Card::Serve(order) => serve::run(order, language).await,
        arguments::Card::InWallet(order) => wallet::run(&order, language),
    }
}

/// What is wrong with the card in a file.
fn failed(path: &Path) -> impl FnOnce(SoftCardError) -> Failure {
    let path = path.to_owned();
    move |source| Failure::Card { path, source }
}

/// What a kind of card is called by programs.
fn kind_word(kind: CardKind) -> &'static str {
    match kind {
        CardKind::IndividualNumberCard => "individual-number",
        CardKind::ResidentRegisterCard => "resident-register",
        CardKind::AndroidToken => "android",
    }
}

/// What a kind of card is called by people.
fn kind_name(kind: CardKind, language: Language) -> &'static str {
    match kind {
        CardKind::IndividualNumberCard => language.pick("個人番号カード", "My Number Card"),
        CardKind::ResidentRegisterCard => language.pick(
            "住民基本台帳カード",
            "Basic Resident Register Card (住民基本台帳カード)",
        ),
        CardKind::AndroidToken => language.pick(
            "スマホ（Android）の電子証明書",
            "certificates of an Android telephone",
        ),
    }
}
