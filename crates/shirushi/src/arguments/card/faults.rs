//! What is to go wrong (`docs/faults.md`).

use crate::language::Language;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use shirushi_apdu::StatusWord;
use shirushi_softcard::faults::{Fault, Garbage, NotAScript, Script, When};
use std::time::Duration;

/// The script that the options make. Where several faults are due at one command, the first in the order of the help is taken.
pub(super) fn of(matches: &ArgMatches) -> Script {
    let usual = Script::default();
    let time = |name| {
        matches
            .get_one::<u64>(name)
            .map(|ms| Duration::from_millis(*ms))
    };
    let mut at = Vec::new();
    for (name, fault) in [
        ("tear-before", Fault::TornBefore),
        ("tear-after", Fault::TornAfter),
        ("pull-after", Fault::PulledAfter),
        ("mute-at", Fault::Mute),
    ] {
        let whens = matches
            .get_many::<When>(name)
            .unwrap_or_default();
        at.extend(whens.map(|when| (*when, fault)));
    }
    for name in ["garble", "sw"] {
        let entries = matches
            .get_many::<(When, Fault)>(name)
            .unwrap_or_default();
        at.extend(entries.copied());
    }
    Script {
        slow: time("slow").unwrap_or(usual.slow),
        slow_signature: time("slow-sign").unwrap_or(usual.slow_signature),
        at,
        return_after: time("return-after").unwrap_or(usual.return_after),
        mute_for: time("mute-for"),
        rate: matches
            .get_one("fault-rate")
            .copied()
            .unwrap_or(usual.rate),
        seed: matches
            .get_one("seed")
            .copied()
            .unwrap_or(usual.seed),
        response_chaining: matches.get_flag("response-chaining"),
        exact_le: matches.get_flag("exact-le"),
    }
}

/// `N` or `N=KIND`.
fn garbled(text: &str) -> Result<(When, Fault), NotAScript> {
    let (when, garbage) = match text.split_once('=') {
        Some((when, garbage)) => (when, garbage.parse()?),
        None => (text, Garbage::Random),
    };
    Ok((when.parse()?, Fault::Garbled(garbage)))
}

/// `N=6F00`.
fn status(text: &str) -> Result<(When, Fault), NotAScript> {
    let (when, word) = text.split_once('=').ok_or(NotAScript)?;
    let word = match word.len() {
        4 => u16::from_str_radix(word, 16).map_err(|_| NotAScript)?,
        _ => return Err(NotAScript),
    };
    Ok((when.parse()?, Fault::Status(StatusWord(word))))
}

fn rate(text: &str) -> Result<f64, NotAScript> {
    match text.parse() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err(NotAScript),
    }
}

/// The options.
pub(super) fn add(language: Language, command: Command) -> Command {
    let say = |ja, en| language.pick(ja, en);
    let time = |name, help| {
        Arg::new(name)
            .long(name)
            .value_name("MS")
            .value_parser(value_parser!(u64).range(..=3_600_000))
            .help(help)
    };
    let at = |name, help| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .action(ArgAction::Append)
            .value_parser(|text: &str| text.parse::<When>())
            .help(help)
    };
    command
        .next_help_heading(say(
            "障害の注入（docs/faults.ja.md。Nはコマンドの番号、sign や verify:2 なども可）",
            "Faults on order (docs/faults.md; N is a command's number, or sign, verify:2 and such)",
        ))
        .arg(time(
            "slow",
            say("各コマンドにかかる時間", "Time that every command takes"),
        ))
        .arg(time(
            "slow-sign",
            say("署名にさらにかかる時間", "Time that a signature takes besides"),
        ))
        .arg(at(
            "tear-before",
            say(
                "カードがN番目のコマンドを受け取る前に接続が切れる",
                "The connection is torn before the card sees command N",
            ),
        ))
        .arg(at(
            "tear-after",
            say(
                "N番目のコマンドの実行後、応答が届く前に接続が切れる",
                "The connection is torn after command N is carried out, before its answer arrives",
            ),
        ))
        .arg(at(
            "pull-after",
            say(
                "N番目のコマンドの応答のあとカードが抜かれる",
                "The card is pulled after its answer to command N",
            ),
        ))
        .arg(time(
            "return-after",
            say(
                "切れたり抜かれたりしたカードが戻るまで［既定: 1000］",
                "When a card that was torn or pulled is back [default: 1000]",
            ),
        ))
        .arg(at(
            "mute-at",
            say(
                "カードがN番目のコマンドに応答しない",
                "The card does not answer command N",
            ),
        ))
        .arg(time(
            "mute-for",
            say(
                "応答しないカードが抜かれるまで［既定: 抜かれない］",
                "When a card that does not answer is taken out [default: never]",
            ),
        ))
        .arg(
            Arg::new("garble")
                .long("garble")
                .value_name("N[=KIND]")
                .action(ArgAction::Append)
                .value_parser(garbled)
                .help(say(
                    "N番目のコマンドに、応答でないものが届く: empty、one、random［既定］、length、more、le",
                    "Something that is no answer to command N arrives: empty, one, random [default], length, more, le",
                )),
        )
        .arg(
            Arg::new("sw")
                .long("sw")
                .value_name("N=SW")
                .action(ArgAction::Append)
                .value_parser(status)
                .help(say(
                    "N番目のコマンドは実行されず、このステータスワードが届く（例: sign=6F00）",
                    "Command N is not carried out; this status word arrives (as in sign=6F00)",
                )),
        )
        .arg(
            Arg::new("fault-rate")
                .long("fault-rate")
                .value_name("0..1")
                .value_parser(rate)
                .help(say(
                    "ほかのコマンドのうち、この割合で何らかの障害が起きる",
                    "The fraction of all other commands that meet some fault",
                )),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("NUMBER")
                .value_parser(value_parser!(u64))
                .help(say(
                    "偶然の種。同じ種なら同じ障害［既定: 0］",
                    "From which chance is drawn: the same seed, the same faults [default: 0]",
                )),
        )
        .arg(
            Arg::new("response-chaining")
                .long("response-chaining")
                .action(ArgAction::SetTrue)
                .help(say(
                    "応答データを61xxで予告し、GET RESPONSEで渡す（T=0のカードのように）",
                    "Announce answer data by 61xx and give it by GET RESPONSE, as T=0 cards do",
                )),
        )
        .arg(
            Arg::new("exact-le")
                .long("exact-le")
                .action(ArgAction::SetTrue)
                .help(say(
                    "長さの合わない読み出しに6Cxxで応答する",
                    "Answer reads of another length than there is with 6Cxx",
                )),
        )
}
