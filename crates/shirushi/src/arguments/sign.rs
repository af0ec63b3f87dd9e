//! `sign`

use super::common::{PinOptions, WhichCard, force, json, template};
use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValue, value_parser};
use shirushi_card::Credential;
use std::path::PathBuf;

/// `sign`
#[derive(Debug)]
pub(crate) struct Sign {
    pub(crate) card: WhichCard,
    pub(crate) pins: PinOptions,
    pub(crate) file: PathBuf,
    /// None: beside the file, with `.p7s` behind its name.
    pub(crate) output: Option<PathBuf>,
    pub(crate) key: Credential,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) with_ca: bool,
    pub(crate) is_forced: bool,
    pub(crate) is_json: bool,
}

impl Sign {
    pub(super) fn of(sign: &ArgMatches) -> Self {
        let key = sign.get_one::<String>("key");
        Self {
            card: WhichCard::of(sign),
            pins: PinOptions::of(sign),
            // It is required.
            file: sign
                .get_one("file")
                .cloned()
                .unwrap_or_default(),
            output: sign.get_one("output").cloned(),
            key: match key.map(String::as_str) {
                Some("auth") => Credential::Authentication,
                _ => Credential::Signature,
            },
            certificate: sign.get_one("certificate").cloned(),
            with_ca: sign.get_flag("with-ca"),
            is_forced: sign.get_flag("force"),
            is_json: sign.get_flag("json"),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let path = |name, short, value, help| {
        let arg = Arg::new(name)
            .long(name)
            .value_name(value)
            .value_parser(value_parser!(PathBuf))
            .help(help);
        match short {
            Some(short) => arg.short(short),
            None => arg,
        }
    };
    let sign = Command::new("sign")
        .about(say(
            "ファイルに署名用電子証明書で電子署名し、署名を別のファイルに書く（CMS、CAdES-B）",
            "Sign a file with the signature certificate; the signature is a file of its own (CMS, CAdES-B)",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi sign <FILE> [オプション]",
            "shirushi sign <FILE> [OPTIONS]",
        ))
        .arg(
            Arg::new("file")
                .required(true)
                .value_name("FILE")
                .help_heading(say("引数", "Arguments"))
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "署名するファイル（16 GiBまで）。- は標準入力（1 GiBまで）",
                    "The file to sign, of 16 GiB at most; - is standard input, of 1 GiB at most",
                )),
        )
        .next_help_heading(say("オプション", "Options"))
        .arg(path(
            "output",
            Some('o'),
            "OUT",
            say(
                "署名を書くファイル［既定: FILE.p7s］",
                "File for the signature [default: FILE.p7s]",
            ),
        ))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser([PossibleValue::new("cms")])
                .hide_possible_values(true)
                .help(say(
                    "署名の形式。今あるものは cms ［既定: cms］",
                    "Format of the signature; there is cms now [default: cms]",
                )),
        )
        .arg(
            Arg::new("key")
                .long("key")
                .value_name("sign|auth")
                .value_parser([PossibleValue::new("sign"), PossibleValue::new("auth")])
                .hide_possible_values(true)
                .help(say(
                    "使う鍵。auth は検証する側を試す開発者のためのもので、文書の署名としては通用しない［既定: sign］",
                    "The key; auth is for developers of verifiers, and no signature of a document [default: sign]",
                )),
        )
        .arg(path(
            "certificate",
            None,
            "CERT",
            say(
                "自分の電子証明書のファイル（PEMかDER）。カードから読まずに済む",
                "File of your own certificate (PEM or DER), which need not be read from the card then",
            ),
        ))
        .arg(
            Arg::new("with-ca")
                .long("with-ca")
                .action(ArgAction::SetTrue)
                .help(say(
                    "認証局の証明書もカードから読んで署名に入れる",
                    "Read the CA's certificate from the card as well and put it into the signature",
                )),
        )
        .arg(force(language));
    PinOptions::add(language, WhichCard::add(language, sign))
        .arg(json(say("JSONで出力する", "Print JSON")))
}
