//! `cert`

use super::common::{PinOptions, WhichCard, force, json, template, web};
use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValue, value_parser};
use shirushi_card::Credential;
use std::path::PathBuf;

/// `cert`
#[derive(Debug)]
pub(crate) struct Cert {
    pub(crate) card: WhichCard,
    pub(crate) pins: PinOptions,
    pub(crate) order: CertOrder,
    pub(crate) is_json: bool,
}

/// What is to be done with the certificates.
#[derive(Debug)]
pub(crate) enum CertOrder {
    Show {
        with_signature: bool,
    },
    Items {
        with_number: bool,
    },
    Export {
        which: Exported,
        output: PathBuf,
        is_der: bool,
        is_forced: bool,
    },
    Check {
        with_signature: bool,
        trust: Vec<PathBuf>,
    },
    Revoke(Ending),
}

/// What is to end, and how.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) authentication: bool,
    pub(crate) signature: bool,
    pub(crate) is_lost: bool,
    pub(crate) is_confirmed: bool,
    pub(crate) authority: Option<String>,
}

/// Which certificate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exported {
    pub(crate) credential: Credential,
    pub(crate) is_ca: bool,
}

impl Cert {
    pub(super) fn of(cert: &ArgMatches) -> Self {
        let (order, matches) = match cert.subcommand() {
            Some(("items", items)) => (
                CertOrder::Items {
                    with_number: items.get_flag("individual-number"),
                },
                items,
            ),
            Some(("export", export)) => (
                CertOrder::Export {
                    which: exported(export),
                    // It is required.
                    output: export
                        .get_one("output")
                        .cloned()
                        .unwrap_or_default(),
                    is_der: export.get_flag("der"),
                    is_forced: export.get_flag("force"),
                },
                export,
            ),
            Some(("check", check)) => (
                CertOrder::Check {
                    with_signature: check.get_flag("with-signature-certificate"),
                    trust: check
                        .get_many("trust")
                        .unwrap_or_default()
                        .cloned()
                        .collect(),
                },
                check,
            ),
            Some(("revoke", revoke)) => (CertOrder::Revoke(ending(revoke)), revoke),
            // `show` is the only other subcommand, and one is required.
            other => {
                let show = other.map_or(cert, |(_, show)| show);
                (
                    CertOrder::Show {
                        with_signature: show.get_flag("with-signature-certificate"),
                    },
                    show,
                )
            }
        };
        Self {
            card: WhichCard::of(matches),
            pins: PinOptions::of(matches),
            order,
            is_json: matches.get_flag("json"),
        }
    }
}

fn ending(matches: &ArgMatches) -> Ending {
    let text = |name| {
        matches
            .get_one::<String>(name)
            .map(String::as_str)
    };
    let which = text("which");
    Ending {
        authentication: which != Some("sign"),
        signature: which != Some("auth"),
        is_lost: text("reason") == Some("compromised"),
        is_confirmed: matches.get_flag("yes"),
        authority: matches.get_one("authority").cloned(),
    }
}

