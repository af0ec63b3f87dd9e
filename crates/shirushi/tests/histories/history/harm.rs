//! What is done to a city: databases that come back, and disks that fill up.

use super::{Copied, Fault, Histories, PARTIES, must};
use crate::{city::Start, http};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    time::{Duration, Instant},
};

/// A city that can write again notices it within this time.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a start may find changed.
struct Restored {
    parties: Vec<&'static str>,
    /// The city as it was before.
    newest: PathBuf,
    /// The databases of all parties: nobody is left who could remember anything.
    is_everything: bool,
}

impl Histories {
    /// Some parties come back, each to a copy of its own, whole or their databases alone; all of them to one copy, their databases alone.
    pub(super) fn is_restored(&mut self, parties: usize, copies: &[Copied]) -> Result<(), Fault> {
        self.comes_to_rest();
        let name = format!("newest-{}", self.number());
        let issued = self.issued.clone();
        let mut restored = Restored {
            parties: Vec::new(),
            newest: self.city.copy_to(&name),
            is_everything: parties == PARTIES.len(),
        };
        let mut copied = self.draws.below(copies.len());
        while restored.parties.len() < parties {
            let party = self.draws.one_of(&PARTIES);
            if restored.parties.contains(&party) {
                continue;
            }
            let mut is_whole = false;
            if !restored.is_everything {
                copied = self.draws.below(copies.len());
                is_whole = self.draws.below(2) == 0;
            }
            let form = if is_whole { "" } else { "'s database" };
            self.told_step(format!("{party}{form} is taken back to {copied}"));
            self.city
                .put_back(party, &copies[copied].path, is_whole);
            restored.parties.push(party);
            if party == "authority" {
                self.issued = copies[copied].issued.clone();
            }
        }
        let result = self.start_restored(&restored, issued);
        std::fs::remove_dir_all(&restored.newest).unwrap();
        result
    }

    /// The start is refused with a way out that works, or nothing is lost.
    fn start_restored(
        &mut self,
        restored: &Restored,
        issued: BTreeSet<usize>,
    ) -> Result<(), Fault> {
        if let Start::Refused(said) = self.city.try_start(&[]) {
            must(
                said.contains("--accept-restore") && !said.contains("panicked"),
                || said.clone(),
            )?;
            // What everybody has forgotten is nowhere but in the newest copy.
            if restored.is_everything || self.draws.below(3) == 0 {
                self.told_step("the newest copy is put back".to_owned());
                self.figures.put_back += 1;
                self.city.replace_by(&restored.newest);
                self.issued = issued;
                return self.start();
            }
            self.told_step("with --accept-restore".to_owned());
            self.figures.accepted += 1;
            if let Start::Refused(said) = self
                .city
                .try_start(&["--accept-restore"])
            {
                return Err(Fault::Other(format!("--accept-restore is refused: {said}")));
            }
        }
        self.look(false)
    }

    /// The disk fills up under a city that stands; it is freed while it stands, or after it has stopped or was killed.
    pub(super) fn disk_fills(&mut self) -> Result<(), Fault> {
        self.start()?;
        self.figures.full += 1;
        let (mover, asker) = (self.person(), self.person());
        self.told_step(format!("the disk is full; {mover} moves and {asker} asks"));
        self.city.disk.fill();
        let times = self.number();
        let told = self.city.moves(mover, times);
        self.end(mover, &["sign"], told.is_ok());
        self.asks(asker, "sign", true)?;
        self.look(true)?;
        match self.draws.below(3) {
            0 => {
                self.told_step("the disk is freed".to_owned());
                self.city.disk.free();
                self.writes_again()?;
            }
            1 => {
                self.comes_to_rest();
                self.told_step("it is freed".to_owned());
                self.city.disk.free();
                self.start()?;
            }
            _ => {
                self.comes_to_rest();
                self.told_step("it is started, and freed".to_owned());
                if let Start::Refused(said) = self.city.try_start(&[]) {
                    must(
                        !said.contains("--accept-restore") && said.contains("space"),
                        || format!("on a full disk: {said}"),
                    )?;
                }
                self.city.disk.free();
                if self.city.up.is_some() {
                    self.writes_again()?;
                }
                self.start()?;
            }
        }
        let who = self.person();
        self.told_step(format!("{who} moves"));
        self.moves(who)
    }

    /// Waits until every party says that it can write.
    fn writes_again(&self) -> Result<(), Fault> {
        let begun = Instant::now();
        for party in PARTIES {
            loop {
                let answer = http::get(&self.city.url(), &format!("/{party}/status"));
                let report = answer.json();
                let writes = report["checks"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|check| check["name"] == "writing" && check["ok"] == true);
                if writes {
                    break;
                }
                must(begun.elapsed() < PATIENCE, || format!("{party}: {report}"))?;
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }
}
