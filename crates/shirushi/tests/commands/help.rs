//! What is said about the commands and about command lines that are none.

use crate::place::{ENGLISH, JAPANESE, Place};
use std::{collections::BTreeSet, fs};

/// Arguments, and what is said of them in both languages, after the word for error.
const NOT_UNDERSTOOD: [(&[&str], &str, &str); 22] = [
    (
        &["card", "new", "x.card", "--resident", "12345"],
        "a resident's code has eleven digits",
        "住民票コードは11桁の数字です",
    ),
    (
        &["sign", "letter.txt", "--pin-fd", "77"],
        "this file descriptor is not open",
        "そのファイル記述子は開いていません",
    ),
    (
        &["up", "--nope"],
        "unexpected argument '--nope' found",
        "--nope という引数はありません",
    ),
    (
        &["up", "--lisen", "127.0.0.1:0"],
        "a similar argument exists: '--listen'",
        "（--listen のことですか）",
    ),
    (
        &["up", "extra"],
        "unexpected argument 'extra' found",
        "extra という引数はありません",
    ),
    (
        &["down"],
        "unrecognized subcommand 'down'",
        "down というコマンドはありません",
    ),
    (
        &["up", "--listen", "8080"],
        "invalid value '8080' for '--listen <ADDRESS:PORT>'",
        "--listen <ADDRESS:PORT> の値 \"8080\" は使えません",
    ),
    (
        &["up", "--agent", "localhost:8081"],
        "give a number and a port, such as 127.0.0.1:8080",
        "127.0.0.1:8080 のように、番号のアドレスとポートを",
    ),
    (
        &["agent", "--site", "portal.example"],
        "give one such as https://portal.example",
        "https://portal.example か、この機械の",
    ),
    (
        // Before a PIN is asked for.
        &["cert", "revoke", "auth", "--yes", "--authority", "nonsense"],
        "give an address that begins with http:// or https://",
        "http:// か https:// で始まるアドレスを",
    ),
    (
        &["doctor", "--city", "nonsense"],
        "it is not the address of a city",
        "市のアドレスではありません",
    ),
    (
        &["doctor", "--responder", "nonsense"],
        "give an address that begins with http:// or https://",
        "http:// か https:// で始まるアドレスを",
    ),
    (
        &[
            "card",
            "new",
            "x.card",
            "--resident",
            "90000000014",
            "--city",
            "nonsense",
        ],
        "it is not the address of a city",
        "市のアドレスではありません",
    ),
    (
        // It would wait for ever.
        &["card", "serve", "x.card", "--connect", "nonsense"],
        "give a host and a port, such as 127.0.0.1:35963",
        "127.0.0.1:35963 のように、ホストとポートを",
    ),
    (
        &["card", "serve", "x.card", "--connect", "localhost:0"],
        "give a host and a port",
        "ホストとポートを",
    ),
    (
        &["up", "--dir"],
        "a value is required for '--dir <DIR>'",
        "--dir <DIR> に値がありません",
    ),
    (
        &["up", "--json", "--json"],
        "the argument '--json' cannot be used multiple times",
        "--json は1回だけ指定してください",
    ),
    (
        &["tour", "--url", "http://127.0.0.1:1", "--dir", "x"],
        "the argument '--url <URL>' cannot be used with '--dir <DIR>'",
        "--url <URL> と --dir <DIR> は同時に指定できません",
    ),
    (
        &["sign", "a.txt", "--format", "pdf"],
        "[possible values: cms]",
        "--format <FORMAT> の値 \"pdf\" は使えません。使えるのは cms です",
    ),
    (
        &["verify", "a.p7s"],
        "--content <FILE>",
        "--content <FILE> がありません",
    ),
    (
        &["pin", "change", "auth", "--confirm-last-try"],
        "--pin-fd <N>",
        "--pin-fd <N> がありません",
    ),
    (
        &["--json"],
        "unexpected argument '--json' found",
        "--json という引数はありません",
    ),
];

/// Where help is, a file for each command and language; written anew with `SHIRUSHI_WRITE_HELP=1`.
const HELP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/commands/help");

#[test]
fn help_is_as_committed() {
    let place = Place::new();
    let mut expected = BTreeSet::new();
    let mut waiting = vec![Vec::new()];
    while let Some(command) = waiting.pop() {
        let name = match command.join("-") {
            none if none.is_empty() => "shirushi".to_owned(),
            name => name,
        };
        for (locale, language) in [(ENGLISH, "en"), (JAPANESE, "ja")] {
            let file = format!("{name}.{language}.txt");
            let told = help(&place, locale, &command);
            if std::env::var_os("SHIRUSHI_WRITE_HELP").is_some() {
                fs::write(format!("{HELP}/{file}"), &told).unwrap();
            }
            let committed = fs::read_to_string(format!("{HELP}/{file}")).unwrap_or_default();
            assert_eq!(told, committed, "{file}");
            expected.insert(file);
            if language == "en" {
                waiting.extend(commands_in(&told).map(|word| [&command[..], &[word]].concat()));
            }
        }
    }
    let there: BTreeSet<String> = fs::read_dir(HELP)
        .unwrap()
        .map(|file| {
            file.unwrap()
                .file_name()
                .into_string()
                .unwrap()
        })
        .collect();
    assert_eq!(there, expected);
}

