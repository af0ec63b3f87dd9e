//! `login`

use super::common::{PinOptions, WhichCard, force, json, template};
use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::path::PathBuf;

/// `login`
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) card: WhichCard,
    pub(crate) pins: PinOptions,
    pub(crate) url: String,
    pub(crate) cookies: Option<PathBuf>,
    pub(crate) trust: Vec<PathBuf>,
    pub(crate) is_forced: bool,
    pub(crate) is_json: bool,
}

impl Login {
    pub(super) fn of(login: &ArgMatches) -> Self {
        Self {
            card: WhichCard::of(login),
            pins: PinOptions::of(login),
            // It is required.
            url: login
                .get_one("url")
                .cloned()
                .unwrap_or_default(),
            cookies: login.get_one("cookies").cloned(),
            trust: login
                .get_many("trust")
                .unwrap_or_default()
                .cloned()
                .collect(),
            is_forced: login.get_flag("force"),
            is_json: login.get_flag("json"),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let login = Command::new("login")
        .about(say(
            "利用者証明用電子証明書でサイトにログインする。署名用パスワードは使わない",
            "Log in to a site with the authentication certificate; the signature password is never used",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi login <URL> [オプション]",
            "shirushi login <URL> [OPTIONS]",
        ))
        .arg(
            Arg::new("url")
                .required(true)
                .value_name("URL")
                .help_heading(say("引数", "Arguments"))
                .help(say(
                    "サイトのアドレス、または、ブラウザーからコピーした利用者クライアントのアドレス（http://127.0.0.1:24780/enter?…）",
                    "The site's address, or an agent's copied from a browser (http://127.0.0.1:24780/enter?…)",
                )),
        )
        .next_help_heading(say("オプション", "Options"))
        .arg(
            Arg::new("cookies")
                .long("cookies")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "ログインしたクッキーを書くファイル。curl -b で使える。本人だけが読める",
                    "File for the cookies, which curl -b reads; only you can read it",
                )),
        )
        .arg(
            Arg::new("trust")
                .long("trust")
                .value_name("FILE.pem")
                .value_parser(value_parser!(PathBuf))
                .action(ArgAction::Append)
                .help(say(
                    "サイトのTLSで、さらに信頼する認証局の証明書",
                    "Certificate of a further authority that is trusted for the site's TLS",
                )),
        )
        .arg(force(language));
    PinOptions::add(language, WhichCard::add(language, login))
        .arg(json(say("JSONで出力する", "Print JSON")))
}
