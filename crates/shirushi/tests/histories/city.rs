//! A city of one process, on a small disk and with a clock that can be set.

use crate::{
    place::{ENGLISH, Place, Surroundings, Up, fake_time},
    small::SmallDisk,
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// How a start went.
pub(crate) enum Start {
    Stands,
    /// What it said instead.
    Refused(String),
}

pub(crate) struct City {
    pub(crate) place: Place,
    pub(crate) disk: SmallDisk,
    pub(crate) up: Option<Up>,
    /// Whether the checkpoint is kept in a second place too.
    pub(crate) has_witness: bool,
    /// Starts that were refused.
    pub(crate) refused: usize,
    /// All starts.
    pub(crate) starts: usize,
}

impl City {
    /// A new city, which stands, and breaks this promise.
    pub(crate) fn new(broken: &str) -> Self {
        let mut place = Place::new();
        std::fs::create_dir(place.city()).unwrap();
        let disk = SmallDisk::mount(&place.city());
        let clock = place.path("clock");
        let mut by = disk.entered_by();
        by.extend(["env".to_owned(), format!("LD_PRELOAD={}", fake_time())]);
        place.surround(Surroundings {
            // Inside only: what it leaves in /dev/shm goes with the disk.
            by,
            environment: vec![
                ("FAKETIME_TIMESTAMP_FILE", text(&clock)),
                ("FAKETIME_NO_CACHE", "1".to_owned()),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
                ("NO_FAKE_STAT", "1".to_owned()),
                // A disk that has room again is noticed soon.
                ("SHIRUSHI_PROBE_SECONDS", "1".to_owned()),
                ("SHIRUSHI_WEAKENED", broken.to_owned()),
            ],
            binary: None,
        });
        let mut city = Self {
            place,
            disk,
            up: None,
            has_witness: false,
            refused: 0,
            starts: 0,
        };
        city.set_clock(0);
        city.up = Some(city.place.up(Some("127.0.0.1:0")));
        city
    }

    /// The folder, as it is seen from outside.
    pub(crate) fn folder(&self) -> PathBuf {
        self.disk.seen()
    }

    pub(crate) fn party(&self, party: &str) -> PathBuf {
        self.folder().join(party)
    }

    pub(crate) fn url(&self) -> String {
        self.up.as_ref().unwrap().url.clone()
    }

    /// Sets the machine's clock so many seconds ahead of the true time, also for what runs.
    pub(crate) fn set_clock(&self, ahead: i64) {
        let draft = self.place.path("clock-draft");
        std::fs::write(&draft, format!("+{ahead}\n")).unwrap();
        std::fs::rename(&draft, self.place.path("clock")).unwrap();
    }

    /// By SIGTERM or SIGKILL.
    pub(crate) fn stop(&mut self, signal: &str) {
        if let Some(up) = self.up.take() {
            match signal {
                "KILL" => drop(up),
                _ => up.stop(),
            }
        }
    }

    /// Starts it, unless it stands already.
    pub(crate) fn try_start(&mut self, more: &[&str]) -> Start {
        if self.up.is_some() {
            return Start::Stands;
        }
        self.starts += 1;
        let city = text(&self.place.city());
        let witness = text(&self.place.path("witness"));
        let mut arguments = vec!["up", "--json", "--dir", &city];
        if self.has_witness {
            arguments.extend(["--witness", &witness]);
        }
        arguments.extend(more);
        let mut running = self
            .place
            .spawn("up.log", &arguments, "warn");
        let line = running.line();
        let Ok(announced) = serde_json::from_str::<serde_json::Value>(&line) else {
            // It has ended, or is about to.
            running.wait();
            self.refused += 1;
            return Start::Refused(self.log());
        };
        self.up = Some(Up {
            url: announced["url"]
                .as_str()
                .unwrap()
                .to_owned(),
            announced,
            running,
        });
        Start::Stands
    }

    /// What the last start wrote to standard error.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.place.path("up.log")).unwrap()
    }

    /// Copies the whole city to a new folder.
    pub(crate) fn copy_to(&self, name: &str) -> PathBuf {
        let to = self.place.path(name);
        copy(&self.folder(), &to);
        to
    }

    /// Puts a whole copy in the city's place.
    pub(crate) fn replace_by(&self, copied: &Path) {
        for entry in std::fs::read_dir(self.folder()).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => std::fs::remove_dir_all(path).unwrap(),
                false => std::fs::remove_file(path).unwrap(),
            }
        }
        copy(&copied.join("."), &self.folder());
    }

    /// Puts the party of a copy in its place: its folder with checkpoint and keys, or its database alone.
    pub(crate) fn put_back(&self, party: &str, copied: &Path, is_whole: bool) {
        let (from, to) = (copied.join(party), self.party(party));
        if is_whole {
            std::fs::remove_dir_all(&to).unwrap();
            return copy(&from, &to);
        }
        for suffix in ["", "-wal", "-shm"] {
            let name = format!("{party}.db{suffix}");
            // What is not there need not be removed, or copied.
            let _ = std::fs::remove_file(to.join(&name));
            if from.join(&name).exists() {
                copy(&from.join(&name), &to.join(&name));
            }
        }
    }

    /// Runs OpenSSL by this city's clock; what it said on both outputs.
    pub(crate) fn openssl(&self, arguments: &[&str]) -> String {
        let output = self
            .place
            .command("openssl", ENGLISH)
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .args(["-a", &text(from), &text(to)])
        .status()
        .unwrap();
    assert!(copied.success());
}
