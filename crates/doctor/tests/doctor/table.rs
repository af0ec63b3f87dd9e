//! The table of checks, and the pages that are made from it.

use shirushi_doctor::CHECKS;
use shirushi_rules::{Bilingual, Language};
use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

#[test]
fn every_check_has_an_id_of_its_own_and_both_languages() {
    let ids: BTreeSet<_> = CHECKS
        .iter()
        .map(|check| check.id)
        .collect();
    assert_eq!(ids.len(), CHECKS.len());
    for check in CHECKS {
        let (place, what) = check.id.split_once('/').unwrap();
        let is_word = |s: &str| {
            s.bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-')
        };
        assert!(is_word(place) && is_word(what), "{}", check.id);
        for text in [check.what, check.fix] {
            assert!(!text.ja.is_ascii() && text.en.len() > 10, "{}", check.id);
            assert_eq!(facts(text.ja), facts(text.en), "{}", check.id);
            // Commands are the same in both languages.
            assert_eq!(commands(text.ja), commands(text.en), "{}", check.id);
        }
    }
}

fn facts(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect()
}

/// What stands in backticks, its placeholders apart.
fn commands(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(|command| command.replace("名前", "NAME"))
        .collect()
}

#[test]
fn the_pages_in_docs_are_as_the_table_is() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for (file, language) in [
        ("doctor.md", Language::English),
        ("doctor.ja.md", Language::Japanese),
    ] {
        let path = docs.join(file);
        let page = fs::read_to_string(&path).unwrap();
        let (before, rest) = page
            .split_once("<!-- checks -->\n")
            .unwrap();
        let (table, after) = rest
            .split_once("<!-- /checks -->")
            .unwrap();
        let wanted = shown(language);
        if table != wanted {
            if std::env::var_os("WRITE_DOCS").is_some() {
                let page = format!("{before}<!-- checks -->\n{wanted}<!-- /checks -->{after}");
                fs::write(&path, page).unwrap();
                continue;
            }
            panic!(
                "{file} is out of date: WRITE_DOCS=1 cargo test -p shirushi-doctor --test doctor table"
            );
        }
    }
}

fn shown(language: Language) -> String {
    let (what, fix) = match language {
        Language::English => ("what must hold", "what to do when it does not"),
        Language::Japanese => ("満たされていること", "満たされていないときにすること"),
    };
    let mut table = format!("| | {what} | {fix} |\n|---|---|---|\n");
    let text = |text: Bilingual| text.text(language);
    for check in CHECKS {
        writeln!(
            table,
            "| `{}` | {} | {} |",
            check.id,
            text(check.what),
            text(check.fix)
        )
        .unwrap();
    }
    table
}
