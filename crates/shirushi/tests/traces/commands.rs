//! Paths through `pin`, `sign` and `cert`.

use crate::{
    card::{Modelled, Which},
    draws::Draws,
    image::BINARY,
    needles::needles,
    traced::{Disk, Ended, Run},
};
use std::{collections::BTreeMap, path::Path, sync::Mutex};

/// Exit codes of the commands on cards.
const DONE: i32 = 0;
const FAILED: i32 = 1;
const WRONG_PIN: i32 = 4;
const LOCKED: i32 = 5;
const GIVEN_UP: i32 = 6;
const USAGE: i32 = 64;

/// How often each exit code was seen; none for a killed program, which nothing here kills.
#[derive(Default)]
pub(crate) struct Tally(Mutex<BTreeMap<Option<i32>, u32>>);

impl Tally {
    fn count(&self, ended: &Ended) {
        *self
            .0
            .lock()
            .unwrap()
            .entry(ended.code)
            .or_default() += 1;
    }

    /// Chance has led everywhere.
    pub(crate) fn require_everything_happened(&self) {
        let tally = self.0.lock().unwrap();
        println!("exit codes: {tally:?}");
        for code in [DONE, FAILED, WRONG_PIN, LOCKED, GIVEN_UP, USAGE] {
            assert!(tally.contains_key(&Some(code)), "no {code} in {tally:?}");
        }
        assert!(!tally.contains_key(&None), "one was killed: {tally:?}");
    }
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Status,
    Change(Which),
    Sign(Which),
    /// `cert show` with the certificate behind the password.
    Show,
    /// `cert export` of it.
    Export,
    /// `cert items`: what is printed on the card, behind the text PIN.
    Items,
}

impl Deed {
    fn draw(draws: &mut Draws) -> Self {
        match draws.below(16) {
            12 => Self::Show,
            13 | 14 => Self::Export,
            15 => Self::Items,
            0 => Self::Status,
            1 | 2 => Self::Change(Which::Text),
            3 | 4 => Self::Change(Which::Authentication),
            5 | 6 => Self::Change(Which::Signature),
            7 | 8 => Self::Sign(Which::Authentication),
            _ => Self::Sign(Which::Signature),
        }
    }
}

impl Deed {
    /// The PIN that it asks for.
    fn pin(self) -> Which {
        match self {
            Self::Change(which) | Self::Sign(which) => which,
            Self::Items => Which::Text,
            Self::Status | Self::Show | Self::Export => Which::Signature,
        }
    }
}

/// One command with all that happens around it.
#[derive(Debug)]
struct Step {
    deed: Deed,
    lines: Vec<String>,
    is_given_up: bool,
    is_confirmed: bool,
    disk: Disk,
}

/// Something to type where `right` is wanted.
fn typed(draws: &mut Draws, which: Which, right: &str) -> String {
    match draws.below(10) {
        0..=4 => right.to_owned(),
        5 | 6 => form(draws, which),
        7 => right.to_ascii_lowercase(),
        8 => format!("{}!", draws.password()),
        _ => draws.password().to_ascii_lowercase() + "%+ 1",
    }
}

/// Something of the right form.
fn form(draws: &mut Draws, which: Which) -> String {
    match which {
        Which::Signature => draws.password(),
        _ => draws.digits(),
    }
}

pub(crate) fn has_form(which: Which, text: &str) -> bool {
    match which {
        Which::Signature => {
            (6..=16).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric())
                && text
                    .bytes()
                    .any(|b| b.is_ascii_alphabetic())
                && text.bytes().any(|b| b.is_ascii_digit())
        }
        _ => text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()),
    }
}

impl Step {
    fn draw(draws: &mut Draws, card: &Modelled) -> Self {
        let deed = Deed::draw(draws);
        let mut lines = match deed {
            Deed::Status => Vec::new(),
            Deed::Sign(_) | Deed::Show | Deed::Export | Deed::Items => {
                let which = deed.pin();
                vec![typed(draws, which, &card.held(which).value)]
            }
            Deed::Change(which) => {
                let old = typed(draws, which, &card.held(which).value);
                let new = match draws.once_in(8) {
                    true => typed(draws, which, "12A!"),
                    false => form(draws, which),
                };
                vec![old, new]
            }
        };
        let is_given_up = !lines.is_empty() && draws.once_in(10);
        if is_given_up || draws.once_in(12) {
            lines.truncate(draws.below(lines.len().max(1)));
        }
        let disk = match draws.below(12) {
            0 | 1 => Disk::Refuses,
            _ => Disk::Writes,
        };
        Self {
            deed,
            lines,
            is_given_up,
            is_confirmed: draws.once_in(2),
            disk,
        }
    }