fn exported(matches: &ArgMatches) -> Exported {
    let (credential, is_ca) = match matches
        .get_one::<String>("which")
        .map(String::as_str)
    {
        Some("sign") => (Credential::Signature, false),
        Some("sign-ca") => (Credential::Signature, true),
        Some("auth-ca") => (Credential::Authentication, true),
        _ => (Credential::Authentication, false),
    };
    Exported { credential, is_ca }
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let part = |name, usage, about| {
        Command::new(name)
            .about(about)
            .help_template(template(language))
            .override_usage(usage)
            .next_help_heading(say("オプション", "Options"))
    };
    let complete = |command| {
        PinOptions::add(language, WhichCard::add(language, command))
            .arg(json(say("JSONで出力する", "Print JSON")))
    };
    let with_signature = Arg::new("with-signature-certificate")
        .long("with-signature-certificate")
        .action(ArgAction::SetTrue)
        .help(say(
            "署名用電子証明書も（署名用パスワードが必要）",
            "The signature certificate as well, which needs the signature password",
        ));
    let show = part(
        "show",
        say(
            "shirushi cert show [オプション]",
            "shirushi cert show [OPTIONS]",
        ),
        say(
            "カードの電子証明書を表示する",
            "Show the certificates on the card",
        ),
    )
    .arg(with_signature.clone());
    let items = part(
        "items",
        say(
            "shirushi cert items [オプション]",
            "shirushi cert items [OPTIONS]",
        ),
        say(
            "券面の基本4情報を表示する（券面事項入力補助用暗証番号が必要）",
            "Show the four items printed on the card, which needs the text PIN",
        ),
    )
    .arg(
        Arg::new("individual-number")
            .long("individual-number")
            .action(ArgAction::SetTrue)
            .conflicts_with("json")
            .help(say(
                "4情報の代わりに個人番号を端末に1度だけ表示する。法律で扱いが制限されているので、確認の入力を求める",
                "Show the 個人番号 (individual number) instead, once, at the terminal; the law limits its use, so a confirmation is asked for",
            )),
    );
    let export = Command::new("export")
        .about(say(
            "電子証明書をファイルに書き出す",
            "Write a certificate into a file",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi cert export <auth|sign|auth-ca|sign-ca> -o <FILE> [オプション]",
            "shirushi cert export <auth|sign|auth-ca|sign-ca> -o <FILE> [OPTIONS]",
        ))
        .arg(
            Arg::new("which")
                .required(true)
                .value_name("auth|sign|auth-ca|sign-ca")
                .help_heading(say("引数", "Arguments"))
                .hide_possible_values(true)
                .value_parser(
                    ["auth", "sign", "auth-ca", "sign-ca"].map(PossibleValue::new),
                )
                .help(say(
                    "利用者証明用か署名用か、または、その発行者（認証局）。signには署名用パスワードが必要",
                    "Authentication or signature certificate, or that of its issuer; sign needs the signature password",
                )),
        )
        .next_help_heading(say("オプション", "Options"))
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .required(true)
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help(say("書き出すファイル", "The file to write")),
        )
        .arg(
            Arg::new("pem")
                .long("pem")
                .action(ArgAction::SetTrue)
                .conflicts_with("der")
                .help(say("PEMで書く［既定］", "As PEM [default]")),
        )
        .arg(
            Arg::new("der")
                .long("der")
                .action(ArgAction::SetTrue)
                .help(say("DERで書く", "As DER")),
        )
        .arg(force(language));
    let check = part(
        "check",
        say(
            "shirushi cert check [オプション]",
            "shirushi cert check [OPTIONS]",
        ),
        say(
            "電子証明書が有効かを、OCSP、次に失効リストで確かめる",
            "Ask whether the certificates are alive: by OCSP, then by a revocation list",
        ),
    )
    .arg(with_signature)
    .arg(
        Arg::new("trust")
            .long("trust")
            .value_name("CA.pem")
            .value_parser(value_parser!(PathBuf))
            .action(ArgAction::Append)
            .help(say(
                "信頼する認証局の証明書［既定: カードに入っている認証局の証明書］",
                "Certificate of an authority that is trusted [default: that on the card]",
            )),
    );
    let revoke = Command::new("revoke")
        .about(say(
            "電子証明書の失効をオンラインで申請する（署名用パスワードが必要）。取り消せない",
            "Ask the authority online to revoke certificates, which needs the signature password; this cannot be undone",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi cert revoke <auth|sign|both> [オプション]",
            "shirushi cert revoke <auth|sign|both> [OPTIONS]",
        ))
        .arg(
            Arg::new("which")
                .required(true)
                .value_name("auth|sign|both")
                .help_heading(say("引数", "Arguments"))
                .hide_possible_values(true)
                .value_parser(["auth", "sign", "both"].map(PossibleValue::new))
                .help(say(
                    "失効させるもの。申請は、どの場合も署名用の鍵で署名する",
                    "What is to end; the request is signed with the signature key in each case",
                )),
        )
        .next_help_heading(say("オプション", "Options"))
        .arg(
            Arg::new("reason")
                .long("reason")
                .value_name("unneeded|compromised")
                .hide_possible_values(true)
                .value_parser(["unneeded", "compromised"].map(PossibleValue::new))
                .help(say(
                    "理由。不要になった、または、暗証番号や鍵が他人に知られた［既定: unneeded］",
                    "Why: no longer needed, or PIN or key known to others [default: unneeded]",
                )),
        )
        .arg(
            Arg::new("authority")
                .long("authority")
                .value_name("URL")
                .value_parser(web)
                .help(say(
                    "認証局のアドレス［既定: 電子証明書にあるもの］",
                    "Address of the authority [default: that in the certificate]",
                )),
        )
        .arg(
            Arg::new("yes")
                .long("yes")
                .action(ArgAction::SetTrue)
                .help(say(
                    "確認の言葉の入力を求めない",
                    "Do not ask for a confirmation",
                )),
        );
    Command::new("cert")
        .about(say(
            "カードの電子証明書: 表示、書き出し、有効性の確認、失効",
            "The certificates on the card: show, export, check, revoke",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi cert <コマンド> [オプション]",
            "shirushi cert <COMMAND> [OPTIONS]",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .next_help_heading(say("オプション", "Options"))
        .disable_help_subcommand(true)
        .subcommand(complete(show))
        .subcommand(complete(items))
        .subcommand(complete(export))
        .subcommand(complete(check))
        .subcommand(complete(revoke))
}
