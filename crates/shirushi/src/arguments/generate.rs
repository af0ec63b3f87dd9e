//! `generate`: what a package of this program contains besides the program. Not shown in help.

use crate::language::Language;
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;

/// `generate`
#[derive(Debug)]
pub(crate) struct Generate {
    pub(crate) folder: PathBuf,
}

impl Generate {
    pub(super) fn of(generate: &ArgMatches) -> Self {
        Self {
            // It is required.
            folder: generate
                .get_one("folder")
                .cloned()
                .unwrap_or_default(),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    Command::new("generate")
        .hide(true)
        .about(language.pick(
            "マニュアルとシェルの補完をフォルダに書き出す",
            "Write manual pages and shell completions into a folder",
        ))
        .arg(
            Arg::new("folder")
                .value_name("DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf)),
        )
}
