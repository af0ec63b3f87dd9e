//! Runs the doctor, and reads its report.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Output},
};

/// The program under test.
pub(crate) const SHIRUSHI: &str = env!("CARGO_BIN_EXE_shirushi");

/// What the doctor said.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    pub(crate) code: Option<i32>,
    findings: Vec<Value>,
}

/// Adds what every run of the doctor has: a home of its own, and an agent's address on which nobody listens.
pub(crate) fn doctor<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap();
    command
        .env("HOME", home)
        .env_remove("XDG_DATA_HOME")
        .env("LC_ALL", "C.UTF-8")
        .args(["doctor", "--json", "--agent", &free.to_string()])
}

impl Diagnosis {
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let errors = String::from_utf8_lossy(&stderr);
        let report: Value = serde_json::from_slice(&stdout)
            .unwrap_or_else(|error| panic!("{error}: {status}: {errors}"));
        Self {
            code: status.code(),
            findings: report["findings"]
                .as_array()
                .unwrap()
                .clone(),
        }
    }

    pub(crate) fn with(&self, outcome: &str) -> BTreeSet<&str> {
        self.findings
            .iter()
            .filter(|finding| finding["outcome"] == outcome)
            .map(|finding| finding["check"].as_str().unwrap())
            .collect()
    }

    /// This fault and no other, with its fix in both languages; what was seen.
    #[track_caller]
    pub(crate) fn only_fault(&self, check: &str) -> String {
        assert_eq!(self.with("fault"), BTreeSet::from([check]), "{self:#?}");
        assert_eq!(self.code, Some(1));
        let finding = self.finding(check);
        for language in ["ja", "en"] {
            assert!(
                finding["fix"][language]
                    .as_str()
                    .is_some(),
                "{finding}"
            );
        }
        finding["seen"]["en"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) fn finding(&self, check: &str) -> &Value {
        self.findings
            .iter()
            .find(|finding| finding["check"] == check)
            .unwrap()
    }
}
