//! What several commands have in common.

use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::path::PathBuf;

/// Which card a command is for.
#[derive(Clone, Debug, Default)]
pub(crate) struct WhichCard {
    /// A reader's name, or a part of it that only one reader's name has.
    pub(crate) reader: Option<String>,
    /// A software card's file, which is put into a reader of its own.
    pub(crate) file: Option<PathBuf>,
}

impl WhichCard {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        Self {
            reader: matches.get_one("reader").cloned(),
            file: matches.get_one("card").cloned(),
        }
    }

    /// The options `--reader` and `--card`.
    pub(super) fn add(language: Language, command: Command) -> Command {
        let say = |ja, en| language.pick(ja, en);
        command
            .arg(
                Arg::new("reader")
                    .long("reader")
                    .value_name("NAME")
                    .conflicts_with("card")
                    .help(say(
                        "カードリーダーの名前（一部でもよい）［既定: カードの入っている最初のもの］",
                        "Card reader, by its name or a part of it [default: the first with a card]",
                    )),
            )
            .arg(
                Arg::new("card")
                    .long("card")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .help(say(
                        "カードリーダーの代わりに使う、ソフトウェアのカードのファイル",
                        "File of a software card, used in place of a card in a reader",
                    )),
            )
    }
}

pub(super) fn folder(help: &'static str) -> Arg {
    Arg::new("dir")
        .long("dir")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

pub(super) fn json(help: &'static str) -> Arg {
    Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help(help)
}

pub(super) fn help(language: Language) -> Arg {
    Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        // Last, but for the version.
        .display_order(100)
        .help(language.pick("この説明を表示する", "Show this help"))
}

pub(super) fn template(language: Language) -> &'static str {
    language.pick(
        "{about}\n\n使い方: {usage}\n\n{all-args}",
        "{about}\n\nUsage: {usage}\n\n{all-args}",
    )
}
