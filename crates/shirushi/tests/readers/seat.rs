//! A citizen's seat: a lab with a card in its reader, and `shirushi` used there.

use crate::city::city;
use serde_json::Value;
use shirushi_lab::{Exchange, Inserted, Lab, exchanges};
use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

/// The program under test.
const SHIRUSHI: &str = env!("CARGO_BIN_EXE_shirushi");

/// A lab with a copy of the card.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) lab: Lab,
}

/// How a command of `shirushi` ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) answer: String,
    /// Standard error.
    pub(crate) errors: String,
}

impl Seat {
    /// A seat with the card as `taro.card`, outside the reader.
    pub(crate) fn new() -> Self {
        let seat = Self { lab: Lab::start() };
        seat.lay("taro.card");
        seat
    }

    /// Another copy of the card as it was issued.
    pub(crate) fn lay(&self, name: &str) {
        std::fs::copy(city().card(), self.path(name)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.lab.folder().join(name)
    }

    /// Puts the card into the reader; `options` are those of `card serve`.
    pub(crate) fn insert(&self, options: &[&str]) -> Inserted<'_> {
        self.insert_card("taro.card", options)
    }

    pub(crate) fn insert_card(&self, name: &str, options: &[&str]) -> Inserted<'_> {
        let mut serve = self.lab.command(SHIRUSHI);
        serve
            .args(["card", "serve"])
            .arg(self.path(name))
            .args(options)
            .stderr(Stdio::null());
        self.lab.insert(serve)
    }

    /// Uses `shirushi` with the reader, from this machine's network, where the city is. `pins` are read from a descriptor.
    pub(crate) fn shirushi(&self, arguments: &[&str], pins: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        if !pins.is_empty() {
            command.args(["--pin-fd", "0"]);
        }
        ended(&mut command, &(pins.join("\n") + "\n"))
    }

    /// The command alone.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.lab.command_outside(SHIRUSHI);
        command
            .current_dir(self.lab.folder())
            .env("HOME", self.lab.folder())
            .env("LC_ALL", "C.UTF-8")
            .args(arguments);
        command
    }

    /// Everything that passed between reader and card so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        exchanges(&self.lab.log())
    }

    /// What passes while something is done.
    pub(crate) fn during<T>(&self, act: impl FnOnce() -> T) -> (T, Vec<Exchange>) {
        let before = self.exchanges().len();
        let done = act();
        (done, self.exchanges().split_off(before))
    }

    /// The tries left: authentication PIN, signature password, text PIN.
    pub(crate) fn tries(&self) -> Vec<Value> {
        let status = self.shirushi(&["pin", "status", "--json"], &[]);
        let told = status.json();
        ["auth", "sign", "text"]
            .map(|pin| told["pins"][pin]["tries"].clone())
            .to_vec()
    }
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command, input: &str) -> Ended {
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
    Ended {
        code: output.status.code(),
        answer: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Ended {
    /// A success.
    #[track_caller]
    pub(crate) fn good(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        &self.answer
    }

    /// A failure with this exit code, of which a person is told this.
    #[track_caller]
    pub(crate) fn bad(&self, code: i32, told: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.errors.contains(told), "{told} is not in {self:?}");
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.good()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
