//! `pin`

use super::common::{PinOptions, WhichCard, json, template};
use crate::language::Language;
use clap::{Arg, ArgMatches, Command, builder::PossibleValue};
use shirushi_client::PinName;

/// `pin`
#[derive(Debug)]
pub(crate) struct Pin {
    pub(crate) card: WhichCard,
    pub(crate) order: PinOrder,
    pub(crate) is_json: bool,
}

/// What is to be done with PINs.
#[derive(Debug)]
pub(crate) enum PinOrder {
    Status,
    Change { name: PinName, options: PinOptions },
}

impl Pin {
    pub(super) fn of(pin: &ArgMatches) -> Self {
        let (order, matches) = match pin.subcommand() {
            Some(("change", change)) => (
                PinOrder::Change {
                    name: name(change),
                    options: PinOptions::of(change),
                },
                change,
            ),
            // `status` is the only other subcommand, and one is required.
            other => (PinOrder::Status, other.map_or(pin, |(_, status)| status)),
        };
        Self {
            card: WhichCard::of(matches),
            order,
            is_json: matches.get_flag("json"),
        }
    }
}

fn name(matches: &ArgMatches) -> PinName {
    match matches
        .get_one::<String>("which")
        .map(String::as_str)
    {
        Some("sign") => PinName::Signature,
        Some("text") => PinName::Text,
        _ => PinName::Authentication,
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let status = Command::new("status")
        .about(say(
            "暗証番号ごとの残り試行回数を表示する。試行回数は減らない",
            "Show the tries left of each PIN; none is spent",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi pin status [オプション]",
            "shirushi pin status [OPTIONS]",
        ))
        .next_help_heading(say("オプション", "Options"));
    let change = Command::new("change")
        .about(say(
            "暗証番号を変更する。新旧の形式が正しいものだけをカードに送る",
            "Change a PIN; only what has the right form is sent to the card",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi pin change <auth|sign|text> [オプション]",
            "shirushi pin change <auth|sign|text> [OPTIONS]",
        ))
        .arg(
            Arg::new("which")
                .required(true)
                .value_name("auth|sign|text")
                .help_heading(say("引数", "Arguments"))
                .hide_possible_values(true)
                .value_parser([
                    PossibleValue::new("auth"),
                    PossibleValue::new("sign"),
                    PossibleValue::new("text"),
                ])
                .help(say(
                    "auth: 利用者証明用暗証番号、sign: 署名用パスワード、text: 券面事項入力補助用暗証番号",
                    "auth: authentication PIN; sign: signature password; text: the PIN of the text application",
                )),
        )
        .next_help_heading(say("オプション", "Options"));
    let change = PinOptions::add(language, WhichCard::add(language, change));
    Command::new("pin")
        .about(say(
            "カードの暗証番号: 残り試行回数と変更",
            "The card's PINs: tries left, and changing them",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi pin <コマンド> [オプション]",
            "shirushi pin <COMMAND> [OPTIONS]",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .next_help_heading(say("オプション", "Options"))
        .disable_help_subcommand(true)
        .subcommand(WhichCard::add(language, status).arg(json(say("JSONで出力する", "Print JSON"))))
        .subcommand(change.arg(json(say("JSONで出力する", "Print JSON"))))
}
