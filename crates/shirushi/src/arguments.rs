//! The command line (DESIGN.md §4).

use crate::{language::Language, usage};
use clap::{Arg, ArgAction, ArgMatches, Command, error::ErrorKind, value_parser};
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

/// Exit code for a command line that was not understood (`EX_USAGE`).
const USAGE: u8 = 64;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Order {
    Agent(Agent),
    Up(Up),
    Tour(Tour),
}

/// `up`
#[derive(Debug)]
pub(crate) struct Up {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) residents: Option<PathBuf>,
    pub(crate) origins: Option<String>,
    pub(crate) agent: Option<SocketAddr>,
    pub(crate) is_json: bool,
}

/// `agent`
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) sites: Vec<String>,
    pub(crate) cards: Option<PathBuf>,
    pub(crate) trust: Vec<PathBuf>,
    pub(crate) is_json: bool,
}

/// `tour`
#[derive(Debug)]
pub(crate) struct Tour {
    pub(crate) url: Option<String>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) artefacts: Option<PathBuf>,
    pub(crate) is_json: bool,
}

/// Reads the command line; what is wrong with it, or help, is printed, and the exit code for that is the error.
pub(crate) fn parse(language: Language) -> Result<Order, ExitCode> {
    match command(language).try_get_matches() {
        Ok(matches) => Ok(order(&matches)),
        Err(error) => Err(tell(&error, language)),
    }
}

/// Prints help or what is wrong, and gives the exit code for it.
fn tell(error: &clap::Error, language: Language) -> ExitCode {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    match (error.kind(), language) {
        (DisplayHelp | DisplayVersion | DisplayHelpOnMissingArgumentOrSubcommand, _)
        | (_, Language::English) => {
            // Nothing can be done if even this cannot be printed.
            let _ = error.print();
        }
        (_, Language::Japanese) => eprint!("{}", usage::in_japanese(error)),
    }
    match error.kind() {
        DisplayHelp | DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(USAGE),
    }
}

fn order(matches: &ArgMatches) -> Order {
    match matches.subcommand() {
        Some(("tour", tour)) => Order::Tour(Tour {
            url: tour.get_one("url").cloned(),
            folder: tour.get_one("dir").cloned(),
            artefacts: tour.get_one("artefacts").cloned(),
            is_json: tour.get_flag("json"),
        }),
        Some(("agent", agent)) => Order::Agent(Agent {
            folder: agent.get_one("dir").cloned(),
            listen: agent.get_one("listen").copied(),
            sites: agent
                .get_many("site")
                .unwrap_or_default()
                .cloned()
                .collect(),
            cards: agent.get_one("cards").cloned(),
            trust: agent
                .get_many("trust")
                .unwrap_or_default()
                .cloned()
                .collect(),
            is_json: agent.get_flag("json"),
        }),
        // `up` is the only other subcommand, and one is required.
        other => {
            let up = other.map_or(matches, |(_, up)| up);
            Order::Up(Up {
                folder: up.get_one("dir").cloned(),
                listen: up.get_one("listen").copied(),
                residents: up.get_one("residents").cloned(),
                origins: up.get_one("origins").cloned(),
                agent: up.get_one("agent").copied(),
                is_json: up.get_flag("json"),
            })
        }
    }
}

fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("shirushi")
        .version(env!("CARGO_PKG_VERSION"))
        .about(say(
            "公的個人認証サービスのオープンな実装。練習用の環境で、実際のサービスではありません。",
            "An open implementation of Japan's public personal authentication service (JPKI). A sandbox, not the real service.",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi <コマンド> [オプション]",
            "shirushi <COMMAND> [OPTIONS]",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .next_help_heading(say("オプション", "Options"))
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(help(language).global(true))
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .display_order(101)
                .help(say("バージョンを表示する", "Show the version")),
        )
        .subcommand(up(language))
        .subcommand(tour(language))
        .subcommand(agent(language))
}

