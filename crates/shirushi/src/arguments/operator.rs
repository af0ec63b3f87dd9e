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
    let part =
        |name: &'static str, about| at(language, "authority", Command::new(name).about(about));
    Command::new("officer")
        .about(say(
            "窓口の担当者（動いている認証局へ）",
            "Officers of counters, at a running authority",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi officer <コマンド> --authority URL --identity DIR",
            "shirushi officer <COMMAND> --authority URL --identity DIR",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .disable_help_subcommand(true)
        .subcommand(
            part(
                "enroll",
                say(
                    "市区町村の担当者1人の登録コードを出す（1回限り）",
                    "Give a one-time code by which an officer of a municipality enrols",
                ),
            )
            .arg(
                Arg::new("municipality")
                    .value_name("CODE")
                    .required(true)
                    .help_heading(say("引数", "Arguments"))
                    .value_parser(municipality)
                    .help(say(
                        "全国地方公共団体コード（5桁）",
                        "The municipality's code, five digits",
                    )),
            ),
        )
        .subcommand(part(
            "list",
            say("担当者の一覧", "All officers, serving and retired"),
        ))
        .subcommand(
            part("retire", say("担当者を退任させる", "Retire an officer")).arg(
                Arg::new("name")
                    .value_name("NAME")
                    .required(true)
                    .help_heading(say("引数", "Arguments"))
                    .value_parser(name)
                    .help(say("担当者の名前", "The officer's name")),
            ),
        )
}

/// `register`
pub(super) fn register(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let part =
        |name: &'static str, about| at(language, "register", Command::new(name).about(about));
    let file = |help| {
        Arg::new("file")
            .value_name("FILE")
            .required(true)
            .help_heading(say("引数", "Arguments"))
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    Command::new("register")
        .about(say("住民の記録と、その台帳", "Residents' records and their register"))
        .help_template(template(language))
        .override_usage(say(
            "shirushi register <コマンド> --register URL --identity DIR",
            "shirushi register <COMMAND> --register URL --identity DIR",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .disable_help_subcommand(true)
        .subcommand(
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
                ))),
        )
        .subcommand(
            part(
                "import",
                say("住民をCSVから取り込む（全部か、なしか）", "Import residents from a CSV, all or none"),
            )
            .arg(file(say("CSVファイル", "The CSV file"))),
        )
        .subcommand(
            part("change", say("異動を1件記録する", "Record one change")).arg(file(say(
                "異動のJSON",
                "The change, as JSON",
            ))),
        )
        .subcommand(
            part(
                "show",
                say("だれがだれを、何のために照会したか", "Who looked whom up, and why"),
            )
            .arg(
                Arg::new("resident")
                    .value_name("CODE")
                    .help_heading(say("引数", "Arguments"))
                    .value_parser(resident)
                    .help(say("住民票コード［既定: すべて］", "A resident's code [default: all]")),
            ),
        )
}

fn at(language: Language, role: &'static str, command: Command) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let usage = format!(
        "shirushi {} {} --{role} URL --identity DIR",
        if role == "authority" {
            "officer"
        } else {
            "register"
        },
        command.get_name()
    );
    command
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
