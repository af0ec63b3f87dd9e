//! `role`

use super::common::{folder, json, template};
use crate::{language::Language, usage::Unfit};
use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::{PossibleValuesParser, TypedValueParser as _},
    value_parser,
};
use shirushi_crypto::KeyKind;
use shirushi_profile::RevocationReason;
use shirushi_roles::{Peer, Role as Played, ServiceName, Which};
use shirushi_rules::Bilingual;
use std::path::PathBuf;

const ED25519: &str = "ed25519";
/// The longest that a certificate lasts: ten years.
const MOST_DAYS: i64 = 3_650;

/// `role`
#[derive(Debug)]
pub(crate) struct Role {
    /// The role CA's folder.
    pub(crate) dir: PathBuf,
    pub(crate) order: RoleOrder,
    pub(crate) is_json: bool,
}

/// What the role CA is to do.
#[derive(Debug)]
pub(crate) enum RoleOrder {
    New {
        peer: Peer,
        wanted: Wanted,
    },
    List,
    Renew {
        name: ServiceName,
        wanted: Wanted,
    },
    Revoke {
        which: Which,
        reason: RevocationReason,
        /// Folders of identities that are given the new list.
        folders: Vec<PathBuf>,
    },
}

/// How a new certificate is to be.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) key: WhichKey,
    pub(crate) days: u16,
    pub(crate) out: PathBuf,
}

/// The key of a new certificate.
#[derive(Debug)]
pub(crate) enum WhichKey {
    Made(KeyKind),
    Requested(PathBuf),
    /// That of the certificate before.
    Kept,
}

impl Role {
    pub(super) fn of(role: &ArgMatches) -> Self {
        let (name, matches) = role
            .subcommand()
            .unwrap_or(("list", role));
        let order = match name {
            "new" => new_of(matches),
            "renew" => renew_of(matches),
            "revoke" => revoke_of(matches),
            _ => None,
        };
        Self {
            // This, and what each order needs, is required on the command line.
            dir: path(matches, "dir").unwrap_or_default(),
            order: order.unwrap_or(RoleOrder::List),
            is_json: matches.get_flag("json"),
        }
    }
}

fn new_of(matches: &ArgMatches) -> Option<RoleOrder> {
    let peer = Peer {
        role: *matches.get_one("role")?,
        name: matches
            .get_one::<ServiceName>("name")?
            .clone(),
    };
    let key = match path(matches, "request") {
        Some(request) => WhichKey::Requested(request),
        None => WhichKey::Made(kind_of(matches)),
    };
    let wanted = wanted_of(matches, key)?;
    Some(RoleOrder::New { peer, wanted })
}

fn renew_of(matches: &ArgMatches) -> Option<RoleOrder> {
    let name = matches
        .get_one::<ServiceName>("name")?
        .clone();
    let key = match path(matches, "request") {
        Some(request) => WhichKey::Requested(request),
        None if matches.get_flag("keep-key") => WhichKey::Kept,
        None => WhichKey::Made(kind_of(matches)),
    };
    let wanted = wanted_of(matches, key)?;
    Some(RoleOrder::Renew { name, wanted })
}

fn revoke_of(matches: &ArgMatches) -> Option<RoleOrder> {
    let which = match matches.get_one("number") {
        Some(number) => Which::Numbered(*number),
        None => Which::Of(
            matches
                .get_one::<ServiceName>("name")?
                .clone(),
        ),
    };
    Some(RoleOrder::Revoke {
        which,
        reason: reason_of(matches),
        folders: matches
            .get_many("out")
            .unwrap_or_default()
            .cloned()
            .collect(),
    })
}

fn wanted_of(matches: &ArgMatches, key: WhichKey) -> Option<Wanted> {
    Some(Wanted {
        key,
        days: *matches.get_one("days")?,
        out: path(matches, "out")?,
    })
}

fn kind_of(matches: &ArgMatches) -> KeyKind {
    let asked = matches.get_one::<String>("key");
    match asked.is_some_and(|kind| kind == ED25519) {
        true => KeyKind::Ed25519,
        false => KeyKind::P256,
    }
}

