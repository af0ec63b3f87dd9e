//! The commands on a card that a city has issued, with the card in a file.

mod agent;
mod certificates;
mod entry;
mod login;
mod outputs;
mod pins;
mod revocation;
mod signing;

use crate::{
    citizen::Officer,
    place::{ENGLISH, Ended, Place, Up},
};
use serde_json::Value;
use std::{path::PathBuf, process::Command};

/// A city, and the card of one of its residents.
pub(crate) struct Hand {
    pub(crate) place: Place,
    pub(crate) up: Up,
    pub(crate) card: PathBuf,
}

impl Hand {
    pub(crate) fn new() -> Self {
        let place = Place::new();
        let up = place.up(Some("127.0.0.1:0"));
        Officer::enrolled(&up.url)
            .issue(&place.path(""))
            .put_away();
        let card = place.path("taro.card");
        Self { place, up, card }
    }

    /// Runs a command on the card, in English.
    pub(crate) fn run(&self, arguments: &[&str], pins: &[&str]) -> Ended {
        self.place
            .run_fed(ENGLISH, &self.with_card(arguments, !pins.is_empty()), pins)
    }

    /// Arguments with the card, and with PINs from standard input.
    pub(crate) fn with_card<'a>(&'a self, arguments: &[&'a str], with_pins: bool) -> Vec<&'a str> {
        let mut all = arguments.to_vec();
        all.extend(["--card", self.card.to_str().unwrap()]);
        if with_pins {
            all.extend(["--pin-fd", "0"]);
        }
        all
    }

    /// The tries left of a PIN, as the card counts them.
    pub(crate) fn tries(&self, pin: &str) -> u64 {
        let ended = self.run(&["pin", "status", "--json"], &[]);
        assert_eq!(ended.code, 0, "{ended:?}");
        let told: Value = serde_json::from_str(&ended.out).unwrap();
        told["pins"][pin]["tries"]
            .as_u64()
            .unwrap()
    }
}

/// OpenSSL judges a signature: whether it verifies over the content with the certificate inside.
pub(crate) fn openssl_verifies(signature: &str, content: &str, folder: &std::path::Path) -> bool {
    Command::new("openssl")
        .args([
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-noverify",
            "-in",
            signature,
        ])
        .args(["-content", content, "-out", "/dev/null"])
        .current_dir(folder)
        .output()
        .unwrap()
        .status
        .success()
}
