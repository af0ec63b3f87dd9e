//! `card list`, `card insert`, `card eject`: the cards in the agent's wallet.

use super::argument;
use crate::{
    arguments::common::{json, template},
    language::Language,
};
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;

/// `card list`, `card insert`, `card eject`
#[derive(Debug)]
pub(crate) struct InWallet {
    pub(crate) cards: Option<PathBuf>,
    pub(crate) order: WalletOrder,
    pub(crate) is_json: bool,
}

/// What is to be done with the wallet.
#[derive(Debug)]
pub(crate) enum WalletOrder {
    List,
    Insert { number: String },
    Eject,
}

impl InWallet {
    pub(super) fn of(name: &str, matches: &ArgMatches) -> Self {
        Self {
            cards: matches.get_one("cards").cloned(),
            order: match name {
                "insert" => WalletOrder::Insert {
                    number: matches
                        .get_one("number")
                        .cloned()
                        .unwrap_or_default(),
                },
                "eject" => WalletOrder::Eject,
                _ => WalletOrder::List,
            },
            is_json: matches.get_flag("json"),
        }
    }
}

pub(super) fn list(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    common(
        language,
        Command::new("list")
            .about(say(
                "利用者クライアントのカード入れにあるカードの一覧を表示する",
                "List the cards in the agent's wallet",
            ))
            .override_usage(say(
                "shirushi card list [オプション]",
                "shirushi card list [OPTIONS]",
            )),
    )
}

pub(super) fn insert(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    common(
        language,
        Command::new("insert")
            .about(say(
                "カード入れのカードを、利用者クライアントの仮想カードリーダーに入れる（利用者クライアントが止まっているときに）",
                "Put a card of the wallet into the agent's virtual reader, while no agent runs",
            ))
            .override_usage(say(
                "shirushi card insert <NUMBER> [オプション]",
                "shirushi card insert <NUMBER> [OPTIONS]",
            ))
            .arg(argument(
                language,
                "number",
                "NUMBER",
                say("カードの番号", "The card's number"),
            )),
    )
}

pub(super) fn eject(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    common(
        language,
        Command::new("eject")
            .about(say(
                "利用者クライアントの仮想カードリーダーからカードを抜く（利用者クライアントが止まっているときに）",
                "Take the card out of the agent's virtual reader, while no agent runs",
            ))
            .override_usage(say(
                "shirushi card eject [オプション]",
                "shirushi card eject [OPTIONS]",
            )),
    )
}

fn common(language: Language, command: Command) -> Command {
    let say = |ja, en| language.pick(ja, en);
    command
        .help_template(template(language))
        .next_help_heading(say("オプション", "Options"))
        .arg(
            Arg::new("cards")
                .long("cards")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "カード入れのフォルダ［既定: ~/.local/share/shirushi-agent/cards］",
                    "The wallet's folder [default: ~/.local/share/shirushi-agent/cards]",
                )),
        )
        .arg(json(say("1行のJSONで答える", "Answer as one line of JSON")))
}
