//! `serve`

use super::common::{json, template};
use crate::{language::Language, usage::Unfit};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use shirushi_roles::Role;
use shirushi_rules::Bilingual;
use shirushi_serve::{Orders, SERVED};
use std::path::PathBuf;

/// `serve ROLE`
#[derive(Debug)]
pub(crate) struct Serve {
    pub(crate) role: Role,
    pub(crate) config: PathBuf,
    pub(crate) order: ServeOrder,
}

/// What is to be done with a configuration.
#[derive(Debug)]
pub(crate) enum ServeOrder {
    Check,
    Run { is_json: bool, orders: Orders },
}

impl Serve {
    pub(super) fn of(serve: &ArgMatches) -> Self {
        Self {
            // Both are required.
            role: serve
                .get_one("role")
                .copied()
                .unwrap_or(Role::Register),
            config: serve
                .get_one("config")
                .cloned()
                .unwrap_or_default(),
            order: match serve.get_flag("check") {
                true => ServeOrder::Check,
                false => ServeOrder::Run {
                    is_json: serve.get_flag("json"),
                    orders: Orders {
                        accept_restore: serve.get_flag("accept-restore"),
                    },
                },
            },
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("serve")
        .about(say(
            "一つのロールを、それだけのプロセスとして動かす",
            "Run one role as a process of its own",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi serve <ROLE> --config FILE [オプション]",
            "shirushi serve <ROLE> --config FILE [OPTIONS]",
        ))
        .arg(role(language))
        .next_help_heading(say("オプション", "Options"))
        .arg(config(say(
            "設定ファイル（TOML）。shirushi config example ROLE に見本",
            "The configuration (TOML); shirushi config example ROLE prints one",
        )))
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help(say(
                    "設定と、そこに書かれたファイルを確かめるだけで、起動しない",
                    "Judge the configuration and the files it names, without starting",
                )),
        )
        .arg(
            Arg::new("accept-restore")
                .long("accept-restore")
                .action(ArgAction::SetTrue)
                .help(say(
                    "バックアップから戻したデータベースで続ける（一度だけ）。失効は増えることはあっても減らない",
                    "Go on with a database that came back from a backup, once; revocations are only added",
                )),
        )
        .arg(json(say(
            "起動したことを1行のJSONで知らせる",
            "Announce the start as one line of JSON",
        )))
}

/// The role to be served.
pub(super) fn role(language: Language) -> Arg {
    Arg::new("role")
        .value_name("ROLE")
        .required(true)
        .help_heading(language.pick("引数", "Arguments"))
        .value_parser(served)
        .help("register | authority | responder | counter | portal | agency | desk")
}

/// `--config FILE`
pub(super) fn config(help: &'static str) -> Arg {
    Arg::new("config")
        .long("config")
        .value_name("FILE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

fn served(text: &str) -> Result<Role, Unfit> {
    text.parse()
        .ok()
        .filter(|role| SERVED.contains(role))
        .ok_or(Unfit(Bilingual::new(
            "register、authority、responder、counter、portal、agency、desk のどれかです",
            "it is one of register, authority, responder, counter, portal, agency, desk",
        )))
}
