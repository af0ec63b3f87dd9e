//! A role's configuration:
//!
//! * the example of each role is one, has every setting, and says what each is in both languages;
//! * a name that is not known is refused with the nearest that is; what must be set and is not, is named with an example;
//! * what is no TOML is told with its line, and what is no text or no address with its name.
#![allow(clippy::unwrap_used, reason = "a test")]

use shirushi_roles::Role;
use shirushi_serve::{Config, ConfigFault, SERVED, example, reference, settings};
use std::path::Path;

fn parse(role: Role, text: &str) -> Result<Config, ConfigFault> {
    Config::parse(role, text, Path::new("/etc/shirushi"))
}

/// The example with every setting in force.
fn whole(role: Role) -> String {
    example(role)
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = \"") => setting,
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_example_of_each_role_is_one_and_has_every_setting() {
    for role in SERVED {
        assert!(parse(role, &example(role)).is_ok(), "{role}");
        let whole = whole(role);
        assert!(parse(role, &whole).is_ok(), "{role}: {whole}");
        let set = whole
            .lines()
            .filter(|line| line.contains(" = \""))
            .count();
        assert_eq!(set, settings(role).len(), "{role}: {whole}");
        for setting in settings(role) {
            assert!(whole.contains(setting.ja) && whole.contains(setting.en));
        }
        assert!(!whole.contains("ROLE"), "{whole}");
    }
}

#[test]
fn the_reference_has_every_setting_of_every_role_and_is_as_committed() {
    let reference = reference();
    let committed = include_str!("../../../docs/settings.md");
    let (_, committed) = committed.split_once("\n\n## ").unwrap();
    assert_eq!(
        format!("## {committed}"),
        reference.trim_end().to_owned() + "\n",
        "put `shirushi config reference` into docs/settings.md"
    );
    for role in SERVED {
        let (_, part) = reference
            .split_once(&format!("## `serve {role}`"))
            .unwrap();
        let part = part.split("\n## ").next().unwrap();
        for setting in settings(role) {
            assert!(
                part.contains(&format!("| `{}`", setting.name)),
                "{role} {}",
                setting.name
            );
        }
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_known_one() {
    for (line, nearest) in [
        ("databse = \"x\"", Some("database")),
        ("[peers]\nauthorty = \"x\"", Some("peers.authority")),
        ("[public]\nlisten_on = \"x\"", Some("public.listen")),
        ("zzz = \"x\"", None),
    ] {
        let refused = parse(Role::Register, line).unwrap_err();
        let ConfigFault::Unknown { nearest: told, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(*told, nearest, "{line}");
        if let Some(nearest) = nearest {
            let text = refused.to_string();
            assert!(
                text.contains(&format!("did you mean {nearest}?"))
                    && text.contains("ではありませんか")
            );
        }
    }
}

#[test]
fn each_setting_that_must_be_there_is_missed_by_name() {
    for role in SERVED {
        for setting in settings(role)
            .iter()
            .filter(|setting| setting.is_needed)
        {
            let key = setting.name.rsplit('.').next().unwrap();
            let (table, _) = setting
                .name
                .split_once('.')
                .unwrap_or(("", ""));
            let without = without(&example(role), table, key);
            let refused = parse(role, &without).unwrap_err();
            assert!(
                matches!(&refused, ConfigFault::Missing { setting: missed, .. } if missed == setting),
                "{role} {}: {refused}",
                setting.name
            );
            assert!(
                refused
                    .to_string()
                    .starts_with(setting.name)
            );
        }
    }
}

/// The text without the line that sets `key` within `table`.
fn without(text: &str, table: &str, key: &str) -> String {
    let mut within = "";
    text.lines()
        .filter(|line| {
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                within = name;
            }
            !(within == table && line.starts_with(&format!("{key} = ")))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_cannot_be_read_is_told_where_it_stands() {
    let refused = parse(Role::Agency, "folder = \"x\"\n[public\n").unwrap_err();
    assert!(
        matches!(refused, ConfigFault::NotToml { line: 2 | 3, .. }),
        "{refused}"
    );
    for text in ["folder = 7", "folder = [\"x\"]", "[folder]\nx = \"y\""] {
        let refused = parse(Role::Agency, text).unwrap_err();
        assert!(
            matches!(&refused, ConfigFault::NoText { name } if name == "folder"),
            "{text}: {refused}"
        );
    }
    let nowhere = Config::read(Role::Agency, Path::new("/nowhere/agency.toml")).unwrap_err();
    assert!(
        nowhere
            .to_string()
            .contains("/nowhere/agency.toml")
    );
}