fn up(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("up")
        .about(say(
            "一つの市をこの機械で動かす: 台帳、認証局、窓口、行政機関",
            "Run a whole city on this machine: register, authority, counter, agency",
        ))
        .help_template(template(language))
        .override_usage(say("shirushi up [オプション]", "shirushi up [OPTIONS]"))
        .next_help_heading(say("オプション", "Options"))
        .arg(folder(say(
            "データを置くフォルダ［既定: ~/.local/share/shirushi］",
            "Folder for all data [default: ~/.local/share/shirushi]",
        )))
        .arg(
            Arg::new("listen")
                .long("listen")
                .value_name("ADDRESS:PORT")
                .value_parser(value_parser!(SocketAddr))
                .help(say(
                    "待ち受けるループバックアドレス。最初の起動で証明書に書き込まれ、以後変わらない［既定: 127.0.0.1:8080］",
                    "Loopback address to listen on; the first start writes it into the certificates for good [default: 127.0.0.1:8080]",
                )),
        )
        .arg(
            Arg::new("residents")
                .long("residents")
                .value_name("FILE.csv")
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "最初に取り込む住民のCSV［既定: 架空の住民330人］",
                    "Residents to import at first, as CSV [default: 330 invented ones]",
                )),
        )
        .arg(
            Arg::new("origins")
                .long("origins")
                .value_name("PATTERN")
                .help(say(
                    "画面のアドレス。https://{site}.example のように、前に置いたTLSの中継から届くもの［既定: http://{site}.localhost:PORT］",
                    "Origins of the pages, as a TLS proxy in front gives them: https://{site}.example [default: http://{site}.localhost:PORT]",
                )),
        )
        .arg(
            Arg::new("agent")
                .long("agent")
                .value_name("ADDRESS:PORT")
                .value_parser(value_parser!(SocketAddr))
                .help(say(
                    "エージェントのアドレス［既定: 待ち受けの次のポート。--originsがあれば利用者の機械の127.0.0.1:24780］",
                    "Where the agent is [default: the port after the city's; with --origins, 127.0.0.1:24780 on the visitor's machine]",
                )),
        )
        .arg(json(say(
            "起動したことを1行のJSONで知らせる",
            "Announce the start as one line of JSON",
        )))
}

fn agent(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("agent")
        .about(say(
            "利用者の機械でカードを扱うプログラム。暗証番号はこの画面だけで入力する",
            "The program on a citizen's machine that handles the card; PINs are typed on its pages alone",
        ))
        .help_template(template(language))
        .override_usage(say("shirushi agent [オプション]", "shirushi agent [OPTIONS]"))
        .next_help_heading(say("オプション", "Options"))
        .arg(folder(say(
            "データを置くフォルダ［既定: ~/.local/share/shirushi-agent］",
            "Folder for its data [default: ~/.local/share/shirushi-agent]",
        )))
        .arg(
            Arg::new("listen")
                .long("listen")
                .value_name("ADDRESS:PORT")
                .value_parser(value_parser!(SocketAddr))
                .help(say(
                    "待ち受けるループバックアドレス［既定: 127.0.0.1:24780］",
                    "Loopback address to listen on [default: 127.0.0.1:24780]",
                )),
        )
        .arg(
            Arg::new("site")
                .long("site")
                .value_name("ORIGIN")
                .action(ArgAction::Append)
                .help(say(
                    "カードを使ってよいサイト（https://portal.example）。何度でも指定できる",
                    "A site that may use the card (https://portal.example); may be given several times",
                )),
        )
        .arg(
            Arg::new("cards")
                .long("cards")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "ソフトウェアのカードのフォルダ［既定: データのフォルダのcards］",
                    "Folder of software cards [default: cards in the data folder]",
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
                    "Certificate of a further authority that is trusted for the sites' TLS",
                )),
        )
        .arg(json(say(
            "起動したことを1行のJSONで知らせる",
            "Announce the start as one line of JSON",
        )))
}

fn tour(language: Language) -> Command {
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

fn folder(help: &'static str) -> Arg {
    Arg::new("dir")
        .long("dir")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .help(help)
}

fn json(help: &'static str) -> Arg {
    Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help(help)
}

fn help(language: Language) -> Arg {
    Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        // Last, but for the version.
        .display_order(100)
        .help(language.pick("この説明を表示する", "Show this help"))
}

fn template(language: Language) -> &'static str {
    language.pick(
        "{about}\n\n使い方: {usage}\n\n{all-args}",
        "{about}\n\nUsage: {usage}\n\n{all-args}",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_describe_the_same_commands() {
        for language in [Language::Japanese, Language::English] {
            command(language).debug_assert();
        }
    }

    #[test]
    fn a_tour_is_told_either_at_a_url_or_in_a_folder() {
        let matches = command(Language::English).try_get_matches_from([
            "shirushi",
            "tour",
            "--url",
            "http://127.0.0.1:1",
            "--dir",
            "x",
        ]);
        assert_eq!(matches.unwrap_err().kind(), ErrorKind::ArgumentConflict);
    }
}
