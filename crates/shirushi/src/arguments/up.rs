//! `up`

use super::common::{address, database, folder, json, template};
use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use shirushi_town::PatternOfDatabases;
use std::{net::SocketAddr, path::PathBuf};

/// `up`
#[derive(Debug)]
pub(crate) struct Up {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) residents: Option<PathBuf>,
    pub(crate) municipalities: Option<PathBuf>,
    pub(crate) origins: Option<String>,
    pub(crate) agent: Option<SocketAddr>,
    pub(crate) is_restore_accepted: bool,
    pub(crate) is_clock_accepted: bool,
    pub(crate) witness: Option<PathBuf>,
    pub(crate) database: Option<PatternOfDatabases>,
    pub(crate) is_json: bool,
}

impl Up {
    pub(super) fn of(up: &ArgMatches) -> Self {
        Self {
            folder: up.get_one("dir").cloned(),
            listen: up.get_one("listen").copied(),
            residents: up.get_one("residents").cloned(),
            municipalities: up.get_one("municipalities").cloned(),
            origins: up.get_one("origins").cloned(),
            agent: up.get_one("agent").copied(),
            is_restore_accepted: up.get_flag("accept-restore"),
            is_clock_accepted: up.get_flag("accept-clock"),
            witness: up.get_one("witness").cloned(),
            database: up.get_one("database").cloned(),
            is_json: up.get_flag("json"),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
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
                .value_parser(address)
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
            Arg::new("municipalities")
                .long("municipalities")
                .value_name("FILE.csv")
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "市区町村の表。--residentsと一緒に使う（docs/roles.ja.md）［既定: 架空の三つ］",
                    "The municipalities, for --residents of one's own (docs/roles.md) [default: three invented ones]",
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
                .value_parser(address)
                .help(say(
                    "利用者クライアントのアドレス［既定: 待ち受けの次のポート。--originsがあれば利用者の機械の127.0.0.1:24780］",
                    "Where the agent is [default: the port after the city's; with --origins, 127.0.0.1:24780 on the visitor's machine]",
                )),
        )
        .arg(
            Arg::new("accept-restore")
                .long("accept-restore")
                .action(ArgAction::SetTrue)
                .help(say(
                    "バックアップから戻したデータベースで続ける。各機関の控えを突き合わせ、失効は増えることはあっても減らない",
                    "Go on with a database that came back from a backup: what the parties remember of each other is put together; revocations are only added",
                )),
        )
        .arg(
            Arg::new("accept-clock")
                .long("accept-clock")
                .action(ArgAction::SetTrue)
                .help(say(
                    "時計は、記録の最も新しい時刻より戻っていても正しいものとして続ける",
                    "Go on with the clock as it is, although it went back behind what is on record",
                )),
        )
        .arg(
            Arg::new("witness")
                .long("witness")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "認証局の記録の控えも置く別の場所のフォルダ。市のフォルダ全体が古い写しに戻されても、起動時に分かる",
                    "Folder in another place that also keeps the authority's checkpoint: it shows at a start when the whole city came back from a backup",
                )),
        )
        .arg(database(say(
            "データベースをPostgreSQLに置く新しい市の、{party} を含むURL。postgres://{party}@HOST/{party}［既定: フォルダの中のSQLite］",
            "For a new city with its databases on PostgreSQL: a URL with {party}, as in postgres://{party}@HOST/{party} [default: SQLite in the folder]",
        )))
        .arg(json(say(
            "起動したことを1行のJSONで知らせる",
            "Announce the start as one line of JSON",
        )))
}
