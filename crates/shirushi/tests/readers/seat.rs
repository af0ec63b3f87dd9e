//! A citizen's seat: a lab with a card in its reader, and `shirushi` used there.

use crate::{
    city::city,
    said::{Said, ended},
};
use serde_json::Value;
use shirushi_lab::{Exchange, Inserted, Lab, exchanges};
use std::{
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
    pub(crate) fn shirushi(&self, arguments: &[&str], pins: &[&str]) -> Said {
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
            // The city is on this machine, and no proxy is asked for that: none answers here.
            .envs(["http_proxy", "https_proxy"].map(|name| (name, "http://127.0.0.1:9")))
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
