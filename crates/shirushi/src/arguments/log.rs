//! `log`

use super::common::{database, json, template};
use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use shirushi_town::PatternOfDatabases;
use std::path::PathBuf;

/// `log verify`
#[derive(Debug)]
pub(crate) struct Log {
    /// A city's folder, or the authority's database; none for the default folder.
    pub(crate) place: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) checkpoints: Vec<PathBuf>,
    pub(crate) database: Option<PatternOfDatabases>,
    pub(crate) is_json: bool,
}

impl Log {
    pub(super) fn of(log: &ArgMatches) -> Self {
        // `verify` is the only subcommand, and one is required.
        let verify = log
            .subcommand()
            .map_or(log, |(_, verify)| verify);
        Self {
            place: verify.get_one("place").cloned(),
            key: verify.get_one("key").cloned(),
            checkpoints: verify
                .get_many("checkpoint")
                .unwrap_or_default()
                .cloned()
                .collect(),
            database: verify.get_one("database").cloned(),
            is_json: verify.get_flag("json"),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let verify = Command::new("verify")
        .about(say(
            "認証局の記録を検証する。秘密は要らず、市が動いていてもよい。終了コード 0: 無傷、1: 損なわれている、2: 判定できない",
            "Verify the authority's log; no secret is needed, and the city may run; exit code 0: whole, 1: damaged, 2: cannot be told",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi log verify [FOLDER|DB] [オプション]",
            "shirushi log verify [FOLDER|DB] [OPTIONS]",
        ))
        .arg(
            Arg::new("place")
                .value_name("FOLDER|DB")
                .help_heading(say("引数", "Arguments"))
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "市のフォルダ、または認証局のデータベース［既定: ~/.local/share/shirushi］",
                    "A city's folder, or the authority's database [default: ~/.local/share/shirushi]",
                )),
        )
        .next_help_heading(say("オプション", "Options"))
        .arg(
            Arg::new("key")
                .long("key")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "記録の公開鍵［既定: データベースの隣の log.pub］",
                    "The log's public key [default: log.pub beside the database]",
                )),
        )
        .arg(
            Arg::new("checkpoint")
                .long("checkpoint")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .action(ArgAction::Append)
                .help(say(
                    "前に控えた記録の状態（/authority/log/checkpoint）。何度でも指定できる",
                    "A checkpoint kept before (/authority/log/checkpoint); may be given several times",
                )),
        )
        .arg(database(say(
            "サーバーにデータベースを置く市の、up に指定したものと同じURL",
            "The same URL as given to up, of a city whose databases are on a server",
        )))
        .arg(json(say(
            "結果を1行のJSONで出力する",
            "Print the result as one line of JSON",
        )));
    Command::new("log")
        .about(say(
            "認証局の記録（発行と失効のすべて）",
            "The authority's log of all that it issued and revoked",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi log <コマンド> [オプション]",
            "shirushi log <COMMAND> [OPTIONS]",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .disable_help_subcommand(true)
        .subcommand(verify)
}