fn help(place: &Place, locale: &str, command: &[String]) -> String {
    let mut arguments: Vec<&str> = command
        .iter()
        .map(String::as_str)
        .collect();
    arguments.push("--help");
    let ended = place.run(locale, &arguments);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{arguments:?}");
    ended.out
}

/// The commands below one, as its help lists them.
fn commands_in(help: &str) -> impl Iterator<Item = String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
}

#[test]
fn the_first_locale_that_is_set_decides_the_language() {
    let place = Place::new();
    let language = |all: &str, messages: &str, lang: &str| {
        let ended = place.run_with(
            all,
            &["--help"],
            &[("LC_MESSAGES", messages), ("LANG", lang)],
        );
        if ended.out.contains("使い方") {
            "ja"
        } else {
            "en"
        }
    };
    assert_eq!(language("ja_JP.UTF-8", "C", "C"), "ja");
    assert_eq!(language("C", "ja_JP.UTF-8", "ja_JP.UTF-8"), "en");
    assert_eq!(language("", "ja_JP.UTF-8", "C"), "ja");
    assert_eq!(language("", "", "ja_JP.UTF-8"), "ja");
    assert_eq!(language("", "", ""), "en");
}

#[test]
fn a_command_line_that_is_not_understood_ends_with_64_and_says_why() {
    let place = Place::new();
    for (arguments, english, japanese) in NOT_UNDERSTOOD {
        for (locale, fault, way_out) in [
            (ENGLISH, english, "--help"),
            (JAPANESE, japanese, "使い方は --help で表示されます。"),
        ] {
            let ended = place.run(locale, arguments);
            assert_eq!((ended.code, ended.out.as_str()), (64, ""), "{arguments:?}");
            for words in [fault, way_out] {
                assert!(ended.err.contains(words), "no {words:?} in {}", ended.err);
            }
        }
        // What is said in Japanese has no English sentence in it.
        let ended = place.run(JAPANESE, arguments);
        assert!(ended.err.starts_with("エラー: "), "{}", ended.err);
        assert!(!ended.err.contains("argument"), "{}", ended.err);
    }
}

#[test]
fn no_command_is_answered_with_the_help_and_64() {
    let place = Place::new();
    for (locale, expected) in [
        (ENGLISH, include_str!("help/shirushi.en.txt")),
        (JAPANESE, include_str!("help/shirushi.ja.txt")),
    ] {
        let ended = place.run(locale, &[]);
        assert_eq!(
            (ended.code, ended.out.as_str(), ended.err.as_str()),
            (64, "", expected)
        );
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let ended = Place::new().run(ENGLISH, &["--version"]);
    assert_eq!(
        (ended.code, ended.out),
        (0, format!("shirushi {}\n", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn the_exit_codes_are_told_alike_in_every_table() {
    let told = |text: &str, heading: &str| -> Vec<u32> {
        let (_, table) = text.split_once(heading).unwrap();
        table
            .lines()
            .skip_while(|line| !line.starts_with("| 0 |"))
            .map_while(|line| {
                line.strip_prefix("| ")?
                    .split(' ')
                    .next()?
                    .parse()
                    .ok()
            })
            .collect()
    };
    let codes = [0, 1, 2, 3, 4, 5, 6, 64, 66, 141];
    for (text, heading) in [
        (include_str!("../../../../README.md"), "## Exit codes"),
        (include_str!("../../../../README.ja.md"), "## 終了コード"),
        (
            include_str!("../../../../docs/commands.md"),
            "| exit code |",
        ),
        (
            include_str!("../../../../docs/commands.ja.md"),
            "| 終了コード |",
        ),
    ] {
        assert_eq!(told(text, heading), codes, "{heading}");
    }
}

#[test]
fn a_proxy_that_is_no_address_is_told_by_its_variable_to_the_agent_too() {
    let place = Place::new();
    let agent = ["agent", "--listen", "127.0.0.1:0", "--dir", "agent"];
    let doctor = ["doctor"];
    for (arguments, locale) in [(&agent[..], ENGLISH), (&doctor[..], JAPANESE)] {
        place
            .run_with(locale, arguments, &[("HTTPS_PROXY", "http://")])
            .assert_refused(&[
                "HTTPS_PROXY does not name a proxy",
                "HTTPS_PROXY がプロキシーのアドレスになっていません",
            ]);
    }
}
