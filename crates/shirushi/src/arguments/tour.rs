//! `tour`

use super::common::{city, folder, json, template};
use crate::language::Language;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;

/// `tour`
#[derive(Debug)]
pub(crate) struct Tour {
    pub(crate) url: Option<String>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) artefacts: Option<PathBuf>,
    pub(crate) is_json: bool,
}

impl Tour {
    pub(super) fn of(tour: &ArgMatches) -> Self {
        Self {
            url: tour.get_one("url").cloned(),
            folder: tour.get_one("dir").cloned(),
            artefacts: tour.get_one("artefacts").cloned(),
            is_json: tour.get_flag("json"),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("tour")
        .about(say(
            "台帳から申請、署名、受理、拒否までの全工程を通し、1工程ずつ確かめる",
            "Tell the whole story, from the register to a refused filing, and check each step",
        ))
        .help_template(template(language))
        .override_usage(say("shirushi tour [オプション]", "shirushi tour [OPTIONS]"))
        .next_help_heading(say("オプション", "Options"))
        .arg(
            Arg::new("url")
                .long("url")
                .value_name("URL")
                .value_parser(city)
                .conflicts_with("dir")
                .help(say(
                    "動いている市のURL。その市の時計は30日進む［既定: このためだけの市を起動し、終わると消す］",
                    "A running city, whose clock moves 30 days ahead [default: one just for this, removed afterwards]",
                )),
        )
        .arg(folder(say(
            "このフォルダの市を起動して使う。その市の時計は30日進む",
            "Start the city of this folder and use it; its clock moves 30 days ahead",
        )))
        .arg(
            Arg::new("artefacts")
                .long("artefacts")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "証明書、失効リスト、署名済みの申告を書き出すフォルダ",
                    "Folder to leave certificates, CRLs and the signed filing in",
                )),
        )
        .arg(json(say(
            "結果をJSONの配列で出力する",
            "Print the result as a JSON array",
        )))
}
