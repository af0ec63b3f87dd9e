//! `log verify`: whether the authority's log is what it was, and its tables what it tells.

use crate::{
    arguments::Log, failure::Failure, input::read_at_most, language::Language, output::print,
    told::code, up::data_folder,
};
use serde_json::json;
use shirushi_town::{Databases, LogReport, LogToVerify, TownError};
use std::{path::Path, process::ExitCode};

/// What was named is no place of a log.
fn no_log(what: (&str, &str), place: &Path, language: Language) -> Failure {
    let shown = place.display();
    Failure::Told {
        code: code::NO_INPUT,
        text: match language {
            Language::Japanese => format!(
                "{shown} {}\n  市のフォルダ（`up --dir` で指定したもの）か、認証局のデータベースのファイルを指定してください。",
                what.0
            ),
            Language::English => format!(
                "{shown} {}\n  Name a city's folder, as given to `up --dir`, or the file of an authority's database.",
                what.1
            ),
        },
    }
}

const NOTHING: (&str, &str) = ("はありません。", "is not there.");
const NO_CITY: (&str, &str) = ("は市のフォルダではありません。", "is no city's folder.");
const NO_DATABASE: (&str, &str) = (
    "はデータベースではないか、先頭が壊れています。何も変えていません。認証局のデータベースなら、そのまま残し、docs/operating.ja.md の手順でバックアップから戻してください。",
    "is no database, or its beginning is damaged. Nothing was changed. If it is an authority's, keep it as it is, and restore from a backup as docs/operating.md says.",
);

/// What is there does not tell.
const CANNOT_TELL: u8 = 2;

/// Larger is no checkpoint and no key, which have some lines.
const LARGEST_NOTE: usize = 64 * 1024;

/// `log verify`
pub(crate) async fn run(log: Log, language: Language) -> Result<ExitCode, Failure> {
    let place = match log.place {
        Some(place) => place,
        None => data_folder("shirushi")?,
    };
    if !place.exists() {
        return Err(no_log(NOTHING, &place, language));
    }
    for named in log.key.iter().chain(&log.checkpoints) {
        read_at_most(named, LARGEST_NOTE)?;
    }
    let asked = LogToVerify {
        place,
        key: log.key,
        checkpoints: log.checkpoints,
        databases: log
            .database
            .map_or(Databases::InFolder, Databases::OnServer),
    };
    let is_one = asked
        .may_hold_a_log()
        .map_err(|source| Failure::Unreadable {
            path: asked.place.clone(),
            source,
        })?;
    if !is_one {
        let what = match asked.place.is_dir() {
            true => NO_CITY,
            false => NO_DATABASE,
        };
        return Err(no_log(what, &asked.place, language));
    }
    let report = match asked.verify().await {
        Ok(report) => report,
        Err(error @ TownError::NoLogKey { .. }) => {
            return Err(Failure::Told {
                code: code::NO_INPUT,
                text: Failure::from(error).told(language),
            });
        }
        Err(error) => {
            return Err(Failure::Told {
                code: CANNOT_TELL,
                text: Failure::from(error).told(language),
            });
        }
    };
    match log.is_json {
        true => print(&as_json(&report))?,
        false => print(&in_words(&report, language))?,
    }
    Ok(match report.findings.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn as_json(report: &LogReport) -> String {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|damage| json!({ "ja": damage.in_japanese(), "en": damage.to_string() }))
        .collect();
    json!({
        "whole": report.findings.is_empty(),
        "entries": report.entries,
        "root": report.root,
        "checkpoints": report.checkpoints,
        "findings": findings,
    })
    .to_string()
}

fn in_words(report: &LogReport, language: Language) -> String {
    let mut lines: Vec<String> = report
        .findings
        .iter()
        .map(|damage| match language {
            Language::Japanese => damage.in_japanese(),
            Language::English => damage.to_string(),
        })
        .collect();
    let LogReport {
        entries,
        checkpoints,
        ..
    } = report;
    let root = report.root.as_deref().unwrap_or("-");
    lines.push(match (language, report.findings.is_empty()) {
        (Language::Japanese, true) => {
            format!("無傷です: {entries}件、控え{checkpoints}件と一致、根 {root}")
        }
        (Language::Japanese, false) => format!("損なわれています: {entries}件を調べました"),
        (Language::English, true) => {
            format!("Whole: {entries} entries, {checkpoints} checkpoints agree, root {root}")
        }
        (Language::English, false) => format!("Damaged: {entries} entries were read"),
    });
    lines.join("\n")
}