fn reason_of(matches: &ArgMatches) -> RevocationReason {
    match matches
        .get_one::<String>("reason")
        .map(String::as_str)
    {
        Some("key-compromise") => RevocationReason::KeyCompromise,
        Some("superseded") => RevocationReason::Superseded,
        Some("cessation-of-operation") => RevocationReason::CessationOfOperation,
        _ => RevocationReason::Unspecified,
    }
}

fn path(matches: &ArgMatches, name: &str) -> Option<PathBuf> {
    matches.get_one(name).cloned()
}

fn service_name(text: &str) -> Result<ServiceName, Unfit> {
    text.parse().map_err(|_| {
        Unfit(Bilingual::new(
            "counter-1 のように、英小文字・数字・ハイフンで24字までの名前を指定してください",
            "give a name such as counter-1, of at most 24 small letters, digits and hyphens",
        ))
    })
}

pub(super) fn command(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    Command::new("role")
        .about(say(
            "役割（台帳、認証局、窓口など）どうしが互いを知るための証明書を作る、調べる、更新する、失効させる",
            "Make, list, renew and revoke the certificates by which roles (register, authority, counter, …) know each other",
        ))
        .help_template(template(language))
        .override_usage(say(
            "shirushi role <コマンド> --dir DIR [オプション]",
            "shirushi role <COMMAND> --dir DIR [OPTIONS]",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_help_heading(say("コマンド", "Commands"))
        .next_help_heading(say("オプション", "Options"))
        .disable_help_subcommand(true)
        .subcommand(new(language))
        .subcommand(list(language))
        .subcommand(renew(language))
        .subcommand(revoke(language))
}

fn new(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let roles = PossibleValuesParser::new(Played::ALL.map(Played::as_str))
        .try_map(|role| role.parse::<Played>());
    let about = say(
        "サービスの鍵と証明書を新しく作る。役割認証局がまだなければ、それも --dir に作る",
        "Make a key and a certificate for a service; the first time, the role CA itself is made in --dir as well",
    );
    let usage = say(
        "shirushi role new <ROLE> <NAME> --dir DIR --out DIR [オプション]",
        "shirushi role new <ROLE> <NAME> --dir DIR --out DIR [OPTIONS]",
    );
    let role = Arg::new("role")
        .value_name("ROLE")
        .required(true)
        .display_order(1)
        .value_parser(roles)
        .hide_possible_values(true)
        .help(say(
            "役割: register、authority、responder、counter、portal、agency、desk",
            "The role: register, authority, responder, counter, portal, agency or desk",
        ));
    let named = vec![role, name(language).display_order(2)];
    subcommand("new", (about, usage), named, language).args(issuing(language))
}

fn list(language: Language) -> Command {
    let about = language.pick(
        "発行した証明書を、番号、期限、失効とともに表示する",
        "List the certificates that were issued, with numbers, ends and revocations",
    );
    subcommand(
        "list",
        (about, "shirushi role list --dir DIR [--json]"),
        vec![],
        language,
    )
}

fn renew(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let about = say(
        "サービスに新しい証明書を発行する。動いているサービスは再起動せずに使い始める。前のものは期限まで有効",
        "Issue a new certificate to a service, which takes it into use without a restart; the one before lasts to its end",
    );
    let usage = say(
        "shirushi role renew <NAME> --dir DIR --out DIR [オプション]",
        "shirushi role renew <NAME> --dir DIR --out DIR [OPTIONS]",
    );
    subcommand("renew", (about, usage), vec![name(language)], language)
        .args(issuing(language))
        .arg(
            Arg::new("keep-key")
                .long("keep-key")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["key", "request"])
                .help(say(
                    "鍵を替えない［既定: 新しい鍵を作る］",
                    "Keep the key [default: make a new one]",
                )),
        )
}

fn revoke(language: Language) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let about = say(
        "サービスの証明書を失効させ、失効リストをすぐに作り直す",
        "Revoke a service's certificates, and make the list of revoked ones anew at once",
    );
    let usage = say(
        "shirushi role revoke <NAME>|--number N --dir DIR [--out DIR]… [オプション]",
        "shirushi role revoke <NAME>|--number N --dir DIR [--out DIR]… [OPTIONS]",
    );
    let name = name(language)
        .required(false)
        .required_unless_present("number");
    subcommand("revoke", (about, usage), vec![name], language)
        .arg(
            Arg::new("number")
                .long("number")
                .value_name("N")
                .value_parser(value_parser!(u64))
                .conflicts_with("name")
                .help(say(
                    "この番号の証明書だけ（role list で分かる）",
                    "Only the certificate with this number (see role list)",
                )),
        )
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
                .help(say(
                    "新しい失効リストを渡すサービスのフォルダ。何度でも指定できる",
                    "Folder of a service that is given the new list; may be given several times",
                )),
        )
        .arg(reason(language))
}

