//! `card serve`

use super::{Variation, faults, file, variation};
use crate::{
    arguments::common::{host_and_port, json, template},
    language::Language,
};
use clap::{Arg, ArgMatches, Command};
use shirushi_softcard::{faults::Script, vpcd};
use std::path::PathBuf;

/// `card serve`
#[derive(Debug)]
pub(crate) struct InReader {
    pub(crate) file: PathBuf,
    pub(crate) reader: String,
    pub(crate) variation: Variation,
    pub(crate) script: Script,
    pub(crate) is_json: bool,
}

impl InReader {
    pub(super) fn of(serve: &ArgMatches) -> Self {
        Self {
            file: serve
                .get_one("file")
                .cloned()
                .unwrap_or_default(),
            reader: serve
                .get_one("connect")
                .cloned()
                .unwrap_or_else(|| vpcd::ADDRESS.to_owned()),
            variation: Variation::of(serve),
            script: faults::of(serve),
            is_json: serve.get_flag("json"),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let command = Command::new("serve")
        .about(say(
            "カードを仮想カードリーダー（vsmartcardのvpcd）に入れる。pcscdを使うすべてのプログラムから見える",
            "Put a card into a virtual reader (vpcd of vsmartcard), where every program that uses pcscd finds it",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi card serve <FILE> [オプション]",
            "shirushi card serve <FILE> [OPTIONS]",
        ))
        .next_help_heading(say("オプション", "Options"))
        .arg(file(language, say("カードのファイル", "The card's file")))
        .arg(
            Arg::new("connect")
                .long("connect")
                .value_name("HOST:PORT")
                .value_parser(host_and_port)
                .help(say(
                    "vpcdが待ち受けているところ。相手は確かめられず、暗証番号がそのまま届く［既定: 127.0.0.1:35963］",
                    "Where vpcd listens. Who that is cannot be checked, and PINs arrive there in clear [default: 127.0.0.1:35963]",
                )),
        )
        .arg(json(say(
            "起きたことを1行ずつのJSONで知らせる",
            "Tell what happens as lines of JSON",
        )));
    let heading = say(
        "カードの違い（この実行だけ）",
        "How the card differs (in this run only)",
    );
    let command = variation::add(language, heading, command);
    faults::add(language, command)
}
