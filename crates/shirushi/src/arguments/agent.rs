//! `agent`

use super::common::{address, folder, json, origin, template};
use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::{net::SocketAddr, path::PathBuf};

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

impl Agent {
    pub(super) fn of(agent: &ArgMatches) -> Self {
        Self {
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
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("agent")
        .about(say(
            "利用者クライアント：カードと暗証番号、署名とその確認、サイトからの求めの画面。暗証番号はこの画面だけで入力する",
            "The agent (利用者クライアント): the card, signing and checking files, and what sites ask for; PINs are typed on its pages alone",
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
                .value_parser(address)
                .help(say(
                    "待ち受けるループバックアドレス［既定: 127.0.0.1:24780］",
                    "Loopback address to listen on [default: 127.0.0.1:24780]",
                )),
        )
        .arg(
            Arg::new("site")
                .long("site")
                .value_name("ORIGIN")
                .value_parser(origin)
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
