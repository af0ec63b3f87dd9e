//! `card`

mod faults;
mod new;
mod serve;
mod variation;
mod wallet;

use super::common::template;
use crate::language::Language;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;

pub(crate) use new::New;
pub(crate) use serve::InReader;
pub(crate) use variation::Variation;
pub(crate) use wallet::{InWallet, WalletOrder};

/// `card`
#[derive(Debug)]
pub(crate) enum Card {
    New(New),
    Serve(InReader),
    InWallet(InWallet),
}

impl Card {
    pub(super) fn of(card: &ArgMatches) -> Self {
        match card.subcommand() {
            Some(("new", new)) => Self::New(New::of(new)),
            Some(("serve", serve)) => Self::Serve(InReader::of(serve)),
            // One of the others, for a subcommand is required.
            other => {
                let (name, matches) = other.unwrap_or(("list", card));
                Self::InWallet(InWallet::of(name, matches))
            }
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("card")
        .about(say(
            "ソフトウェアのカードを作り、カードリーダーに入れる",
            "Software cards: make them, and put them into readers",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi card <コマンド> [オプション]",
            "shirushi card <COMMAND> [OPTIONS]",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .disable_help_subcommand(true)
        .next_help_heading(say("オプション", "Options"))
        .subcommand(new::command(language))
        .subcommand(wallet::list(language))
        .subcommand(wallet::insert(language))
        .subcommand(wallet::eject(language))
        .subcommand(serve::command(language))
}

/// `FILE`, the card's.
fn file(language: Language, help: &'static str) -> Arg {
    argument(language, "file", "FILE", help).value_parser(value_parser!(PathBuf))
}

/// An argument that must be given, without an option's name.
fn argument(
    language: Language,
    name: &'static str,
    value: &'static str,
    help: &'static str,
) -> Arg {
    Arg::new(name)
        .value_name(value)
        .required(true)
        .help_heading(language.pick("引数", "Arguments"))
        .help(help)
}
