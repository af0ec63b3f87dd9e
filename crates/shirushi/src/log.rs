//! `log verify`: whether the authority's log is what it was, and its tables what it tells.

use crate::{
    arguments::Log, failure::Failure, language::Language, output::print, told::code,
    up::data_folder,
};
use serde_json::json;
use shirushi_town::{LogReport, LogToVerify};
use std::{path::Path, process::ExitCode};

/// A file that was named is not there.
fn nothing_there(place: &Path, language: Language) -> Failure {
    let shown = place.display();
    Failure::Told {
        code: code::NO_INPUT,
        text: match language {
            Language::Japanese => format!(
                "{shown} はありません。\n  市のフォルダ（`up --dir` で指定したもの）か、認証局のデータベースのファイルを指定してください。"
            ),
            Language::English => format!(
                "{shown} is not there.\n  Name a city's folder, as given to `up --dir`, or the file of an authority's database."
            ),
        },
    }
}

/// What is there does not tell.
const CANNOT_TELL: u8 = 2;

/// `log verify`
pub(crate) async fn run(log: Log, language: Language) -> Result<ExitCode, Failure> {
    let place = match log.place {
        Some(place) => place,
        None => data_folder("shirushi")?,
    };
    if !place.exists() {
        return Err(nothing_there(&place, language));
    }
    let asked = LogToVerify {
        place,
        key: log.key,
        checkpoints: log.checkpoints,
    };
    let report = match asked.verify().await {
        Ok(report) => report,
        Err(error) => {
            return Err(Failure::Told {
                code: CANNOT_TELL,
                text: Failure::from(error).told(),
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
