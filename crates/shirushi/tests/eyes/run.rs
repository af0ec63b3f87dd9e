//! Other people's programs.

use std::{path::Path, process::Command};

/// What a program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) ok: bool,
    /// Standard output.
    pub(crate) answer: String,
    /// Standard output, then standard error.
    pub(crate) text: String,
}

/// Runs a program in `folder`; a missing one fails the test.
pub(crate) fn run(folder: &Path, program: &str, arguments: &[&str]) -> Said {
    let output = Command::new(program)
        .current_dir(folder)
        .args(arguments)
        .env_remove("http_proxy")
        .output()
        .unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    let text = format!("{answer}{}", String::from_utf8_lossy(&output.stderr));
    Said {
        ok: output.status.success(),
        answer,
        text,
    }
}

/// Runs `openssl`, which must succeed.
pub(crate) fn openssl(folder: &Path, arguments: &[&str]) -> Said {
    let said = run(folder, "openssl", arguments);
    assert!(said.ok, "openssl {arguments:?}: {}", said.text);
    said
}
