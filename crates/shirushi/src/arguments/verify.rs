//! `verify`

use super::common::template;
use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValue, value_parser};
use shirushi_profile::CertificateKind;
use std::path::PathBuf;

/// `verify`
#[derive(Debug)]
pub(crate) struct Verify {
    pub(crate) signature: PathBuf,
    pub(crate) content: PathBuf,
    pub(crate) certificates: Vec<PathBuf>,
    pub(crate) trust: Vec<PathBuf>,
    pub(crate) lists: Vec<PathBuf>,
    pub(crate) is_online: bool,
    pub(crate) kind: CertificateKind,
    pub(crate) is_json: bool,
}

impl Verify {
    pub(super) fn of(verify: &ArgMatches) -> Self {
        let path = |name| {
            // Both are required.
            verify
                .get_one(name)
                .cloned()
                .unwrap_or_default()
        };
        let paths = |name| {
            verify
                .get_many(name)
                .unwrap_or_default()
                .cloned()
                .collect()
        };
        let text = |name| {
            verify
                .get_one::<String>(name)
                .map(String::as_str)
        };
        Self {
            signature: path("file"),
            content: path("content"),
            certificates: paths("certificate"),
            trust: paths("trust"),
            lists: paths("crl"),
            is_online: verify.get_flag("online"),
            kind: match text("key") {
                Some("auth") => CertificateKind::Authentication,
                _ => CertificateKind::Signature,
            },
            is_json: text("report") == Some("json"),
        }
    }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let path = |name: &'static str, value| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .value_parser(value_parser!(PathBuf))
    };
    Command::new("verify")
        .about(say(
            "電子署名を検証する。終了コード 0: 合格、1: 不合格、2: 判定できない、64と66: 検証していない",
            "Verify a signature; exit code 0: passed, 1: failed, 2: cannot be told, 64 and 66: not verified",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi verify <FILE> --content <FILE> [オプション]",
            "shirushi verify <FILE> --content <FILE> [OPTIONS]",
        ))
        .arg(
            Arg::new("file")
                .required(true)
                .value_name("FILE")
                .help_heading(say("引数", "Arguments"))
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "署名のファイル（CMS。DER、PEM、base64）。- は標準入力",
                    "The signature (CMS in DER, PEM or base64); - is standard input",
                )),
        )
        .next_help_heading(say("オプション", "Options"))
        .arg(
            path("content", "FILE")
                .required(true)
                .help(say(
                    "署名されたファイル（16 GiBまで）。- は標準入力（1 GiBまで）",
                    "The file that was signed, of 16 GiB at most; - is standard input, of 1 GiB at most",
                )),
        )
        .arg(
            path("certificate", "FILE")
                .action(ArgAction::Append)
                .help(say(
                    "署名の中にないときの、署名者の証明書（PEMかDER）",
                    "The signer's certificate (PEM or DER), when it is not inside the signature",
                )),
        )
        .arg(
            path("trust", "CA.pem")
                .action(ArgAction::Append)
                .help(say(
                    "信頼する認証局の証明書。なければ判定できない",
                    "Certificate of an authority that is trusted; without one nothing can be told",
                )),
        )
        .arg(
            Arg::new("online")
                .long("online")
                .action(ArgAction::SetTrue)
                .help(say(
                    "電子証明書の状態を、信頼する認証局の証明書にあるアドレスに問い合わせる（OCSP、次に失効リスト）",
                    "Ask for the certificate's status at the addresses in it (OCSP, then a list), if a trusted authority has signed it",
                )),
        )
        .arg(
            path("crl", "FILE")
                .action(ArgAction::Append)
                .help(say(
                    "失効リストのファイル（DERかPEM）",
                    "File of a revocation list (DER or PEM)",
                )),
        )
        .arg(
            Arg::new("key")
                .long("key")
                .value_name("sign|auth")
                .value_parser([PossibleValue::new("sign"), PossibleValue::new("auth")])
                .hide_possible_values(true)
                .help(say(
                    "署名に使われたはずの鍵［既定: sign］",
                    "The key that must have signed [default: sign]",
                )),
        )
        .arg(
            Arg::new("report")
                .long("report")
                .value_name("text|json")
                .value_parser([PossibleValue::new("text"), PossibleValue::new("json")])
                .hide_possible_values(true)
                .help(say(
                    "報告の形［既定: text］",
                    "Form of the report [default: text]",
                )),
        )
}
