//! What several commands have in common.

use crate::{language::Language, usage::Unfit};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use reqwest::Url;
use shirushi_agent::site;
use shirushi_rules::Bilingual;
use shirushi_town::PatternOfDatabases;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Which card a command is for.
#[derive(Clone, Debug, Default)]
pub(crate) struct WhichCard {
    /// A reader's name, or a part of it that only one reader's name has.
    pub(crate) reader: Option<String>,
    /// A software card's file, which is put into a reader of its own.
    pub(crate) file: Option<PathBuf>,
}

impl WhichCard {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        Self {
            reader: matches.get_one("reader").cloned(),
            file: matches.get_one("card").cloned(),
        }
    }

    /// The options `--reader` and `--card`.
    pub(super) fn add(language: Language, command: Command) -> Command {
        let say = |ja, en| language.pick(ja, en);
        command
            .arg(
                Arg::new("reader")
                    .long("reader")
                    .value_name("NAME")
                    .conflicts_with("card")
                    .help(say(
                        "カードリーダーの名前（一部でもよい）［既定: 公的個人認証に使えるカードのあるもの］",
                        "Card reader, by its name or a part of it [default: the one with a card that has JPKI]",
                    )),
            )
            .arg(
                Arg::new("card")
                    .long("card")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .help(say(
                        "カードリーダーの代わりに使う、ソフトウェアのカードのファイル",
                        "File of a software card, used in place of a card in a reader",
                    )),
            )
    }
}

/// `--database URL`
pub(super) fn database(help: &'static str) -> Arg {
    Arg::new("database")
        .long("database")
        .value_name("URL")
        .value_parser(pattern)
        .help(help)
}

fn pattern(text: &str) -> Result<PatternOfDatabases, Unfit> {
    PatternOfDatabases::read(text).ok_or(Unfit(Bilingual::new(
        "postgres://{party}@HOST/{party} のように、データベース名に {party} を含むURLを指定してください",
        "it is a URL with {party} in the name of the database, such as postgres://{party}@HOST/{party}",
    )))
}

/// How PINs come in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PinOptions {
    /// The file descriptor to read them from; none for the terminal.
    pub(crate) fd: Option<u32>,
    /// Whether the last try may be spent without a typed word.
    pub(crate) is_last_try_confirmed: bool,
}

impl PinOptions {
    pub(super) fn of(matches: &ArgMatches) -> Self {
        Self {
            fd: matches.get_one("pin-fd").copied(),
            is_last_try_confirmed: matches.get_flag("confirm-last-try"),
        }
    }

    /// The options `--pin-fd` and `--confirm-last-try`.
    pub(super) fn add(language: Language, command: Command) -> Command {
        let say = |ja, en| language.pick(ja, en);
        command
            .arg(
                Arg::new("pin-fd")
                    .long("pin-fd")
                    .value_name("N")
                    .value_parser(descriptor)
                    .help(say(
                        "暗証番号を1行ずつ読むファイル記述子［既定: 端末で入力する］",
                        "File descriptor to read PINs from, each on a line [default: typed at the terminal]",
                    )),
            )
            .arg(
                Arg::new("confirm-last-try")
                    .long("confirm-last-try")
                    .action(ArgAction::SetTrue)
                    .requires("pin-fd")
                    .help(say(
                        "--pin-fdで、最後の1回の試行も使ってよい",
                        "With --pin-fd, the last try may be spent as well",
                    )),
            )
    }
}

/// A file descriptor that this program was started with. Later it has others of its own, from which no PIN comes.
fn descriptor(text: &str) -> Result<u32, Unfit> {
    let number = text.parse().map_err(|_| {
        Unfit(Bilingual::new(
            "ファイル記述子の番号です",
            "it is the number of a file descriptor",
        ))
    })?;
    let all = Path::new("/proc/self/fd");
    // Not every system tells.
    let is_open = !all.exists()
        || all
            .join(text)
            .symlink_metadata()
            .is_ok();
    match is_open {
        true => Ok(number),
        false => Err(Unfit(Bilingual::new(
            "そのファイル記述子は開いていません",
            "this file descriptor is not open",
        ))),
    }
}

/// A numeric address with its port.
pub(super) fn address(text: &str) -> Result<SocketAddr, Unfit> {
    text.parse().map_err(|_| {
        Unfit(Bilingual::new(
            "127.0.0.1:8080 のように、番号のアドレスとポートを指定してください",
            "give a number and a port, such as 127.0.0.1:8080",
        ))
    })
}

/// A host, by name or number, with its port.
pub(super) fn host_and_port(text: &str) -> Result<String, Unfit> {
    let is_one = text
        .rsplit_once(':')
        .is_some_and(|(host, port)| {
            !host.is_empty()
                && port
                    .parse::<u16>()
                    .is_ok_and(|port| port > 0)
        });
    match is_one {
        true => Ok(text.to_owned()),
        false => Err(Unfit(Bilingual::new(
            "127.0.0.1:35963 のように、ホストとポートを指定してください",
            "give a host and a port, such as 127.0.0.1:35963",
        ))),
    }
}

/// The address of a city, which speaks plain HTTP on this machine.
pub(super) fn city(text: &str) -> Result<String, Unfit> {
    of_web(text, &["http"]).ok_or(Unfit(Bilingual::new(
        "市のアドレスではありません。http://127.0.0.1:8080 のように指定してください",
        "it is not the address of a city: give one such as http://127.0.0.1:8080",
    )))
}

/// The address of a server, a site or an agent.
pub(super) fn web(text: &str) -> Result<String, Unfit> {
    of_web(text, &["http", "https"]).ok_or(Unfit(Bilingual::new(
        "http:// か https:// で始まるアドレスを指定してください",
        "give an address that begins with http:// or https://",
    )))
}

fn of_web(text: &str, schemes: &[&str]) -> Option<String> {
    let url = Url::parse(text).ok()?;
    (schemes.contains(&url.scheme()) && url.has_host()).then(|| text.to_owned())
}

/// The origin of a site that an agent serves.
pub(super) fn origin(text: &str) -> Result<String, Unfit> {
    match site(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Unfit(Bilingual::new(
            "https://portal.example か、この機械の http://portal.localhost:8080 のように指定してください",
            "give one such as https://portal.example, or http://portal.localhost:8080 of this machine",
        ))),
    }
}

pub(super) fn force(language: Language) -> Arg {
    Arg::new("force")
        .long("force")
        .action(ArgAction::SetTrue)
        .help(language.pick(
            "ファイルがすでにあれば置き換える",
            "Replace the file if there is one already",
        ))
}

pub(super) fn folder(help: &'static str) -> Arg {
    Arg::new("dir")
        .long("dir")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

pub(super) fn json(help: &'static str) -> Arg {
    Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help(help)
}

pub(super) fn help(language: Language) -> Arg {
    Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        // Last, but for the version.
        .display_order(100)
        .help(language.pick("この説明を表示する", "Show this help"))
}

pub(super) fn template(language: Language) -> &'static str {
    language.pick(
        "{about}\n\n使い方: {usage}\n\n{all-args}",
        "{about}\n\nUsage: {usage}\n\n{all-args}",
    )
}
