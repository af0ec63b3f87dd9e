//! `shirushi doctor`: what is wrong on this machine.

mod report;
mod web;

use crate::{
    arguments, certificates,
    failure::Failure,
    language::Language,
    output::{print, print_json},
    up::data_folder,
};
use serde_json::json;
use shirushi_clock::{Clock as _, SystemClock};
use shirushi_crypto::Secret;
use shirushi_doctor::{CHECKS, Cards, Check, Finding, Outcome, Report, Surroundings, examine};
use shirushi_profile::Certificate;
use shirushi_reader::Machine;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokio::runtime::Handle;

/// Exit code when there is a fault.
const FAULT: u8 = 1;
/// Exit code when something could not be looked at, and there is no fault.
const NOT_LOOKED_AT: u8 = 2;
/// Bytes of a PIN, and some more: what must be lockable.
const PIN_SPACE: usize = 64;

/// Looks, and tells what was found.
pub(crate) async fn run(order: arguments::Doctor, language: Language) -> Result<ExitCode, Failure> {
    if order.is_list {
        list(order.is_json, language)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(path) = order.card_report {
        let (which, is_forced) = (order.card, order.is_forced);
        return tokio::task::spawn_blocking(move || {
            report::write(&path, is_forced, &which, language)
        })
        .await
        .map_err(|error| Failure::Runtime(std::io::Error::other(error)))?;
    }
    let is_json = order.is_json;
    let surroundings = surroundings(order, language)?;
    let report = tokio::task::spawn_blocking(move || examine(&surroundings))
        .await
        .map_err(|error| Failure::Runtime(std::io::Error::other(error)))?;
    match is_json {
        true => print_json(&json!({ "findings": report.findings }))?,
        false => print(&told(&report, language))?,
    }
    Ok(match report.worst() {
        Some(Outcome::Fault) => ExitCode::from(FAULT),
        Some(_) => ExitCode::from(NOT_LOOKED_AT),
        None => ExitCode::SUCCESS,
    })
}

/// This machine.
fn surroundings(order: arguments::Doctor, language: Language) -> Result<Surroundings, Failure> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .collect();
    let home = std::env::var_os("HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from);
    let mut anchors = Vec::new();
    for path in &order.trust {
        anchors.extend(certificates::all(path, language)?);
    }
    if order.trust.is_empty() {
        let own = home
            .as_ref()
            .map(|home| home.join(".config/shirushi/anchors"));
        for folder in own
            .into_iter()
            .chain([PathBuf::from("/etc/shirushi/anchors")])
        {
            anchors.extend(kept(&folder, language));
        }
    }
    Ok(Surroundings {
        root: PathBuf::from("/"),
        home,
        environment,
        now: SystemClock.now(),
        cards: match order.card.file {
            Some(file) => Cards::File(file),
            None => Cards::Readers {
                source: Box::new(Machine::new()),
                name: order.card.reader,
            },
        },
        web: Box::new(web::Http::new(Handle::current()).map_err(Failure::Http)?),
        agent: order
            .agent
            .unwrap_or(shirushi_agent::ADDRESS),
        agent_folder: data_folder("shirushi-agent").ok(),
        is_online: !order.is_offline,
        responder: order.responder,
        city: order.city,
        anchors,
        locks_memory: Secret::filled(PIN_SPACE, |_| ()).is_locked(),
    })
}

/// The certificates in a folder; a file that is none is no anchor.
fn kept(folder: &Path, language: Language) -> Vec<Certificate> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files
        .iter()
        .filter_map(|file| certificates::all(file, language).ok())
        .flatten()
        .collect()
}

/// The findings, the wrong ones first and with their fix, then what could not be looked at, and what it comes to.
fn told(report: &Report, language: Language) -> String {
    let mut lines: Vec<String> = [
        Outcome::Fault,
        Outcome::Warning,
        Outcome::Ok,
        Outcome::NotConcerned,
    ]
    .into_iter()
    .flat_map(|outcome| report.with(outcome))
    .map(|finding| line(finding, language))
    .collect();
    // Most of them for one reason: that nothing was to be had from an earlier place.
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for finding in report.with(Outcome::NotLookedAt) {
        let why = language.of_both(&finding.seen);
        match reasons
            .iter_mut()
            .find(|(known, _)| *known == why)
        {
            Some((_, ids)) => ids.push(finding.check.id),
            None => reasons.push((why, vec![finding.check.id])),
        }
    }
    for (why, ids) in reasons {
        let heading = language.pick("見ていないもの", "not looked at");
        lines.push(format!("\n{heading}: {why}\n  {}", ids.join("\n  ")));
    }
    let count = |outcome| report.with(outcome).count();
    let (faults, warnings, unseen) = (
        count(Outcome::Fault),
        count(Outcome::Warning),
        count(Outcome::NotLookedAt),
    );
    lines.push(match language {
        Language::Japanese => {
            format!("\n問題 {faults}件、注意 {warnings}件、見ていないもの {unseen}件")
        }
        Language::English => {
            format!("\nfaults: {faults}, warnings: {warnings}, not looked at: {unseen}")
        }
    });
    lines.join("\n")
}

fn line(finding: &Finding, language: Language) -> String {
    let word = match (finding.outcome, language) {
        (Outcome::Ok, Language::Japanese) => "良好　",
        (Outcome::Warning, Language::Japanese) => "注意　",
        (Outcome::Fault, Language::Japanese) => "問題　",
        (_, Language::Japanese) => "対象外",
        (Outcome::Ok, Language::English) => "ok      ",
        (Outcome::Warning, Language::English) => "warning ",
        (Outcome::Fault, Language::English) => "FAULT   ",
        (_, Language::English) => "–       ",
    };
    let Check { id, what, .. } = finding.check;
    let seen = language.of_both(&finding.seen);
    match &finding.fix {
        Some(fix) => format!(
            "{word} {id}: {seen}\n         {}: {}\n         → {}",
            language.pick("あるべき姿", "should be"),
            what.text(language.of_rules()),
            language.of_both(fix),
        ),
        None => format!("{word} {id}: {seen}"),
    }
}

/// The table of checks.
fn list(is_json: bool, language: Language) -> Result<(), Failure> {
    if is_json {
        let checks: Vec<_> = CHECKS
            .iter()
            .map(|check| {
                json!({
                    "check": check.id,
                    "what": { "ja": check.what.ja, "en": check.what.en },
                    "fix": { "ja": check.fix.ja, "en": check.fix.en },
                })
            })
            .collect();
        return print_json(&json!({ "checks": checks }));
    }
    let spoken = language.of_rules();
    let lines: Vec<_> = CHECKS
        .iter()
        .map(|check| {
            format!(
                "{}\n    {}\n    → {}",
                check.id,
                check.what.text(spoken),
                check.fix.text(spoken)
            )
        })
        .collect();
    print(&lines.join("\n"))
}
