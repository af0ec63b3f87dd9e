//! Programs that are run to their end.

use serde_json::Value;
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// What a program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) answer: String,
    /// Standard error.
    pub(crate) errors: String,
}

/// Runs a program to its end; `input` is what it may read from its standard input.
pub(crate) fn ended(command: &mut Command, input: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    // Who does not read has ended, and says why.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Said {
        code: output.status.code(),
        answer: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Said {
    /// Standard output of a success.
    #[track_caller]
    pub(crate) fn good(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}{}", self.answer, self.errors);
        &self.answer
    }

    /// A failure with this exit code, of which a person is told this.
    #[track_caller]
    pub(crate) fn bad(&self, code: i32, told: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.errors.contains(told), "{told} is not in {self:?}");
    }

    /// The JSON of a success.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.good()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Both outputs.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.answer, self.errors)
    }
}