fn reason(language: Language) -> Arg {
    let reasons = [
        "unspecified",
        "key-compromise",
        "superseded",
        "cessation-of-operation",
    ];
    Arg::new("reason")
        .long("reason")
        .value_name("REASON")
        .value_parser(reasons)
        .hide_possible_values(true)
        .help(language.pick(
            "事由: unspecified、key-compromise、superseded、cessation-of-operation［既定: unspecified］",
            "Why: unspecified, key-compromise, superseded or cessation-of-operation [default: unspecified]",
        ))
}

/// The service's name.
fn name(language: Language) -> Arg {
    let say = |ja, en| language.pick(ja, en);
    Arg::new("name")
        .value_name("NAME")
        .required(true)
        .value_parser(service_name)
        .help(say(
            "サービスの名前。counter-1 など",
            "The service's name, such as counter-1",
        ))
}

/// The options of what issues.
fn issuing(language: Language) -> [Arg; 4] {
    let say = |ja, en| language.pick(ja, en);
    [
        Arg::new("out")
            .long("out")
            .value_name("DIR")
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(say(
                "サービスのフォルダ。identity.key、identity.pem、ca.pem、crl.pem が置かれる",
                "The service's folder, for identity.key, identity.pem, ca.pem and crl.pem",
            )),
        Arg::new("request")
            .long("request")
            .value_name("FILE")
            .conflicts_with("key")
            .value_parser(value_parser!(PathBuf))
            .help(say(
                "サービスの機械で作った証明書の要求（PKCS#10、PEM）。鍵はその機械から出ない",
                "A request made on the service's machine (PKCS#10, PEM), which the key then never leaves",
            )),
        Arg::new("key")
            .long("key")
            .value_name("KIND")
            .value_parser(["p256", ED25519])
            .hide_possible_values(true)
            .help(say(
                "鍵の種類: p256、ed25519［既定: p256］",
                "Kind of key: p256 or ed25519 [default: p256]",
            )),
        Arg::new("days")
            .long("days")
            .value_name("N")
            .default_value("365")
            .hide_default_value(true)
            .value_parser(value_parser!(u16).range(1..=MOST_DAYS))
            .help(say(
                "有効な日数、3650まで［既定: 365］",
                "Days of validity, at most 3650 [default: 365]",
            )),
    ]
}

/// What all of them have, with what it is, how it is used, and what has no option's name.
fn subcommand(
    name: &'static str,
    (about, usage): (&'static str, &'static str),
    named: Vec<Arg>,
    language: Language,
) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let dir = folder(say(
        "役割認証局のフォルダ。その鍵を読める人だけが証明書を発行できる",
        "The role CA's folder; whoever can read its key can issue certificates",
    ));
    let json = json(say(
        "結果をJSONで1行に出す",
        "Print the answer as one line of JSON",
    ));
    Command::new(name)
        .about(about)
        .help_template(template(language))
        .override_usage(usage)
        .next_help_heading(say("引数", "Arguments"))
        .args(named)
        .next_help_heading(say("オプション", "Options"))
        .arg(dir.required(true))
        .arg(json.display_order(99))
}
