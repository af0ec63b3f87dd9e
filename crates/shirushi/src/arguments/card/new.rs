//! `card new`

use super::{Variation, file, variation};
use crate::{
    arguments::common::{city, json, template},
    language::Language,
    usage::Unfit,
};
use clap::{Arg, ArgAction, ArgMatches, Command};
use shirushi_rules::Bilingual;
use shirushi_wire::ResidentCode;
use std::path::PathBuf;

/// A resident's code, as it was typed.
fn resident(text: &str) -> Result<String, Unfit> {
    match text.parse::<ResidentCode>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Unfit(Bilingual::new(
            "住民票コードは11桁の数字です",
            "a resident's code has eleven digits",
        ))),
    }
}

/// The city of `shirushi up`, if nothing is said.
const CITY: &str = "http://127.0.0.1:8080";

/// `card new`
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) file: PathBuf,
    pub(crate) resident: String,
    pub(crate) city: String,
    pub(crate) is_ready: bool,
    pub(crate) variation: Variation,
    pub(crate) is_json: bool,
}

impl New {
    pub(super) fn of(new: &ArgMatches) -> Self {
        Self {
            file: new
                .get_one("file")
                .cloned()
                .unwrap_or_default(),
            resident: new
                .get_one("resident")
                .cloned()
                .unwrap_or_default(),
            city: new
                .get_one("city")
                .cloned()
                .unwrap_or_else(|| CITY.to_owned()),
            is_ready: new.get_flag("ready"),
            variation: Variation::of(new),
            is_json: new.get_flag("json"),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let command = Command::new("new")
        .about(say(
            "動いている練習用の市に、住民のカードを作らせる。その人の前のカードは使えなくなる",
            "Have a running sandbox city make a card for a resident; it takes the place of an earlier one",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi card new <FILE> --resident <CODE> [オプション]",
            "shirushi card new <FILE> --resident <CODE> [OPTIONS]",
        ))
        .next_help_heading(say("オプション", "Options"))
        .arg(file(
            language,
            say("作るカードのファイル", "File to put the card into"),
        ))
        .arg(
            Arg::new("resident")
                .long("resident")
                .value_name("CODE")
                .value_parser(resident)
                .required(true)
                .help(say(
                    "住民票コード（例: 90000000014。docs/personas.md）",
                    "The resident's code (such as 90000000014; docs/personas.md)",
                )),
        )
        .arg(
            Arg::new("city")
                .long("city")
                .value_name("URL")
                .value_parser(city)
                .help(say(
                    "市のURL［既定: http://127.0.0.1:8080］",
                    "The city's URL [default: http://127.0.0.1:8080]",
                )),
        )
        .arg(
            Arg::new("ready")
                .long("ready")
                .action(ArgAction::SetTrue)
                .help(say(
                    "窓口での手続きも済ませ、電子証明書の入ったカードにする。暗証番号は 1234 と ABC123",
                    "Go through the counter as well: a card with certificates in it, with the PINs 1234 and ABC123",
                )),
        )
        .arg(variation::generation(language))
        .arg(json(say("1行のJSONで答える", "Answer as one line of JSON")));
    variation::add(
        language,
        say("カードの違い", "How the card differs"),
        command,
    )
}
