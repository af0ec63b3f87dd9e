//! `officer` and `register`: what operators ask of a running authority and register.

use super::{common::template, serve::config};
use crate::{language::Language, usage::Unfit};
use clap::{Arg, ArgMatches, Command, value_parser};
use shirushi_profile::MunicipalityCode;
use shirushi_rules::Bilingual;
use shirushi_wire::{OfficerId, ResidentCode};
use std::path::PathBuf;

/// Whom an order goes to, and what the operator is known by.
#[derive(Debug)]
pub(crate) struct At {
    pub(crate) address: String,
    pub(crate) identity: PathBuf,
}

/// `officer`
#[derive(Debug)]
pub(crate) struct Officer {
    pub(crate) at: At,
    pub(crate) order: OfficerOrder,
}

/// What is to be done about officers.
#[derive(Debug)]
pub(crate) enum OfficerOrder {
    Enroll { municipality: MunicipalityCode },
    List,
    Retire { name: OfficerId },
}

/// `register`
#[derive(Debug)]
pub(crate) enum Register {
    /// Of a register that need not run.
    Key { config: PathBuf },
    /// At a running one.
    At { at: At, order: RegisterOrder },
}

/// What is to be done about the register.
#[derive(Debug)]
pub(crate) enum RegisterOrder {
    Import { file: PathBuf },
    Change { file: PathBuf },
    LookUps { resident: Option<ResidentCode> },
}

impl At {
    fn of(matches: &ArgMatches) -> Self {
        // Both are required.
        Self {
            address: matches
                .get_one("at")
                .cloned()
                .unwrap_or_default(),
            identity: matches
                .get_one("identity")
                .cloned()
                .unwrap_or_default(),
        }
    }
}

impl Officer {
    pub(super) fn of(officer: &ArgMatches) -> Self {
        // A subcommand is required, and each requires what it needs.
        let (name, matches) = officer
            .subcommand()
            .unwrap_or(("list", officer));
        let order = match name {
            "enroll" => matches
                .get_one("municipality")
                .copied()
                .map(|municipality| OfficerOrder::Enroll { municipality }),
            "retire" => matches
                .get_one("name")
                .cloned()
                .map(|name| OfficerOrder::Retire { name }),
            _ => None,
        };
        Self {
            at: At::of(matches),
            order: order.unwrap_or(OfficerOrder::List),
        }
    }
}

impl Register {
    pub(super) fn of(register: &ArgMatches) -> Self {
        // A subcommand is required, and each requires what it needs.
        let (name, matches) = register
            .subcommand()
            .unwrap_or(("show", register));
        if name == "key" {
            return Self::Key {
                config: matches
                    .get_one("config")
                    .cloned()
                    .unwrap_or_default(),
            };
        }
        let file = || {
            matches
                .get_one("file")
                .cloned()
                .unwrap_or_default()
        };
        let order = match name {
            "import" => RegisterOrder::Import { file: file() },
            "change" => RegisterOrder::Change { file: file() },
            _ => RegisterOrder::LookUps {
                resident: matches.get_one("resident").cloned(),
            },
        };
        Self::At {
            at: At::of(matches),
            order,
        }
    }
}

/// `officer`
pub(super) fn officer(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let at = |command, argument| at(language, ("officer", "authority"), command, argument);
    let municipality = argument(
        "municipality",
        "CODE",
        say(
            "全国地方公共団体コード（検査数字のない5桁）",
            "The municipality's code, five digits without the check digit",
        ),
    )
    .value_parser(municipality);
    let name =
        argument("name", "NAME", say("担当者の名前", "The officer's name")).value_parser(name);
    let enroll = Command::new("enroll").about(say(
        "市区町村の担当者1人の登録コードを出す（1回限り）",
        "Give a one-time code by which an officer of a municipality enrols",
    ));
    let list = Command::new("list").about(say("担当者の一覧", "All officers, serving and retired"));
    let retire = Command::new("retire").about(say("担当者を退任させる", "Retire an officer"));
    above("officer", language)
        .about(say(
            "窓口の担当者（動いている認証局へ）",
            "Officers of counters, at a running authority",
        ))
        .subcommand(at(enroll, Some(municipality.required(true))))
        .subcommand(at(list, None))
        .subcommand(at(retire, Some(name.required(true))))
}

