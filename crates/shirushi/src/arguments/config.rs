//! `config`

use super::{common::template, serve::role};
use crate::language::Language;
use clap::{ArgMatches, Command};
use shirushi_roles::Role;

/// `config`
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) order: ConfigOrder,
}

/// What is to be told of settings.
#[derive(Debug)]
pub(crate) enum ConfigOrder {
    Example { role: Role },
    Reference,
}

impl Config {
    pub(super) fn of(config: &ArgMatches) -> Self {
        let order = match config.subcommand() {
            Some(("example", example)) => ConfigOrder::Example {
                // Required.
                role: example
                    .get_one("role")
                    .copied()
                    .unwrap_or(Role::Register),
            },
            // `reference` is the only other subcommand, and one is required.
            _ => ConfigOrder::Reference,
        };
        Self { order }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let example = Command::new("example")
        .about(say(
            "一つのロールの設定の見本を、説明つきで出力する",
            "Print an example of a role's configuration, with what each setting is",
        ))
        .help_template(template(language))
        .override_usage("shirushi config example <ROLE>")
        .arg(role(language));
    let reference = Command::new("reference")
        .about(say(
            "すべてのロールの設定の一覧を出力する（Markdown）",
            "Print all settings of all roles (Markdown)",
        ))
        .help_template(template(language))
        .override_usage("shirushi config reference");
    Command::new("config")
        .about(say(
            "ロールの設定の見本と一覧",
            "Examples and the reference of roles' configurations",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi config <コマンド>",
            "shirushi config <COMMAND>",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .disable_help_subcommand(true)
        .subcommand(example)
        .subcommand(reference)
}
