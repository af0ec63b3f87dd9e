//! `doctor`

use super::common::{WhichCard, address, city, force, json, template, web};
use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::{net::SocketAddr, path::PathBuf};

/// `doctor`
#[derive(Debug)]
pub(crate) struct Doctor {
    pub(crate) card: WhichCard,
    pub(crate) trust: Vec<PathBuf>,
    pub(crate) responder: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) agent: Option<SocketAddr>,
    pub(crate) is_offline: bool,
    pub(crate) card_report: Option<PathBuf>,
    pub(crate) is_forced: bool,
    pub(crate) is_list: bool,
    pub(crate) is_json: bool,
}

impl Doctor {
    pub(super) fn of(doctor: &ArgMatches) -> Self {
        Self {
            card: WhichCard::of(doctor),
            trust: doctor
                .get_many("trust")
                .unwrap_or_default()
                .cloned()
                .collect(),
            responder: doctor.get_one("responder").cloned(),
            city: doctor.get_one("city").cloned(),
            agent: doctor.get_one("agent").copied(),
            is_offline: doctor.get_flag("offline"),
            card_report: doctor.get_one("card-report").cloned(),
            is_forced: doctor.get_flag("force"),
            is_list: doctor.get_flag("list"),
            is_json: doctor.get_flag("json"),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let command = Command::new("doctor")
        .about(say(
            "カードが使えない原因を調べ、直し方を言う。暗証番号は尋ねない",
            "Find what keeps the card from being used, and say the fix; no PIN is asked for",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi doctor [オプション]",
            "shirushi doctor [OPTIONS]",
        ))
        .next_help_heading(say("オプション", "Options"));
    WhichCard::add(language, command)
        .arg(
            Arg::new("trust")
                .long("trust")
                .value_name("CA.pem")
                .value_parser(value_parser!(PathBuf))
                .action(ArgAction::Append)
                .help(say(
                    "信頼する認証局の証明書。何度でも指定できる［既定: ~/.config/shirushi/anchorsと/etc/shirushi/anchorsのもの］",
                    "Certificate of an authority to trust; may be given several times [default: those in ~/.config/shirushi/anchors and /etc/shirushi/anchors]",
                )),
        )
        .arg(
            Arg::new("responder")
                .long("responder")
                .value_name("URL")
                .value_parser(web)
                .help(say(
                    "失効を尋ねるサーバー（OCSP）［既定: 証明書に書かれたもの］",
                    "Server to ask for revocations (OCSP) [default: the one that the certificate names]",
                )),
        )
        .arg(
            Arg::new("agent")
                .long("agent")
                .value_name("ADDRESS:PORT")
                .value_parser(address)
                .help(say(
                    "利用者クライアントのアドレス［既定: 127.0.0.1:24780］",
                    "Where the agent is [default: 127.0.0.1:24780]",
                )),
        )
        .arg(
            Arg::new("city")
                .long("city")
                .value_name("URL")
                .value_parser(city)
                .help(say(
                    "認証局の鍵の期限も調べる市（市を動かしている人のため）",
                    "City whose authority's keys are looked at too, for who runs it",
                )),
        )
        .arg(
            Arg::new("offline")
                .long("offline")
                .action(ArgAction::SetTrue)
                .help(say(
                    "ネットワークの相手には何も尋ねない",
                    "Ask nobody on the network",
                )),
        )
        .arg(
            Arg::new("card-report")
                .long("card-report")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all(["list", "json"])
                .help(say(
                    "調べずに、カードのつくりをファイルに書く（個人に関するものは読まず、どこにも送らない）",
                    "Look at nothing; write to a file how the card is made (nothing personal is read, and nothing sent anywhere)",
                )),
        )
        .arg(force(language).requires("card-report"))
        .arg(
            Arg::new("list")
                .long("list")
                .action(ArgAction::SetTrue)
                .help(say(
                    "調べずに、調べることの一覧を表示する",
                    "Look at nothing; show what would be looked at",
                )),
        )
        .arg(json(say(
            "結果を1つのJSONのオブジェクトで出力する",
            "Print the result as one JSON object",
        )))
}