/// `register`
pub(super) fn register(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let at = |command, argument| at(language, ("register", "register"), command, argument);
    let file = |help| {
        argument("file", "FILE", help)
            .value_parser(value_parser!(PathBuf))
            .required(true)
    };
    let resident = argument(
        "resident",
        "CODE",
        say(
            "住民票コード［既定: すべて］",
            "A resident's code [default: all]",
        ),
    )
    .value_parser(resident);
    let import = Command::new("import").about(say(
        "住民をCSVから取り込む（全部か、なしか）",
        "Import residents from a CSV, all or none",
    ));
    let change = Command::new("change").about(say("異動を1件記録する", "Record one change"));
    let show = Command::new("show").about(say(
        "だれがだれを、何のために照会したか",
        "Who looked whom up, and why",
    ));
    above("register", language)
        .about(say(
            "住民の記録と、その台帳",
            "Residents' records and their register",
        ))
        .subcommand(key(language))
        .subcommand(at(import, Some(file(say("CSVファイル", "The CSV file")))))
        .subcommand(at(
            change,
            Some(file(say("異動のJSON", "The change, as JSON"))),
        ))
        .subcommand(at(show, Some(resident)))
}

/// `register key`
fn key(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("key")
        .about(say(
            "台帳の鍵を作り、認証局に渡す公開鍵の場所を出力する。すでにあれば作らない",
            "Make the register's key, unless it is there, and print where its public half is, for the authority",
        ))
        .help_template(template(language))
        .override_usage("shirushi register key --config FILE")
        .next_help_heading(say("オプション", "Options"))
        .arg(config(say(
            "台帳の設定ファイル（TOML）",
            "The register's configuration (TOML)",
        )))
}

/// A command that has others below it.
fn above(name: &'static str, language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let usage = format!(
        "shirushi {name} {}",
        say("<コマンド> [オプション]", "<COMMAND> [OPTIONS]")
    );
    Command::new(name)
        .help_template(template(language))
        .override_usage(usage)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .disable_help_subcommand(true)
}

fn argument(id: &'static str, shown: &'static str, help: &'static str) -> Arg {
    Arg::new(id)
        .value_name(shown)
        .help(help)
}

/// A command `below` another one, at a running `role`.
fn at(
    language: Language,
    (below, role): (&'static str, &'static str),
    command: Command,
    argument: Option<Arg>,
) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let given = argument
        .as_ref()
        .map(|argument| format!("{argument} "))
        .unwrap_or_default();
    let usage = format!(
        "shirushi {below} {} {given}--{role} URL --identity DIR",
        command.get_name()
    );
    command
        .args(argument.map(|argument| argument.help_heading(say("引数", "Arguments"))))
        .help_template(template(language))
        .override_usage(usage)
        .next_help_heading(say("オプション", "Options"))
        .arg(
            Arg::new("at")
                .long(role)
                .value_name("URL")
                .required(true)
                .help(say(
                    "相手の roles.listen（https://ホスト:ポート）",
                    "Its roles.listen (https://host:port)",
                )),
        )
        .arg(
            Arg::new("identity")
                .long("identity")
                .value_name("DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "shirushi role new desk が作ったフォルダ",
                    "The folder that shirushi role new desk made",
                )),
        )
}

fn municipality(text: &str) -> Result<MunicipalityCode, Unfit> {
    text.parse().map_err(|_| {
        Unfit(Bilingual::new(
            "全国地方公共団体コードの5桁です（検査数字なし）",
            "it is a municipality's code, five digits without the check digit",
        ))
    })
}

fn name(text: &str) -> Result<OfficerId, Unfit> {
    text.parse().map_err(|_| {
        Unfit(Bilingual::new(
            "担当者の名前ではありません",
            "it is no officer's name",
        ))
    })
}

fn resident(text: &str) -> Result<ResidentCode, Unfit> {
    text.parse().map_err(|_| {
        Unfit(Bilingual::new(
            "住民票コードではありません",
            "it is no resident's code",
        ))
    })
}
