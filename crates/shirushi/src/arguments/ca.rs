//! `ca`

use super::{common::template, serve::config};
use crate::language::Language;
use clap::{ArgMatches, Command};
use std::path::PathBuf;

/// `ca ceremony`
#[derive(Debug)]
pub(crate) struct Ca {
    pub(crate) config: PathBuf,
}

impl Ca {
    pub(super) fn of(ca: &ArgMatches) -> Self {
        // `ceremony` is the only subcommand, and one is required; so is its option.
        let ceremony = ca
            .subcommand()
            .map_or(ca, |(_, ceremony)| ceremony);
        Self {
            config: ceremony
                .get_one("config")
                .cloned()
                .unwrap_or_default(),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let ceremony = Command::new("ceremony")
        .about(say(
            "認証局の鍵と証明書を作る。すでにあれば何もしない",
            "Make the authority's keys and certificates; does nothing where they are there",
        ))
        .help_template(template(language))
        .override_usage("shirushi ca ceremony --config FILE")
        .next_help_heading(say("オプション", "Options"))
        .arg(config(say(
            "認証局の設定ファイル（TOML）",
            "The authority's configuration (TOML)",
        )));
    Command::new("ca")
        .about(say("認証局の鍵", "The authority's keys"))
        .help_template(template(language))
        .override_usage(say(
            "shirushi ca <コマンド> [オプション]",
            "shirushi ca <COMMAND> [OPTIONS]",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .disable_help_subcommand(true)
        .subcommand(ceremony)
}