    /// What must come of it; the model follows. Several codes, where a last try locks.
    fn foretell(&self, card: &mut Modelled) -> &'static [Option<i32>] {
        let (which, wanted) = match self.deed {
            Deed::Status => return &[Some(DONE)],
            Deed::Change(which) => (which, 2),
            _ => (self.deed.pin(), 1),
        };
        match card.held(which).tries {
            0 => return &[Some(LOCKED)],
            1 if !self.is_confirmed => return &[Some(GIVEN_UP)],
            _ => {}
        }
        for n in 0..wanted {
            match self.lines.get(n) {
                Some(line) if has_form(which, line) => {}
                Some(_) => return &[Some(FAILED)],
                None if self.is_given_up => return &[Some(GIVEN_UP)],
                None => return &[Some(USAGE)],
            }
        }
        match self.disk {
            // A try that cannot be written down is none.
            Disk::Refuses => return &[Some(FAILED), Some(3)],
            Disk::Writes => {}
        }
        if !card.present(which, &self.lines[0]) {
            return &[Some(WRONG_PIN), Some(LOCKED)];
        }
        if let Deed::Change(_) = self.deed {
            card.set(which, &self.lines[1]);
        }
        &[Some(DONE)]
    }

    fn arguments(&self, card: &Modelled) -> Vec<String> {
        let mut arguments: Vec<&str> = match self.deed {
            Deed::Status => vec!["pin", "status"],
            Deed::Change(which) => vec!["pin", "change", which.word()],
            Deed::Sign(which) => vec!["sign", "document", "--force", "--key", which.word()],
            Deed::Show => vec!["cert", "show", "--with-signature-certificate"],
            Deed::Export => vec!["cert", "export", "sign", "--force", "-o", "exported"],
            Deed::Items => vec!["cert", "items"],
        };
        arguments.extend(["--card", card.path.to_str().unwrap()]);
        if self.deed != Deed::Status {
            arguments.extend(["--pin-fd", "0"]);
            if self.is_confirmed {
                arguments.push("--confirm-last-try");
            }
        }
        arguments
            .into_iter()
            .map(str::to_owned)
            .collect()
    }
}

/// One path: a few commands on one card.
pub(crate) fn path(seed: u64, tally: &Tally) {
    let mut draws = Draws::new(seed);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("document"), b"a document").unwrap();
    let mut card = Modelled::worn(folder.path().join("card"), &mut draws);
    for n in 0..=draws.below(3) {
        let step = Step::draw(&mut draws, &card);
        let mut sought = step.lines.clone();
        sought.extend(Which::ALL.map(|which| card.held(which).value.clone()));
        let codes = step.foretell(&mut card);
        let ended = Run {
            program: Path::new(BINARY),
            wiped_in: Path::new(BINARY),
            folder: folder.path(),
            arguments: &step.arguments(&card),
            lines: &step.lines,
            terminal: None,
            is_given_up: step.is_given_up,
            disk: step.disk,
            is_wiping: true,
        }
        .to_its_end(&needles(&sought));
        let story = format!("seed {seed:#x}, step {n}: {step:?}: {ended:?}");
        assert!(ended.code.is_none() || ended.found.is_empty(), "{story}");
        assert!(!ended.may_dump, "{story}");
        assert!(codes.contains(&ended.code), "{codes:?} foretold, {story}");
        for line in step
            .lines
            .iter()
            .filter(|line| line.len() > 4)
        {
            assert!(
                !ended.out.contains(line) && !ended.err.contains(line),
                "{story}"
            );
        }
        card.require_as_modelled(&story);
        tally.count(&ended);
    }
}

/// The same with the wipe taken out of the program.
pub(crate) fn control() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("document"), b"a document").unwrap();
    for (deed, which) in [
        (Deed::Sign(Which::Signature), Which::Signature),
        (Deed::Sign(Which::Authentication), Which::Authentication),
        (Deed::Change(Which::Signature), Which::Signature),
    ] {
        let card = Modelled::new(folder.path().join(which.word()));
        let right = card.held(which).value.clone();
        let mut lines = vec![right];
        if let Deed::Change(_) = deed {
            lines.push("ANEWPASSW0RD4YOU".to_owned());
        }
        let step = Step {
            deed,
            lines,
            is_given_up: false,
            is_confirmed: false,
            disk: Disk::Writes,
        };
        for is_wiping in [false, true] {
            let card = Modelled::new(folder.path().join("again"));
            let ended = Run {
                program: Path::new(BINARY),
                wiped_in: Path::new(BINARY),
                folder: folder.path(),
                arguments: &step.arguments(&card),
                lines: &step.lines,
                terminal: None,
                is_given_up: false,
                disk: Disk::Writes,
                is_wiping,
            }
            .to_its_end(&needles(&step.lines));
            assert_eq!(ended.code, Some(DONE), "{ended:?}");
            assert_eq!(ended.found.is_empty(), is_wiping, "{step:?}: {ended:?}");
        }
    }
}
