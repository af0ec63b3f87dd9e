//! An example of each role's configuration, and the reference of all settings: both written from the one table.

use crate::{SERVED, Setting, settings};
use shirushi_roles::Role;
use std::fmt::Write as _;

/// A configuration of this role with every setting, each with what it is in both languages. What need not be set is a comment.
#[must_use]
pub fn example(role: Role) -> String {
    let mut text = format!("# shirushi serve {role} --config {role}.toml\n");
    let tables = ["", "roles", "public", "peers", "trust", "places"];
    let mut table = "";
    // What stands after the head of a table belongs to it: those of none come first.
    let mut settings = settings(role).to_vec();
    settings.sort_by_key(|setting| {
        tables
            .iter()
            .position(|table| *table == split(setting.name).0)
    });
    for setting in &settings {
        let (own_table, key) = split(setting.name);
        if own_table != table {
            let _ = write!(text, "\n[{own_table}]\n");
            table = own_table;
        } else {
            text.push('\n');
        }
        let mark = if setting.is_needed { "" } else { "# " };
        let _ = writeln!(text, "# {}", setting.ja);
        let _ = writeln!(text, "# {}", setting.en);
        let _ = writeln!(text, "{mark}{key} = {}", value(setting, role));
    }
    text
}

/// The reference of all settings of all roles, as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut text = String::new();
    for role in SERVED {
        let _ = write!(
            text,
            "## `serve {role}`\n\n| 設定 setting | 例 example | 日本語 | English |\n|---|---|---|---|\n"
        );
        for setting in settings(role) {
            let _ = writeln!(
                text,
                "| `{}`{} | `{}` | {} | {} |",
                setting.name,
                if setting.is_needed { " *" } else { "" },
                value(setting, role),
                setting.ja,
                setting.en
            );
        }
        text.push('\n');
    }
    text
}

fn split(name: &'static str) -> (&'static str, &'static str) {
    name.split_once('.')
        .unwrap_or(("", name))
}

fn value(setting: &Setting, role: Role) -> String {
    setting
        .example
        .replace("ROLE", role.as_str())
}
